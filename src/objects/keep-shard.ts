import { equalBytes } from "#base/bytes.ts";
import { hashSizeBytes } from "#base/hash.ts";
import {
  blockSizeBytes,
  checksumBlocks,
  encodeShardFooter,
  rootOf,
  shardLayout,
} from "#erasure/index.ts";
import type { ShardDescription } from "#format/index.ts";
import type { Shelf } from "#storage/index.ts";
import { NoRoomError } from "./shard-store.ts";

/** A shard could not be had: what there is of it is not what was committed. */
export class CopyError extends Error {
  override readonly name = "CopyError";
}

/** A shard that is to come to the shelf from elsewhere. */
export interface WantedCopy {
  readonly description: ShardDescription;
  /** What its root was when it was committed. */
  readonly root: Uint8Array;
  /** Makes way for it, once its bytes are known to be right. */
  readonly beforeSeal?: (() => Promise<void>) | undefined;
}

/**
 * Keeps a shard whose bytes come from elsewhere, if they are what was committed.
 *
 * @param parts its data, in whole blocks but for the last
 * @throws CopyError, NoRoomError, ShelfError, whatever `parts` throw; nothing stays of it then
 */
export async function keepShard(
  shelf: Pick<Shelf, "stage">,
  { description, root, beforeSeal }: WantedCopy,
  parts: AsyncIterable<Uint8Array>,
): Promise<void> {
  const staged = await shelf.stage(description);
  if ("kind" in staged) throw new NoRoomError("this node has no room for a shard");
  try {
    const checksums = new Uint8Array(shardLayout(description).blockCount * hashSizeBytes);
    let offsetBytes = 0;
    for await (const part of parts) {
      checksumBlocks(part, checksums.subarray((offsetBytes / blockSizeBytes) * hashSizeBytes));
      await staged.write(part);
      offsetBytes += part.length;
    }
    if (!equalBytes(rootOf(checksums), root)) throw new CopyError("the shard is another");
    await beforeSeal?.();
    await staged.seal(encodeShardFooter(checksums));
  } finally {
    await staged.abort();
  }
}
