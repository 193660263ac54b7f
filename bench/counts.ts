/**
 * What a small request takes that does not depend on who else uses the machine: promises made and
 * bytes of V8's heap allocated. `node bench/counts.ts [--load put|get] [--requests COUNT]`
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Connection } from "./s3/connection.ts";
import type { Counts } from "./s3/counter.ts";
import { type Load, runLoad, type Target } from "./s3/load.ts";
import { startHamster } from "./s3/server-process.ts";
import { signedHead } from "./s3/signer.ts";

const { values: options } = parseArgs({
  options: {
    load: { type: "string", default: "put" },
    requests: { type: "string", default: "6000" },
  },
});
const requestCount = Number(options.requests);
/** Before it is counted: code is compiled by then, and what is made once is there. */
const warmupCount = 3000;
const signer = {
  accessKeyId: "HAMSTERBENCHKEY",
  secretAccessKey: "a-secret-that-only-benchmarks-use",
  region: "us-east-1",
};
const body = Buffer.alloc(4096, 0x61);
const root = mkdtempSync(join(tmpdir(), "hamster-counts-"));
const countFile = join(root, "counts");

function loadOf(name: string, first: number, count: number): Load {
  const target = (i: number): string => `/bucket/${first + i}`;
  const request: Load["request"] = (i) =>
    name === "get"
      ? { method: "GET", target: target(i) }
      : { method: "PUT", target: target(i), body, signBody: true };
  const accepts: Load["accepts"] = ({ status }) => status === 200;
  return { name, concurrency: 32, countMax: count, timeMsMax: Infinity, request, accepts };
}

async function counted(pid: number): Promise<Counts> {
  rmSync(countFile, { force: true });
  process.kill(pid, "SIGUSR2");
  while (!existsSync(countFile)) await sleep(20);
  return JSON.parse(readFileSync(countFile, "utf8")) as Counts;
}

async function measure(pid: number, target: Target): Promise<void> {
  const connection = await Connection.open(target);
  const host = `${target.host}:${target.port}`;
  await connection.send("PUT", signedHead(signer, { method: "PUT", target: "/bucket", host }));
  connection.close();
  const isGet = options.load === "get";
  const putCount = isGet ? warmupCount + requestCount : warmupCount;
  await runLoad(target, loadOf("put", 0, putCount));
  if (isGet) await runLoad(target, loadOf("get", 0, warmupCount));
  const before = await counted(pid);
  await runLoad(target, loadOf(options.load, warmupCount, requestCount));
  const after = await counted(pid);
  const promises = (after.promises - before.promises) / requestCount;
  const kib = (after.allocatedBytes - before.allocatedBytes) / requestCount / 1024;
  console.log(`${options.load}: ${promises.toFixed(1)} promises, ${kib.toFixed(1)} KiB a request`);
}

process.env["COUNT_FILE"] = countFile;
const counter = join(import.meta.dirname, "s3/counter.ts");
const server = await startHamster(join(root, "data"), signer, ["--import", counter]);
try {
  await measure(server.pid, { host: "127.0.0.1", port: server.port, signer });
} finally {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
}
