import type { PackState, ShelfEntry } from "#format/index.ts";
import { packHeaderSizeBytes, recordAlignmentBytes } from "./pack-record.ts";

/** What compaction of a pack gives back, in bytes. */
export function deadBytesOf(state: Readonly<PackState>): number {
  return state.indexedBytes - packHeaderSizeBytes - state.shardBytes - state.removalBytes;
}

/** How much of its pack the record of a shard takes. */
export function recordBytesOf(entry: ShelfEntry): number {
  const exact = entry.shardOffset + entry.sizeBytes;
  return Math.ceil(exact / recordAlignmentBytes) * recordAlignmentBytes;
}
