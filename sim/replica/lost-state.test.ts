import assert from "node:assert/strict";
import { test } from "node:test";
import { BootRefusedError } from "#replica/index.ts";
import type { Machine } from "../machine.ts";
import { simulate, type World } from "../world.ts";
import { createBucket, Group, type Member } from "./group.ts";

/** So small that some hundred commands write checkpoints, and let the log go. */
const limits = { segmentSizeBytes: 8 * 1024, checkpointLogBytesMin: 9 * 1024 };

async function run(seed: number, body: (world: World) => Promise<void>): Promise<void> {
  await simulate(seed, body);
}

async function create(group: Group, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i += 20) {
    const names = Array.from({ length: 20 }, (_, j) => `bucket-${i + j}`);
    const replica = group.leaderReplica();
    await Promise.all(names.map((name) => replica.propose(createBucket(name))));
  }
  // What is due is written in the background.
  await group.world.sleep(500);
}

/** A group whose logs begin behind checkpoints, and one that follows in it. */
async function grown(world: World): Promise<{ group: Group; follower: Member }> {
  const group = await Group.of(world, 3, limits);
  await create(group, 0, 600);
  await group.settle();
  const follower = group.members.find((member) => member !== group.leader);
  assert.ok(follower !== undefined);
  const { firstIndex, checkpointIndex } = group.replica(follower.node).status();
  assert.ok(firstIndex > 2 && checkpointIndex > 0, "its log does not reach back");
  return { group, follower };
}

/** Of a machine that is down: store and checkpoints are gone, the log is as it was. */
async function loseState(machine: Machine): Promise<void> {
  const { disk } = machine.boot();
  for (const { name } of await disk.list("checkpoints")) await disk.remove(`checkpoints/${name}`);
  await disk.syncDirectory("checkpoints");
  await machine.crash("nothing");
  machine.stores.lose("store");
}

test("a member that lost store and checkpoints gets them from another, and keeps its id and log", () =>
  run(1, async (world) => {
    const { group, follower } = await grown(world);
    const { lastIndex, term } = group.replica(follower.node).status();
    await follower.machine.crash("nothing");
    await loseState(follower.machine);
    const replica = await group.boot(follower);
    const status = replica.status();
    assert.ok(status.conf.voters.includes(follower.raftId));
    assert.ok(status.term >= term && status.lastIndex >= lastIndex);
    assert.ok(status.firstIndex <= lastIndex, "its log was kept");
    await create(group, 600, 640);
    await group.settle();
    assert.deepEqual(group.rows(follower.node), group.rows(group.leader?.node ?? 0));
  }));

test("where the others' checkpoints are ahead of its log, the log begins anew behind one", () =>
  run(2, async (world) => {
    const { group, follower } = await grown(world);
    const { lastIndex } = group.replica(follower.node).status();
    await follower.machine.crash("nothing");
    await loseState(follower.machine);
    await create(group, 600, 1200);
    const replica = await group.boot(follower);
    assert.ok(replica.status().firstIndex > lastIndex);
    assert.ok(replica.status().conf.voters.includes(follower.raftId));
    await group.settle();
    assert.deepEqual(group.rows(follower.node), group.rows(group.leader?.node ?? 0));
  }));

test("where nobody has them to give, a member that lost both is refused, and may join anew", () =>
  run(3, async (world) => {
    const { group, follower } = await grown(world);
    for (const { machine } of group.members) await machine.crash("nothing");
    await loseState(follower.machine);
    await assert.rejects(group.start(follower), (error) => {
      assert.ok(error instanceof BootRefusedError);
      assert.deepEqual([error.reason, error.remedy], ["log-begins-too-late", "rejoin"]);
      return true;
    });
  }));

test("a laggard that needs a damaged part of the leader's log is sent a checkpoint", () =>
  run(4, async (world) => {
    // Checkpoints are not due: the log is kept.
    const group = await Group.of(world, 3, { ...limits, checkpointLogBytesMin: 2 ** 30 });
    const { leader } = group;
    const laggard = group.members.find((member) => member !== leader);
    assert.ok(leader !== undefined && laggard !== undefined);
    await laggard.machine.crash("nothing");
    await create(group, 0, 600);
    const { disk } = leader.machine;
    const segments = disk.list("log").filter(({ name }) => name.endsWith(".log"));
    assert.ok(segments.length > 4);
    for (const { name } of segments.slice(0, -2)) disk.flipBit(`log/${name}`, 6000, 3);
    const replica = await group.boot(laggard);
    await group.settle();
    assert.equal(group.leader, leader, "it leads all the while");
    assert.ok(replica.status().firstIndex > 1, "it began behind a checkpoint");
    assert.deepEqual(group.rows(laggard.node), group.rows(leader.node));
  }));

test("where it cannot be read whose log is there, a start says so and a fresh id may begin", () =>
  run(5, async (world) => {
    const group = await Group.of(world, 3, limits);
    await create(group, 0, 20);
    const follower = group.members.find((one) => one !== group.leader && one.node > 1);
    assert.ok(follower !== undefined);
    const { machine } = follower;
    await machine.crash("everything");
    machine.disk.flipBit("replica/member", 17, 2);
    await assert.rejects(group.start(follower), (error) => {
      assert.ok(error instanceof BootRefusedError);
      assert.deepEqual([error.reason, error.remedy], ["member-damaged", "rejoin"]);
      assert.equal(error.path, "replica/member");
      return true;
    });
    await machine.shutDown();
    const lost = follower.raftId;
    follower.raftId = 9;
    const fresh = [
      { op: "remove", id: lost },
      { op: "learner", id: 9 },
    ] as const;
    await group.leaderReplica().changeMembers(fresh);
    follower.isJoining = true;
    await group.boot(follower);
    await group.settle();
    assert.deepEqual(group.rows(follower.node), group.rows(group.leader?.node ?? 0));
  }));

test("power is cut at any step while a member gets its state from another", async () => {
  let crashCount = 0;
  for (const isAhead of [false, true]) {
    for (const step of isAhead ? [20, 35, 50, 57, 64] : [6, 13, 20, 27]) {
      await run(step, async (world) => {
        const { group, follower } = await grown(world);
        const { machine } = follower;
        await machine.crash("nothing");
        await loseState(machine);
        if (isAhead) await create(group, 600, 1200);
        machine.crashAt({ step: machine.stepCount + step, when: "after", remains: "some" });
        const starting = group.boot(follower).catch(() => undefined);
        await Promise.race([starting, machine.died]);
        machine.crashAt(undefined);
        if (!machine.isUp) crashCount++;
        else await machine.crash("nothing");
        await group.boot(follower);
        await group.settle();
        assert.deepEqual(group.rows(follower.node), group.rows(group.leader?.node ?? 0));
      });
    }
  }
  assert.ok(crashCount > 5, `${crashCount} crashes on the way`);
});
