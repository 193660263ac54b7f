// Bodies in the aws-chunked coding, however the network cuts them: what comes out is what an
// independent reading of the whole body gives, and of a signed one every byte is signed.
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import * as fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import type { Compute, RunningDigest } from "#ports/index.ts";
import { ChunkedBody } from "#s3/chunked-body.ts";
import { S3Error } from "#s3/s3-error.ts";
import { signingKey } from "#s3/sigv4.ts";
import { bytesOf, type FuzzTarget, latin1Of } from "./target.ts";

const secret = "secret/example";
const scope = { date: "20130524", region: "us-east-1" };
const amzDate = "20130524T000000Z";
const seedHex = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const signer = { key: signingKey(secret, scope), amzDate, scope };

/** What the first line of an input says: how the body is coded, its size, how it is cut. */
interface Setting {
  readonly isSigned: boolean;
  readonly hasTrailer: boolean;
  readonly decodedSizeBytes: number;
  readonly pieceSizeBytes: number;
}

function settingOf(line: string): Setting {
  const [mode = "", size = "", piece = ""] = line.split(" ");
  return {
    isSigned: mode.startsWith("s"),
    hasTrailer: mode.endsWith("t"),
    decodedSizeBytes: Number(/^\d{1,9}$/.test(size) ? size : 0),
    pieceSizeBytes: Number(/^[1-9]\d{0,5}$/.test(piece) ? piece : 7),
  };
}

function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}

function hmacHex(text: string): string {
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of [scope.date, scope.region, "s3", "aws4_request"]) {
    key = createHmac("sha256", key).update(part).digest();
  }
  return createHmac("sha256", key).update(text).digest("hex");
}

function signature(kind: string, previous: string, hashes: readonly string[]): string {
  const head = [
    `AWS4-HMAC-SHA256-${kind}`,
    amzDate,
    `${scope.date}/${scope.region}/s3/aws4_request`,
  ];
  return hmacHex([...head, previous, ...hashes].join("\n"));
}

function chunkSignature(previous: string, data: string): string {
  return signature("PAYLOAD", previous, [sha256Hex(""), sha256Hex(data)]);
}

function encode(chunks: readonly string[], setting: Setting): string {
  let previous = seedHex;
  let body = "";
  for (const data of [...chunks, ""]) {
    previous = chunkSignature(previous, data);
    const extension = setting.isSigned ? `;chunk-signature=${previous}` : "";
    body += `${data.length.toString(16)}${extension}\r\n${data === "" ? "" : `${data}\r\n`}`;
  }
  if (setting.hasTrailer) {
    body += "x-amz-checksum-crc32c:sOO8/Q==\r\n";
    const signed = signature("TRAILER", previous, [sha256Hex("x-amz-checksum-crc32c:sOO8/Q==\n")]);
    if (setting.isSigned) body += `x-amz-trailer-signature:${signed}\r\n`;
  }
  return `${body}\r\n`;
}

/** The body read as a whole: its bytes, or undefined where it may not be believed. */
function expected(body: string, setting: Setting): string | undefined {
  let decoded = "";
  let previous = seedHex;
  let at = 0;
  for (;;) {
    const head = /^([0-9a-fA-F]{1,13})(;chunk-signature=([0-9a-f]{64}))?\r?\n/.exec(
      body.slice(at, at + 1100),
    );
    if (head === null) return undefined;
    at += head[0].length;
    const size = Number.parseInt(head[1] ?? "", 16);
    const data = body.slice(at, at + size);
    if (data.length < size) return undefined;
    if (setting.isSigned) {
      previous = chunkSignature(previous, data);
      if (head[3] !== previous) return undefined;
    }
    decoded += data;
    at += size;
    if (size === 0) break;
    if (body.slice(at, at + 2) !== "\r\n") return undefined;
    at += 2;
  }
  if (decoded.length !== setting.decodedSizeBytes) return undefined;
  return isTrailerRight(body.slice(at), previous, setting) ? decoded : undefined;
}

function isTrailerRight(text: string, previous: string, setting: Setting): boolean {
  if (text !== "" && !text.endsWith("\n")) return false;
  const all = text.split("\n").slice(0, -1);
  const lines = all.map((line) => line.replace(/\r$/, ""));
  if (lines.length > 16 || all.some((line) => line.length > 1024)) return false;
  const fields = lines.filter((line) => line !== "");
  if (fields.some((line) => line.indexOf(":") < 1)) return false;
  const pairs = fields.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) return false;
  if (!setting.hasTrailer) return pairs.length === 0;
  const mark = "x-amz-trailer-signature";
  const signed = pairs.filter(([name]) => name !== mark).map((pair) => `${pair.join(":")}\n`);
  const wanted = signature("TRAILER", previous, [sha256Hex(signed.join(""))]);
  return !setting.isSigned || new Map(pairs).get(mark) === wanted;
}

/** Hashes in place. */
const compute: Compute = {
  digest(algorithms): RunningDigest {
    const hashes = algorithms.map((algorithm) => [algorithm, createHash(algorithm)] as const);
    return {
      update: async (bytes) => hashes.forEach(([, hash]) => void hash.update(bytes)),
      finish: async () => new Map(hashes.map(([name, hash]) => [name, hash.digest()])),
      abandon: () => undefined,
    };
  },
};

async function* cut(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

export const s3ChunkedBody: FuzzTarget = {
  name: "s3-chunked-body",
  seeds: fc
    .record({
      mode: fc.constantFrom("s", "st", "u", "ut"),
      chunks: fc.array(fc.constantFrom("a", "hello ", "0\r\n", "x".repeat(300)), { maxLength: 4 }),
      piece: fc.constantFrom(1, 2, 7, 64, 5000),
    })
    .map(({ mode, chunks, piece }) => {
      const line = `${mode} ${chunks.join("").length} ${piece}`;
      return bytesOf(`${line}\n${encode(chunks, settingOf(line))}`);
    }),
  words: [
    "\r\n",
    "\n",
    "0",
    "0;",
    ";chunk-signature=",
    "x-amz-checksum-crc32c:",
    "ffffffffffffff",
    ":",
  ],
  async check(input) {
    const line = input.indexOf(0x0a);
    const setting = settingOf(latin1Of(input.subarray(0, Math.max(line, 0))));
    const body = input.subarray(line + 1);
    const { decodedSizeBytes, isSigned, hasTrailer, pieceSizeBytes } = setting;
    const signing = isSigned ? { signer, seedHex } : undefined;
    const chunked = new ChunkedBody(
      cut(body, pieceSizeBytes),
      { decodedSizeBytes, signing, trailer: hasTrailer },
      compute,
    );
    const wanted = expected(latin1Of(body), setting);
    const pieces: Uint8Array[] = [];
    try {
      for await (const piece of chunked) pieces.push(piece.slice());
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      assert.equal(wanted, undefined, `an honest body is taken: ${error.code}`);
      return error.code;
    }
    assert.equal(latin1Of(concatBytes(pieces)), wanted, "what comes out is what went in");
    assert.ok(chunked.trailer !== undefined);
    return "read";
  },
};
