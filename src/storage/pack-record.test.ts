import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { emptyBytes, utf8 } from "#base/bytes.ts";
import { crc32c } from "#base/hash.ts";
import { FormatError, type PackRecord } from "#format/index.ts";
import {
  checkPackHeader,
  decodeRecordHead,
  encodePackHeader,
  headSizeBytes,
  packRecord,
  recordPrefixSizeBytes,
  writeRecord,
} from "./pack-record.ts";

const unit = { epoch: 1, session: 2, number: 3 };
const encoding = { epoch: 1, session: 2, number: 4 };
const name = { unit, encoding, index: 5 };
const place = { pack: 7, offset: 16 };

/** One record of each kind, and the bytes that it has had since the format's first version. */
const golden: { record: PackRecord; body: Uint8Array; hex: string }[] = [
  {
    record: { syncedSizeBytes: 16, content: { kind: "shard", value: {} } },
    body: utf8("a shard"),
    hex: "52454344f287664c040000000700000008101200612073686172640000000000",
  },
  {
    record: {
      syncedSizeBytes: 4096,
      content: { kind: "shard", value: { movedFrom: { pack: 3, offset: 800 } } },
    },
    body: utf8("a copy"),
    hex: "52454344f38735820c0000000600000008802012070a05080310a0066120636f7079000000000000",
  },
  {
    record: { syncedSizeBytes: 16, content: { kind: "file", value: {} } },
    body: emptyBytes,
    hex: "524543444e412b2b040000000000000008101a0000000000",
  },
  {
    record: {
      syncedSizeBytes: 16,
      content: { kind: "packedRemoved", value: { pack: 6, shards: [{ name, offset: 64 }] } },
    },
    body: emptyBytes,
    hex:
      "524543444e1bda511e000000000000000810221a080612160a120a0608011002" +
      "18031206080110021804180510400000",
  },
  {
    record: {
      syncedSizeBytes: 16,
      content: { kind: "filesRemoved", value: { files: [{ name, place }] } },
    },
    body: emptyBytes,
    hex:
      "5245434401604b83200000000000000008102a1c0a1a0a120a06080110021803" +
      "12060801100218041805120408071010",
  },
];

function written(record: PackRecord, body: Uint8Array): Uint8Array {
  const packed = packRecord(record, [body]);
  const bytes = new Uint8Array(packed.sizeBytes).fill(0xee);
  writeRecord(bytes, packed, place);
  return bytes;
}

test("a pack begins with these bytes", () => {
  assert.equal(encodePackHeader().toHex(), "48414d535041434b010000004782c8da");
  checkPackHeader(encodePackHeader());
  checkPackHeader(Uint8Array.fromHex("48414d535041434b0100000000000000"));
});

test("F4 a pack is of a newer program where its checksum says so, and damaged else", () => {
  const codeOf = (header: Uint8Array): string | undefined => {
    try {
      checkPackHeader(header);
      return undefined;
    } catch (error) {
      return error instanceof FormatError ? error.code : assert.fail(String(error));
    }
  };
  const newer = encodePackHeader();
  newer[8] = 2;
  new DataView(newer.buffer).setUint32(12, crc32c(newer.subarray(0, 12)), true);
  assert.equal(codeOf(newer), "newer");
  for (let bit = 0; bit < 8 * newer.length; bit++) {
    const flipped = encodePackHeader();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(codeOf(flipped), "malformed", `bit ${bit}`);
  }
});

for (const [i, { record, body, hex }] of golden.entries()) {
  test(`a record has these bytes: ${record.content?.kind} ${i}`, () => {
    const bytes = written(record, body);
    assert.equal(bytes.toHex(), hex);
    const size = headSizeBytes(bytes);
    assert.ok(size !== undefined && size >= recordPrefixSizeBytes);
    const head = decodeRecordHead(bytes.subarray(0, size), place);
    assert.deepEqual(head?.record, record);
    assert.equal(head?.sizeBytes, bytes.length);
    const end = (head?.bodyOffset ?? 0) + (head?.bodySizeBytes ?? 0);
    assert.deepEqual(bytes.subarray(head?.bodyOffset, end), Uint8Array.from(body));
  });
}

test("S2 a record counts only where it was written, and only as it was written", () => {
  const bytes = written(golden[0]?.record ?? { syncedSizeBytes: 0, content: undefined }, utf8("x"));
  const size = headSizeBytes(bytes) ?? 0;
  fc.assert(
    fc.property(fc.nat(size * 8 - 1), fc.nat(9), fc.nat(9), (bit, pack, slot) => {
      const head = bytes.slice(0, size);
      const elsewhere = { pack, offset: slot * 8 };
      const isHere = pack === place.pack && slot * 8 === place.offset;
      assert.equal(decodeRecordHead(head, elsewhere) !== undefined, isHere);
      head[bit >> 3] = (head[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const damagedSize = headSizeBytes(head);
      if (damagedSize !== size) return;
      assert.equal(decodeRecordHead(head, place), undefined);
    }),
  );
});
