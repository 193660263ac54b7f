import assert from "node:assert/strict";
import { test } from "node:test";
import { ObjectSet } from "./cluster-objects.ts";
import { withCluster } from "./cluster.ts";
import { runCommand } from "./server.ts";

test("one of three goes on after the others are lost, and takes in one that comes back", () =>
  withCluster(async (cluster) => {
    await cluster.foundThree();
    const [first, second, third] = [1, 2, 3].map((number) => cluster.node(number));
    assert.ok(first && second && third);
    const objects = new ObjectSet();
    await objects.createBucket(first.client());
    await objects.grow(first.client(), 20);
    await objects.check(second.client());
    for (const node of cluster.nodes) await node.kill();
    third.wipe();
    const place = ["--data-dir", first.dataDir, "--listen", first.listen];
    const explained = await runCommand(["cluster", "recover", ...place]);
    assert.equal(explained.code, 2);
    assert.match(explained.stderr, /Nothing was changed[^]*--force/);
    const { code, stderr } = await runCommand(["cluster", "recover", "--force", ...place]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /CONSISTS OF NODE 1 ALONE, in epoch 2[^]*Left behind: node 2, 3/);
    await first.start();
    await second.start();
    await second.server.logged(/"event":"nodeBeginsAnew"/);
    await cluster.until("both vote", ({ nodes }) =>
      nodes.every(({ role, node }) => node === 3 || role === "leader" || role === "voter"),
    );
    await objects.check(second.client());
    await objects.grow(second.client(), 5);
    await objects.check(first.client());
    const warnings = async (): Promise<string> => (await second.status()).warnings.join("\n");
    assert.match(await warnings(), /confirm-recovery/);
    const confirmed = await runCommand(["cluster", "confirm-recovery", ...place.slice(0, 2)]);
    assert.equal(confirmed.code, 0, confirmed.stderr);
    assert.doesNotMatch(await warnings(), /confirm-recovery/);
  }));
