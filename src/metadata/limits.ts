import { gib, kib, mib } from "#base/bytes.ts";

/** An object key's length in UTF-8, as S3 has it. */
export const objectKeySizeBytesMax: number = kib;
/** A bucket name's length, as S3 has it. */
export const bucketNameLengthMax = 63;

/** An access key id's length: keeps its row's key short; S3's own have 20 characters. */
export const accessKeyIdLengthMax = 128;

/** A body's length: the largest object that S3 knows. */
export const objectSizeBytesMax: number = 5 * kib * gib;
/** A unit's length: so much is rebuilt, moved or re-encoded at a time. */
export const unitSizeBytesMax: number = 256 * mib;
/** Shards of one unit: the widest profile there is has 16 + 8. */
export const shardCountMax = 24;
/** Length of a BLAKE3 root, in bytes. */
export const rootSizeBytes = 32;

/** Part numbers run from 1 to this, as S3 has it. */
export const partNumberMax = 10_000;
/** Every part but the last has at least this length, as S3 has it. */
export const partSizeBytesMin: number = 5 * mib;
/** A part's length, as S3 has it. */
export const partSizeBytesMax: number = 5 * gib;

/**
 * New units of one command: 5 GiB need 20 of full length; the rest is for callers that cut smaller.
 */
export const unitsPerCommandMax = 1_000;
/** Units that one upkeep command lets go of or forgets: apply must not stall the node. */
export const upkeepRowsMax = 1_000;
/** Swaps of one SwapEncodings: their rows are read and written anew, with all roots. */
export const swapsMax = 1_000;
/** Replaced encodings of one unit that wait: a cluster that grows fast codes a unit anew twice. */
export const replacedEncodingsMax = 8;
/** Keys of one DeleteObjects, as S3 has it. */
export const deletionsMax = 1_000;
/** Segments of a part: keeps its row under 64 KiB, and its release within one command. */
export const segmentsPerPartMax = 1_000;
/** Segments of a body: 5 TiB in 10,000 parts take 31,000; copied ranges may cut them smaller. */
export const segmentsPerBodyMax = 100_000;
/** Segments in one piece of a manifest: keeps a piece, with its parts' checksums, under 64 KiB. */
export const segmentsPerPieceMax = 512;
/** Open uploads that deleting a bucket aborts on the way; with more it is refused. */
export const uploadsPerBucketDeletionMax = 1_000;

/** Results kept of one session, and how far its numbers may run ahead of its low water. */
export const sessionWindow = 4_096;

/** How long a unit nothing names, or a dead body, is kept for readers that began before, in ms. */
export const graceMs: number = 60 * 60 * 1_000;
/** How long a completed upload can be asked again, in ms. */
export const completedUploadKeptMs: number = 24 * 60 * 60 * 1_000;
export const dayMs: number = 24 * 60 * 60 * 1_000;
/** A default retention's length: 100 years, as S3 has it. */
export const retentionDaysMax = 36_500;

/** Rules of one bucket for browsers, as S3 has it. */
export const corsRulesMax = 100;
/** The longest a bucket's policy may be, in bytes, as S3 has it; a character has one or more. */
export const policyLengthMax: number = 20 * kib;

/** Tags of one version, as S3 has it. */
export const tagsPerVersionMax = 10;
/** Tags of one bucket, as S3 has it. */
export const tagsPerBucketMax = 50;
/** Length of a tag's key, as S3 has it. */
export const tagKeyLengthMax = 128;
/** Length of a tag's value, as S3 has it. */
export const tagValueLengthMax = 256;
/** A character outside of the first plane counts once for S3, and is two of ours. */
export const tagTextLengthMax: number = 2 * (tagKeyLengthMax + tagValueLengthMax);

/** Partitions whose homes one row of the layout holds. */
export const partitionsPerLayoutBlock = 16;

/** Length of a key's fingerprint, and of the hash of a token's secret: SHA-256, in bytes. */
export const fingerprintSizeBytes = 32;
/** Keys a node may prove at a time: the one in use, the next one, and room for a change of mind. */
export const keysPerNodeMax = 4;
/** Keys that a node's row remembers it had: a change a day for a year. */
export const retiredKeysMax = 400;
/** Addresses of one node: a few networks, two families each. */
export const addressesPerNodeMax = 16;
/** Length of an address, a host's or a zone's name: as long as a DNS name. */
export const nodeTextLengthMax = 255;
/** Tokens at a time: more than a cluster has nodes would be a mistake. */
export const tokensMax = 1_024;
/** How long a token is remembered when it has expired, so that its use is told from a wrong one. */
export const expiredTokenKeptMs: number = 24 * 60 * 60 * 1_000;

/** The newest feature level this code knows. */
export const featureLevelMax = 1;
