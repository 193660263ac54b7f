// Whole nodes under operations: drained and undrained, shrunk and optimized, while clients go on
// and nodes crash.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterStatus, LayoutReport, OperationPlan, RepairReport } from "#cluster/index.ts";
import { simulate } from "./index.ts";
import { Cluster } from "./operations-rig.ts";

test("a node is drained, undrained half-way and drained again, under load", async () => {
  await simulate(31, async (world) => {
    const cluster = await Cluster.of(world, 4);
    const load = cluster.load();
    const plan = await cluster.begin("drain", 2);
    assert.equal(plan.trade, undefined);
    await cluster.until("it has begun", ({ change }) => change?.kind === "drain");
    await cluster.begin("undrain", 2);
    await cluster.until("it goes back", ({ change }) => change?.isUndone === true);
    await cluster.begin("drain", 2);
    await cluster.untilOver();
    await load.stop();
    const { nodes } = await cluster.running.ask<LayoutReport>("layout");
    assert.deepEqual(nodes.find(({ node }) => node === 2)?.share, 0);
    await cluster.begin("undrain", 2);
    await cluster.untilOver();
    await cluster.check();
  });
});

test("a cluster shrinks from three nodes to two, and is as it was by an optimization", async () => {
  await simulate(32, async (world) => {
    const cluster = await Cluster.of(world, 3);
    const load = cluster.load();
    const plan = await cluster.begin("drain", 3);
    assert.match(plan.trade ?? "", /1\+1 instead of 2\+1/);
    await cluster.untilOver();
    await load.stop();
    const status = await cluster.running.ask<ClusterStatus>("status");
    assert.equal(status.profile, "1+1");
    // Nothing needs the third any more.
    await cluster.member(3).stop();
    await cluster.readAll();
    await cluster.member(3).start();
    await cluster.begin("undrain", 3);
    await cluster.untilOver();
    const again = await cluster.begin("optimize");
    assert.ok(again.recoded.units > 0);
    await cluster.untilOver();
    assert.equal((await cluster.running.ask<ClusterStatus>("status")).profile, "2+1");
    const fields = { operation: "optimize" };
    const left = await cluster.running.ask<OperationPlan>("planOperation", fields);
    assert.deepEqual([left.recoded.units, left.moved.shards], [0, 0]);
    await cluster.member(1).machine.crash();
    await cluster.readAll();
    await cluster.member(1).start();
    await cluster.check();
  });
});

test("a crash at any step of a drain or a shrink takes nothing, and it goes on", async () => {
  for (let seed = 45; seed <= 46; seed++) {
    await simulate(seed, async (world) => {
      const isShrink = seed % 2 === 0;
      const cluster = await Cluster.of(world, isShrink ? 3 : 4);
      await cluster.begin("drain", 3);
      // Any of them, the one that leads or the one that drains too.
      const victim = cluster.member(1 + world.prng.below(cluster.members.length));
      const step = victim.machine.stepCount + 1 + world.prng.below(120);
      victim.machine.crashAt({ step, when: "after", remains: "some" });
      await Promise.race([victim.machine.died, world.sleep(30_000)]);
      victim.machine.crashAt(undefined);
      await cluster.readAll();
      if (!victim.machine.isUp) await victim.start();
      await cluster.untilOver();
      await cluster.check();
    });
  }
});

test("a pause holds up what moves, and nothing that was lost", async () => {
  await simulate(47, async (world) => {
    const cluster = await Cluster.of(world, 4);
    await cluster.begin("drain", 4);
    await cluster.until("it has begun", ({ change }) => change?.kind === "drain");
    await cluster.running.ask("pauseUpkeep", { isPaused: true });
    const emptied = cluster.member(2);
    await emptied.stop();
    const { disk } = emptied.machine;
    for (const { path } of disk.files("shelf")) disk.remove(path);
    await emptied.start();
    await world.sleep(30_000);
    const { nodes } = await cluster.running.ask<RepairReport>("repair");
    const phases = new Set(nodes.map(({ walk }) => walk?.phase));
    assert.ok(!phases.has("pulling") && phases.has("paused"), [...phases].join());
    assert.ok(disk.files("shelf").length > 0, "it has its shards again");
    await cluster.until("it waits", ({ change }) => change?.kind === "drain");
    await cluster.member(1).machine.crash();
    await cluster.readAll();
    await cluster.member(1).start();
    await cluster.running.ask("pauseUpkeep", { isPaused: false });
    await cluster.untilOver();
    await cluster.check();
  });
});
