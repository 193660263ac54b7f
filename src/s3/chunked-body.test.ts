// Bodies in chunks, honest and not: AWS's error code, and nothing stored.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes, utf8 } from "#base/bytes.ts";
import { simulate } from "../../sim/index.ts";
import {
  chunkedBody,
  codeOf,
  type GatewayRig,
  heldBytes,
  send,
  startGateway,
  stopGateway,
  type TestResponse,
} from "./rig.ts";
import type { ChunkChanges } from "./rig-bodies.ts";

async function withBucket(use: (rig: GatewayRig) => Promise<void>): Promise<void> {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await send(rig, { method: "PUT", target: "/bucket" });
    await use(rig);
    await stopGateway(rig);
  });
}

async function nothingStored(rig: GatewayRig): Promise<void> {
  const read = await send(rig, { method: "GET", target: "/bucket?list-type=2" });
  assert.match(read.text, /<KeyCount>0<\/KeyCount>/, "G2: nothing was stored");
  assert.equal(heldBytes(rig), 0, "G2: no bytes are held");
}

test("G2 chunks that are altered, replayed, out of order or unsigned are refused", async () => {
  await withBucket(async (rig) => {
    const chunks = [utf8("first "), utf8("second "), utf8("third")];
    const put = (change: ChunkChanges): Promise<TestResponse> =>
      send(rig, chunkedBody({ target: "/bucket/key", chunks }, change));
    const mismatch = "SignatureDoesNotMatch";
    assert.equal(codeOf(await put({ flipByteOfChunk: 1 })), mismatch);
    assert.equal(codeOf(await put({ swapChunks: [0, 1] })), mismatch);
    assert.equal(codeOf(await put({ repeatChunk: 0, declaredSizeBytes: 24 })), mismatch);
    assert.equal(codeOf(await put({ declaredSizeBytes: 17 })), "IncompleteBody");
    assert.equal(codeOf(await put({ declaredSizeBytes: 19 })), "IncompleteBody");
    assert.equal(codeOf(await put({ dropChunk: 2, declaredSizeBytes: 13 })), mismatch);
    assert.equal(codeOf(await put({ dropSignatures: true })), "InvalidRequest");
    assert.equal(codeOf(await put({ cutBytes: 10 })), "IncompleteBody");
    assert.equal(codeOf(await put({ append: utf8("more\r\n") })), "MalformedTrailerError");
    await nothingStored(rig);
    assert.equal((await put({})).status, 200);
    const read = await send(rig, { method: "GET", target: "/bucket/key" });
    assert.equal(read.text, "first second third");
  });
});

test("G2 a trailer whose checksum or signature is wrong, or that is missing, is refused", async () => {
  const chunks = [utf8("hel"), utf8("lo")];
  const trailer = { name: "x-amz-checksum-crc32", value: "NhCmhg==" };
  for (const isSigned of [true, false]) {
    await withBucket(async (rig) => {
      const put = (change: ChunkChanges, own = trailer): Promise<TestResponse> => {
        const content = { target: "/bucket/key", chunks, trailer: own, isSigned };
        return send(rig, chunkedBody(content, change));
      };
      const wrong = { ...trailer, value: "AAAAAA==" };
      assert.equal(codeOf(await put({}, wrong)), "BadDigest");
      assert.equal(codeOf(await put({}, { ...trailer, value: "AA" })), "InvalidRequest");
      assert.equal(codeOf(await put({ dropTrailer: true })), "MalformedTrailerError");
      const altered = isSigned ? "SignatureDoesNotMatch" : "BadDigest";
      assert.equal(codeOf(await put({ alterTrailer: "AAAAAA==" })), altered);
      await nothingStored(rig);
      const stored = await put({});
      assert.equal(stored.status, 200);
      assert.equal(stored.headers["x-amz-checksum-crc32"], trailer.value);
    });
  }
});

test("G2 a chunk or line without end is cut off", async () => {
  await withBucket(async (rig) => {
    const headers = { "x-amz-decoded-content-length": "5", "content-length": "100000" };
    const payloadHash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    const put = (body: Uint8Array) =>
      send(rig, { method: "PUT", target: "/bucket/key", body, headers, payloadHash });
    assert.equal(codeOf(await put(new Uint8Array(100_000).fill(0x30))), "InvalidRequest");
    assert.equal(
      codeOf(await put(utf8("5\r\nhello\r\n0\r\n" + "a:b\r\n".repeat(100)))),
      "MalformedTrailerError",
    );
    assert.equal(
      codeOf(await put(concatBytes([utf8("ffffffffff\r\n"), new Uint8Array(50)]))),
      "IncompleteBody",
    );
    assert.equal(codeOf(await put(utf8("-5\r\nhello\r\n0\r\n\r\n"))), "InvalidRequest");
    await nothingStored(rig);
  });
});

test("bodies in chunks come back exactly, however the chunks and the pieces fall", async () => {
  await withBucket(async (rig) => {
    const sample = fc.record({
      chunks: fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 6 }),
      isSigned: fc.boolean(),
      pieceSizes: fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1, maxLength: 5 }),
    });
    for (const { chunks, isSigned, pieceSizes } of fc.sample(sample, { numRuns: 60, seed: 5 })) {
      const trailer = isSigned ? undefined : { name: "x-amz-trailing-note", value: "none" };
      const content = { target: "/bucket/key", chunks, isSigned };
      const request = chunkedBody(trailer === undefined ? content : { ...content, trailer });
      const { "x-amz-trailer": _, ...headers } = { ...request.headers };
      const put = await send(rig, { ...request, headers, pieceSizes });
      assert.equal(put.status, 200, put.text);
      const read = await send(rig, { method: "GET", target: "/bucket/key" });
      assert.deepEqual(read.body, concatBytes(chunks));
    }
  });
});

test("a body that is anything at all is stored whole or refused with a code of S3", async () => {
  await withBucket(async (rig) => {
    const bytes = fc.uint8Array({ maxLength: 120 });
    const texts = fc
      .array(fc.constantFrom("5", "0", "\r\n", "hello", ";chunk-signature=", "a:b", "ff", "\n"))
      .map((parts) => utf8(parts.join("")));
    for (const body of fc.sample(fc.oneof(bytes, texts), { numRuns: 300, seed: 6 })) {
      const response = await send(rig, {
        method: "PUT",
        target: "/bucket/key",
        body,
        headers: { "x-amz-decoded-content-length": "5" },
        payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      });
      if (response.status !== 200) assert.equal(response.status, 400, response.text);
      assert.notEqual(codeOf(response), "InternalError");
    }
  });
});
