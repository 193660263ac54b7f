// Whole nodes that shrink past every boundary of the profiles, and grow back.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { ClusterStatus, LayoutReport } from "#cluster/index.ts";
import type { Member } from "./cluster-rig.ts";
import { simulate } from "./index.ts";
import { Cluster } from "./operations-rig.ts";

/** Runs an operation to its end, and says what was to move and what did. */
async function run(
  context: TestContext,
  cluster: Cluster,
  [operation, node]: readonly [string, number?],
): Promise<void> {
  const before = await cluster.running.ask<LayoutReport>("layout");
  const { moved, leastBytes, recoded } = await cluster.begin(operation, node);
  await cluster.untilOver();
  const { ever } = await cluster.running.ask<LayoutReport>("layout");
  const pulled = ever.pulledBytes - before.ever.pulledBytes;
  const coded = ever.recodedBytes - before.ever.recodedBytes;
  context.diagnostic(
    `${operation} ${node ?? ""}: ${pulled} bytes moved, ${moved.bytes} planned, at least ` +
      `${leastBytes}; ${coded} coded anew, ${recoded.bytes} planned`,
  );
  // What clients write meanwhile and an estimate's rounding aside.
  assert.ok(pulled <= 1.1 * moved.bytes + 64_000, `${operation} moves no more than it must`);
}

async function profileOf(cluster: Cluster): Promise<string> {
  return (await cluster.running.ask<ClusterStatus>("status")).profile;
}

/** Flips a bit of every large shard of a node, and has it scrubbed: nobody reads them. */
async function rotAndScrub(member: Member): Promise<void> {
  const { disk } = member.machine;
  const files = disk.files("shelf/files");
  assert.ok(files.length > 0, "there are shards in files");
  for (const { path, file } of files) {
    disk.flipBit(path, Math.floor(file.seen.sizeBytes / 2), 3);
  }
  await member.ask("scrub", { now: true });
}

test("six nodes shrink to three by all profiles and grow back; two may fail then", async (t) => {
  await simulate(51, async (world) => {
    const cluster = await Cluster.of(world, 6);
    assert.equal(await profileOf(cluster), "4+2");
    await run(t, cluster, ["drain", 6]);
    assert.equal(await profileOf(cluster), "3+2");
    await cluster.readAll();
    await run(t, cluster, ["drain", 5]);
    await run(t, cluster, ["drain", 4]);
    assert.equal(await profileOf(cluster), "2+1");
    for (const node of [4, 5, 6]) await run(t, cluster, ["undrain", node]);
    await run(t, cluster, ["optimize"]);
    assert.equal(await profileOf(cluster), "4+2");
    for (const node of [2, 3]) await rotAndScrub(cluster.member(node));
    await world.sleep(60_000);
    for (const node of [1, 4]) await cluster.member(node).machine.crash();
    await cluster.readAll();
    for (const node of [1, 4]) await cluster.member(node).start();
    await cluster.check();
  });
});
