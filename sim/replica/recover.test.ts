import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterOf, nodesOf } from "#metadata/index.ts";
import { RecoverRefusedError } from "#replica/index.ts";
import { simulate, type World } from "../world.ts";
import { createBucket, Group, hasBucket, type Member } from "./group.ts";

async function run(seed: number, body: (world: World) => Promise<void>): Promise<void> {
  await simulate(seed, body);
}

async function create(group: Group, node: number, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { outcome } = await group.replica(node).propose(createBucket(name));
    assert.equal(outcome?.kind, "done", name);
  }
}

/** A leader that is cut off puts a command into its log, and nobody else ever sees it. */
async function proposeCutOff(group: Group, leader: Member, name: string): Promise<void> {
  const replica = group.replica(leader.node);
  group.world.network.isolate(leader.machine.name);
  const { lastIndex } = replica.status();
  const proposing = replica.propose(createBucket(name), { timeoutMs: 600 });
  await assert.rejects(proposing, { mayStillHappen: true });
  assert.ok(replica.status().lastIndex > lastIndex, "it is in its log");
  assert.ok(!hasBucket(replica.reader, name));
}

async function crashAll(group: Group): Promise<void> {
  for (const { machine } of group.members) if (machine.isUp) await machine.crash("nothing");
  group.world.network.healAll();
}

/** Lets a node take part anew, by the Raft id that the state gives it. */
async function comeBack(group: Group, leader: number, node: number): Promise<void> {
  const member = group.at(node);
  const row = [...nodesOf(group.replica(leader).reader)].find(({ id }) => id === node);
  assert.ok(row !== undefined && row.node.raftId !== member.raftId, "its old Raft id is void");
  member.raftId = row.node.raftId;
  member.isJoining = true;
  await group.leaderReplica().changeMembers([{ op: "learner", id: member.raftId }]);
  await group.boot(member);
  await group.promote(node);
}

test("R10 a survivor goes on alone with its whole log; the others come back under fresh ids", () =>
  run(1, async (world) => {
    const group = await Group.of(world, 3);
    await create(group, 1, ["bucket-1", "bucket-2"]);
    await group.settle();
    const { leader } = group;
    assert.ok(leader !== undefined);
    await proposeCutOff(group, leader, "bucket-3");
    await crashAll(group);

    const { node } = leader;
    const recovered = await group.recover(node, false);
    assert.equal(recovered.epoch, 1 + node);
    assert.deepEqual(
      recovered.leftBehind,
      [1, 2, 3].filter((id) => id !== node),
    );
    assert.ok(recovered.undecidedCount > 0, "what was not decided counts");
    const alone = await group.boot(leader);
    assert.deepEqual(alone.status().conf.voters, [leader.raftId]);
    assert.equal(alone.session.epoch, recovered.epoch);
    for (const name of ["bucket-1", "bucket-2", "bucket-3"]) {
      assert.ok(hasBucket(alone.reader, name), name);
    }
    await create(group, node, ["bucket-4"]);

    // It is in the log: a store that is made anew knows it too.
    await leader.machine.crash("nothing");
    leader.machine.stores.lose("store");
    const rebuilt = await group.boot(leader);
    assert.equal(clusterOf(rebuilt.reader)?.epoch, recovered.epoch);
    assert.equal(clusterOf(rebuilt.reader)?.awaitsConfirmation, true);
    for (const other of [1, 2, 3]) if (other !== node) await comeBack(group, node, other);
    await create(group, node === 1 ? 2 : 1, ["bucket-5"]);
    await group.settle();
    for (const other of [1, 2, 3]) {
      assert.deepEqual(group.rows(other), group.rows(node), `node ${other}`);
      assert.equal(group.replica(other).status().conf.voters.length, 3);
    }
  }));

test("a survivor does not go on alone where a majority answers, unless it is forced to", () =>
  run(2, async (world) => {
    const group = await Group.of(world, 3);
    await create(group, 1, ["bucket-1"]);
    await group.settle();
    await group.at(3).machine.crash("nothing");
    await assert.rejects(
      group.recover(3, false),
      (error) => error instanceof RecoverRefusedError && error.reason === "has-majority",
    );
    const unchanged = await group.boot(group.at(3));
    assert.deepEqual(unchanged.status().conf.voters, [1, 2, 3]);
    assert.equal(clusterOf(unchanged.reader)?.epoch, 1);

    await group.at(3).machine.crash("nothing");
    const { epoch } = await group.recover(3, true);
    const alone = await group.boot(group.at(3));
    assert.deepEqual(alone.status().conf.voters, [3]);
    assert.equal(clusterOf(alone.reader)?.epoch, epoch);
  }));

test("a survivor does not go on alone where another one has more", () =>
  run(3, async (world) => {
    const group = await Group.of(world, 5);
    await create(group, 1, ["bucket-1"]);
    await group.settle();
    const [behind, ahead] = group.members.filter((member) => member !== group.leader);
    assert.ok(behind !== undefined && ahead !== undefined);
    await behind.machine.crash("nothing");
    await create(group, ahead.node, ["bucket-2"]);
    await group.settle();
    await crashAll(group);
    await group.start(ahead);
    await assert.rejects(
      group.recover(behind.node, false),
      (error) => error instanceof RecoverRefusedError && error.reason === "others-have-more",
    );
    await ahead.machine.crash("nothing");
    await group.recover(ahead.node, false);
    assert.ok(hasBucket((await group.boot(ahead)).reader, "bucket-2"));
  }));
