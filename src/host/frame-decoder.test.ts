import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import { frameSizeBytesMax } from "#ports/index.ts";
import { FrameDecoder } from "./frame-decoder.ts";

function encoded(frame: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(frame.length);
  return concatBytes([length, frame]);
}

/** Cuts bytes at the places given, in any order. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length];
  let start = 0;
  return ends.sort((a, b) => a - b).map((end) => bytes.subarray(start, (start = end)));
}

test("frames come out as they went in, however the bytes are cut", () => {
  const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9000 }), { maxLength: 20 });
  fc.assert(
    fc.property(frames, fc.boolean(), fc.array(fc.nat(200_000)), (sent, isEnded, places) => {
      const end = isEnded ? [new Uint8Array(4)] : [];
      const decoder = new FrameDecoder();
      const heard: Uint8Array[] = [];
      let kind = "frames";
      for (const chunk of cut(concatBytes([...sent.map(encoded), ...end]), places)) {
        const decoded = decoder.push(chunk);
        assert.ok(decoded.kind !== "garbage");
        kind = decoded.kind;
        heard.push(...decoded.frames);
        // Whoever gave the bytes may use their place again.
        chunk.fill(0xee);
      }
      assert.equal(heard.length, sent.length);
      for (const [i, frame] of sent.entries()) {
        assert.equal(Buffer.compare(heard[i] ?? new Uint8Array(0), frame), 0);
      }
      assert.equal(kind, isEnded ? "end" : "frames");
    }),
  );
});

test("H5 a frame that is too large, or comes after the end, is garbage", () => {
  const tooLarge = Buffer.alloc(4);
  tooLarge.writeUInt32LE(frameSizeBytesMax + 1);
  assert.equal(new FrameDecoder().push(tooLarge).kind, "garbage");
  assert.equal(new FrameDecoder().push(Uint8Array.of(255, 255, 255, 255)).kind, "garbage");
  assert.equal(new FrameDecoder().push(Uint8Array.of(0, 0, 0, 0, 1)).kind, "garbage");
  const decoder = new FrameDecoder();
  assert.equal(decoder.push(new Uint8Array(4)).kind, "end");
  assert.equal(decoder.push(Uint8Array.of(1)).kind, "garbage");
  assert.equal(new FrameDecoder().push(encoded(new Uint8Array(frameSizeBytesMax))).kind, "frames");
});

test("H5 any bytes are frames of the right size, or garbage", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (chunks) => {
      const decoder = new FrameDecoder();
      for (const chunk of chunks) {
        const decoded = decoder.push(chunk);
        if (decoded.kind === "garbage") return;
        for (const { length } of decoded.frames) {
          assert.ok(length > 0 && length <= frameSizeBytesMax);
        }
      }
    }),
  );
});

test("H5 frames of every size are plain arrays: a slice of one is a copy", () => {
  for (const length of [1, 4096, 4097, 100_000]) {
    const head = new Uint8Array(4);
    new DataView(head.buffer).setUint32(0, length, true);
    const decoded = new FrameDecoder().push(Buffer.concat([head, Buffer.alloc(length, 7)]));
    assert.ok(decoded.kind === "frames");
    const [frame] = decoded.frames;
    assert.equal(frame?.constructor, Uint8Array);
    frame.slice()[0] = 1;
    assert.equal(frame[0], 7);
  }
});
