import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concatBytes, utf8 } from "#base/bytes.ts";
import { FormatError } from "#format/index.ts";
import { type PeerFrame, framePartsOf, readFrame } from "./frames.ts";

const number = fc.maxSafeNat();
const text = fc.string({ unit: "binary", maxLength: 400 });
const frame: fc.Arbitrary<PeerFrame> = fc.oneof(
  fc.constant<PeerFrame>({ kind: "ping", value: {} }),
  number.map((value): PeerFrame => ({ kind: "answer", value })),
  fc
    .tuple(number, text)
    .map(([number, service]): PeerFrame => ({ kind: "call", value: { number, service } })),
  fc.tuple(number, text).map(([number, reason]): PeerFrame => ({
    kind: "break",
    value: { number, code: "busy", reason },
  })),
);

test("a frame says what was put into it, and its body is not copied on the way out", () => {
  fc.assert(
    fc.property(frame, fc.uint8Array(), (sent, body) => {
      const parts = framePartsOf(sent, body);
      assert.equal(parts.at(-1), body);
      assert.deepEqual(readFrame(concatBytes(parts)), { frame: sent, body });
    }),
  );
});

test("any bytes are a frame, an unknown one, or a FormatError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      try {
        readFrame(bytes);
      } catch (error) {
        assert.ok(error instanceof FormatError);
      }
    }),
  );
});

test("a frame of a newer program is passed over", () => {
  const header = Uint8Array.of(0xfa, 0x3f, 1, 7);
  const bytes = concatBytes([Uint8Array.of(header.length, 0), header, utf8("body")]);
  assert.deepEqual(readFrame(bytes), { frame: undefined, body: utf8("body") });
});

test("the bytes of a call's frame stay the same", () => {
  const parts = framePartsOf({ kind: "call", value: { number: 300, service: "echo" } }, utf8("hi"));
  assert.equal(concatBytes(parts).toHex(), "0b00420908ac0212046563686f6869");
});
