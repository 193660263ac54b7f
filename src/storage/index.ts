/**
 * Crash-safe files over the Disk port: the shelf, one node's shards, and the checked store.
 *
 * S1. A sealed shard is never overwritten; sealing it again changes nothing, sealing another fails.
 * S2. A record counts only where it was written: its checksum covers pack and offset.
 * S3. A shard can be read once it is durable, and not before; what was never sealed vanishes.
 * S4. A pack's watermark is durable no sooner than the rows of the records below it.
 * S5. The index is built from packs and files alone, and tells what it told before.
 * S6. Compaction and crashes leave every live shard in its old place or its new one.
 * S7. Every byte of packs and shard files is counted once: as live, needed, or dead.
 * S8. Every read verifies the blocks it serves and the root once; memory does not grow with shards.
 * S9. After a failed sync a file is not written again; what was durable before stays served.
 *
 * It does not decide which shards belong here, nor what is garbage, and it paces nothing.
 */
export type { CorruptShard, ShardReader, VerifiedBytes } from "./shard-reader.ts";
export type { Compaction } from "./shelf-compaction.ts";
export { ShelfError, type ShelfErrorCode } from "./shelf-error.ts";
export type { ShelfUsage } from "./shelf-index.ts";
export { Shelf, type ShelfConfig, type ShelfPorts, type Verification } from "./shelf.ts";
export type { StagedShard } from "./staged-shard.ts";
