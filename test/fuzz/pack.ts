// A pack: every record that is intact is found, nothing else passes for one, and what is between is
// told to be damage, once.
import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import { FormatError, type PackRecord } from "#format/index.ts";
import {
  checkPackHeader,
  encodePackHeader,
  packHeaderSizeBytes,
  packRecord,
  recordAlignmentBytes,
  writeRecord,
} from "#storage/pack-record.ts";
import { type ScannedRecord, scanPack } from "#storage/pack-scan.ts";
import { rigShard } from "#storage/shelf-rig.ts";
import { fileOf } from "./file-of-bytes.ts";
import { partsOf, viewOf } from "./repair.ts";
import { crc32c } from "#base/hash.ts";
import { assertExact, repairShard, shardBytes } from "./shard.ts";
import type { FuzzTarget } from "./target.ts";

const pack = 3;

/** What is in a pack: shards of these sizes, and a record of another kind for a size of 0. */
type Contents = readonly number[];

function recordOf(
  number: number,
  sizeBytes: number,
  syncedSizeBytes: number,
): [PackRecord, Uint8Array] {
  if (sizeBytes > 0) {
    return [
      { syncedSizeBytes, content: { kind: "shard", value: {} } },
      shardBytes(number, sizeBytes),
    ];
  }
  const { name } = rigShard(number, 100);
  const value = { pack, shards: [{ name, offset: packHeaderSizeBytes }] };
  return [{ syncedSizeBytes, content: { kind: "packedRemoved", value } }, new Uint8Array(0)];
}

/** A pack's bytes, and where its records lie. */
function layOut(contents: Contents): { bytes: Uint8Array; places: { from: number; to: number }[] } {
  const parts = [encodePackHeader()];
  const places: { from: number; to: number }[] = [];
  let offset = packHeaderSizeBytes;
  let syncedSizeBytes = offset;
  for (const [number, size] of contents.entries()) {
    const [record, body] = recordOf(number, size, syncedSizeBytes);
    const packed = packRecord(record, [body]);
    const target = new Uint8Array(packed.sizeBytes);
    writeRecord(target, packed, { pack, offset });
    parts.push(target);
    places.push({ from: offset, to: offset + target.length });
    // Every other sync covers what was written so far.
    offset += target.length;
    if (number % 2 === 0) syncedSizeBytes = offset;
  }
  return { bytes: concatBytes(parts), places };
}

const packs: readonly Contents[] = [[500], [1, 0, 700, 64, 0, 300], [900, 900, 900], [0, 0, 8000]];

/** Makes the checksums of all that looks like the head of a record right, and of shards in them. */
function repairPack(bytes: Uint8Array): void {
  const view = viewOf(bytes);
  const place = new DataView(new ArrayBuffer(16));
  place.setUint32(0, pack, true);
  for (let at = packHeaderSizeBytes; at + 16 <= bytes.length; at += recordAlignmentBytes) {
    if (view.getUint32(at, true) !== 0x44434552) continue;
    const bodyAt = at + 16 + view.getUint32(at + 8, true);
    if (bodyAt > bytes.length) continue;
    repairShard(bytes.subarray(bodyAt, bodyAt + view.getUint32(at + 12, true)));
    place.setUint32(8, at, true);
    const crc = crc32c(bytes.subarray(at + 8, bodyAt), crc32c(new Uint8Array(place.buffer)));
    view.setUint32(at + 4, crc, true);
  }
}

async function scanned(bytes: Uint8Array): Promise<ScannedRecord[] | "newer"> {
  const found: ScannedRecord[] = [];
  try {
    for await (const each of scanPack(fileOf(bytes), { pack, from: 0, end: bytes.length })) {
      found.push(each);
      assert.ok(found.length <= bytes.length, "a walk comes to an end");
    }
  } catch (error) {
    assert.ok(error instanceof FormatError && error.code === "newer", String(error));
    return "newer";
  }
  return found;
}

/** Every byte is in one place, and records that are as they were written are found. */
function assertComplete(found: readonly ScannedRecord[], bytes: Uint8Array): void {
  let end = packHeaderSizeBytes;
  for (const { place, sizeBytes } of found) {
    assert.deepEqual(place, { pack, offset: end });
    assert.ok(sizeBytes > 0);
    end += sizeBytes;
  }
  assert.ok(found.length === 0 || end >= bytes.length, "nothing is passed over");
}

function assertFound(found: readonly ScannedRecord[], bytes: Uint8Array, contents: Contents): void {
  const original = layOut(contents);
  for (const { from, to } of original.places) {
    if (Buffer.compare(bytes.subarray(from, to), original.bytes.subarray(from, to)) !== 0) continue;
    const record = found.find((each) => each.place.offset === from);
    assert.ok(record?.kind === "record" && record.isIntact, `the record at ${from} is found`);
  }
}

export const packScan: FuzzTarget = {
  name: "pack",
  // The first byte: whether to repair, and from its second bit on, which pack it began as.
  seeds: fc
    .tuple(fc.nat(1), fc.nat(packs.length - 1))
    .map(([repair, which]) =>
      concatBytes([Uint8Array.of(which * 2 + repair), layOut(packs[which] ?? []).bytes]),
    ),
  words: ["HAMSPACK", "RECD", "RECD\0\0\0\0", "HAMSHARD", "\0\0\0\0\0\0\0\0"],
  async check(input) {
    const { isRepaired, bytes } = partsOf(input);
    if (isRepaired) repairPack(bytes);
    try {
      checkPackHeader(bytes);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
    }
    const found = await scanned(bytes);
    if (found === "newer") return "newer";
    assertComplete(found, bytes);
    const contents = packs[(input[0] ?? 0) >> 1];
    if (!isRepaired) {
      if (contents !== undefined) assertFound(found, bytes, contents);
      for (const each of found) {
        if (each.kind !== "record" || !each.isIntact || each.shard === undefined) continue;
        assertExact(each.shard);
      }
    }
    const kinds = found.map((each) => {
      if (each.kind === "damage") return each.isTorn ? "torn" : "damaged";
      return each.isIntact ? "intact" : "rotten";
    });
    return [...new Set(kinds)].sort().join(", ");
  },
};
