// What the listener costs beside bare node:http: `node bench/http.ts`.
import { type ChildProcess, spawn } from "node:child_process";
import { load } from "./http-load.ts";

const roundMs = 1_500;
const connectionCount = 32;
/** So many rounds in the order A B B A; the best counts, since others use the machine too. */
const roundCount = 2;

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

const bare = await started("bare");
const listener = await started("listener");
for (const [name, request] of Object.entries(requests)) {
  const isLarge = name.includes("16 MiB");
  const best = { bare: 0, listener: 0 };
  for (let round = 0; round < roundCount; round++) {
    for (const kind of ["bare", "listener", "listener", "bare"] as const) {
      const { port } = kind === "bare" ? bare : listener;
      const connections = isLarge ? 2 : connectionCount;
      const options = { port, request, connectionCount: connections, forMs: roundMs };
      const result = await load(options);
      const figure = isLarge ? result.bytesPerSecond / 1e9 : result.requestsPerSecond;
      best[kind] = Math.max(best[kind], figure);
    }
  }
  const unit = isLarge ? "GB/s" : "requests/s";
  const digits = isLarge ? 2 : 0;
  console.log(
    `${name.padEnd(11)} bare ${best.bare.toFixed(digits)} ${unit}, ` +
      `listener ${best.listener.toFixed(digits)} ${unit}, ` +
      `ratio ${(best.listener / best.bare).toFixed(2)}`,
  );
}
bare.child.kill();
listener.child.kill();
