/**
 * How long it takes to complete the largest upload there is: 10,000 parts, each a copy of one
 * object of 5 MiB, so that no bytes move. `node bench/complete.ts [--parts COUNT]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Connection, type Reply } from "./s3/connection.ts";
import { startHamster } from "./s3/server-process.ts";
import { signedHead } from "./s3/signer.ts";

const { values: options } = parseArgs({ options: { parts: { type: "string", default: "10000" } } });
const partCount = Number(options.parts);
const copierCount = 16;
/** The least that a part but the last may have. */
const partSizeBytes = 5 * 1024 * 1024;
const signer = {
  accessKeyId: "HAMSTERBENCHKEY",
  secretAccessKey: "a-secret-that-only-benchmarks-use",
  region: "us-east-1",
};

type Send = (request: {
  method: string;
  target: string;
  body?: Uint8Array;
  headers?: Record<string, string>;
}) => Promise<Reply>;

async function open(port: number): Promise<Send> {
  const connection = await Connection.open({ host: "127.0.0.1", port });
  return async ({ method, target, body = new Uint8Array(0), headers }) => {
    const line = { method, target, host: `127.0.0.1:${port}`, body, headers };
    const reply = await connection.send(method, signedHead(signer, line), body);
    if (reply.status !== 200) throw new Error(`${method} ${target}: ${reply.status} ${reply.text}`);
    return reply;
  };
}

function first(name: string, { text }: Reply): string {
  const value = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  if (value === undefined) throw new Error(`no ${name} in ${text}`);
  return value;
}

async function seconds(action: () => Promise<void>): Promise<string> {
  const start = performance.now();
  await action();
  return ((performance.now() - start) / 1000).toFixed(2);
}

async function measure(port: number): Promise<void> {
  const send = await open(port);
  await send({ method: "PUT", target: "/bucket" });
  await send({ method: "PUT", target: "/bucket/source", body: new Uint8Array(partSizeBytes) });
  const upload = first("UploadId", await send({ method: "POST", target: "/bucket/big?uploads=" }));
  const etags: string[] = [];
  let next = 1;
  const copiers = Array.from({ length: copierCount }, async () => {
    const copy = await open(port);
    while (next <= partCount) {
      const number = next++;
      const target = `/bucket/big?partNumber=${number}&uploadId=${upload}`;
      const headers = { "x-amz-copy-source": "/bucket/source" };
      etags[number] = first("ETag", await copy({ method: "PUT", target, headers }));
    }
  });
  const copying = await seconds(async () => void (await Promise.all(copiers)));
  const parts = etags.map(
    (etag, i) => `<Part><PartNumber>${i}</PartNumber><ETag>${etag}</ETag></Part>`,
  );
  const body = Buffer.from(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
  const target = `/bucket/big?uploadId=${upload}`;
  const completing = await seconds(async () => {
    const reply = await send({ method: "POST", target, body });
    if (!first("ETag", reply).includes(`-${partCount}`)) throw new Error(reply.text);
  });
  console.log(`${partCount} parts: copied in ${copying} s, completed in ${completing} s`);
}

const root = mkdtempSync(join(tmpdir(), "hamster-complete-"));
const server = await startHamster(join(root, "data"), signer);
try {
  await measure(server.port);
} finally {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
}
