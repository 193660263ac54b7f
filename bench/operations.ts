/**
 * What operations take and what they cost clients, on clusters of real processes on this machine.
 *
 *     node bench/operations.ts drain [MiB of objects]     four nodes: clients beside a drain
 *     node bench/operations.ts scrub [MiB]                one node: a pass, beside BLAKE3 alone
 *
 * Processor time is that of all nodes together.
 */
import { gib, kib, mib } from "#base/bytes.ts";
import type { LayoutReport, RepairReport, ScrubReport } from "#cluster/index.ts";
import { blockCount, checksumBlocks } from "#erasure/index.ts";
import { type TestCluster, type TestNode, withCluster } from "#test/e2e/cluster.ts";
import { testCredentials } from "#test/e2e/server.ts";
import { type Load, type Measured, runLoad, type Target } from "./s3/load.ts";
import { cpuSecondsOf } from "./s3/server-process.ts";

const rounds = 5;
const secondsPerRound = 6;
const clientCount = 8;
const clientBytes = 64 * kib;
const clientKeys = 256;
const fillBytes = 8 * mib;
const pollMs = 50;

const [operation = "", size = ""] = process.argv.slice(2);

function targetOf(node: TestNode): Target {
  const { hostname, port } = new URL(node.server.endpoint);
  return {
    host: hostname,
    port: Number(port),
    signer: { ...testCredentials, region: "us-east-1" },
  };
}

/** Sends requests until they are all sent, or the time is over. */
function send(
  node: TestNode,
  name: string,
  load: Pick<Load, "request"> & { count?: number; seconds?: number; concurrency?: number },
): Promise<Measured> {
  const { count = Infinity, seconds = Infinity, concurrency = clientCount, request } = load;
  return runLoad(targetOf(node), {
    name,
    concurrency,
    countMax: count,
    timeMsMax: seconds * 1000,
    request,
    accepts: ({ status }) => status === 200,
  });
}

/** Bytes that no two objects share. */
function bodyOf(i: number, sizeBytes: number): Buffer {
  const body = Buffer.alloc(sizeBytes, 0xa5);
  body.writeUInt32LE(i, 0);
  return body;
}

/** Puts so many bytes of large objects. */
async function fill(cluster: TestCluster, bytes: number): Promise<void> {
  await send(cluster.node(1), "bucket", {
    count: 1,
    concurrency: 1,
    request: () => ({ method: "PUT", target: "/bench", body: Buffer.alloc(0) }),
  });
  const count = Math.ceil(bytes / fillBytes);
  await send(cluster.node(1), "fill", {
    count,
    concurrency: 4,
    request: (i) => ({
      method: "PUT",
      target: `/bench/fill-${i}`,
      body: bodyOf(i, fillBytes),
      signBody: false,
    }),
  });
}

function cpuSeconds(cluster: TestCluster): number {
  const pids = cluster.running.map(({ server }) => server.process.pid ?? 0);
  return pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 280_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

async function isAtRest(cluster: TestCluster): Promise<boolean> {
  const { operation: open, change, recoding } = await cluster.node(1).ask<LayoutReport>("layout");
  if (open !== undefined || change !== undefined || recoding.units > 0) return false;
  const { nodes } = await cluster.node(1).ask<RepairReport>("repair");
  return nodes.every(({ walk }) => walk?.phase === "idle");
}

async function clusterOf(cluster: TestCluster, count: number): Promise<void> {
  await cluster.found();
  for (let node = 2; node <= count; node++) await cluster.join();
  await until("all take shards", async () => {
    const { nodes } = await cluster.node(1).status();
    return nodes.length === count && nodes.every(({ state }) => state === "up");
  });
  await until("nothing moves", () => isAtRest(cluster));
}

async function begin(cluster: TestCluster, name: string, node: number): Promise<void> {
  const { layoutVersion } = await cluster
    .node(1)
    .ask<{ layoutVersion: number }>("planOperation", { operation: name, node });
  const fields = { operation: name, node, layoutVersion, mayNarrow: false };
  await cluster.node(1).ask("beginOperation", fields);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Puts and gets of small objects by turns. */
function clients(cluster: TestCluster, round: string): Promise<Measured> {
  const body = bodyOf(7, clientBytes);
  return send(cluster.node(1), round, {
    seconds: secondsPerRound,
    request: (i) =>
      i % 2 === 0
        ? { method: "PUT", target: `/bench/client-${i % clientKeys}`, body, signBody: false }
        : { method: "GET", target: `/bench/client-${(i - 1) % clientKeys}` },
  });
}

function clientLine(name: string, { perSecond, p50Ms, p99Ms }: Measured): string {
  return `${name}: ${perSecond.toFixed(0)} requests/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
}

async function drain(cluster: TestCluster, bytes: number): Promise<void> {
  await clusterOf(cluster, 4);
  await fill(cluster, bytes);
  const body = bodyOf(7, clientBytes);
  await send(cluster.node(1), "first objects", {
    count: clientKeys,
    request: (i) => ({ method: "PUT", target: `/bench/client-${i}`, body, signBody: false }),
  });
  await clients(cluster, "warm");
  const pairs: { without: Measured; during: Measured }[] = [];
  for (let round = 1; round <= rounds; round++) {
    const without = await clients(cluster, "without");
    const pulled = async (): Promise<number> =>
      (await cluster.node(1).ask<LayoutReport>("layout")).ever.pulledBytes;
    const before = await pulled();
    await begin(cluster, "drain", 4);
    const during = await clients(cluster, "during");
    const movedBytes = (await pulled()) - before;
    const { change } = await cluster.node(1).ask<LayoutReport>("layout");
    const over = change === undefined ? ", over before the end" : "";
    console.log(clientLine(`round ${round} without`, without));
    console.log(
      clientLine(`round ${round} during `, during),
      `; ${(movedBytes / mib / secondsPerRound).toFixed(1)} MiB/s moved${over}`,
    );
    pairs.push({ without, during });
    await until("it is over", () => isAtRest(cluster));
    await begin(cluster, "undrain", 4);
    await until("it is back", () => isAtRest(cluster));
  }
  const share = median(pairs.map(({ without, during }) => during.perSecond / without.perSecond));
  const p99 = median(pairs.map(({ without, during }) => during.p99Ms / without.p99Ms));
  console.log(`medians of ${rounds}: throughput ${share.toFixed(2)}, p99 ${p99.toFixed(2)} times`);
  await migrate(cluster);
}

/** A drain that nobody disturbs. */
async function migrate(cluster: TestCluster): Promise<void> {
  const node = cluster.node(1);
  const before = (await node.ask<LayoutReport>("layout")).ever.pulledBytes;
  const cpu = cpuSeconds(cluster);
  const from = performance.now();
  await begin(cluster, "drain", 4);
  await until("it is over", async () => {
    const { operation: open, change } = await node.ask<LayoutReport>("layout");
    return open === undefined && change === undefined;
  });
  const seconds = (performance.now() - from) / 1000;
  const moved = (await node.ask<LayoutReport>("layout")).ever.pulledBytes - before;
  report("a drain alone moves", { bytes: moved, seconds, cpu: cpuSeconds(cluster) - cpu });
}

function report(
  name: string,
  { bytes, seconds, cpu }: { bytes: number; seconds: number; cpu: number },
): void {
  console.log(
    `${name} ${(bytes / mib).toFixed(0)} MiB in ${seconds.toFixed(1)} s: ` +
      `${(bytes / mib / seconds).toFixed(0)} MiB/s, ${(cpu / (bytes / gib)).toFixed(1)} CPU s/GiB`,
  );
}

async function scrub(cluster: TestCluster, bytes: number): Promise<void> {
  await cluster.found();
  await fill(cluster, bytes);
  const node = cluster.node(1);
  const pass = async (): Promise<ScrubReport["nodes"][number]["scrub"]> =>
    (await node.ask<ScrubReport>("scrub", {})).nodes[0]?.scrub;
  // While clients are taken to be here it would take only a part of the time.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const cpu = cpuSeconds(cluster);
  const from = performance.now();
  await node.ask<ScrubReport>("scrub", { now: true });
  await until("the pass is over", async () => (await pass())?.last !== undefined);
  const seconds = (performance.now() - from) / 1000;
  report("a scrub reads", {
    bytes: (await pass())?.last?.bytes ?? 0,
    seconds,
    cpu: cpuSeconds(cluster) - cpu,
  });
  const data = new Uint8Array(8 * mib).fill(3);
  const checksums = new Uint8Array(blockCount(data.length) * 32);
  const cpuBefore = process.cpuUsage();
  for (let i = 0; i < 64; i++) checksumBlocks(data, checksums);
  const { user, system } = process.cpuUsage(cpuBefore);
  console.log(
    `BLAKE3 of 64 KiB blocks alone: ${((user + system) / 1e6 / 0.5).toFixed(2)} CPU s/GiB`,
  );
}

const operations: Readonly<
  Record<string, { run: (cluster: TestCluster, bytes: number) => Promise<void>; mib: number }>
> = {
  drain: { run: drain, mib: 1024 },
  scrub: { run: scrub, mib: 1024 },
};
const chosen = operations[operation];
if (chosen === undefined) throw new Error(`give one of ${Object.keys(operations).join(", ")}`);
await withCluster((cluster) => chosen.run(cluster, Number(size || chosen.mib) * mib));
