import { compareBytes, utf8 } from "#base/bytes.ts";
import type { Listing, Upload, Version } from "#format/index.ts";
import {
  keyAfter,
  listingKey,
  parseObjectRowKey,
  parseVersionId,
  type Range,
  rangeOf,
  successorOf,
  textFrom,
  uploadKey,
  uploadsOfKey,
  uploadsUnder,
  versionKey,
  versionsOfKey,
  versionsUnder,
} from "./keyspace.ts";
import { objectKeySizeBytesMax } from "./limits.ts";
import { isObjectKey } from "./names.ts";
import { bucketOf } from "./queries.ts";
import type { Reader } from "./reader.ts";
import { listings, versions } from "./tables.ts";
import { openUploads } from "./upload-queries.ts";
import { newestVersion, versionNamed } from "./versions.ts";

/** What every listing of a bucket may ask for. */
export interface ListRequest {
  bucket: string;
  /** Keys that begin with it. */
  prefix?: string | undefined;
  /** Keys that hold it behind the prefix are rolled up into one entry. Empty: none are. */
  delimiter?: string | undefined;
  /**
   * Keys behind it, in the order of their bytes. Where it is itself a rolled-up prefix, as the
   * `next` of a page may be, keys that begin with it are behind it no more.
   */
  after?: string | undefined;
  /** Gives at most this many entries. */
  limit: number;
}

/** Keys that were rolled up: their common beginning, up to and with the delimiter. */
export interface CommonPrefix {
  kind: "prefix";
  prefix: string;
}

/** A key and what its current version looks like. */
export interface ListedObject {
  kind: "object";
  key: string;
  listing: Listing;
}

/** A page of objects. */
export interface ObjectPage {
  entries: (ListedObject | CommonPrefix)[];
  /** There is more, behind this. */
  next?: string | undefined;
}

/**
 * Current versions of a bucket's keys in byte order. Steps over rolled-up keys without reading
 * them.
 */
export function listObjects(reader: Reader, request: ListRequest): ObjectPage {
  const { bucket, prefix = "", delimiter = "", after = "", limit } = request;
  const entries: ObjectPage["entries"] = [];
  if (limit === 0 || !mayBegin(prefix)) return { entries };
  const bucketSizeBytes = listingKey(bucket, "").length;
  const range = rangeOf(listingKey(bucket, prefix));
  let start: Uint8Array | undefined = later(
    range,
    startOfObjects(bucket, prefix, delimiter, after),
  );
  while (start !== undefined) {
    const from: Uint8Array = start;
    start = undefined;
    const scanned = reader.scan({ start: from, end: range.end, limit: limit - entries.length + 1 });
    for (const [rowKey, value] of scanned) {
      const last = entries.at(-1);
      if (entries.length === limit && last !== undefined) return { entries, next: markerOf(last) };
      const key = textFrom(rowKey.subarray(bucketSizeBytes));
      const common = commonPrefixOf(key, prefix, delimiter);
      if (common === undefined) {
        entries.push({ kind: "object", key, listing: listings.decode(value) });
        continue;
      }
      entries.push({ kind: "prefix", prefix: common });
      start = successorOf(listingKey(bucket, common));
      break;
    }
  }
  return { entries };
}

function startOfObjects(
  bucket: string,
  prefix: string,
  delimiter: string,
  after: string,
): Uint8Array | undefined {
  if (after === "") return undefined;
  const bound = clipped(after);
  const isRolledUp = bound === after && commonPrefixOf(after, prefix, delimiter) === after;
  return isRolledUp ? successorOf(listingKey(bucket, after)) : keyAfter(listingKey(bucket, bound));
}

/** A version in a listing. */
export interface ListedVersion {
  kind: "version";
  key: string;
  id: Uint8Array;
  version: Version;
  isLatest: boolean;
}

/** What a listing of versions asks for besides. */
export interface VersionListRequest extends ListRequest {
  /** Of the key `after`, the versions older than this one too. No bytes: than the null version. */
  afterVersionId?: Uint8Array | undefined;
}

/** A page of versions. */
export interface VersionPage {
  entries: (ListedVersion | CommonPrefix)[];
  /** There is more, behind this. */
  next?: { after: string; afterVersionId?: Uint8Array | undefined } | undefined;
}

/** Versions and delete markers in the byte order of their keys, newest first within a key. */
export function listVersions(reader: Reader, request: VersionListRequest): VersionPage {
  const { bucket, prefix = "", delimiter = "", limit } = request;
  const entries: VersionPage["entries"] = [];
  if (limit === 0 || !mayBegin(prefix)) return { entries };
  const bucketSizeBytes = versionsUnder(bucket, "").length;
  const range = rangeOf(versionsUnder(bucket, prefix));
  const latest = latestMarks(reader, bucket);
  let start: Uint8Array | undefined = later(range, startOfVersions(reader, request));
  while (start !== undefined) {
    const from: Uint8Array = start;
    start = undefined;
    const scanned = reader.scan({ start: from, end: range.end, limit: limit - entries.length + 1 });
    for (const [rowKey, value] of scanned) {
      const last = entries.at(-1);
      if (entries.length === limit && last !== undefined) return { entries, next: placeOf(last) };
      const { key, rest } = parseObjectRowKey(rowKey, bucketSizeBytes);
      const common = commonPrefixOf(key, prefix, delimiter);
      if (common === undefined) {
        const id = parseVersionId(rest);
        const version = versions.decode(value);
        entries.push({ kind: "version", key, id, version, isLatest: latest(key, id) });
        continue;
      }
      entries.push({ kind: "prefix", prefix: common });
      start = successorOf(versionsUnder(bucket, common));
      break;
    }
  }
  return { entries };
}

/** Tells whether versions, met in order, are the latest of their keys. */
function latestMarks(reader: Reader, bucket: string): (key: string, id: Uint8Array) => boolean {
  let previous: string | undefined;
  return (key, id) => {
    // The first row met may be in the middle of its key's versions.
    const isFirst = previous === undefined;
    const isLatest = isFirst ? isNewest(reader, bucket, key, id) : key !== previous;
    previous = key;
    return isLatest;
  };
}

function isNewest(reader: Reader, bucket: string, key: string, id: Uint8Array): boolean {
  const row = bucketOf(reader, bucket);
  if (row === undefined) return false;
  const newest = newestVersion(reader, { row, bucket, key });
  return newest !== undefined && compareBytes(newest.id, id) === 0;
}

function startOfVersions(reader: Reader, request: VersionListRequest): Uint8Array | undefined {
  const { bucket, prefix = "", delimiter = "", after = "", afterVersionId } = request;
  if (after === "") return undefined;
  const bound = clipped(after);
  if (bound === after && commonPrefixOf(after, prefix, delimiter) === after) {
    return successorOf(versionsUnder(bucket, after));
  }
  const behindKey = successorOf(versionsOfKey(bucket, bound));
  if (afterVersionId === undefined || !isObjectKey(after)) return behindKey;
  if (afterVersionId.length > 0) return keyAfter(versionKey(bucket, after, afterVersionId));
  const row = bucketOf(reader, bucket);
  if (row === undefined) return behindKey;
  const stored = versionNamed(reader, { row, bucket, key: after, versionId: afterVersionId });
  return stored === undefined ? behindKey : keyAfter(versionKey(bucket, after, stored.id));
}

function placeOf(last: ListedVersion | CommonPrefix): NonNullable<VersionPage["next"]> {
  if (last.kind === "prefix") return { after: last.prefix };
  return { after: last.key, afterVersionId: last.id };
}

/** An open upload in a listing. */
export interface ListedUpload {
  kind: "upload";
  key: string;
  uploadId: Uint8Array;
  upload: Upload;
}

/** What a listing of uploads asks for besides. */
export interface UploadListRequest extends ListRequest {
  /** Of the key `after`, the uploads with larger ids too. */
  afterUploadId?: Uint8Array | undefined;
}

/** A page of open uploads. */
export interface UploadPage {
  entries: (ListedUpload | CommonPrefix)[];
  /** There is more, behind this. */
  next?: { after: string; afterUploadId?: Uint8Array | undefined } | undefined;
}

/** Open uploads in the byte order of their keys, and by the order they were begun within a key. */
export function listUploads(reader: Reader, request: UploadListRequest): UploadPage {
  const { bucket, prefix = "", delimiter = "", limit } = request;
  const entries: UploadPage["entries"] = [];
  if (limit === 0 || !mayBegin(prefix)) return { entries };
  const range = rangeOf(uploadsUnder(bucket, prefix));
  let start: Uint8Array | undefined = later(range, startOfUploads(request));
  while (start !== undefined) {
    const from: Uint8Array = start;
    start = undefined;
    const open = openUploads(reader, bucket, limit - entries.length + 1, { prefix, start: from });
    for (const { key, uploadId, upload } of open) {
      const last = entries.at(-1);
      if (entries.length === limit && last !== undefined) return { entries, next: spotOf(last) };
      const common = commonPrefixOf(key, prefix, delimiter);
      if (common === undefined) {
        entries.push({ kind: "upload", key, uploadId, upload });
        continue;
      }
      entries.push({ kind: "prefix", prefix: common });
      start = successorOf(uploadsUnder(bucket, common));
      break;
    }
  }
  return { entries };
}

function startOfUploads(request: UploadListRequest): Uint8Array | undefined {
  const { bucket, prefix = "", delimiter = "", after = "", afterUploadId } = request;
  if (after === "") return undefined;
  const bound = clipped(after);
  if (bound === after && commonPrefixOf(after, prefix, delimiter) === after) {
    return successorOf(uploadsUnder(bucket, after));
  }
  if (afterUploadId === undefined || !isObjectKey(after)) {
    return successorOf(uploadsOfKey(bucket, bound));
  }
  return successorOf(uploadKey(bucket, after, afterUploadId));
}

function spotOf(last: ListedUpload | CommonPrefix): NonNullable<UploadPage["next"]> {
  if (last.kind === "prefix") return { after: last.prefix };
  return { after: last.key, afterUploadId: last.uploadId };
}

function markerOf(last: ListedObject | CommonPrefix): string {
  return last.kind === "prefix" ? last.prefix : last.key;
}

/**
 * What a key is rolled up into: itself up to the first delimiter behind the prefix, if there is
 * one.
 */
function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "" || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/**
 * Where a scan of the range begins that is to begin at `start`; undefined where nothing is left.
 */
function later(range: Range, start: Uint8Array | undefined): Uint8Array | undefined {
  if (start === undefined || compareBytes(start, range.start) < 0) return range.start;
  return compareBytes(start, range.end) < 0 ? start : undefined;
}

/** Whether a key can begin with this. */
function mayBegin(prefix: string): boolean {
  return prefix === "" || isObjectKey(prefix);
}

/**
 * A marker that sorts among the keys as `text` does and is no longer than a row's key can hold:
 * what tells it from every key stands within the length of the longest key and one byte.
 */
function clipped(text: string): string {
  if (text.length * 3 <= objectKeySizeBytesMax) return text;
  if (utf8(text.slice(0, objectKeySizeBytesMax + 1)).length <= objectKeySizeBytesMax) return text;
  let length = 0;
  let clip = "";
  for (const character of text) {
    clip += character;
    length += utf8(character).length;
    if (length > objectKeySizeBytesMax) break;
  }
  return clip;
}
