import type {
  CommandResult,
  CreateBucket,
  DeleteBucket,
  SetBucketCors,
  SetBucketLock,
  SetBucketPolicy,
  SetBucketVersioning,
  SetPublicAccessBlock,
} from "#format/index.ts";
import { bucketKey, rangeOf, versionsUnder } from "./keyspace.ts";
import {
  corsRulesMax,
  policyLengthMax,
  retentionDaysMax,
  uploadsPerBucketDeletionMax,
} from "./limits.ts";
import { isBucketName } from "./names.ts";
import { bucketOf } from "./queries.ts";
import { firstOf } from "./reader.ts";
import { type Step, done, refused, resultOf } from "./step.ts";
import { buckets } from "./tables.ts";
import { bucketTagsRefusal, keptTags } from "./tags.ts";
import { endUpload } from "./uploads.ts";
import { openUploads } from "./upload-queries.ts";

/** Applies CreateBucket. */
export function createBucket(step: Step, command: CreateBucket): CommandResult {
  const { bucket, owner, lockEnabled } = command;
  const fault = bucketTagsRefusal(command.tags);
  if (fault !== undefined) return resultOf(fault);
  if (!isBucketName(bucket)) return refused("invalid-command", "the bucket's name breaks a rule");
  const existing = bucketOf(step.batch, bucket);
  if (existing !== undefined) {
    const isOwn = existing.owner === owner;
    return refused(isOwn ? "bucket-already-owned-by-you" : "bucket-already-exists", bucket);
  }
  const versioning = lockEnabled ? "enabled" : "off";
  const createdUnixMs = step.nowUnixMs;
  const row = {
    createdUnixMs,
    owner,
    versioning,
    lockEnabled,
    tags: keptTags(command.tags),
  } as const;
  step.batch.put(buckets, bucketKey(bucket), row);
  return done();
}

/** Applies DeleteBucket: no version may be left; open uploads are aborted. */
export function deleteBucket(step: Step, { bucket }: DeleteBucket): CommandResult {
  if (bucketOf(step.batch, bucket) === undefined) return refused("no-such-bucket", bucket);
  if (firstOf(step.batch, rangeOf(versionsUnder(bucket, ""))) !== undefined) {
    return refused("bucket-not-empty", "it holds versions");
  }
  const open = [...openUploads(step.batch, bucket, uploadsPerBucketDeletionMax + 1)];
  if (open.length > uploadsPerBucketDeletionMax) {
    return refused("bucket-not-empty", "it holds too many open uploads");
  }
  for (const upload of open) endUpload(step, upload);
  step.batch.remove(bucketKey(bucket));
  return done();
}

/** Applies SetBucketVersioning. Once on, versioning can be suspended, never turned off. */
export function setBucketVersioning(step: Step, command: SetBucketVersioning): CommandResult {
  const { bucket, versioning } = command;
  const row = bucketOf(step.batch, bucket);
  if (row === undefined) return refused("no-such-bucket", bucket);
  if (versioning === "off") return refused("invalid-command", "versioning is suspended, not ended");
  if (row.lockEnabled && versioning !== "enabled") {
    return refused("invalid-bucket-state", "object lock needs versioning");
  }
  step.batch.put(buckets, bucketKey(bucket), { ...row, versioning });
  return done();
}

/** Applies SetBucketLock. Needs versioning, and cannot be undone. */
export function setBucketLock(step: Step, command: SetBucketLock): CommandResult {
  const { bucket, defaultRetention } = command;
  const row = bucketOf(step.batch, bucket);
  if (row === undefined) return refused("no-such-bucket", bucket);
  if (row.versioning !== "enabled") {
    return refused("invalid-bucket-state", "object lock needs versioning");
  }
  const days = defaultRetention?.days ?? 1;
  if (days < 1 || days > retentionDaysMax) return refused("invalid-command", "retention's length");
  step.batch.put(buckets, bucketKey(bucket), { ...row, lockEnabled: true, defaultRetention });
  return done();
}

/** Applies SetBucketCors: PutBucketCors and DeleteBucketCors. */
export function setBucketCors(step: Step, { bucket, cors }: SetBucketCors): CommandResult {
  const row = bucketOf(step.batch, bucket);
  if (row === undefined) return refused("no-such-bucket", bucket);
  const count = cors?.rules.length ?? 0;
  if (count > corsRulesMax) return refused("invalid-command", "too many rules");
  step.batch.put(buckets, bucketKey(bucket), { ...row, cors: count === 0 ? undefined : cors });
  return done();
}

/** Applies SetPublicAccessBlock: PutPublicAccessBlock and DeletePublicAccessBlock. */
export function setPublicAccessBlock(step: Step, command: SetPublicAccessBlock): CommandResult {
  const { bucket, publicAccessBlock } = command;
  const row = bucketOf(step.batch, bucket);
  if (row === undefined) return refused("no-such-bucket", bucket);
  step.batch.put(buckets, bucketKey(bucket), { ...row, publicAccessBlock });
  return done();
}

/** Applies SetBucketPolicy: PutBucketPolicy and DeleteBucketPolicy. The text is not read here. */
export function setBucketPolicy(step: Step, { bucket, policy }: SetBucketPolicy): CommandResult {
  const row = bucketOf(step.batch, bucket);
  if (row === undefined) return refused("no-such-bucket", bucket);
  const length = policy?.length ?? 1;
  if (length < 1 || length > policyLengthMax) return refused("invalid-command", "its length");
  step.batch.put(buckets, bucketKey(bucket), { ...row, policy });
  return done();
}
