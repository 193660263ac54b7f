// What the listener costs beside bare node:http: `node bench/http.ts`.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { load } from "./http-load.ts";

/** Short turns, taken alternately: the best of each counts, since others use the machine too. */
const turnMs = 300;
const turnCount = 12;
const warmUpMs = 1_500;
const connectionCount = 32;

const requests: Record<string, Uint8Array> = {
  "GET 4 KiB": requestOf("GET /small", 0),
  "PUT 4 KiB": requestOf("PUT /small", 4096),
  "GET 16 MiB": requestOf("GET /large", 0),
  "PUT 16 MiB": requestOf("PUT /large", 16 * 1024 * 1024),
};

function requestOf(line: string, sizeBytes: number): Uint8Array {
  // As many headers as an SDK sends.
  const head =
    `${line} HTTP/1.1\r\nHost: 127.0.0.1:9000\r\nUser-Agent: bench\r\nAccept: */*\r\n` +
    `x-amz-date: 20261101T000000Z\r\nx-amz-content-sha256: ${"0".repeat(64)}\r\n` +
    `Authorization: AWS4-HMAC-SHA256 ${"x".repeat(180)}\r\n` +
    (sizeBytes > 0 ? `Content-Length: ${sizeBytes}\r\n` : "") +
    "\r\n";
  return Buffer.concat([Buffer.from(head), new Uint8Array(sizeBytes)]);
}

async function started(kind: string): Promise<{ child: ChildProcess; port: number }> {
  const script = new URL("./http-servers.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, kind], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((resolve) => child.stdout.once("data", resolve));
  return { child, port: Number(String(line)) };
}

/** Microseconds of processor time that a process has used. Linux; 0 elsewhere. */
function processorUs({ pid }: ChildProcess): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1000;
  } catch {
    return 0;
  }
}

const servers = { bare: await started("bare"), listener: await started("listener") };
const kinds = ["bare", "listener"] as const;
for (const [name, request] of Object.entries(requests)) {
  const isLarge = name.includes("16 MiB");
  const options = { request, connectionCount: isLarge ? 2 : connectionCount };
  const fastest = { bare: 0, listener: 0 };
  const cheapest = { bare: Infinity, listener: Infinity };
  for (const kind of kinds) {
    await load({ ...options, port: servers[kind].port, forMs: warmUpMs });
  }
  for (let turn = 0; turn < turnCount; turn++) {
    for (const kind of turn % 2 === 0 ? kinds : kinds.toReversed()) {
      const { port, child } = servers[kind];
      const usBefore = processorUs(child);
      const result = await load({ ...options, port, forMs: turnMs });
      const usPerRequest = (processorUs(child) - usBefore) / result.requestCount;
      fastest[kind] = Math.max(fastest[kind], result.requestsPerSecond);
      cheapest[kind] = Math.min(cheapest[kind], usPerRequest);
    }
  }
  const pair = (of: Record<string, number>): string =>
    kinds.map((kind) => `${kind} ${of[kind]?.toFixed(1)}`).join(", ");
  console.log(
    `${name.padEnd(11)} requests/s: ${pair(fastest)}, ` +
      `ratio ${(fastest.listener / fastest.bare).toFixed(2)}; ` +
      `us each: ${pair(cheapest)}, ratio ${(cheapest.bare / cheapest.listener).toFixed(2)}`,
  );
}
for (const { child } of Object.values(servers)) child.kill();
