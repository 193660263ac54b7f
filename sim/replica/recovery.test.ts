import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import type { Machine } from "../machine.ts";
import { simulate, type World } from "../world.ts";
import { createBucket, Group, hasBucket } from "./group.ts";

/** So small that a few hundred commands write checkpoints, and let the log go. */
const limits = {
  segmentSizeBytes: 8 * 1024,
  checkpointLogBytesMin: 9 * 1024,
  checkpointLeaseMs: 2000,
};

async function run(seed: number, body: (world: World) => Promise<void>): Promise<void> {
  await simulate(seed, body);
}

/** Has commands taken, ten at a time. */
async function create(group: Group, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i += 10) {
    const names = Array.from({ length: Math.min(10, to - i) }, (_, j) => `bucket-${i + j}`);
    const replica = group.leaderReplica();
    await Promise.all(names.map((name) => replica.propose(createBucket(name))));
  }
}

/** Has as many commands taken that change one row: the log grows, and the store does not. */
async function change(group: Group, count: number): Promise<void> {
  const replica = group.leaderReplica();
  const value = { bucket: "bucket-0", versioning: "enabled" } as const;
  const commands = Array.from({ length: count }, () =>
    replica.propose({ kind: "setBucketVersioning", value }),
  );
  await Promise.all(commands);
}

/** All that run are the same, and have the buckets. */
async function mustBeSame(group: Group, count: number): Promise<void> {
  await group.settle();
  const [first] = group.members;
  for (const { node } of group.members) {
    const { reader } = group.replica(node);
    for (let i = 0; i < count; i++) assert.ok(hasBucket(reader, `bucket-${i}`), `${node} ${i}`);
    assert.deepEqual(group.rows(node), group.rows(first?.node ?? node));
  }
}

/** A member that follows, so that its absence is no election. */
function follower(group: Group): Group["members"][number] {
  const found = group.members.find((member) => member !== group.leader);
  assert.ok(found !== undefined);
  return found;
}

test("R3 R4 snapshot install resets the log: a laggard goes on behind the checkpoint", () =>
  run(1, async (world) => {
    const group = await Group.of(world, 3, limits);
    await create(group, 0, 20);
    const laggard = follower(group);
    const before = group.replica(laggard.node).status();
    await laggard.machine.crash("nothing");
    // Until the log that the laggard needs is gone.
    while (group.leaderReplica().status().firstIndex <= before.lastIndex + 1) {
      await change(group, 50);
      await world.sleep(50);
    }
    await group.boot(laggard);
    await mustBeSame(group, 20);
    const after = group.replica(laggard.node).status();
    assert.ok(after.firstIndex > before.lastIndex + 1, "nothing is left of the old log");
    assert.ok(after.checkpointIndex >= after.firstIndex - 1, "R4 a checkpoint reaches the new log");
    assert.deepEqual(after.conf.voters, before.conf.voters);

    // What was installed stands by itself: without the store, of the checkpoint that came.
    await laggard.machine.crash("nothing");
    laggard.machine.stores.lose("store");
    await group.boot(laggard);
    await mustBeSame(group, 20);
  }));

/** What may be done to a store, with the member down. */
const harms: Record<string, (machine: Machine) => void> = {
  deleted: ({ stores }) => stores.lose("store"),
  truncated: ({ stores }) => stores.replace("store", undefined),
  scribbled: ({ stores }) => stores.damage("store"),
  flipped: ({ stores }) => stores.flipBit("store", utf8("b/bucket-7"), 3),
};

for (const [name, harm] of Object.entries(harms)) {
  test(`R9 one of three whose store is ${name} comes back by itself, as itself`, () =>
    run(2, async (world) => {
      const group = await Group.of(world, 3);
      await create(group, 0, 1200);
      const harmed = follower(group);
      const { lastIndex } = group.replica(harmed.node).status();
      await harmed.machine.crash();
      harm(harmed.machine);
      await group.boot(harmed);
      if (name === "flipped") {
        const replica = group.replica(harmed.node);
        const read = (): unknown => hasBucket(replica.reader, "bucket-7");
        assert.throws(read, { name: "StoreDamagedError" });
        assert.equal((await replica.failure).name, "StoreDamagedError");
        await replica.close();
        await harmed.machine.shutDown();
        await group.boot(harmed);
      }
      await create(group, 1200, 1210);
      await mustBeSame(group, 1210);
      const { conf, firstIndex } = group.replica(harmed.node).status();
      assert.deepEqual(conf.voters, [1, 2, 3], "losing only the store keeps the id");
      assert.ok(firstIndex <= lastIndex, "and the log");
    }));
}
