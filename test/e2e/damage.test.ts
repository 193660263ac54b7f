import assert from "node:assert/strict";
import { closeSync, cpSync, existsSync, openSync, readSync, readdirSync } from "node:fs";
import { rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { bodyOf } from "./ledger.ts";
import { Server, withDataDir } from "./server.ts";

const objectCount = 60;

/** What is done to a file of a stopped or killed node. */
const damages: Readonly<Record<string, (file: string) => void>> = {
  deleted: (file) => rmSync(file),
  emptied: (file) => truncateSync(file, 0),
  "cut in half": (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
  "cut by a byte": (file) => truncateSync(file, statSync(file).size - 1),
  "flipped at the start": (file) => flip(file, 3),
  "flipped in its written part": (file) => flip(file, Math.floor(writtenSize(file) * 0.6)),
  "overwritten in the middle": (file) => {
    const size = writtenSize(file);
    overwrite(file, Math.floor(size / 3), new Uint8Array(Math.ceil(size / 3)).fill(0xa5));
  },
};

/** The files that are damaged, by what they are. */
const victims: Readonly<Record<string, (dataDir: string) => string>> = {
  "the store": (dataDir) => join(dataDir, "store", "data.mdb"),
  "the shelf's index": (dataDir) => join(dataDir, "shelf-index", "data.mdb"),
  "the newest log segment": newestSegment,
};

function newestSegment(dataDir: string): string {
  const names = readdirSync(join(dataDir, "log")).filter((name) => name.endsWith(".log"));
  const last = names.sort().at(-1);
  assert.ok(last !== undefined, "there is a log segment");
  return join(dataDir, "log", last);
}

for (const [victim, fileOf] of Object.entries(victims)) {
  const name = `${victim}, damaged: the node mends itself or says why not, and reads nothing wrong`;
  test(name, async (context) => {
    await withDataDir(async (dataDir) => {
      const sound = await soundDirectory(dataDir);
      for (const [damage, inflict] of Object.entries(damages)) {
        rmSync(dataDir, { recursive: true, force: true });
        cpSync(sound, dataDir, { recursive: true });
        inflict(fileOf(dataDir));
        context.diagnostic(`${victim} ${damage}: ${await outcomeOf(dataDir)}`);
      }
    });
  });
}

/** A data directory with objects in it whose node was killed. */
async function soundDirectory(dataDir: string): Promise<string> {
  const server = await Server.start({ dataDir });
  const client = server.client();
  await client.send(new CreateBucketCommand({ Bucket: "bucket" }));
  for (let n = 0; n < objectCount; n++) {
    await client.send(new PutObjectCommand({ Bucket: "bucket", Key: `${n}`, Body: bodyOf(n) }));
  }
  await server.kill();
  const copy = `${dataDir}-sound`;
  cpSync(dataDir, copy, { recursive: true });
  return copy;
}

/** Starts a node on a damaged directory: it serves all that was acknowledged, or says why not. */
async function outcomeOf(dataDir: string): Promise<string> {
  let server: Server;
  try {
    server = await Server.start({ dataDir });
  } catch (error) {
    // A refusal says what is damaged; it is no crash.
    const text = String(error);
    assert.match(text, /did not start \(6\): /, text);
    assert.match(text, /damaged/, text);
    return `refused: ${/hamster: (.*)/.exec(text)?.[1]}`;
  }
  const client = server.client();
  for (let n = 0; n < objectCount; n++) {
    const answer = await client.send(new GetObjectCommand({ Bucket: "bucket", Key: `${n}` }));
    const bytes = await answer.Body?.transformToByteArray();
    assert.ok(bytes !== undefined && Buffer.compare(bytes, bodyOf(n)) === 0, `object ${n}`);
  }
  await client.send(new PutObjectCommand({ Bucket: "bucket", Key: "new", Body: "new" }));
  assert.equal((await server.stop()).code, 0);
  assert.ok(existsSync(join(dataDir, "node.hamster")));
  return "mended";
}

/** How much of a preallocated file was written to, in whole KiB: what is not zeros at its end. */
function writtenSize(file: string): number {
  const fd = openSync(file, "r");
  try {
    const piece = new Uint8Array(1024);
    for (let at = Math.floor((statSync(file).size - 1) / 1024) * 1024; at > 0; at -= 1024) {
      readSync(fd, piece, 0, piece.length, at);
      if (piece.some((byte) => byte !== 0)) return at + 1024;
    }
    return Math.min(statSync(file).size, 1024);
  } finally {
    closeSync(fd);
  }
}

function flip(file: string, offset: number): void {
  const fd = openSync(file, "r+");
  const byte = new Uint8Array(1);
  readSync(fd, byte, 0, 1, offset);
  byte[0] = (byte[0] ?? 0) ^ 0x10;
  writeSync(fd, byte, 0, 1, offset);
  closeSync(fd);
}

function overwrite(file: string, offset: number, bytes: Uint8Array): void {
  const fd = openSync(file, "r+");
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}
