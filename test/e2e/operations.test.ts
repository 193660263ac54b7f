// Operations on real processes: drained, removed and joined anew while clients go on.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { S3Client } from "@aws-sdk/client-s3";
import type { LayoutReport, OperationPlan } from "#cluster/index.ts";
import { ObjectSet } from "./cluster-objects.ts";
import { type TestCluster, type TestNode, withCluster } from "./cluster.ts";
import { runCommand } from "./server.ts";

const objectCount = 60;

/** Runs `hamster cluster ...` on a node's directory. */
function cli(node: TestNode, ...args: readonly string[]): ReturnType<typeof runCommand> {
  return runCommand(["cluster", ...args, "--data-dir", node.dataDir]);
}

/** Writes and reads without a break until it is told to stop; whatever fails, fails the test. */
function load(objects: ObjectSet, client: S3Client): { stop(): Promise<number> } {
  const stopping = new AbortController();
  const run = async (): Promise<number> => {
    let rounds = 0;
    for (; !stopping.signal.aborted; rounds++) {
      await objects.grow(client, 4);
      await objects.check(client);
    }
    return rounds;
  };
  const running = run();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

async function fourNodes(cluster: TestCluster): Promise<void> {
  await cluster.foundThree();
  await cluster.join();
  await cluster.untilSettled();
  await cluster.until("all take shards, and none moves", ({ nodes, layout }) => {
    return nodes.every(({ state }) => state === "up") && layout.transition === undefined;
  });
}

test("a node is drained under load, removed, and joins anew; nobody notices", async (t) => {
  await withCluster(async (cluster) => {
    await fourNodes(cluster);
    const [first, last] = [cluster.node(1), cluster.node(4)];
    const objects = new ObjectSet();
    await objects.createBucket(first.client());
    await objects.grow(first.client(), objectCount);
    const traffic = load(objects, cluster.node(2).client());

    const early = await cli(first, "remove", "4", "--yes");
    assert.match(early.stderr, /takes shards[^]*Drain it first/);
    const before = await first.ask<LayoutReport>("layout");
    const planned = await cli(first, "drain", "4", "--dry-run", "--json");
    const { plan } = JSON.parse(planned.stdout) as { plan: OperationPlan };
    assert.deepEqual([plan.trade, plan.tolerance.during], [undefined, 1]);
    // Held up, so that it is still under way when another is asked for.
    assert.equal((await cli(first, "pause")).code, 0);
    const begun = await cli(cluster.node(3), "drain", "4", "--no-wait");
    assert.equal(begun.code, 0, begun.stderr);
    const second = await cli(first, "optimize");
    assert.match(second.stderr, /a drain of node 4 \(n4\) is under way/);
    const resumed = await cli(first, "resume");
    assert.match(resumed.stdout, /A drain of node 4 \(n4\) is under way/);
    await cluster.until(
      "node 4 is drained",
      ({ nodes, layout }) =>
        layout.transition === undefined &&
        nodes.some(({ node, state }) => node === 4 && state === "draining"),
    );
    const after = await first.ask<LayoutReport>("layout");
    const pulled = after.ever.pulledBytes - before.ever.pulledBytes;
    t.diagnostic(`moved ${pulled} bytes; planned ${plan.moved.bytes}, at least ${plan.leastBytes}`);

    await removed(cluster, last);
    assert.equal((await last.ended()).code, 11);
    const rounds = await traffic.stop();
    assert.ok(rounds > 0);
    for (const node of cluster.running) await objects.check(node.client());

    last.wipe();
    const returned = await cluster.join();
    await cluster.until("it is back under another number", ({ nodes, layout }) => {
      const numbers = nodes.map(({ node }) => node).join(" ");
      const isUp = nodes.every(({ state }) => state === "up");
      return numbers === "1 2 3 5" && isUp && layout.transition === undefined;
    });
    await objects.check(returned.client());
  });
});

/** Lets a node go as soon as the others have confirmed what it had. */
async function removed(cluster: TestCluster, node: TestNode): Promise<void> {
  const number = cluster.nodes.indexOf(node) + 1;
  for (let attempt = 1; ; attempt++) {
    const answer = await cli(cluster.node(1), "remove", String(number), "--yes");
    if (answer.code === 0) return;
    assert.match(answer.stderr, /still has .* shards|on their way/);
    assert.ok(attempt < 60, answer.stderr);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
