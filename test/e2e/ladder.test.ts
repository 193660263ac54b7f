import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ObjectSet } from "./cluster-objects.ts";
import { type TestCluster, type TestNode, withCluster } from "./cluster.ts";
import { runCommand } from "./server.ts";

const objectsPerRung = 20;

test("a store grows from one node to five in place, and loses what status says it may", async () => {
  await withCluster(async (cluster) => {
    const objects = new ObjectSet();
    const founder = await cluster.found({ zone: "a" });
    await objects.createBucket(founder.client());
    await objects.grow(founder.client(), objectsPerRung);
    for (const zone of ["b", "c", "d", "e"]) {
      const joiner = await cluster.join({ zone });
      // Nobody notices that shards are on their way.
      await objects.check(joiner.client());
      await cluster.untilSettled();
      await untilAtRest(cluster);
      await objects.grow(joiner.client(), objectsPerRung);
      await checkEverywhere(cluster, objects);
      await loseWhatMayBeLost(cluster, objects);
    }
  });
});

test("a node that comes back with an empty shelf fills it again", async () => {
  await withCluster(async (cluster) => {
    const objects = new ObjectSet();
    const founder = await cluster.found();
    for (let i = 0; i < 2; i++) await cluster.join();
    await cluster.untilSettled();
    await untilAtRest(cluster);
    await objects.createBucket(founder.client());
    await objects.grow(founder.client(), 40);
    const wiped = cluster.node(2);
    const usedBytes = await usedOn(cluster, 2);
    await wiped.stop();
    rmSync(join(wiped.dataDir, "shelf"), { recursive: true });
    await wiped.start();
    await cluster.untilSettled();
    await untilAtRest(cluster);
    const refilled = await usedOn(cluster, 2);
    assert.ok(refilled > 0.9 * usedBytes, `${refilled} of ${usedBytes} bytes are back`);
    const repair = await runCommand(["cluster", "repair", "--now", "--data-dir", wiped.dataDir]);
    assert.equal(repair.code, 0, repair.stderr);
    assert.match(repair.stdout, /^2 +n2 +idle +0 +- +0 +0$/m);
    await loseWhatMayBeLost(cluster, objects);
  });
});

/** Waits until every node has all that it should, and nothing moves. */
async function untilAtRest(cluster: TestCluster): Promise<void> {
  await cluster.until("nothing moves", ({ nodes, layout }) => {
    const isAtRest = nodes.every(
      ({ state, walk }) => state === "up" && walk?.phase === "idle" && walk.lostShards === 0,
    );
    return isAtRest && layout.transition === undefined;
  });
}

/** What a node says that it keeps. */
async function usedOn(cluster: TestCluster, number: number): Promise<number> {
  const { nodes } = await cluster.anyRunning().status();
  return nodes.find(({ node }) => node === number)?.usedBytes ?? 0;
}

/** Kills as many nodes as the cluster says it tolerates, reads everything, starts them again. */
async function loseWhatMayBeLost(cluster: TestCluster, objects: ObjectSet): Promise<void> {
  const { tolerances } = await cluster.anyRunning().status();
  const ofNodes = tolerances.find(({ level }) => level === "nodes");
  const count = Math.min(ofNodes?.reads ?? 0, ofNodes?.decisions ?? 0);
  const isEnough = count >= (cluster.nodes.length > 2 ? 1 : 0);
  assert.ok(isEnough, `${cluster.nodes.length} nodes tolerate ${JSON.stringify(ofNodes)}`);
  const dead: TestNode[] = cluster.nodes.slice(0, count);
  for (const node of dead) await node.kill();
  await checkEverywhere(cluster, objects);
  for (const node of dead) await node.start();
  await cluster.untilSettled();
  await untilAtRest(cluster);
}

async function checkEverywhere(cluster: TestCluster, objects: ObjectSet): Promise<void> {
  for (const node of cluster.running) await objects.check(node.client());
}
