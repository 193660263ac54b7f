import type {
  AbortUpload,
  Checksum,
  CommandResult,
  CopyPart,
  CreateUpload,
  PutPart,
  Segment,
} from "#format/index.ts";
import { segmentsOf } from "./body-queries.ts";
import {
  completedUploadKey,
  deadUploadKey,
  parseQueueKey,
  partKey,
  partsRange,
  queueRange,
  uploadIdSizeBytes,
  uploadKey,
} from "./keyspace.ts";
import {
  completedUploadKeptMs,
  partNumberMax,
  partSizeBytesMax,
  segmentsPerPartMax,
  upkeepRowsMax,
} from "./limits.ts";
import { newLock } from "./locks.ts";
import { isObjectKey } from "./names.ts";
import { copySource } from "./put-version.ts";
import { bucketOf } from "./queries.ts";
import { firstOf } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import { type Step, done, refusal, refused, resultOf } from "./step.ts";
import { parts, queueEntries, uploads } from "./tables.ts";
import { keptTags, versionTagsRefusal } from "./tags.ts";
import { commitUnits, dereferenceUnit, newUnitsRefusal, referenceUnit } from "./units.ts";
import { type UploadName, uploadOf } from "./upload-queries.ts";

/** Applies CreateUpload: CreateMultipartUpload. */
export function createUpload(step: Step, command: CreateUpload): CommandResult {
  const { bucket, key, uploadId, headers, owner, checksumAlgorithm, checksumType } = command;
  const row = bucketOf(step.batch, bucket);
  if (row === undefined) return refused("no-such-bucket", bucket);
  if (!isObjectKey(key)) return refused("invalid-key", "the key breaks a rule");
  if (uploadId.length !== uploadIdSizeBytes || uploadOf(step.batch, command) !== undefined) {
    return refused("invalid-command", "the upload id breaks a rule");
  }
  // The bucket's default is taken when the object comes to be.
  const { refusal } = newLock(step, row, command.lock);
  const fault = refusal ?? versionTagsRefusal(command.tags);
  if (fault !== undefined) return resultOf(fault);
  step.batch.put(uploads, uploadKey(bucket, key, uploadId), {
    createdUnixMs: step.nowUnixMs,
    headers,
    lock: command.lock,
    checksumAlgorithm,
    checksumType,
    owner,
    tags: keptTags(command.tags),
  });
  return done();
}

/** Says why a part may not be put into an upload, or nothing. */
function partRefusal(
  step: Step,
  name: UploadName & { partNumber: number },
): CommandResult | undefined {
  const { bucket, key, partNumber } = name;
  if (bucketOf(step.batch, bucket) === undefined) return refused("no-such-bucket", bucket);
  if (!isObjectKey(key)) return refused("invalid-key", "the key breaks a rule");
  const upload = uploadOf(step.batch, name);
  if (upload === undefined || upload.completed !== undefined) return refused("no-such-upload", key);
  if (partNumber >= 1 && partNumber <= partNumberMax) return undefined;
  return refused("invalid-command", "part numbers run from 1 to 10,000");
}

/** Applies PutPart: UploadPart. */
export function putPart(step: Step, command: PutPart): CommandResult {
  const fault = partRefusal(step, command);
  if (fault !== undefined) return fault;
  const { units } = command;
  let sizeBytes = 0;
  for (const { lengthBytes } of units) sizeBytes += lengthBytes;
  if (sizeBytes > partSizeBytesMax) return refused("entity-too-large", "a part over 5 GiB");
  const unitFault = newUnitsRefusal(step, units, sizeBytes);
  if (unitFault !== undefined) return resultOf(unitFault);

  commitUnits(step, units);
  const segments = units.map(({ id, lengthBytes }) => ({ unit: id, offsetBytes: 0, lengthBytes }));
  return placePart(step, { ...command, sizeBytes, segments });
}

/** Applies CopyPart: UploadPartCopy where it moves no bytes. */
export function copyPart(step: Step, command: CopyPart): CommandResult {
  const fault = partRefusal(step, command);
  if (fault !== undefined) return fault;
  const { value: source, refusal: noSource } = copySource(step, command);
  if (noSource !== undefined) return resultOf(noSource);
  const { offsetBytes, lengthBytes } = command;
  if (lengthBytes > partSizeBytesMax) return refused("entity-too-large", "a part over 5 GiB");
  if (offsetBytes + lengthBytes > source.object.sizeBytes) {
    return refused("invalid-command", "the range leaves the source");
  }
  const segments: Segment[] = [];
  for (const { segment } of segmentsOf(step.batch, source.version, { offsetBytes, lengthBytes })) {
    if (segments.length === segmentsPerPartMax) return resultOf(tooManySegments);
    segments.push(segment);
  }

  for (const { unit } of segments) referenceUnit(step, unit);
  return placePart(step, { ...command, sizeBytes: lengthBytes, segments });
}

const tooManySegments = refusal("rewrite-needed", "the range has too many segments");

interface NewPart extends UploadName {
  partNumber: number;
  sizeBytes: number;
  etag: string;
  checksums: Checksum[];
  segments: Segment[];
}

/** Puts a part, and lets go of the one that had its number. */
function placePart(
  step: Step,
  { bucket, key, uploadId, partNumber, ...part }: NewPart,
): CommandResult {
  const at = partKey(uploadKey(bucket, key, uploadId), partNumber);
  const replaced = readRow(step.batch, parts, at);
  const { sizeBytes, etag, checksums, segments } = part;
  const modifiedUnixMs = step.nowUnixMs;
  step.batch.put(parts, at, { sizeBytes, etag, checksums, modifiedUnixMs, segments });
  for (const { unit } of replaced?.segments ?? []) dereferenceUnit(step, unit, step.nowUnixMs);
  return { outcome: { kind: "partPut", value: { modifiedUnixMs } } };
}

/** Applies AbortUpload. Its parts are released in time. */
export function abortUpload(step: Step, command: AbortUpload): CommandResult {
  if (bucketOf(step.batch, command.bucket) === undefined) {
    return refused("no-such-bucket", command.bucket);
  }
  if (!isObjectKey(command.key)) return refused("invalid-key", "the key breaks a rule");
  const upload = uploadOf(step.batch, command);
  if (upload === undefined || upload.completed !== undefined) {
    return refused("no-such-upload", command.key);
  }
  endUpload(step, command);
  return done();
}

/** Removes an open upload; its parts are left to be released. */
export function endUpload(step: Step, { bucket, key, uploadId }: UploadName): void {
  const upload = uploadKey(bucket, key, uploadId);
  step.batch.remove(upload);
  leaveParts(step, upload);
}

/** What parts an upload that has ended still has are dead. */
export function leaveParts(step: Step, upload: Uint8Array): void {
  if (firstOf(step.batch, partsRange(upload)) === undefined) return;
  step.batch.put(queueEntries, deadUploadKey(step.nowUnixMs, upload), true);
}

/**
 * Drops the results of uploads that were completed a day ago, the oldest first.
 *
 * @returns how many
 */
export function expireUploads(step: Step, limit: number): number {
  const range = queueRange("x/e", step.nowUnixMs - completedUploadKeptMs);
  const due = [...step.batch.scan({ ...range, limit: Math.min(limit, upkeepRowsMax) })];
  for (const [queueKey] of due) {
    const entry = parseQueueKey(queueKey);
    if (entry.kind === "row") step.batch.remove(entry.key);
    step.batch.remove(queueKey);
  }
  return due.length;
}

/** Lets the result of a completed upload be asked for a day. */
export function keepCompleted(step: Step, upload: Uint8Array): void {
  step.batch.put(queueEntries, completedUploadKey(step.nowUnixMs, upload), true);
}
