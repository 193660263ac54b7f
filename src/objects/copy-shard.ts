import { equalBytes } from "#base/bytes.ts";
import { hashSizeBytes } from "#base/hash.ts";
import {
  blockSizeBytes,
  checksumBlocks,
  encodeShardFooter,
  rootOf,
  shardLayout,
} from "#erasure/index.ts";
import type { Shelf } from "#storage/index.ts";
import { readAtOnceBytesMax } from "./shard-limits.ts";
import { type Adoption, NoRoomError, type ShardStore } from "./shard-store.ts";

/** A shard could not be copied: where it should be, it is not as it was committed. */
export class CopyError extends Error {
  override readonly name = "CopyError";
}

/**
 * Copies a shard of another node to the shelf, each block verified on the way.
 *
 * @throws CopyError, NoRoomError, PeerError, ShelfError; nothing stays of it then
 */
export async function copyShard(
  parts: { shards: Pick<ShardStore, "open">; shelf: Pick<Shelf, "stage"> },
  { description, root, from }: Adoption,
): Promise<void> {
  const { unit, encoding, index } = description;
  const { dataSizeBytes, blockCount } = shardLayout(description);
  const wanted = { name: { unit, encoding, index }, root, dataSizeBytes };
  const source = await parts.shards.open(from, wanted);
  if (source.kind !== "reader") throw new CopyError(`the shard is ${source.kind} there`);
  try {
    const staged = await parts.shelf.stage(description);
    if ("kind" in staged) throw new NoRoomError("this node has no room for a shard");
    const checksums = new Uint8Array(blockCount * hashSizeBytes);
    try {
      for (let offsetBytes = 0; offsetBytes < dataSizeBytes; offsetBytes += readAtOnceBytesMax) {
        const lengthBytes = Math.min(readAtOnceBytesMax, dataSizeBytes - offsetBytes);
        const read = await source.read({ offsetBytes, lengthBytes });
        if (read.kind !== "bytes") throw new CopyError(`the shard is ${read.kind} there`);
        const firstBlock = offsetBytes / blockSizeBytes;
        checksumBlocks(read.bytes, checksums.subarray(firstBlock * hashSizeBytes));
        await staged.write(read.bytes);
      }
      if (!equalBytes(rootOf(checksums), root)) throw new CopyError("the shard is another");
      await staged.seal(encodeShardFooter(checksums));
    } finally {
      await staged.abort();
    }
  } finally {
    await source.close();
  }
}
