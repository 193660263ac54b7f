import assert from "node:assert/strict";
import { test } from "node:test";
import { ObjectSet } from "./cluster-objects.ts";
import { withCluster } from "./cluster.ts";
import { runCommand } from "./server.ts";

test("a node takes the place of another, whose process ends with a word, also later", () =>
  withCluster(async (cluster) => {
    await cluster.foundThree();
    const old = cluster.node(2);
    const successor = cluster.add();
    await successor.start({ token: await cluster.token(), args: ["--replaces", "2"] });
    const { code, stderr } = await old.ended();
    assert.equal(code, 11, stderr);
    assert.match(stderr, /no place for this node any more: node 2 was removed/);
    const { nodes } = await cluster.until(
      "three vote and take shards",
      ({ nodes: all }) =>
        all.length === 3 &&
        all.every(({ role, state }) => role !== "learner" && role !== "joining" && state === "up"),
    );
    assert.deepEqual(
      nodes.map(({ name }) => name),
      ["n1", "n3", "n4"],
    );
    const objects = new ObjectSet();
    await objects.createBucket(successor.client());
    await objects.grow(successor.client(), 20);
    await objects.check(cluster.node(3).client());
    // Started again by mistake.
    await old.start();
    assert.equal((await old.ended()).code, 11);
  }));

test("keys are changed while the nodes serve, and known again after a restart of all", () =>
  withCluster(async (cluster) => {
    await cluster.foundThree();
    const objects = new ObjectSet();
    await objects.createBucket(cluster.node(1).client());
    const growing = objects.grow(cluster.node(2).client(), 60);
    const keys = new Set<string>();
    for (const { dataDir } of cluster.nodes) {
      const { code, stdout, stderr } = await runCommand([
        "cluster",
        "rotate-key",
        "--data-dir",
        dataDir,
      ]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^[0-9a-f]{64}\n$/);
      keys.add(stdout);
    }
    assert.equal(keys.size, 3);
    await growing;
    for (const node of cluster.nodes) await node.kill();
    await Promise.all(cluster.nodes.map((node) => node.start()));
    for (const node of cluster.nodes) await objects.check(node.client());
  }));

test("a node that lost all but its key comes back as itself, with a vote under another Raft id", () =>
  withCluster(async (cluster) => {
    await cluster.foundThree();
    const objects = new ObjectSet();
    await objects.createBucket(cluster.node(1).client());
    await objects.grow(cluster.node(1).client(), 20);
    const wiped = cluster.node(3);
    await wiped.kill();
    wiped.loseState();
    await wiped.start();
    await wiped.server.logged(/"lostRaftId":3,"raftId":4,"event":"raftIdRenewed"/);
    await cluster.untilSettled();
    await objects.grow(wiped.client(), 20);
    await objects.check(wiped.client());
    await objects.check(cluster.node(2).client());
  }));

test("a node whose directory is gone is replaced by one on the same machine, which is refilled", () =>
  withCluster(async (cluster) => {
    await cluster.foundThree();
    const objects = new ObjectSet();
    await objects.createBucket(cluster.node(1).client());
    await objects.grow(cluster.node(1).client(), 30);
    const wiped = cluster.node(3);
    await wiped.kill();
    wiped.wipe();
    await wiped.start({ token: await cluster.token(), args: ["--replaces", "3"] });
    await cluster.until("node 4 has the place and all shards of node 3", (status) => {
      const { nodes, layout, tolerances } = status;
      const numbers = nodes.map(({ node }) => node).join();
      const isRefilled = layout.transition === undefined && tolerances[0]?.reads === 1;
      return numbers === "1,2,4" && isRefilled && tolerances[0]?.decisions === 1;
    });
    await cluster.node(1).kill();
    await objects.check(wiped.client());
  }));
