/**
 * Crash-safe files over the Disk port: the log, checkpoints, the checked store, and the shelf.
 * S1. A sealed shard is never overwritten; sealing it again changes nothing, sealing another fails.
 * S2. A record counts only where it was written: its checksum covers pack and offset.
 * S3. A shard can be read once it is durable, and not before; what was never sealed vanishes.
 * S4. A pack's watermark is durable no sooner than the rows of the records below it.
 * S5. The index is built from packs and files alone, and tells what it told before.
 * S6. Compaction and crashes leave every live shard in its old place or its new one.
 * S7. Every byte of packs and shard files is counted once: as live, needed, or dead.
 * S8. Every read verifies the blocks it serves and the root once; memory does not grow with shards.
 * S9. After a failed sync a file is not written again; what was durable before stays served.
 * L1. The log's entries follow one another without gaps, and their terms never go back.
 * L2. What `sync` covered is there after any crash; damage to it is never taken for a torn tail.
 * L3. A torn tail was never answered for: it is cut, and nothing of it ever comes back.
 * L4. After a failed write or sync the log is dead; nothing is tried again.
 * L5. A frame counts only at its place: its checksum covers segment and offset, and it fits.
 * C1. A checkpoint has its name only when it is whole and durable; its end proves it complete.
 * C2. A value of a checked store is what was put at that key, or the read throws.
 * It does not decide which shards belong here, nor what is garbage, and it paces nothing.
 */
export { CheckedStore, valueChecksumSizeBytes } from "./checked-store.ts";
export { CheckpointDamagedError } from "./checkpoint-error.ts";
export {
  adoptCheckpoint,
  type CheckpointName,
  type CheckpointPlace,
  CheckpointReader,
  type CheckpointSource,
  incomingPath,
  listCheckpoints,
  removeCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
export { Log, type LogConfig, type LogPorts } from "./log.ts";
export { entrySizeBytes, takeWithin } from "./log-cache.ts";
export { LogDamagedError, LogFailedError, type LogPosition } from "./log-error.ts";
export { createLog, openLog, type OpenedLog } from "./log-open.ts";
export type { CorruptShard, ShardReader, VerifiedBytes } from "./shard-reader.ts";
export type { Compaction } from "./shelf-compaction.ts";
export { ShelfError, type ShelfErrorCode } from "./shelf-error.ts";
export type { ShelfUsage } from "./shelf-index.ts";
export { Shelf, type ShelfConfig, type ShelfPorts, type Verification } from "./shelf.ts";
export {
  readMessage,
  readSmall,
  removeSmall,
  type SmallFile,
  writeMessage,
  writeSmall,
} from "./small-file.ts";
export type { StagedShard } from "./staged-shard.ts";
