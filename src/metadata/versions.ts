import { assert, InvariantError } from "#base/assert.ts";
import { compareBytes } from "#base/bytes.ts";
import type { Bucket, Listing, Lock, TagSet, Version } from "#format/index.ts";
import { letGoOfBody } from "./bodies.ts";
import {
  listingKey,
  parseVersionId,
  rangeOf,
  versionIdSizeBytes,
  versionKey,
  versionsOfKey,
} from "./keyspace.ts";
import { firstOf, type Reader } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import type { Step } from "./step.ts";
import { listings, versions } from "./tables.ts";

/** A version and its id. */
export interface StoredVersion {
  /** 16 bytes; later versions of a key have larger ones. */
  id: Uint8Array;
  version: Version;
}

/** A key of a bucket that is there. */
export interface KeyOf {
  /** The bucket's row. */
  row: Bucket;
  bucket: string;
  key: string;
}

/** The newest version of a key, delete markers too. */
export function newestVersion(
  reader: Reader,
  { row, bucket, key }: KeyOf,
): StoredVersion | undefined {
  // With versioning never on there are no delete markers: the listing row names the only version.
  if (row.versioning === "off") {
    const listing = readRow(reader, listings, listingKey(bucket, key));
    return listing === undefined ? undefined : versionAt(reader, bucket, key, listing.versionId);
  }
  return newestByScan(reader, bucket, key);
}

function newestByScan(reader: Reader, bucket: string, key: string): StoredVersion | undefined {
  const prefix = versionsOfKey(bucket, key);
  const pair = firstOf(reader, rangeOf(prefix));
  if (pair === undefined) return undefined;
  const [rowKey, value] = pair;
  return { id: parseVersionId(rowKey.subarray(prefix.length)), version: versions.decode(value) };
}

/** The version of a key with this id. */
export function versionAt(
  reader: Reader,
  bucket: string,
  key: string,
  id: Uint8Array,
): StoredVersion | undefined {
  if (id.length !== versionIdSizeBytes) return undefined;
  const version = readRow(reader, versions, versionKey(bucket, key, id));
  return version === undefined ? undefined : { id, version };
}

/** The null version of a key, given its newest: M6 says where to look. */
export function nullVersion(
  reader: Reader,
  newest: StoredVersion | undefined,
  { bucket, key }: { bucket: string; key: string },
): StoredVersion | undefined {
  if (newest === undefined || newest.version.isNull) return newest;
  const { nullBelow } = newest.version;
  return nullBelow === undefined ? undefined : versionAt(reader, bucket, key, nullBelow);
}

/** A version by what S3 calls it: none is the newest, no bytes are the null version. */
export function versionNamed(
  reader: Reader,
  { versionId, ...name }: KeyOf & { versionId: Uint8Array | undefined },
): StoredVersion | undefined {
  if (versionId === undefined) return newestVersion(reader, name);
  if (versionId.length > 0) return versionAt(reader, name.bucket, name.key, versionId);
  return nullVersion(reader, newestVersion(reader, name), name);
}

/** `proposed`, or the first id that sorts after the newest, where it does not. */
export function versionIdAfter(
  newest: StoredVersion | undefined,
  proposed: Uint8Array,
): Uint8Array {
  if (newest === undefined || compareBytes(proposed, newest.id) > 0) return proposed;
  // Not `slice`: of a Buffer that is no copy.
  const bumped = new Uint8Array(newest.id);
  for (let i = bumped.length - 1; i >= 0; i--) {
    bumped[i] = (bumped[i] ?? 0) + 1;
    if (bumped[i] !== 0) return bumped;
  }
  throw new InvariantError("M6: no version id is so large that none comes after it");
}

/** Whether a new version may be given this id: one that leaves room for those that must follow. */
export function isNewVersionId(id: Uint8Array): boolean {
  return id.length === versionIdSizeBytes && id[0] !== 0xff;
}

/** Puts a version on top of a key's others. */
export function putVersionRow(
  step: Step,
  {
    bucket,
    key,
    newest,
    stored,
  }: {
    bucket: string;
    key: string;
    newest: StoredVersion | undefined;
    stored: StoredVersion;
  },
): void {
  const { id } = stored;
  assert(newest === undefined || compareBytes(newest.id, id) < 0, "M6: versions go on top");
  const nullBelow = newest?.version.isNull === true ? newest.id : newest?.version.nullBelow;
  const version = nullBelow === undefined ? stored.version : { ...stored.version, nullBelow };
  step.batch.put(versions, versionKey(bucket, key, id), version);
  putListing(step, bucket, key, { id, version });
}

/**
 * Removes a version and lets go of its body. The caller has asked its lock and mends the listing.
 */
export function removeVersionRow(
  step: Step,
  { bucket, key, stored }: { bucket: string; key: string; stored: StoredVersion },
): void {
  const { legalHold, retention } = stored.version.lock ?? { legalHold: false };
  const isRetained = step.timeInDoubt || (retention?.untilUnixMs ?? 0) > step.nowUnixMs;
  assert(!legalHold, "M8: what is under legal hold stays");
  assert(retention?.mode !== "compliance" || !isRetained, "M8: what must be kept stays");
  step.batch.remove(versionKey(bucket, key, stored.id));
  letGoOfBody(step, stored.version.body);
}

/** Makes the listing row what the newest version says. */
export function mendListing(step: Step, { row, bucket, key }: KeyOf): void {
  // With versioning never on there was but the one version that is gone now.
  const newest = row.versioning === "off" ? undefined : newestByScan(step.batch, bucket, key);
  putListing(step, bucket, key, newest);
}

/** Changes nothing of a version but its lock. */
export function putLock(
  step: Step,
  { bucket, key, stored, lock }: { bucket: string; key: string; stored: StoredVersion; lock: Lock },
): void {
  step.batch.put(versions, versionKey(bucket, key, stored.id), { ...stored.version, lock });
}

/** Changes nothing of a version but its tags. */
export function putTags(
  step: Step,
  {
    bucket,
    key,
    stored,
    tags,
  }: { bucket: string; key: string; stored: StoredVersion; tags: TagSet | undefined },
): void {
  step.batch.put(versions, versionKey(bucket, key, stored.id), { ...stored.version, tags });
}

function putListing(
  step: Step,
  bucket: string,
  key: string,
  newest: StoredVersion | undefined,
): void {
  const listing = newest === undefined ? undefined : listingOf(newest);
  if (listing === undefined) step.batch.remove(listingKey(bucket, key));
  else step.batch.put(listings, listingKey(bucket, key), listing);
}

/** What listings show of a version; a delete marker shows nothing. */
export function listingOf({ id, version }: StoredVersion): Listing | undefined {
  const { object, modifiedUnixMs } = version;
  if (object === undefined) return undefined;
  return {
    versionId: id,
    modifiedUnixMs,
    sizeBytes: object.sizeBytes,
    etag: object.etag,
    storageClass: object.headers.storageClass,
    checksumAlgorithms: object.checksums.map(({ algorithm }) => algorithm),
    checksumType: object.checksums[0]?.type ?? "full-object",
  };
}
