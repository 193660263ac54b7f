/**
 * The coordinators: an object's bytes on their way in and out, and the changes that move none.
 *
 * O1. A write is durable on every home before its commit is proposed, and acknowledged after it.
 * O2. What is not committed leaves nothing that can be seen; its shards are taken back, or are
 *     garbage.
 * O3. Every byte given out was verified; where one cannot be had, the stream fails instead.
 * O4. A body is stored only whole: of the declared length, and after `finish` agreed.
 * O5. Memory does not grow with a body: stripes and reads are bounded over all requests, served in
 *     order.
 * O6. Where shards go and how they are reached is known to the UnitDirectory and the ShardStore
 *     alone.
 * O7. No node has two shards of a unit.
 * O8. A write takes the widest profile that the nodes up allow, and skips shards down to k + 1.
 * O9. A write that a layout change overtakes moves to its new homes, or is refused.
 * O10. What another node sends is checked before it is kept or given out.
 * O11. A unit coded anew is durable under its new encoding before the old one is let go of.
 *
 * It knows no HTTP and checks no rights; listings and buckets are metadata's queries and commands.
 */
export { BodySizeError } from "./body-reader.ts";
export type { BodyBytes } from "./body-stream.ts";
export {
  abortUpload,
  completeUpload,
  copyObject,
  copyPart,
  createUpload,
  deleteObjects,
  type DeleteRequest,
} from "./change.ts";
export type { Refused } from "./commands.ts";
export type { NodeHealth } from "./cluster-shards.ts";
export {
  clusterContext,
  type CuttingLimits,
  localContext,
  type ObjectsContext,
} from "./context.ts";
export {
  type ByteRange,
  type FindOutcome,
  findObject,
  type FindRequest,
  type FoundObject,
  readObject,
} from "./get.ts";
export {
  type BodyFacts,
  putObject,
  type PutObjectOutcome,
  type PutObjectRequest,
  putPart,
  type PutPartOutcome,
  type PutPartRequest,
} from "./put.ts";
export { copyShard } from "./copy-shard.ts";
export { CopyError } from "./keep-shard.ts";
export { describeShard, rebuildShard, type ShardOfUnit } from "./rebuild-shard.ts";
export { type Recoding, type RecodingOutcome, recodeUnits } from "./recode.ts";
export { shardSizeOf } from "./stripe-cursor.ts";
export { NoRoomError, type ShardStore } from "./shard-store.ts";
export type { Full, Unavailable } from "./store-body.ts";
export type { UnitDirectory } from "./unit-directory.ts";
export { UnreadableError } from "./unreadable-error.ts";
export { newVersionId, versionIdSizeBytes } from "./version-id.ts";
