// A frame of another node: read as what was sent, passed over as a newer program's, or refused.
import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import { FormatError, type PeerHeader } from "#format/index.ts";
import { framePartsOf, readFrame } from "#peering/frames.ts";
import { messages, plainOf } from "#test/format/plain-messages.ts";
import type { FuzzTarget } from "./target.ts";

const header = messages.find(({ name }) => name === "PeerHeader");
assert.ok(header !== undefined, "there is a header of frames");

const frames = plainOf(header).map((plain) => (plain as unknown as PeerHeader).frame);

export const peerFrame: FuzzTarget = {
  name: "peer-frame",
  seeds: fc.tuple(frames, fc.uint8Array({ maxLength: 40 })).map(([frame, body]) => {
    return frame === undefined ? body : concatBytes(framePartsOf(frame, body));
  }),
  words: ["\x02\0", "\xff\xff", "\0\0", "\x0a\x00", "\x12\x00"],
  check(input) {
    let read: ReturnType<typeof readFrame>;
    try {
      read = readFrame(input);
    } catch (error) {
      assert.ok(error instanceof FormatError && error.code === "malformed", String(error));
      return "malformed";
    }
    const { frame, body } = read;
    assert.equal(body.buffer, input.buffer, "a body is not copied");
    assert.deepEqual(body, input.subarray(input.length - body.length), "a body is the rest");
    if (frame === undefined) return "of a newer program";
    assert.deepEqual(readFrame(concatBytes(framePartsOf(frame, body))), { frame, body });
    return frame.kind;
  },
};
