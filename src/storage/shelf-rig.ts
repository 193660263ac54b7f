import { kib } from "#base/bytes.ts";
import { hashSizeBytes } from "#base/hash.ts";
import { blockCount, checksumBlocks, encodeShardFooter, rootOf } from "#erasure/index.ts";
import type { ShardDescription, ShardName } from "#format/index.ts";
import { type Shelf, type ShelfConfig, ShelfError, type Verification } from "./index.ts";

/*
 * What tests and benchmarks of the shelf share: shards with known bytes.
 */

/** Small enough that a few shards fill a pack, and a few KiB make a shard large. */
export const rigConfig: Partial<ShelfConfig> = {
  packSizeBytes: 32 * kib,
  packedDataBytesMax: 8 * kib,
  reserveBytesMin: 0,
};

/** A shard with its bytes. */
export interface RigShard {
  readonly name: ShardName;
  readonly description: ShardDescription;
  readonly data: Uint8Array;
  readonly footer: Uint8Array;
  readonly root: Uint8Array;
}

/** The shard of unit `number`, `sizeBytes` long; its bytes follow from both and from `salt`. */
export function rigShard(number: number, sizeBytes: number, salt = 0): RigShard {
  const data = new Uint8Array(sizeBytes);
  let state = (Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)) | 1;
  for (let i = 0; i < data.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    data[i] = state;
  }
  const unit = { epoch: 1, session: 7, number };
  const encoding = { epoch: 1, session: 7, number: number + 1_000_000 };
  const description: ShardDescription = {
    unit,
    encoding,
    index: 0,
    k: 1,
    m: 0,
    matrix: "xor",
    sliceSizeBytes: 256 * kib,
    unitSizeBytes: sizeBytes,
  };
  const checksums = new Uint8Array(blockCount(sizeBytes) * hashSizeBytes);
  checksumBlocks(data, checksums);
  const name = { unit, encoding, index: 0 };
  return { name, description, data, footer: encodeShardFooter(checksums), root: rootOf(checksums) };
}

/** Seals a shard: every third one in one step, the others in pieces. */
export async function putShard(shelf: Shelf, shard: RigShard): Promise<void> {
  const { description, data, footer } = shard;
  if (description.unit.number % 3 === 0) return shelf.put(description, { data, footer });
  const staged = await shelf.stage(shard.description);
  if ("kind" in staged) throw new ShelfError("full", "the reserve");
  const half = Math.floor(shard.data.length / 2);
  try {
    await staged.write(shard.data.subarray(0, half));
    await staged.write(shard.data.subarray(half));
  } catch (error) {
    await staged.abort();
    throw error;
  }
  await staged.seal(shard.footer);
}

/** What became of a shard: `exact` where every byte is as it was put. */
export async function lookAt(
  shelf: Shelf,
  shard: RigShard,
): Promise<"exact" | "wrong" | "corrupt" | "missing"> {
  const reader = await shelf.reader(shard.name, shard.root);
  if (reader === undefined) return "missing";
  if (reader.kind === "corrupt") return "corrupt";
  try {
    const read = await reader.read({ offsetBytes: 0, lengthBytes: reader.dataSizeBytes });
    if (read.kind === "corrupt") return "corrupt";
    const isExact =
      read.bytes.length === shard.data.length &&
      read.bytes.every((byte, i) => byte === shard.data[i]);
    return isExact ? "exact" : "wrong";
  } finally {
    await reader.close();
  }
}

/** Everything that a walk of the shelf finds, by unit number. */
export async function scanAll(shelf: Shelf): Promise<Map<number, Verification>> {
  const found = new Map<number, Verification>();
  for await (const { name, result } of shelf.scan()) found.set(name.unit.number, result);
  return found;
}
