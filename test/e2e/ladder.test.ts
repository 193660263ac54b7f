import { test } from "node:test";
import { ObjectSet } from "./cluster-objects.ts";
import { type TestCluster, withCluster } from "./cluster.ts";

const objectsPerRung = 30;

test("a store grows from one node to three in place, and every node serves all of it", async () => {
  await withCluster(async (cluster) => {
    const objects = new ObjectSet();
    const founder = await cluster.found({ zone: "a" });
    await objects.createBucket(founder.client());
    await objects.grow(founder.client(), objectsPerRung);
    for (const zone of ["b", "c"]) {
      const joiner = await cluster.join({ zone });
      await cluster.untilSettled();
      await objects.check(joiner.client());
      await objects.grow(joiner.client(), objectsPerRung);
      await checkEverywhere(cluster, objects);
    }
    // The same command line again, tokens apart: each comes back as what it was.
    for (const node of cluster.nodes) {
      await node.stop();
      await node.start();
      await cluster.untilSettled();
      await objects.check(node.client());
    }
  });
});

async function checkEverywhere(cluster: TestCluster, objects: ObjectSet): Promise<void> {
  for (const node of cluster.running) await objects.check(node.client());
}
