import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { ClusterStatus } from "#cluster/index.ts";
import { type Prng, seededPrng } from "#base/prng.ts";
import { checkLinearizable } from "#sim/checkers/linearizable.ts";
import { absent, History } from "#sim/workload/history.ts";
import { type TestCluster, type TestNode, withCluster } from "./cluster.ts";
import { testCredentials } from "./server.ts";

const keys = ["a", "b", "c"] as const;
const lanesPerNode = 2;
const pollMs = 20;

function pauseMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Clients of all nodes that put, put if unchanged, and get a few keys; none tries a call again. */
class Clients {
  readonly history = new History();
  /** Writes that were acknowledged. */
  ackCount = 0;
  readonly #cluster: TestCluster;
  readonly #lanes: Promise<void>[] = [];
  #isOver = false;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  begin(): void {
    const prng = seededPrng(20261126);
    for (const node of this.#cluster.nodes) {
      for (let i = 0; i < lanesPerNode; i++) this.#lanes.push(this.#lane(node, prng.fork()));
    }
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
  }

  /** Waits until so many more writes were acknowledged. */
  async untilMore(count: number): Promise<void> {
    const wanted = this.ackCount + count;
    const deadline = performance.now() + 60_000;
    while (this.ackCount < wanted) {
      assert.ok(performance.now() < deadline, `${count} more writes are acknowledged`);
      await pauseMs(pollMs);
    }
  }

  async #lane(node: TestNode, prng: Prng): Promise<void> {
    let client: S3Client | undefined;
    let server: TestNode["server"] | undefined;
    const seen = new Map<string, string>();
    while (!this.#isOver) {
      await pauseMs(prng.below(60));
      if (!node.isRunning) continue;
      if (server !== node.server) {
        client?.destroy();
        server = node.server;
        client = server.client(testCredentials);
      }
      const key = keys[prng.below(keys.length)] ?? "a";
      if (client === undefined) continue;
      if (prng.below(2) === 0) await this.#get(client, key, seen);
      else await this.#put(client, key, seen, prng);
    }
    client?.destroy();
  }

  async #get(client: S3Client, key: string, seen: Map<string, string>): Promise<void> {
    const begun = this.history.tick();
    try {
      const got = await client.send(new GetObjectCommand({ Bucket: "bucket", Key: key }));
      const state = md5(await got.Body?.transformToByteArray());
      assert.equal(got.ETag, `"${state}"`);
      this.history.show(key, "GET", begun, { kind: "read", state });
      seen.set(key, state);
    } catch (error) {
      if (statusOf(error) !== 404) return;
      this.history.show(key, "GET", begun, { kind: "read", state: absent });
    }
  }

  async #put(client: S3Client, key: string, seen: Map<string, string>, prng: Prng): Promise<void> {
    const Body = `${key} ${this.history.tick()} ${"x".repeat(prng.below(500))}`;
    const state = md5(Body);
    const expected = prng.below(2) === 0 ? seen.get(key) : undefined;
    const action =
      expected === undefined
        ? ({ kind: "write", state } as const)
        : ({ kind: "replace", expected, state } as const);
    const begun = this.history.tick();
    const open = this.history.begin(key, "PUT", action);
    const condition = expected === undefined ? {} : { IfMatch: `"${expected}"` };
    try {
      const put = new PutObjectCommand({ Bucket: "bucket", Key: key, Body, ...condition });
      await client.send(put);
      open.acknowledge();
      this.ackCount++;
      seen.set(key, state);
    } catch (error) {
      if (statusOf(error) !== 412 || expected === undefined) return;
      open.refuse();
      this.history.show(key, "PUT", begun, { kind: "differs", state: expected });
      seen.delete(key);
    }
  }
}

function md5(bytes: Uint8Array | string | undefined): string {
  return createHash("md5")
    .update(bytes ?? "")
    .digest("hex");
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

async function followerOf(cluster: TestCluster): Promise<TestNode> {
  const leader = await cluster.leader();
  const follower = cluster.nodes.find((node) => node !== leader);
  assert.ok(follower !== undefined);
  return follower;
}

/** What the metadata of a node is kept in; its shards and its key are not. */
function wipeMetadata(node: TestNode): void {
  assert.ok(!node.isRunning);
  for (const name of ["log", "store", "checkpoints", "replica"]) {
    rmSync(join(node.dataDir, name), { recursive: true });
  }
}

/** Waits until all vote, as one sees it that was left alone: another may have no state yet. */
async function untilAllVote(cluster: TestCluster, harmed: TestNode): Promise<void> {
  const witness = cluster.nodes.find((node) => node !== harmed);
  const isWhole = ({ nodes }: ClusterStatus): boolean =>
    nodes.filter(({ role }) => role === "leader" || role === "voter").length === 3;
  await cluster.until("all vote", isWhole, witness);
}

async function disturb(
  context: TestContext,
  cluster: TestCluster,
  clients: Clients,
): Promise<void> {
  await clients.untilMore(40);
  const leader = await cluster.leader();
  const killedMs = performance.now();
  await leader.kill();
  await clients.untilMore(1);
  const waitedMs = Math.round(performance.now() - killedMs);
  context.diagnostic(`the leader was killed; the next write was acknowledged ${waitedMs} ms later`);
  await clients.untilMore(40);
  await leader.start();
  await untilAllVote(cluster, leader);

  const frozen = await followerOf(cluster);
  frozen.pause();
  await clients.untilMore(40);
  frozen.resume();
  await clients.untilMore(40);

  const wiped = await followerOf(cluster);
  await wiped.kill();
  wipeMetadata(wiped);
  await clients.untilMore(20);
  await wiped.start();
  await untilAllVote(cluster, wiped);
  await clients.untilMore(40);
}

test("R8 a killed leader, a frozen follower, a wiped one: all is linearizable", async (context) => {
  await withCluster(async (cluster) => {
    await cluster.foundThree();
    const maker = cluster.node(1).client();
    await maker.send(new CreateBucketCommand({ Bucket: "bucket" }));
    const clients = new Clients(cluster);
    clients.begin();
    try {
      await disturb(context, cluster, clients);
    } finally {
      await clients.end();
    }
    const { history } = clients;
    for (const node of cluster.nodes) {
      const client = node.client();
      for (const Key of keys) {
        const begun = history.tick();
        const got = await client.send(new GetObjectCommand({ Bucket: "bucket", Key }));
        const state = md5(await got.Body?.transformToByteArray());
        history.show(Key, "GET", begun, { kind: "read", state });
      }
    }
    context.diagnostic(`${clients.ackCount} writes were acknowledged`);
    checkLinearizable(history);
  });
});
