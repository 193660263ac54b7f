// Whatever is protobuf: read as another codec reads it, or refused with a FormatError.
import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import { FormatError } from "#format/index.ts";
import {
  decode,
  encode,
  messages,
  peerDecode,
  type Plain,
  plainOf,
} from "#test/format/plain-messages.ts";
import type { FuzzTarget } from "./target.ts";

/** The first byte says which message the rest is read as. */
const seeds = fc.nat(messages.length - 1).chain((index) => {
  const desc = messages[index];
  assert.ok(desc !== undefined);
  return plainOf(desc).map((plain) => concatBytes([Uint8Array.of(index), encode(desc, plain)]));
});

/** Whether any part of a message has fields that its type does not. */
function hasUnknown(value: unknown): boolean {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return false;
  return "unknownFields" in value || Object.values(value).some(hasUnknown);
}

export const formatMessages: FuzzTarget = {
  name: "format-messages",
  seeds,
  words: ["\x08", "\x0a", "\x12", "\x1a", "\x80\x80\x80\x80\x80\x80\x80\x10", "\x0b", "\x0d"],
  check(input) {
    const desc = messages[(input[0] ?? 0) % messages.length];
    assert.ok(desc !== undefined);
    const bytes = input.subarray(1);
    let message: Plain;
    try {
      message = decode(desc, bytes);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
      assert.equal(error.code, "malformed");
      return "malformed";
    }
    const again = encode(desc, message);
    assert.ok(again.length <= 2 * bytes.length + 16, "nothing expands");
    assert.deepEqual(decode(desc, again), message);
    const isPlain = again.length === bytes.length;
    // The other codec takes a field of another wire type for its own, where ours carries it along;
    // and of a message that comes twice it merges both, where ours takes the last.
    if (isPlain && !hasUnknown(message)) assert.deepEqual(message, peerDecode(desc, bytes));
    return isPlain ? "read" : "read, in another form";
  },
};
