/**
 * The generated codecs against protobuf-es, which knows nothing of them, over all messages of
 * `proto/`.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { create, type Message, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import * as format from "#format/index.ts";
import { FormatError } from "#format/index.ts";
import { generate } from "../../proto/generate.ts";
import {
  decode,
  encode,
  files,
  messages,
  peerDecode,
  peerReencode,
  plainOf,
} from "./plain-messages.ts";

test("the generated files are current", () => {
  for (const [name, source] of generate(files)) {
    const path = new URL(`../../src/format/gen/${name}`, import.meta.url);
    assert.equal(readFileSync(path, "utf8"), source, `${name}: run npm run generate`);
  }
});

for (const desc of messages) {
  test(`F1 ${desc.name}: both codecs read what either wrote`, () => {
    fc.assert(
      fc.property(plainOf(desc), (plain) => {
        const bytes = encode(desc, plain);
        assert.deepEqual(decode(desc, bytes), plain);
        assert.deepEqual(peerDecode(desc, bytes), plain);
        assert.deepEqual(decode(desc, peerReencode(desc, bytes)), plain);
      }),
      { numRuns: 60 },
    );
  });

  test(`F1 ${desc.name}: cut or flipped bytes give a FormatError or a message, nothing else`, () => {
    fc.assert(
      fc.property(plainOf(desc), fc.nat(), fc.nat(255), (plain, at, flip) => {
        const bytes = encode(desc, plain);
        if (bytes.length === 0) return;
        const damaged = bytes.slice();
        damaged[at % bytes.length] = (damaged[at % bytes.length] ?? 0) ^ flip;
        for (const input of [damaged, bytes.subarray(0, at % bytes.length)]) {
          try {
            decode(desc, input);
          } catch (error) {
            assert.ok(error instanceof FormatError, String(error));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test(`F2 ${desc.name}: fields of a newer program are kept and written back`, () => {
    const newer = new Uint8Array([0xf8, 0xff, 0x3, 0x7, 0xf2, 0xff, 0x3, 0x2, 0x41, 0x42]);
    fc.assert(
      fc.property(plainOf(desc), (plain) => {
        const bytes = encode(desc, plain);
        const extended = new Uint8Array([...bytes, ...newer]);
        const decoded = decode(desc, extended);
        assert.deepEqual(decoded["unknownFields"], newer);
        assert.deepEqual(encode(desc, decoded), extended);
      }),
      { numRuns: 10 },
    );
  });
}

test("F3 a number above 2^53 - 1 is refused", () => {
  const tooLarge = new Uint8Array([0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
  assert.throws(() => format.decodeUnitId(tooLarge), FormatError);
  assert.throws(() => format.encodeUnitId({ epoch: 0, session: 2 ** 53, number: 0 }));
  const peer = messages.find(({ name }) => name === "UnitId");
  assert.ok(peer !== undefined);
  const largest: Message = create(peer, { session: BigInt(Number.MAX_SAFE_INTEGER) });
  assert.equal(format.decodeUnitId(toBinary(peer, largest)).session, Number.MAX_SAFE_INTEGER);
});
