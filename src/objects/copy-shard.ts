import { shardLayout } from "#erasure/index.ts";
import type { Shelf } from "#storage/index.ts";
import { CopyError, keepShard, type WantedCopy } from "./keep-shard.ts";
import { readAtOnceBytesMax } from "./shard-limits.ts";
import type { OpenShard, ShardStore } from "./shard-store.ts";

/**
 * Copies a shard of another node to the shelf, each block verified on the way.
 *
 * @param copy.from the node that has it
 * @throws CopyError, NoRoomError, PeerError, ShelfError; nothing stays of it then
 */
export async function copyShard(
  { shards, shelf }: { shards: Pick<ShardStore, "open">; shelf: Pick<Shelf, "stage"> },
  copy: WantedCopy & { readonly from: number },
): Promise<void> {
  const { unit, encoding, index } = copy.description;
  const { dataSizeBytes } = shardLayout(copy.description);
  const name = { unit, encoding, index };
  const source = await shards.open(copy.from, { name, root: copy.root, dataSizeBytes });
  if (source.kind !== "reader") throw new CopyError(`the shard is ${source.kind} there`);
  try {
    await keepShard(shelf, copy, bytesOf(source, dataSizeBytes));
  } finally {
    await source.close();
  }
}

async function* bytesOf(source: OpenShard, dataSizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let offsetBytes = 0; offsetBytes < dataSizeBytes; offsetBytes += readAtOnceBytesMax) {
    const lengthBytes = Math.min(readAtOnceBytesMax, dataSizeBytes - offsetBytes);
    const read = await source.read({ offsetBytes, lengthBytes });
    if (read.kind !== "bytes") throw new CopyError(`the shard is ${read.kind} there`);
    yield read.bytes;
  }
}
