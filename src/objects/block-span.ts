import { assert } from "#base/assert.ts";
import { hashSizeBytes } from "#base/hash.ts";
import { blockSizeBytes, findCorruptBlock } from "#erasure/index.ts";
import type { Corrupt, ShardRange } from "./shard-store.ts";

/** The whole blocks of a shard that a range touches. */
export function spanOf(range: ShardRange, dataSizeBytes: number): ShardRange {
  const end = range.offsetBytes + range.lengthBytes;
  assert(end <= dataSizeBytes, "a read stays within the shard");
  const offsetBytes = Math.floor(range.offsetBytes / blockSizeBytes) * blockSizeBytes;
  const spanEnd = Math.min(Math.ceil(end / blockSizeBytes) * blockSizeBytes, dataSizeBytes);
  return { offsetBytes, lengthBytes: spanEnd - offsetBytes };
}

/** Whether a range is whole blocks of a shard, and not empty. */
export function isSpan(range: ShardRange, dataSizeBytes: number): boolean {
  const { offsetBytes, lengthBytes } = range;
  const end = offsetBytes + lengthBytes;
  const endsWhole = end % blockSizeBytes === 0 || end === dataSizeBytes;
  const isInside = lengthBytes > 0 && end <= dataSizeBytes;
  return isInside && offsetBytes % blockSizeBytes === 0 && endsWhole;
}

/**
 * The part of whole blocks that was asked for, once they have been checked.
 *
 * @param blocks what a span holds
 * @param checksums of all blocks of the shard
 */
export function verifiedPart(
  blocks: Uint8Array,
  checksums: Uint8Array,
  options: { span: ShardRange; range: ShardRange },
): { kind: "bytes"; bytes: Uint8Array } | Corrupt {
  const { span, range } = options;
  const firstBlock = span.offsetBytes / blockSizeBytes;
  const bad = findCorruptBlock(blocks, checksums.subarray(firstBlock * hashSizeBytes));
  if (bad !== undefined) {
    return { kind: "corrupt", block: firstBlock + bad, detail: "a block fails its checksum" };
  }
  const from = range.offsetBytes - span.offsetBytes;
  return { kind: "bytes", bytes: blocks.subarray(from, from + range.lengthBytes) };
}
