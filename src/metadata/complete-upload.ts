import type {
  CommandResult,
  CompletedUpload,
  CompleteUpload,
  ObjectInfo,
  Part,
  PartInfo,
  PartName,
  Refusal,
  Segment,
  Upload,
} from "#format/index.ts";
import { makeBody } from "./bodies.ts";
import { partKey, uploadKey } from "./keyspace.ts";
import {
  objectSizeBytesMax,
  partNumberMax,
  partSizeBytesMin,
  segmentsPerBodyMax,
} from "./limits.ts";
import { newLock } from "./locks.ts";
import { isObjectKey } from "./names.ts";
import { carryOut, type OrRefusal, planVersion, versionPut } from "./put-version.ts";
import { bucketOf } from "./queries.ts";
import { type Step, refusal, refused, resultOf } from "./step.ts";
import { uploads } from "./tables.ts";
import { partsOf, uploadOf } from "./upload-queries.ts";
import { keepCompleted, leaveParts } from "./uploads.ts";

/** Applies CompleteUpload: makes an object of parts without moving their bytes. */
export function completeUpload(step: Step, command: CompleteUpload): CommandResult {
  const { bucket, key } = command;
  if (bucketOf(step.batch, bucket) === undefined) return refused("no-such-bucket", bucket);
  if (!isObjectKey(key)) return refused("invalid-key", "the key breaks a rule");
  const upload = uploadOf(step.batch, command);
  if (upload === undefined) return refused("no-such-upload", key);
  if (upload.completed !== undefined) return completedBefore(upload.completed);
  const joined = joinParts(step, command);
  if (joined.refusal !== undefined) return resultOf(joined.refusal);
  const { value: plan, refusal } = planVersion(step, command);
  if (refusal !== undefined) return resultOf(refusal);
  const lock = newLock(step, plan.row, upload.lock);
  if (lock.refusal !== undefined) return resultOf(lock.refusal);

  const { segments, partInfos, sizeBytes } = joined.value;
  const object: ObjectInfo = {
    sizeBytes,
    etag: command.etag,
    checksums: command.checksums,
    headers: upload.headers,
    partCount: partInfos.length,
  };
  const body = makeBody(step, segments, partInfos);
  carryOut(step, plan, { object, body, lock: lock.value, tags: upload.tags });
  const value = versionPut(step, plan, object);
  const { versionId, isNull, versioning, etag, checksums, modifiedUnixMs } = value;
  const completedUnixMs = modifiedUnixMs;
  endCompleted(step, command, {
    ...upload,
    completed: { versionId, isNull, versioning, etag, sizeBytes, checksums, completedUnixMs },
  });
  return { outcome: { kind: "versionPut", value } };
}

function completedBefore({ completedUnixMs, ...completed }: CompletedUpload): CommandResult {
  const value = { ...completed, modifiedUnixMs: completedUnixMs };
  return { outcome: { kind: "versionPut", value } };
}

interface Joined {
  segments: Segment[];
  partInfos: PartInfo[];
  sizeBytes: number;
}

/** The body that the parts make, if they are the upload's, in order and large enough. */
function joinParts(step: Step, command: CompleteUpload): OrRefusal<Joined> {
  const names = command.parts;
  const disorder = orderRefusal(names);
  if (disorder !== undefined) return { refusal: disorder };
  const stored = new Map<number, Part>();
  for (const { partNumber, part } of partsOf(step.batch, command)) stored.set(partNumber, part);

  const joined: Joined = { segments: [], partInfos: [], sizeBytes: 0 };
  let tooSmall: Refusal | undefined;
  for (const [i, { number, etag }] of names.entries()) {
    const part = stored.get(number);
    if (part === undefined || part.etag !== etag) {
      return { refusal: ofPart("invalid-part", number, "it is not there or another") };
    }
    const { sizeBytes, checksums } = part;
    if (sizeBytes < partSizeBytesMin && i < names.length - 1) {
      tooSmall ??= ofPart("entity-too-small", number, `it has ${sizeBytes} bytes`);
    }
    for (const segment of part.segments) joined.segments.push(segment);
    joined.partInfos.push({ number, offsetBytes: joined.sizeBytes, sizeBytes, checksums });
    joined.sizeBytes += sizeBytes;
  }
  if (tooSmall !== undefined) return { refusal: tooSmall };
  const tooLarge = joined.sizeBytes > objectSizeBytesMax;
  if (tooLarge || joined.segments.length > segmentsPerBodyMax) {
    return { refusal: refusal("entity-too-large", "over 5 TiB, or cut too small") };
  }
  return { value: joined };
}

function orderRefusal(names: readonly PartName[]): Refusal | undefined {
  if (names.length === 0 || names.length > partNumberMax) {
    return refusal("invalid-command", "an object has 1 to 10,000 parts");
  }
  for (const [i, { number }] of names.entries()) {
    const before = names[i - 1]?.number ?? 0;
    if (number <= before) return ofPart("invalid-part-order", number, `it follows ${before}`);
  }
  return undefined;
}

function ofPart(
  code: "invalid-part" | "invalid-part-order" | "entity-too-small",
  partNumber: number,
  detail: string,
): Refusal {
  return { ...refusal(code, `part ${partNumber}: ${detail}`), partNumber };
}

/** The parts are the object's now; those that were not named are dead. */
function endCompleted(step: Step, command: CompleteUpload, upload: Upload): void {
  const at = uploadKey(command.bucket, command.key, command.uploadId);
  for (const { number } of command.parts) step.batch.remove(partKey(at, number));
  step.batch.put(uploads, at, upload);
  leaveParts(step, at);
  keepCompleted(step, at);
}
