import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { StateDiffersError } from "#replica/index.ts";
import { CheckedStore } from "#storage/index.ts";
import { simulate, type World } from "../world.ts";
import { createBucket, Group, hasBucket, type Member } from "./group.ts";

/** Small stretches, so that a pass takes many; checkpoints come before the wrong row is found. */
const limits = {
  segmentSizeBytes: 8 * 1024,
  checkpointLogBytesMin: 9 * 1024,
  checkBytesMin: 3 * 1024,
  checkPauseMs: 300,
  checkRestMs: 2000,
};

async function run(seed: number, body: (world: World) => Promise<void>): Promise<void> {
  await simulate(seed, body);
}

async function create(group: Group, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i += 20) {
    const names = Array.from({ length: 20 }, (_, j) => `bucket-${i + j}`);
    const replica = group.leaderReplica();
    await Promise.all(names.map((name) => replica.propose(createBucket(name))));
  }
}

/** Of a member that is down: a row says something else, and passes its checksum. */
async function falsify({ machine }: Member): Promise<void> {
  const { stores } = machine.boot();
  const store = new CheckedStore(await stores.open("store"), "store");
  const key = utf8("b/bucket-3");
  const right = store.get(key);
  const wrong = store.get(utf8("b/bucket-250"));
  assert.ok(right !== undefined && wrong !== undefined);
  assert.notDeepEqual(right, wrong);
  store.write([{ key, value: wrong }]);
  await store.flush();
  await store.close();
  await machine.shutDown();
}

/** A group of so many in which one member's state is wrong: the leader's, or a follower's. */
async function withWrong(world: World, count: number, who: "follower" | "leader") {
  const group = await Group.of(world, count, limits);
  await create(group, 0, 300);
  await group.settle();
  const member = group.members.find((one) => one !== group.leader);
  assert.ok(member !== undefined);
  await member.machine.crash("everything");
  await falsify(member);
  await group.boot(member);
  await group.settle();
  if (who === "leader") {
    await group.leaderReplica().transferLeadership(member.raftId);
    await group.until("it leads", () => group.leader === member);
  }
  return { group, member };
}

for (const who of ["follower", "leader"] as const) {
  test(`R11 a ${who} whose rows pass their checksums and are wrong is found, and made right`, () =>
    run(1, async (world) => {
      const { group, member } = await withWrong(world, 3, who);
      await create(group, 300, 600);
      const replica = group.replica(member.node);
      assert.ok(replica.status().checkpointIndex > 0, "its checkpoints are made of it");
      const failure = await Promise.race([replica.failure, world.sleep(60_000)]);
      assert.ok(failure instanceof StateDiffersError, String(failure));
      await replica.close();
      await member.machine.shutDown();
      await group.until("somebody leads", () => group.leader !== undefined);

      const { conf } = group.leaderReplica().status();
      const again = await group.boot(member);
      assert.deepEqual(again.status().conf, conf, "it keeps its Raft id");
      await group.settle();
      for (const { node } of group.members) {
        assert.deepEqual(group.rows(node), group.rows(group.leader?.node ?? 0), `node ${node}`);
      }
      const { passes = 0 } = group.leaderReplica().status().checks ?? {};
      const isChecked = (): boolean =>
        (group.leaderReplica().status().checks?.passes ?? 0) > passes + 1;
      await group.until("all is compared once more", isChecked);
      assert.ok(group.running.length === 3 && again.status().role !== "stopped");
    }));
}

test("R11 of two that differ nobody says which is right: both go on, and it is told", () =>
  run(2, async (world) => {
    const { group } = await withWrong(world, 2, "follower");
    const checks = () => group.leaderReplica().status().checks;
    await group.until("they are compared", () => (checks()?.passes ?? 0) > 0);
    assert.equal(checks()?.undecided, 1);
    assert.equal(checks()?.wrong, 0);
    await create(group, 300, 320);
    assert.ok(hasBucket(group.leaderReplica().reader, "bucket-310"));
  }));

test("replicas that are alike are found to be, stretch by stretch, while they take commands", () =>
  run(3, async (world) => {
    const group = await Group.of(world, 3, limits);
    for (let i = 0; i < 20; i++) {
      await create(group, i * 40, i * 40 + 40);
      await world.sleep(200);
    }
    const checks = () => group.leaderReplica().status().checks;
    await group.until("all is compared", () => (checks()?.passes ?? 0) > 1);
    const { agreed = 0, wrong, undecided } = checks() ?? {};
    assert.ok(agreed > 10, `${agreed} stretches`);
    assert.deepEqual([wrong, undecided], [0, 0]);
  }));
