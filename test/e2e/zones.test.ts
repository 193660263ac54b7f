import assert from "node:assert/strict";
import { test } from "node:test";
import { ObjectSet } from "./cluster-objects.ts";
import { withCluster } from "./cluster.ts";

test("six nodes in three zones on one host: a zone is killed, and all can be read and written", () =>
  withCluster(async (cluster) => {
    await cluster.found({ zone: "a" });
    for (const zone of ["b", "c", "a", "b", "c"]) {
      await cluster.join({ zone });
      await cluster.untilSettled();
    }
    const { profile } = await cluster.until(
      "all have their part",
      ({ nodes, layout }) =>
        nodes.length === 6 &&
        nodes.every(({ state }) => state === "up") &&
        layout.transition === undefined,
    );
    assert.equal(profile, "4+2");
    const objects = new ObjectSet();
    await objects.createBucket(cluster.node(1).client());
    await objects.grow(cluster.node(2).client(), 40);
    const { tolerances } = await cluster.node(3).status();
    const ofZones = tolerances.find(({ level }) => level === "zones");
    assert.match(ofZones?.text ?? "", /any 1 zone may fail/);
    const killed = cluster.nodes.filter((_, i) => i % 3 === 1);
    await Promise.all(killed.map((node) => node.kill()));
    for (const node of cluster.running) await objects.check(node.client());
    // Two of six are gone: narrower profiles are written, and what was written is read.
    await objects.grow(cluster.node(1).client(), 10);
    await objects.check(cluster.node(3).client());
    await Promise.all(killed.map((node) => node.start()));
    await cluster.untilSettled();
    await objects.check(cluster.node(2).client());
  }));
