/**
 * What real nodes of this machine do together: PUT and GET on clusters of several sizes, what a
 * frozen node costs the others, and the memory of a node under many large uploads.
 */
import { parseArgs } from "node:util";
import { type TestNode, withCluster, type TestCluster } from "#test/e2e/cluster.ts";
import { testCredentials } from "#test/e2e/server.ts";
import { Connection } from "./s3/connection.ts";
import { type Load, type Measured, runLoad, type Target } from "./s3/load.ts";
import { cpuSecondsOf, rssMibOf } from "./s3/server-process.ts";
import { signedHead } from "./s3/signer.ts";

const usage = `node bench/cluster.ts [table] [--nodes 1,3,6] [--sizes 4,1024,65536] [--concurrency 1,32]
node bench/cluster.ts frozen [--sizes 4,1024]
node bench/cluster.ts memory [--nodes 1,6]
  --sizes KIB,...   of objects
  --seconds N       for each load`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nodes: { type: "string" },
    sizes: { type: "string" },
    concurrency: { type: "string", default: "1,32" },
    seconds: { type: "string", default: "3" },
    help: { type: "boolean", default: false },
  },
});

const bucket = "bench";
/** Bytes that one load moves at the most, so that large objects do not fill the disk. */
const loadBytesMax = 1024 ** 3;
/** Uploads at once whose memory is measured, and the size of each. */
const uploads = { count: 64, sizeBytes: 64 * 1024 ** 2 };
/** A node that is frozen is known to be down well within so long. */
const knownMsMax = 15_000;

function numbers(text: string | undefined, otherwise: readonly number[]): readonly number[] {
  return text === undefined ? otherwise : text.split(",").map(Number);
}

function targetOf(node: TestNode): Target {
  const { hostname, port } = new URL(node.server.endpoint);
  return {
    host: hostname,
    port: Number(port),
    signer: { ...testCredentials, region: "us-east-1" },
  };
}

async function put(target: Target, path: string, body: Uint8Array): Promise<void> {
  const { host, port, signer } = target;
  const line = { method: "PUT", target: path, host: `${host}:${port}`, body, signBody: false };
  const connection = await Connection.open(target);
  try {
    const reply = await connection.send("PUT", signedHead(signer, line), body);
    if (reply.status !== 200) throw new Error(`PUT ${path}: ${reply.status} ${reply.text}`);
  } finally {
    connection.close();
  }
}

/** Calls `use` with a cluster of so many nodes, all with their part, and a bucket. */
async function withNodes(
  count: number,
  use: (cluster: TestCluster) => Promise<void>,
): Promise<void> {
  await withCluster(async (cluster) => {
    await cluster.found();
    for (let node = 2; node <= count; node++) {
      await cluster.join();
      await cluster.untilSettled();
    }
    await cluster.until("all have their part", ({ nodes, layout }) => {
      return nodes.every(({ state }) => state === "up") && layout.transition === undefined;
    });
    await put(targetOf(cluster.node(1)), `/${bucket}`, new Uint8Array(0));
    await use(cluster);
  });
}

/** @param stored so many objects are there to be read */
function loadOf(
  name: "PUT" | "GET",
  sizeBytes: number,
  more: { concurrency: number; stored: number },
): Load {
  const body = Buffer.alloc(sizeBytes, 0x61);
  const { concurrency, stored } = more;
  const keyOf = (i: number): string => `/${bucket}/${sizeBytes}-${i}`;
  return {
    name,
    concurrency,
    countMax: Math.max(concurrency, Math.min(1e6, Math.floor(loadBytesMax / sizeBytes))),
    timeMsMax: Number(options.seconds) * 1000,
    request: (i) =>
      name === "PUT"
        ? { method: "PUT", target: keyOf(i), body, signBody: false }
        : { method: "GET", target: keyOf(i % stored) },
    accepts: ({ status }) => status === 200,
  };
}

function cpuSeconds(cluster: TestCluster): number {
  const pids = cluster.running.map(({ server }) => server.process.pid ?? 0);
  return pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
}

function show(
  nodes: string,
  sizeBytes: number,
  measured: Measured & { concurrency: number; cpuMs: number },
): void {
  const { name, concurrency, perSecond, mibPerSecond, p50Ms, p99Ms, cpuMs } = measured;
  const size = sizeBytes < 1024 ** 2 ? `${sizeBytes / 1024} KiB` : `${sizeBytes / 1024 ** 2} MiB`;
  const cells = [nodes, `${name} ${size}`, concurrency, perSecond.toFixed(perSecond < 100 ? 1 : 0)];
  cells.push(mibPerSecond.toFixed(1), p50Ms.toFixed(1), p99Ms.toFixed(1), cpuMs.toFixed(2));
  console.log(`| ${cells.join(" | ")} |`);
}

const head = `| nodes | load | clients | requests/s | MiB/s | p50 ms | p99 ms | CPU ms, all nodes |
|---|---|---|---|---|---|---|---|`;

/** Runs a load through one node; what a request costs all nodes is measured too. */
async function run(
  cluster: TestCluster,
  by: TestNode,
  load: Load,
): Promise<Measured & { concurrency: number; cpuMs: number }> {
  const before = cpuSeconds(cluster);
  const measured = await runLoad(targetOf(by), load);
  const cpuMs = (1000 * (cpuSeconds(cluster) - before)) / measured.requests;
  return { ...measured, concurrency: load.concurrency, cpuMs };
}

async function table(): Promise<void> {
  console.log(head);
  for (const count of numbers(options.nodes, [1, 3, 6])) {
    await withNodes(count, async (cluster) => {
      const by = cluster.node(count);
      for (const kib of numbers(options.sizes, [4, 1024, 65_536])) {
        for (const concurrency of numbers(options.concurrency, [1, 32])) {
          let stored = 1;
          for (const name of ["PUT", "GET"] as const) {
            const load = loadOf(name, kib * 1024, { concurrency, stored });
            const measured = await run(cluster, by, load);
            show(String(count), kib * 1024, measured);
            stored = measured.requests;
          }
        }
      }
    });
  }
}

/** Six nodes; one that neither leads nor is asked is frozen, and then known to be down. */
async function frozen(): Promise<void> {
  console.log(head);
  await withNodes(6, async (cluster) => {
    const leader = await cluster.leader();
    const [by, victim] = cluster.nodes.filter((node) => node !== leader).reverse();
    if (by === undefined || victim === undefined) throw new Error("six nodes run");
    const sizes = numbers(options.sizes, [4, 1024]).map((kib) => kib * 1024);
    const p99 = new Map<string, number>();
    const measure = async (state: string): Promise<void> => {
      for (const sizeBytes of sizes) {
        for (const name of ["PUT", "GET"] as const) {
          const load = loadOf(name, sizeBytes, { concurrency: 4, stored: 100 });
          const measured = await run(cluster, by, load);
          show(state, sizeBytes, measured);
          const key = `${name} ${sizeBytes / 1024} KiB`;
          const before = p99.get(key);
          if (before === undefined) p99.set(key, measured.p99Ms);
          else
            console.log(
              `${key}: p99 is ${(measured.p99Ms / before).toFixed(2)} of the healthy one`,
            );
        }
      }
    };
    for (const sizeBytes of sizes)
      await runLoad(targetOf(by), loadOf("PUT", sizeBytes, { concurrency: 4, stored: 1 }));
    await measure("6");
    victim.pause();
    const isKnown = (status: { nodes: readonly { name: string; state: string }[] }): boolean =>
      status.nodes.some(({ name, state }) => name === victim.name && state === "down");
    const frozenAt = performance.now();
    await cluster.until("it is known to be down", isKnown, by);
    const noticedMs = performance.now() - frozenAt;
    if (noticedMs > knownMsMax) throw new Error(`noticed after ${noticedMs} ms`);
    console.log(`frozen; known to be down after ${(noticedMs / 1000).toFixed(1)} s`);
    await measure("6, one frozen");
    victim.resume();
  });
}

async function memory(): Promise<void> {
  for (const count of numbers(options.nodes, [1, 6])) {
    await withNodes(count, async (cluster) => {
      const by = cluster.node(count);
      const body = Buffer.alloc(uploads.sizeBytes, 0x61);
      const target = targetOf(by);
      const start = performance.now();
      await Promise.all(
        Array.from({ length: uploads.count }, (_, i) => put(target, `/${bucket}/${i}`, body)),
      );
      const seconds = (performance.now() - start) / 1000;
      const peaks = cluster.nodes.map(({ server }) => rssMibOf(server.process.pid ?? 0).peak);
      const mib = (value: number | undefined): string => `${(value ?? 0).toFixed(0)} MiB`;
      console.log(
        `${count} nodes: ${uploads.count} uploads of 64 MiB at once in ${seconds.toFixed(1)} s; ` +
          `peak RSS ${mib(peaks.at(-1))} of the node that was asked, ` +
          `${mib(Math.max(0, ...peaks.slice(0, -1)))} of another at the most`,
      );
    });
  }
}

const modes: Readonly<Record<string, () => Promise<void>>> = { table, frozen, memory };
const mode = modes[positionals[0] ?? "table"];
if (options.help || mode === undefined) console.log(usage);
else await mode();
