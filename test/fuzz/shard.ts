// A shard: taken apart as what it was, or told to be damaged, and where.
import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import { decodeShardHeader, encodeShardHeader, shardLayout } from "#erasure/index.ts";
import { FormatError } from "#format/index.ts";
import { isIntact, parseShard, type ShardInMemory } from "#storage/shelf-shard.ts";
import { rigShard } from "#storage/shelf-rig.ts";
import { partsOf, putCrc, viewOf } from "./repair.ts";
import type { FuzzTarget } from "./target.ts";

/** A whole shard whose bytes follow from its unit's number and size. */
export function shardBytes(number: number, sizeBytes: number): Uint8Array {
  const { description, data, footer } = rigShard(number, sizeBytes);
  return concatBytes([encodeShardHeader(description), data, footer]);
}

/** Makes the checksum of a shard's header right. */
export function repairShard(bytes: Uint8Array): void {
  if (bytes.length < 20) return;
  const end = 20 + viewOf(bytes).getUint32(16, true);
  putCrc(bytes, 12, bytes.subarray(16, end), bytes.subarray(0, 12));
}

/** @throws where a shard that passes as intact is not the one it says it is */
export function assertExact(shard: ShardInMemory): void {
  const { number } = shard.description.unit;
  assert.deepEqual(shard.data, rigShard(number, shard.data.length).data, "no damage passes");
}

export const shard: FuzzTarget = {
  name: "shard",
  seeds: fc
    .tuple(fc.nat(1), fc.nat(5), fc.constantFrom(1, 31, 500, 65_536, 65_537, 200_000))
    .map(([repair, number, size]) =>
      concatBytes([Uint8Array.of(repair), shardBytes(number, size)]),
    ),
  words: ["HAMSHARD", "\x01\0\0\0", "\x80\x01", "\xff\xff\xff\x7f"],
  check(input) {
    const { isRepaired, bytes } = partsOf(input);
    if (isRepaired) repairShard(bytes);
    let parsed: ShardInMemory | "header" | "footer";
    try {
      parsed = parseShard(bytes);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
      return error.code;
    }
    if (typeof parsed === "string") return `damaged ${parsed}`;
    const { description } = parsed;
    const header = encodeShardHeader(description);
    assert.deepEqual(decodeShardHeader(header).description, description);
    const { dataSizeBytes, footerSizeBytes } = shardLayout(description);
    assert.equal(parsed.headerSizeBytes + dataSizeBytes + footerSizeBytes, bytes.length);
    if (!isIntact(parsed)) return "damaged data";
    if (!isRepaired) assertExact(parsed);
    return "intact";
  },
};
