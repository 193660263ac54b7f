import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandResult, MemberChange } from "#format/index.ts";
import { ReplicaError } from "#replica/index.ts";
import { simulate, type World } from "../world.ts";
import { createBucket, Group, hasBucket } from "./group.ts";

const isDone = ({ outcome }: CommandResult): boolean => outcome?.kind === "done";

async function run(seed: number, body: (world: World) => Promise<void>): Promise<void> {
  await simulate(seed, body);
}

test("three replicas elect a leader, take commands anywhere, and have the same rows", () =>
  run(1, async (world) => {
    const group = await Group.of(world, 3);
    for (const node of [1, 2, 3]) {
      assert.ok(isDone(await group.replica(node).propose(createBucket(`bucket-${node}`))));
      assert.ok(hasBucket(group.replica(node).reader, `bucket-${node}`));
    }
    for (const node of [1, 2, 3]) {
      await group.replica(node).readBarrier();
      for (const other of [1, 2, 3]) {
        assert.ok(hasBucket(group.replica(node).reader, `bucket-${other}`));
      }
    }
    await group.settle();
    assert.deepEqual(group.rows(2), group.rows(1));
    assert.deepEqual(group.rows(3), group.rows(1));
    assert.deepEqual(group.replica(3).status().conf.voters, [1, 2, 3]);
  }));

test("another leads when the leader is gone, and it comes back as a follower", () =>
  run(2, async (world) => {
    const group = await Group.of(world, 3);
    const first = group.leader;
    assert.ok(first !== undefined);
    await first.machine.crash();
    const others = group.members.filter((member) => member !== first);
    const startMs = world.nowMs;
    await group.until("another leads", () => group.leader !== undefined);
    assert.ok(world.nowMs - startMs < 2000, `an election took ${world.nowMs - startMs} ms`);
    for (const { node } of others) {
      assert.ok(isDone(await group.replica(node).propose(createBucket(`bucket-${node}`))));
    }
    await group.boot(first);
    await group.settle();
    const status = group.replica(first.node).status();
    assert.equal(status.role, "follower");
    for (const { node } of others) {
      assert.ok(hasBucket(group.replica(first.node).reader, `bucket-${node}`));
    }
  }));

test("a stalled disk costs a leader its office: another takes over, and nobody's call is lost", () =>
  run(3, async (world) => {
    const group = await Group.of(world, 3);
    const first = group.leader;
    assert.ok(first !== undefined);
    const follower = group.members.find((member) => member !== first);
    assert.ok(follower !== undefined);
    // A sync takes minutes from now on. The process lives, and all can be reached.
    first.machine.pace.slowness = 1_000_000;
    const proposed = group.replica(follower.node).propose(createBucket("while-it-stalls"));
    await group.until("another leads", () => {
      const { leader } = group;
      return leader !== undefined && leader !== first;
    });
    assert.ok(isDone(await proposed));
    assert.ok(first.machine.isUp, "it did not have to die for it");
    assert.equal(group.replica(first.node).status().role, "follower");
    first.machine.pace.slowness = 1;
  }));

test("R1 more commands at once than a segment of the log holds go through from every node", async () => {
  await simulate(11, async (world) => {
    const group = await Group.of(world, 3, { segmentSizeBytes: 8 * 1024 });
    const names = group.members.flatMap(({ node }) =>
      Array.from({ length: 100 }, (_, i) => ({ node, name: `bucket-${node}-${i}` })),
    );
    const results = await Promise.all(
      names.map(({ node, name }) => group.replica(node).propose(createBucket(name))),
    );
    for (const { outcome } of results) assert.equal(outcome?.kind, "done");
  });
});

test("a learner is added, promoted, exchanged for another, handed the lead, and removed", () =>
  run(12, async (world) => {
    const group = await Group.of(world, 3);
    const conf = () => group.leaderReplica().status().conf;
    const voters = () => new Set(conf().voters);
    const change = (...changes: MemberChange[]) => group.leaderReplica().changeMembers(changes);
    await group.join(4);
    assert.deepEqual(voters(), new Set([1, 2, 3]));
    assert.deepEqual(conf().learners, [4]);
    const leaving = group.leader?.node === 3 ? 2 : 3;
    const staying = 5 - leaving;
    await change({ op: "voter", id: 4 }, { op: "learner", id: leaving });
    assert.deepEqual(voters(), new Set([1, staying, 4]));
    assert.deepEqual(conf().learners, [leaving], "both at once, and nobody votes twice");
    assert.deepEqual(conf().votersOutgoing, []);
    await group.promote(leaving);
    await group.settle();
    await group.leaderReplica().transferLeadership(4);
    await group.until("the new voter leads", () => group.leader?.node === 4);
    await change({ op: "remove", id: leaving });
    assert.deepEqual(voters(), new Set([1, staying, 4]));
    const { outcome } = await group.replica(staying).propose(createBucket("later"));
    assert.equal(outcome?.kind, "done");
    const gone = group.replica(leaving);
    await assert.rejects(gone.propose(createBucket("gone"), { timeoutMs: 500 }), ReplicaError);
  }));
