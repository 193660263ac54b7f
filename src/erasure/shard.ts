import { assert } from "#base/assert.ts";
import { equalBytes } from "#base/bytes.ts";
import { blake3, crc32c, hashSizeBytes } from "#base/hash.ts";
import { Slab } from "#base/slab.ts";
import {
  checkMagic,
  decodePreamble,
  decodeShardDescription,
  encodePreamble,
  encodeShardDescription,
  FormatError,
  preambleSizeBytes,
  type ShardDescription,
} from "#format/index.ts";
import {
  blockCount,
  blockSizeBytes,
  shardDataSizeBytes,
  type UnitGeometry,
  unitGeometry,
  unitSizeBytesMax,
} from "./geometry.ts";
import { dataShardsMax, parityShardsMax } from "./profile.ts";

/*
 * A shard, wherever it is kept or sent. Its length is known from its description, so that it can be
 * written as it is coded, and read whole, or any block of it, without a look ahead.
 *
 *   0         12       16       20        20 + n       + data size       + 32 per block   + 32
 *   | preamble| CRC32C | n      | message | data       | block checksums | root            |
 *     HAMSHARD  of all    bytes   ShardDescription       BLAKE3 of each    over the checksums
 *     version 1 the rest                                 64 KiB of data
 *               of the header
 *
 * Numbers are little-endian.
 */

/** The magic that a shard begins with. */
export const shardMagic = "HAMSHARD";
const shardVersion = 1;
const fixedHeaderSizeBytes = preambleSizeBytes + 8;
const slab = new Slab();

/** No header is longer: reading this much always takes in a whole one, with room to add fields. */
export const shardHeaderSizeBytesMax = 1024;

/** The bytes ahead of a shard's data. */
export function encodeShardHeader(description: ShardDescription): Uint8Array<ArrayBuffer> {
  const message = encodeShardDescription(description);
  const header = slab.take(fixedHeaderSizeBytes + message.length);
  assert(header.length <= shardHeaderSizeBytesMax, "E6: a shard's header has at most 1 KiB");
  header.set(encodePreamble(shardMagic, shardVersion));
  const view = new DataView(header.buffer, header.byteOffset);
  view.setUint32(preambleSizeBytes + 4, message.length, true);
  header.set(message, fixedHeaderSizeBytes);
  view.setUint32(preambleSizeBytes, headerCrc(header), true);
  return header;
}

// Over the header without the place of the CRC itself.
function headerCrc(header: Uint8Array): number {
  const before = crc32c(header.subarray(0, preambleSizeBytes));
  return crc32c(header.subarray(preambleSizeBytes + 4), before);
}

/**
 * Reads a shard's header.
 *
 * @param bytes begins with the header; `shardHeaderSizeBytesMax` or the whole shard is enough
 * @throws FormatError where the bytes are damaged, cut short, or of a newer program
 */
export function decodeShardHeader(bytes: Uint8Array): {
  description: ShardDescription;
  headerSizeBytes: number;
} {
  checkMagic(bytes, shardMagic);
  if (bytes.length < fixedHeaderSizeBytes) throw malformed("its header is cut short");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const headerSizeBytes = fixedHeaderSizeBytes + view.getUint32(preambleSizeBytes + 4, true);
  if (headerSizeBytes > Math.min(bytes.length, shardHeaderSizeBytesMax)) {
    throw malformed("its header is cut short, or its length is damaged");
  }
  const header = bytes.subarray(0, headerSizeBytes);
  if (headerCrc(header) !== view.getUint32(preambleSizeBytes, true)) {
    throw malformed("its header fails its checksum");
  }
  // A version means something only once the checksum says that it is what was written.
  decodePreamble(bytes, shardMagic, shardVersion);
  const description = decodeShardDescription(header.subarray(fixedHeaderSizeBytes));
  checkShardDescription(description);
  return { description, headerSizeBytes };
}

/**
 * Says that a description may be worked with.
 *
 * @throws FormatError where it contradicts itself
 */
export function checkShardDescription(description: ShardDescription): void {
  const { k, m, matrix, index, sliceSizeBytes, unitSizeBytes } = description;
  const widthFits = k >= 1 && k <= dataShardsMax && m <= parityShardsMax && index < k + m;
  const sliceFits = sliceSizeBytes > 0 && sliceSizeBytes % blockSizeBytes === 0;
  const sizeFits = unitSizeBytes >= 1 && unitSizeBytes <= unitSizeBytesMax;
  const matrixFits = matrix === "cauchy" || m <= (matrix === "pq" ? 2 : 1);
  if (!widthFits || !sliceFits || !sizeFits || !matrixFits) {
    throw malformed("its description contradicts itself");
  }
}

function malformed(what: string): FormatError {
  return new FormatError("malformed", `a shard cannot be read: ${what}`);
}

/** The geometry of the unit that a shard belongs to. */
export function geometryOf(description: ShardDescription): UnitGeometry {
  const { k, m, sliceSizeBytes, unitSizeBytes } = description;
  return unitGeometry({ unitSizeBytes, profile: { k, m }, sliceSizeBytes });
}

/** The parts of a shard, in bytes. */
export interface ShardLayout {
  readonly headerSizeBytes: number;
  readonly dataSizeBytes: number;
  readonly blockCount: number;
  readonly footerSizeBytes: number;
  /** All of the above. */
  readonly totalSizeBytes: number;
}

/** Where the parts of a shard lie: a function of its description. */
export function shardLayout(description: ShardDescription): ShardLayout {
  const headerSizeBytes = fixedHeaderSizeBytes + encodeShardDescription(description).length;
  const dataSizeBytes = shardDataSizeBytes(geometryOf(description), description.index);
  const blocks = blockCount(dataSizeBytes);
  const footerSizeBytes = (blocks + 1) * hashSizeBytes;
  const totalSizeBytes = headerSizeBytes + dataSizeBytes + footerSizeBytes;
  return { headerSizeBytes, dataSizeBytes, blockCount: blocks, footerSizeBytes, totalSizeBytes };
}

/**
 * The root over block checksums: of a single block its checksum, else the BLAKE3 of them all. It
 * names the bytes only together with their length, which unit rows hold as well.
 *
 * @param checksums 32 bytes a block, in order
 */
export function rootOf(checksums: Uint8Array): Uint8Array<ArrayBuffer> {
  return checksums.length === hashSizeBytes ? new Uint8Array(checksums) : blake3(checksums);
}

/** The bytes behind a shard's data: its block checksums, then their root. */
export function encodeShardFooter(checksums: Uint8Array): Uint8Array<ArrayBuffer> {
  const footer = slab.take(checksums.length + hashSizeBytes);
  footer.set(checksums);
  footer.set(rootOf(checksums), checksums.length);
  return footer;
}

/**
 * Reads a shard's footer.
 *
 * @param footer as long as `shardLayout` says
 * @returns checksums and root as views of `footer`, or undefined where they do not fit each other
 */
export function decodeShardFooter(
  footer: Uint8Array,
): { checksums: Uint8Array; root: Uint8Array } | undefined {
  const checksums = footer.subarray(0, footer.length - hashSizeBytes);
  const root = footer.subarray(footer.length - hashSizeBytes);
  return equalBytes(root, rootOf(checksums)) ? { checksums, root } : undefined;
}

/**
 * Writes the checksums of data into a list of them.
 *
 * @param data whole blocks; only the last may be shorter
 * @param target where the first checksum goes, 32 bytes a block
 */
export function checksumBlocks(data: Uint8Array, target: Uint8Array): void {
  assert(
    target.length >= blockCount(data.length) * hashSizeBytes,
    "E4: every block has a checksum",
  );
  for (let block = 0; block * blockSizeBytes < data.length; block++) {
    target.set(blake3(blockOf(data, block)), block * hashSizeBytes);
  }
}

/**
 * Compares data with its checksums.
 *
 * @param data whole blocks; only the last may be shorter
 * @param checksums those of these blocks, 32 bytes each
 * @returns the first block (from 0, within `data`) that is not what it was, or undefined
 */
export function findCorruptBlock(data: Uint8Array, checksums: Uint8Array): number | undefined {
  for (let block = 0; block * blockSizeBytes < data.length; block++) {
    const expected = checksums.subarray(block * hashSizeBytes, (block + 1) * hashSizeBytes);
    if (!equalBytes(blake3(blockOf(data, block)), expected)) return block;
  }
  return undefined;
}

function blockOf(data: Uint8Array, block: number): Uint8Array {
  return data.subarray(block * blockSizeBytes, (block + 1) * blockSizeBytes);
}
