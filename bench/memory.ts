/**
 * What memory a node takes: eight large uploads and eight downloads at once, and many small
 * objects, then how long it takes to start on them. `node bench/memory.ts [--large MIB] [--small
 * COUNT]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Connection } from "./s3/connection.ts";
import { rssMibOf, type ServerProcess, startHamster } from "./s3/server-process.ts";
import { signedHead } from "./s3/signer.ts";

const { values: options } = parseArgs({
  options: {
    large: { type: "string", default: "1024" },
    small: { type: "string", default: "100000" },
  },
});
const streamCount = 8;
const writerCount = 32;
const signer = {
  accessKeyId: "HAMSTERBENCHKEY",
  secretAccessKey: "a-secret-that-only-benchmarks-use",
  region: "us-east-1",
};
const root = mkdtempSync(join(tmpdir(), "hamster-memory-"));
const dataDir = join(root, "data");

async function send(
  connection: Connection,
  request: { method: string; target: string; port: number; body?: Uint8Array },
): Promise<void> {
  const { method, target, port, body } = request;
  const line = { method, target, host: `127.0.0.1:${port}`, body, signBody: false };
  const reply = await connection.send(method, signedHead(signer, line), body);
  if (reply.status !== 200) throw new Error(`${method} ${target}: ${reply.status} ${reply.text}`);
}

async function largeStreams(server: ServerProcess): Promise<void> {
  const body = new Uint8Array(Number(options.large) * 1024 * 1024);
  const { port } = server;
  const open = (): Promise<Connection> => Connection.open({ host: "127.0.0.1", port });
  const first = await open();
  await send(first, { method: "PUT", target: "/bucket", port, body: new Uint8Array(0) });
  await send(first, { method: "PUT", target: "/bucket/large", port, body });
  console.log(`after one upload of ${options.large} MiB: peak RSS ${peakOf(server)}`);
  const start = performance.now();
  const streams = Array.from({ length: streamCount }, async (_, i) => {
    const upload = send(await open(), { method: "PUT", target: `/bucket/large-${i}`, port, body });
    const download = send(await open(), { method: "GET", target: "/bucket/large", port });
    await Promise.all([upload, download]);
  });
  await Promise.all(streams);
  const gbPerSecond = (2 * streamCount * body.length) / (performance.now() - start) / 1e6;
  console.log(
    `${streamCount} uploads and ${streamCount} downloads of ${options.large} MiB at once: ` +
      `peak RSS ${peakOf(server)}, ${gbPerSecond.toFixed(2)} GB/s`,
  );
}

async function smallObjects(server: ServerProcess): Promise<void> {
  const { port } = server;
  const body = new Uint8Array(1024).fill(7);
  const total = Number(options.small);
  let next = 0;
  const writers = Array.from({ length: writerCount }, async () => {
    const connection = await Connection.open({ host: "127.0.0.1", port });
    while (next < total) {
      const n = next++;
      await send(connection, { method: "PUT", target: `/bucket/small/${n}`, port, body });
      if (n % Math.ceil(total / 10) === 0) {
        const { now, anonymous } = rssMibOf(server.pid);
        console.log(
          `${n} small objects: RSS ${now.toFixed(0)} MiB, ` +
            `${anonymous.toFixed(0)} MiB of it not pages of files`,
        );
      }
    }
    connection.close();
  });
  await Promise.all(writers);
}

function peakOf(server: ServerProcess): string {
  return `${rssMibOf(server.pid).peak.toFixed(0)} MiB`;
}

async function timedStart(how: string): Promise<ServerProcess> {
  const start = performance.now();
  const server = await startHamster(dataDir, signer);
  const seconds = ((performance.now() - start) / 1000).toFixed(2);
  console.log(`start ${how}: ${seconds} s, RSS ${rssMibOf(server.pid).now.toFixed(0)} MiB`);
  return server;
}

try {
  let server = await timedStart("on an empty directory");
  await largeStreams(server);
  await smallObjects(server);
  await server.stop();
  server = await timedStart("after a clean stop");
  process.kill(server.pid, "SIGKILL");
  server = await timedStart("after kill -9");
  await server.stop();
} finally {
  rmSync(root, { recursive: true, force: true });
}
