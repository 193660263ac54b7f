/**
 * The replicated state machine: which rows there are, what each command does to them, and what can
 * be asked of them. Inert: a function of the state and the command; see ./keyspace.ts for the rows.
 *
 * M1. Every row stands where its key says, is of one kind, and byte order is the order of names.
 * M2. Apply is pure: the same commands give the same rows, however they are batched; a refused
 *     command changes nothing but its session.
 * M3. A manifest's count is the number of versions that hold it; from zero it never rises.
 * M4. A unit's count is the number of segments that name it; no segment names a unit without a row.
 * M5. The counts by profile and partition are those of the unit rows.
 * M6. Versions of a key go on top in commit order; those above a null version point to it.
 * M7. The listing row of a key is what its newest version says; there is none for a delete marker.
 * M8. A version under legal hold or retention is removed by no path, governance bypass apart.
 * M9. A command of a session takes effect once at most; its proposer gets the same result again.
 * M10. Layouts change one at a time; open tables are whole and as placement promises (A1, A2).
 * M11. A token lets one node join; a node's ids and keys are its own, and nobody's after it.
 * M12. Operations are one at a time; a layout change beside one is a step of it, or mends it.
 *
 * Does not: keep rows (the replica does), read bodies, or know the time but by a command's stamp.
 */
export { type ApplyContext, applyCommand } from "./apply.ts";
export {
  BodyGoneError,
  type ByteRange,
  partOf,
  partsOfVersion,
  type PlacedSegment,
  segmentsOf,
} from "./body-queries.ts";
export { UnknownCommandError } from "./cluster.ts";
export { type DueEncoding, dueEncodings } from "./due-encodings.ts";
export { type TransitionWait, transitionWait } from "./change-layout.ts";
export { type CurrentLayout, homesOf, layoutOf, rowsOf, tablesOf } from "./layout.ts";
export {
  accessKeyIdLengthMax,
  completedUploadKeptMs,
  corsRulesMax,
  policyLengthMax,
  deletionsMax,
  featureLevelMax,
  graceMs,
  objectSizeBytesMax,
  partNumberMax,
  partSizeBytesMax,
  partSizeBytesMin,
  retentionDaysMax,
  sessionWindow,
  swapsMax,
  tagKeyLengthMax,
  tagsPerBucketMax,
  tagsPerVersionMax,
  tagValueLengthMax,
  unitSizeBytesMax,
  upkeepRowsMax,
} from "./limits.ts";
export {
  type CommonPrefix,
  type ListedObject,
  type ListedUpload,
  type ListedVersion,
  listObjects,
  type ListRequest,
  listUploads,
  listVersions,
  type ObjectPage,
  type UploadListRequest,
  type UploadPage,
  type VersionListRequest,
  type VersionPage,
} from "./listing.ts";
export { type Mark, marksOf } from "./marks.ts";
export { isBucketName, isObjectKey } from "./names.ts";
export { returningNode, upkeepOf } from "./operations.ts";
export {
  bucketOf,
  bucketsOf,
  type BucketsRequest,
  clusterOf,
  credentialOf,
  encodingsOf,
  keysOf,
  membersOf,
  type NamedBucket,
  nodeOf,
  nodesOf,
  nodeWithKey,
  type ProfileCount,
  profileCounts,
  profilesInUse,
  sessionOf,
  sessionsOf,
  shardRoot,
  shardStanding,
  unitOf,
  unitsOf,
  type UpkeepDue,
  upkeepDue,
} from "./queries.ts";
export type { KeyRange, Pair, Reader } from "./reader.ts";
export { RowCache } from "./row-cache.ts";
export { type Change, StateBatch } from "./state-batch.ts";
export { tokenOf } from "./tokens.ts";
export { type NumberedPart, partsOf, type UploadName, uploadOf } from "./upload-queries.ts";
export { type KeyOf, newestVersion, type StoredVersion, versionNamed } from "./versions.ts";
