/**
 * What it costs to hand a small request from one thread to another and its answer back: requests of
 * 4 KiB, 32 under way at once. `node bench/threads.ts` Linux.
 */
import { readdirSync, readFileSync } from "node:fs";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

const requestCount = 60_000;
const concurrency = 32;
const digest = "0123456789abcdef0123456789abcdef";

/** Processor time so far in microseconds: of the main thread, and of all. */
function cpuUs(): { main: number; all: number } {
  const used = { main: 0, all: 0 };
  for (const thread of readdirSync("/proc/self/task")) {
    const stat = readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8");
    const us = Number(stat.split(" ")[0]) / 1000;
    used.all += us;
    if (thread === String(process.pid)) used.main = us;
  }
  return used;
}

async function measure(worker: Worker): Promise<void> {
  const body = new Uint8Array(4096);
  const headers = [["content-type", "binary/octet-stream"]];
  let sent = 0;
  let answered = 0;
  const send = (): void => {
    const id = sent++;
    worker.postMessage({ id, bucket: "bucket", key: `key-${id}`, headers, digest, body }, []);
  };
  const before = cpuUs();
  const startMs = performance.now();
  await new Promise<void>((resolve) => {
    worker.on("message", () => {
      answered++;
      if (sent < requestCount) send();
      else if (answered === requestCount) resolve();
    });
    for (let i = 0; i < concurrency; i++) send();
  });
  worker.removeAllListeners("message");
  const seconds = (performance.now() - startMs) / 1000;
  const after = cpuUs();
  const main = (after.main - before.main) / requestCount;
  const all = (after.all - before.all) / requestCount;
  const perSecond = requestCount / seconds;
  console.log(`${perSecond.toFixed(0)}/s, ${main.toFixed(1)} us main, ${all.toFixed(1)} us in all`);
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  for (let round = 0; round < 4; round++) await measure(worker);
  await worker.terminate();
} else {
  parentPort?.on("message", ({ id }: { id: number }) => {
    parentPort?.postMessage({ id, etag: digest }, []);
  });
}
