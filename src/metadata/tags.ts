import type {
  CommandResult,
  Refusal,
  SetBucketTags,
  SetVersionTags,
  TagSet,
} from "#format/index.ts";
import { bucketKey } from "./keyspace.ts";
import { tagsPerBucketMax, tagsPerVersionMax, tagTextLengthMax } from "./limits.ts";
import { bucketOf } from "./queries.ts";
import { type Step, done, refusal, refused, resultOf } from "./step.ts";
import { buckets } from "./tables.ts";
import { putTags, versionNamed } from "./versions.ts";

/** Why a version may not have these tags, or undefined. How they are spelt is the gateway's. */
export function versionTagsRefusal(tags: TagSet | undefined): Refusal | undefined {
  return tagsRefusal(tags, tagsPerVersionMax);
}

/** Why a bucket may not have these tags, or undefined. */
export function bucketTagsRefusal(tags: TagSet | undefined): Refusal | undefined {
  return tagsRefusal(tags, tagsPerBucketMax);
}

function tagsRefusal(given: TagSet | undefined, countMax: number): Refusal | undefined {
  if (given === undefined) return undefined;
  const { tags } = given;
  if (tags.length > countMax) return refusal("invalid-command", "too many tags");
  const keys = new Set(tags.map(({ key }) => key));
  if (keys.size < tags.length) return refusal("invalid-command", "two tags have one key");
  const isTooLong = tags.some(({ key, value }) => key.length + value.length > tagTextLengthMax);
  return isTooLong ? refusal("invalid-command", "a tag is too long") : undefined;
}

/** Tags as rows keep them: none, or some. */
export function keptTags(given: TagSet | undefined): TagSet | undefined {
  return given === undefined || given.tags.length === 0 ? undefined : given;
}

/** Applies SetBucketTags: PutBucketTagging and DeleteBucketTagging. */
export function setBucketTags(step: Step, { bucket, tags }: SetBucketTags): CommandResult {
  const row = bucketOf(step.batch, bucket);
  if (row === undefined) return refused("no-such-bucket", bucket);
  const fault = bucketTagsRefusal(tags);
  if (fault !== undefined) return resultOf(fault);
  step.batch.put(buckets, bucketKey(bucket), { ...row, tags: keptTags(tags) });
  return done();
}

/** Applies SetVersionTags: PutObjectTagging and DeleteObjectTagging. */
export function setVersionTags(step: Step, command: SetVersionTags): CommandResult {
  const { bucket, key, versionId, tags } = command;
  const row = bucketOf(step.batch, bucket);
  if (row === undefined) return refused("no-such-bucket", bucket);
  const fault = versionTagsRefusal(tags);
  if (fault !== undefined) return resultOf(fault);
  const stored = versionNamed(step.batch, { row, bucket, key, versionId });
  if (stored === undefined) {
    return refused(versionId === undefined ? "no-such-key" : "no-such-version", key);
  }
  if (stored.version.object === undefined) return refused("delete-marker", key);
  putTags(step, { bucket, key, stored, tags: keptTags(tags) });
  const { isNull } = stored.version;
  const value = { versionId: stored.id, isNull, versioning: row.versioning };
  return { outcome: { kind: "versionTagged", value } };
}
