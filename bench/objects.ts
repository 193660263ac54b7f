/**
 * Objects on a real disk, below the gateway: small puts and gets a second, large ones in MB/s
 * beside bare file writes, and the memory of many large ones at once.
 * `node bench/objects.ts [directory] [large object's MiB]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kib, mib } from "#base/bytes.ts";
import {
  directoryDisk,
  lmdbStores,
  systemClock,
  systemEntropy,
  systemRandom,
  ThreadedCompute,
} from "#host/index.ts";
import {
  findObject,
  localContext,
  type ObjectsContext,
  putObject,
  readObject,
} from "#objects/index.ts";
import { Replica } from "#replica/index.ts";
import { Shelf } from "#storage/index.ts";

process.env["UV_THREADPOOL_SIZE"] ??= "32";

const base = process.argv[2] ?? tmpdir();
const largeBytes = Number(process.argv[3] ?? 64) * mib;
const directory = mkdtempSync(join(base, "hamster-objects-"));
const never = new AbortController().signal;
const chunk = new Uint8Array(64 * kib).map((_, i) => (i * 2_654_435_761) >>> 24);

async function* bodyOf(sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let left = sizeBytes; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
}

async function put(context: ObjectsContext, key: string, sizeBytes: number): Promise<void> {
  const outcome = await putObject(context, {
    bucket: "bench",
    key,
    sizeBytes,
    body: bodyOf(sizeBytes),
    finish: () => Promise.resolve({ etag: "e", checksums: [] }),
    headers: { system: [], user: [], storageClass: "" },
    signal: never,
  });
  if (outcome.kind !== "done") throw new Error(`put ${key}: ${outcome.kind}`);
}

async function get(context: ObjectsContext, key: string): Promise<number> {
  const found = await findObject(context, { bucket: "bench", key, signal: never });
  if (found.kind !== "found") throw new Error(`get ${key}: ${found.kind}`);
  const body = await readObject(context, found, { signal: never });
  if (body instanceof Uint8Array) return body.length;
  let sizeBytes = 0;
  for await (const part of body) sizeBytes += part.length;
  return sizeBytes;
}

/** Turns a second of `lanes` loops at once, and the main thread's CPU time for each. */
async function rate(name: string, lanes: number, turn: (i: number) => Promise<unknown>) {
  const before = process.threadCpuUsage();
  const start = performance.now();
  let count = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() - start < 3000) await turn(count++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const perSecond = (count / (performance.now() - start)) * 1000;
  const spent = process.threadCpuUsage(before);
  const cpuUs = (spent.user + spent.system) / count;
  console.log(
    `${name.padEnd(36)} ${perSecond.toFixed(0).padStart(8)}/s ${cpuUs.toFixed(1)} us CPU`,
  );
}

async function speed(name: string, sizeBytes: number, work: () => Promise<unknown>): Promise<void> {
  const before = process.threadCpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const spent = process.threadCpuUsage(before);
  const cpuMs = (spent.user + spent.system) / 1000;
  const rateText = (sizeBytes / ms / 1000).toFixed(0).padStart(8);
  console.log(
    `${name.padEnd(36)} ${rateText} MB/s, main thread ${cpuMs.toFixed(0)} of ${ms.toFixed(0)} ms`,
  );
}

async function bareWrite(): Promise<void> {
  const path = join(directory, "floor");
  const file = await open(path, "w");
  const piece = new Uint8Array(256 * kib).fill(3);
  for (let at = 0; at < largeBytes; at += piece.length) await file.write(piece);
  await file.datasync();
  await file.close();
  await rm(path);
}

async function start(): Promise<{ replica: Replica; shelf: Shelf; context: ObjectsContext }> {
  const ports = {
    clock: systemClock,
    random: systemRandom(),
    entropy: systemEntropy,
    disk: directoryDisk(directory),
    stores: lmdbStores(directory),
    compute: new ThreadedCompute(),
    trace: { write: () => undefined },
  };
  const shelf = await Shelf.open(ports);
  const node = {
    raftId: 1,
    keyFingerprint: new Uint8Array(32),
    addresses: [],
    host: "",
    zone: "",
    weight: 1,
    state: "up" as const,
    layoutVersionWalked: 0,
  };
  const credential = { secretAccessKey: "s", account: "a", createdUnixMs: 1 };
  const founding = { clusterId: new Uint8Array(16), epoch: 1, featureLevel: 1, nodeId: 1, node };
  const replica = await Replica.open(ports, {
    nodeId: 1,
    founding: { ...founding, accessKeyId: "k", credential },
  });
  const value = { bucket: "bench", owner: "a", lockEnabled: false };
  await replica.propose({ kind: "createBucket", value });
  return { replica, shelf, context: localContext({ ports, replica, shelf, node: 1 }) };
}

try {
  const { replica, shelf, context } = await start();
  await rate("warm up: put 4 KiB", 32, (i) => put(context, `warm-${i}`, 4 * kib));
  await rate("put 4 KiB, 32 at once", 32, (i) => put(context, `key-${i}`, 4 * kib));
  await rate("get 4 KiB, 32 at once", 32, (i) => get(context, `key-${i % 1000}`));
  await rate("get 4 KiB, one at a time", 1, (i) => get(context, `key-${i % 1000}`));
  for (let round = 0; round < 3; round++) {
    await speed("bare file", largeBytes, bareWrite);
    await speed("put large", largeBytes, () => put(context, "large", largeBytes));
    await speed("get large, warm", largeBytes, () => get(context, "large"));
  }
  let peakBytes = 0;
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 20);
  await speed("8 puts and 8 gets at once", 16 * largeBytes, () =>
    Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        await Promise.all([put(context, `many-${i}`, largeBytes), get(context, "large")]);
      }),
    ),
  );
  clearInterval(watch);
  console.log(`peak memory of the process: ${(peakBytes / mib).toFixed(0)} MiB`);
  await replica.close();
  await shelf.close();
} finally {
  rmSync(directory, { recursive: true });
}
process.exit(0);
