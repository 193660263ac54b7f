import { assert } from "#base/assert.ts";
import type {
  CommandResult,
  Conditions,
  CopyVersion,
  Lock,
  ObjectInfo,
  PutVersion,
  Refusal,
  TagSet,
  Version,
  VersionPut,
} from "#format/index.ts";
import { type Body, holdBody, makeBody } from "./bodies.ts";
import { conditionRefusal } from "./conditions.ts";
import { objectSizeBytesMax } from "./limits.ts";
import { lockRefusal, newLock } from "./locks.ts";
import { isObjectKey } from "./names.ts";
import { bucketOf } from "./queries.ts";
import { type Step, refusal, refused, resultOf } from "./step.ts";
import { keptTags, versionTagsRefusal } from "./tags.ts";
import { commitUnits, newUnitsRefusal } from "./units.ts";
import {
  isNewVersionId,
  type KeyOf,
  newestVersion,
  nullVersion,
  putVersionRow,
  removeVersionRow,
  type StoredVersion,
  versionAt,
  versionIdAfter,
} from "./versions.ts";

/** Where a new version goes, once nothing speaks against it. */
export interface VersionPlan extends KeyOf {
  id: Uint8Array;
  isNull: boolean;
  newest: StoredVersion | undefined;
  /** The null version whose place it takes. */
  replaced: StoredVersion | undefined;
}

/** Something was found out, or there is a reason to refuse. */
export type OrRefusal<T> =
  | { value: T; refusal?: undefined }
  | { value?: undefined; refusal: Refusal };

/** Plans a version on top of a key's others; changes nothing. */
export function planVersion(
  step: Step,
  {
    bucket,
    key,
    versionId,
    conditions,
  }: {
    bucket: string;
    key: string;
    versionId: Uint8Array;
    conditions?: Conditions | undefined;
  },
): OrRefusal<VersionPlan> {
  const row = bucketOf(step.batch, bucket);
  if (row === undefined) return { refusal: refusal("no-such-bucket", bucket) };
  if (!isObjectKey(key)) return { refusal: refusal("invalid-key", "the key breaks a rule") };
  if (!isNewVersionId(versionId)) {
    return { refusal: refusal("invalid-command", "the version id breaks a rule") };
  }
  const name = { row, bucket, key };
  const newest = newestVersion(step.batch, name);
  const unmet = conditionRefusal(newest?.version, conditions);
  if (unmet !== undefined) return { refusal: unmet };
  const isNull = row.versioning !== "enabled";
  const replaced = isNull ? nullVersion(step.batch, newest, name) : undefined;
  const locked = lockRefusal(step, replaced?.version.lock, false);
  if (locked !== undefined) return { refusal: locked };
  return { value: { ...name, id: versionIdAfter(newest, versionId), isNull, newest, replaced } };
}

/** What a plan's version is to be; without an object it is a delete marker. */
export interface NewVersion {
  object?: ObjectInfo | undefined;
  body: Body;
  lock?: Lock | undefined;
  tags?: TagSet | undefined;
}

/** Puts a planned version, and removes the one it replaces. */
export function carryOut(step: Step, plan: VersionPlan, made: NewVersion): void {
  const { bucket, key, id, isNull, newest, replaced } = plan;
  const version: Version = { ...made, modifiedUnixMs: step.nowUnixMs, isNull };
  putVersionRow(step, { bucket, key, newest, stored: { id, version } });
  if (replaced !== undefined) removeVersionRow(step, { bucket, key, stored: replaced });
}

/** What is answered of a version that was put. */
export function versionPut(step: Step, plan: VersionPlan, object: ObjectInfo): VersionPut {
  return {
    versionId: plan.id,
    isNull: plan.isNull,
    versioning: plan.row.versioning,
    modifiedUnixMs: step.nowUnixMs,
    etag: object.etag,
    sizeBytes: object.sizeBytes,
    checksums: object.checksums,
  };
}

/** Applies PutVersion: PutObject. */
export function putVersion(step: Step, command: PutVersion): CommandResult {
  const { object, units } = command;
  if (object.sizeBytes > objectSizeBytesMax) return refused("entity-too-large", "over 5 TiB");
  const { value: plan, refusal } = planVersion(step, command);
  if (refusal !== undefined) return resultOf(refusal);
  const lock = newLock(step, plan.row, command.lock);
  if (lock.refusal !== undefined) return resultOf(lock.refusal);
  const fault = versionTagsRefusal(command.tags) ?? newUnitsRefusal(step, units, object.sizeBytes);
  if (fault !== undefined) return resultOf(fault);

  commitUnits(step, units);
  const segments = units.map(({ id, lengthBytes }) => ({ unit: id, offsetBytes: 0, lengthBytes }));
  const tags = keptTags(command.tags);
  carryOut(step, plan, { object, body: makeBody(step, segments), lock: lock.value, tags });
  return { outcome: { kind: "versionPut", value: versionPut(step, plan, object) } };
}

/** The version a copy is made of; it must have been named by its id and be an object. */
export function copySource(
  step: Step,
  {
    sourceBucket,
    sourceKey,
    sourceVersionId,
  }: Pick<CopyVersion, "sourceBucket" | "sourceKey" | "sourceVersionId">,
): OrRefusal<{ version: Version; object: ObjectInfo }> {
  if (bucketOf(step.batch, sourceBucket) === undefined) {
    return { refusal: refusal("no-such-bucket", sourceBucket) };
  }
  if (!isObjectKey(sourceKey)) return { refusal: refusal("invalid-key", "of the source") };
  const stored = versionAt(step.batch, sourceBucket, sourceKey, sourceVersionId);
  if (stored === undefined) return { refusal: refusal("no-such-key", sourceKey) };
  const { version } = stored;
  if (version.object === undefined) return { refusal: refusal("delete-marker", sourceKey) };
  return { value: { version, object: version.object } };
}

/** Applies CopyVersion: CopyObject where it moves no bytes. */
export function copyVersion(step: Step, command: CopyVersion): CommandResult {
  const { value: source, refusal: noSource } = copySource(step, command);
  if (noSource !== undefined) return resultOf(noSource);
  const { value: plan, refusal } = planVersion(step, command);
  if (refusal !== undefined) return resultOf(refusal);
  const lock = newLock(step, plan.row, command.lock);
  if (lock.refusal !== undefined) return resultOf(lock.refusal);
  const fault = versionTagsRefusal(command.tags);
  if (fault !== undefined) return resultOf(fault);

  const headers = command.headers ?? source.object.headers;
  const checksums = command.checksums.length > 0 ? command.checksums : source.object.checksums;
  const object = { ...source.object, headers, checksums };
  // Held before the replaced version lets go of it: a copy onto itself must not come to zero.
  holdBody(step, source.version.body);
  assert(object.sizeBytes === 0 || source.version.body !== undefined, "M3: bytes have a body");
  const tags = command.tags === undefined ? source.version.tags : keptTags(command.tags);
  carryOut(step, plan, { object, body: source.version.body, lock: lock.value, tags });
  return { outcome: { kind: "versionPut", value: versionPut(step, plan, object) } };
}
