import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ObjectSet } from "./cluster-objects.ts";
import { type TestCluster, type TestNode, withCluster } from "./cluster.ts";
import { runCommand } from "./server.ts";

const objectsPerRung = 20;

test("a store grows from one node to six in place, and loses what status says it may", async () => {
  await withCluster(async (cluster) => {
    const objects = new ObjectSet();
    const founder = await cluster.found({ zone: "a" });
    await objects.createBucket(founder.client());
    await objects.grow(founder.client(), objectsPerRung);
    for (const zones of ["b", "c", "de", "f"]) {
      for (const zone of zones) {
        const joiner = await cluster.join({ zone });
        // Nobody notices that shards are on their way.
        await objects.check(joiner.client());
        await cluster.untilSettled();
      }
      await untilAtRest(cluster);
      await objects.grow(cluster.node(cluster.nodes.length).client(), objectsPerRung);
      await checkEverywhere(cluster, objects);
      await loseWhatMayBeLost(cluster, objects);
    }
    await loseOneAfterTheOther(cluster);
    await checkEverywhere(cluster, objects);
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

/**
 * Of six nodes two are lost, and all that was written to the six is read and more is written; a
 * third, and what is written goes to the three that are left; a fourth, and the majority with it:
 * then a write waits until they are back.
 * The youngest go first: elders keep their place in every row, and narrow units are theirs.
 */
async function loseOneAfterTheOther(cluster: TestCluster): Promise<void> {
  const [wide, narrow] = [new ObjectSet("to-six"), new ObjectSet("to-three")];
  await wide.createBucket(cluster.node(6).client());
  await wide.grow(cluster.node(1).client(), objectsPerRung);
  const survivor = cluster.node(1);
  await cluster.node(6).kill();
  await cluster.node(5).kill();
  await checkEverywhere(cluster, wide);
  await wide.grow(survivor.client(), objectsPerRung);
  await checkEverywhere(cluster, wide);
  await cluster.node(4).kill();
  await narrow.createBucket(survivor.client());
  await narrow.grow(survivor.client(), objectsPerRung);
  await checkEverywhere(cluster, narrow);
  await cluster.node(3).kill();
  const late = new ObjectSet("late");
  let isLate = true;
  const waiting = late.createBucket(survivor.client()).then(() => assert.ok(!isLate, "not by two"));
  await cluster.until("nobody leads", ({ nodes }) => !nodes.some(({ role }) => role === "leader"));
  isLate = false;
  for (const node of cluster.nodes) if (!node.isRunning) await node.start();
  await waiting;
  await cluster.untilSettled();
  await untilAtRest(cluster);
  for (const objects of [wide, narrow]) await checkEverywhere(cluster, objects);
}

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
