import { assert } from "#base/assert.ts";
import { toHex } from "#base/bytes.ts";
import type { Conditions, Lock, NewUnit, RefusalCode, Retention, TagSet } from "#format/index.ts";

/*
 * What S3's documentation says of buckets, versions, locks and uploads, in plain maps and lists. It
 * knows nothing of rows, and is what applying is held to.
 */

/** A run of a unit's bytes. */
export interface Run {
  unit: string;
  from: number;
  length: number;
}

export interface ModelVersion {
  id: string;
  isNull: boolean;
  /** Undefined: a delete marker. */
  etag: string | undefined;
  runs: Run[];
  modifiedUnixMs: number;
  retention: Retention | undefined;
  legalHold: boolean;
  tags: TagSet | undefined;
}

interface ModelPart {
  etag: string;
  runs: Run[];
}

export interface ModelUpload {
  bucket: string;
  key: string;
  lock: Lock | undefined;
  tags: TagSet | undefined;
  parts: Map<number, ModelPart>;
  answer?: { versionId: string; etag: string } | undefined;
}

export interface ModelBucket {
  owner: string;
  versioning: "off" | "enabled" | "suspended";
  isLockable: boolean;
  defaultDays: { mode: Retention["mode"]; days: number } | undefined;
  tags: TagSet | undefined;
  /** By key; oldest first, never empty. */
  keys: Map<string, ModelVersion[]>;
}

/** What a call came to: the code it was refused with, or what it gives. */
export type Outcome<T> = { code: RefusalCode } | { code?: undefined; value: T };

const fiveMib = 5 * 1024 * 1024;

export function runsOf(units: readonly NewUnit[]): Run[] {
  return units.map(({ id, lengthBytes }) => ({ unit: nameOf(id), from: 0, length: lengthBytes }));
}

export function nameOf({ epoch, session, number }: NewUnit["id"]): string {
  return `${epoch}/${session}/${number}`;
}

export function sizeOf(runs: readonly Run[]): number {
  return runs.reduce((sum, { length }) => sum + length, 0);
}

/** A slice of what runs make up. */
export function sliceRuns(runs: readonly Run[], offset: number, length: number): Run[] {
  const slice: Run[] = [];
  let at = 0;
  for (const run of runs) {
    const from = Math.max(offset - at, 0);
    const to = Math.min(offset + length - at, run.length);
    if (from < to) slice.push({ unit: run.unit, from: run.from + from, length: to - from });
    at += run.length;
  }
  return slice;
}

export class Model {
  readonly buckets: Map<string, ModelBucket> = new Map();
  readonly uploads: Map<string, ModelUpload> = new Map();
  nowUnixMs = 0;
  timeInDoubt = false;

  createBucket(name: string, owner: string, isLockable: boolean): Outcome<true> {
    const existing = this.buckets.get(name);
    if (existing !== undefined) {
      const isOwn = existing.owner === owner;
      return { code: isOwn ? "bucket-already-owned-by-you" : "bucket-already-exists" };
    }
    const versioning = isLockable ? "enabled" : "off";
    const bucket = { owner, isLockable, versioning } as const;
    const nothing = { defaultDays: undefined, tags: undefined };
    this.buckets.set(name, { ...bucket, ...nothing, keys: new Map() });
    return { value: true };
  }

  deleteBucket(name: string): Outcome<true> {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) return { code: "no-such-bucket" };
    if (bucket.keys.size > 0) return { code: "bucket-not-empty" };
    this.buckets.delete(name);
    for (const [id, upload] of this.uploads) {
      if (upload.bucket === name && upload.answer === undefined) this.uploads.delete(id);
    }
    return { value: true };
  }

  setVersioning(name: string, versioning: "enabled" | "suspended"): Outcome<true> {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) return { code: "no-such-bucket" };
    if (bucket.isLockable && versioning === "suspended") return { code: "invalid-bucket-state" };
    bucket.versioning = versioning;
    return { value: true };
  }

  setBucketLock(name: string, rule: ModelBucket["defaultDays"]): Outcome<true> {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) return { code: "no-such-bucket" };
    if (bucket.versioning !== "enabled") return { code: "invalid-bucket-state" };
    bucket.isLockable = true;
    bucket.defaultDays = rule;
    return { value: true };
  }

  setBucketTags(name: string, tags: TagSet | undefined): Outcome<true> {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) return { code: "no-such-bucket" };
    bucket.tags = someTags(tags);
    return { value: true };
  }

  versions(bucket: string, key: string): ModelVersion[] {
    return this.buckets.get(bucket)?.keys.get(key) ?? [];
  }

  /** None: the newest. "null": the null version. */
  named(bucket: string, key: string, id: string | undefined): ModelVersion | undefined {
    const versions = this.versions(bucket, key);
    if (id === undefined) return versions.at(-1);
    return versions.find((version) => (id === "null" ? version.isNull : version.id === id));
  }

  /** Whether a version may go now. */
  isLocked(version: ModelVersion, mayBypass: boolean): boolean {
    if (version.legalHold) return true;
    if (!this.isRetained(version)) return false;
    return version.retention?.mode === "compliance" || !mayBypass;
  }

  isRetained({ retention }: ModelVersion): boolean {
    if (retention === undefined) return false;
    return this.timeInDoubt || retention.untilUnixMs > this.nowUnixMs;
  }

  /** A new version; `id` is what the system has called it. */
  put(
    name: { bucket: string; key: string; id: string },
    made: {
      etag: string | undefined;
      runs: Run[];
      lock?: Lock | undefined;
      tags?: TagSet | undefined;
    },
    conditions?: Conditions,
  ): Outcome<ModelVersion> {
    const bucket = this.buckets.get(name.bucket);
    if (bucket === undefined) return { code: "no-such-bucket" };
    const versions = bucket.keys.get(name.key) ?? [];
    const unmet = this.#unmet(versions.at(-1), conditions);
    if (unmet !== undefined) return { code: unmet };
    const isNull = bucket.versioning !== "enabled";
    const replaced = isNull ? versions.find((version) => version.isNull) : undefined;
    if (replaced !== undefined && this.isLocked(replaced, false)) return { code: "locked" };
    if (made.lock !== undefined && !bucket.isLockable) return { code: "invalid-bucket-state" };
    const newest = versions.at(-1);
    assert(newest === undefined || newest.id < name.id, "the new version sorts after the newest");
    const version = {
      id: name.id,
      isNull,
      etag: made.etag,
      runs: made.runs,
      modifiedUnixMs: this.nowUnixMs,
      retention: made.lock?.retention ?? this.#defaultRetention(bucket, made.etag !== undefined),
      legalHold: made.lock?.legalHold ?? false,
      tags: someTags(made.tags),
    };
    bucket.keys.set(name.key, [...versions.filter((one) => one !== replaced), version]);
    return { value: version };
  }

  #defaultRetention(bucket: ModelBucket, isObject: boolean): Retention | undefined {
    const rule = bucket.defaultDays;
    if (rule === undefined || !isObject) return undefined;
    return { mode: rule.mode, untilUnixMs: this.nowUnixMs + rule.days * 86_400_000 };
  }

  #unmet(current: ModelVersion | undefined, conditions?: Conditions): RefusalCode | undefined {
    const etag = current?.etag;
    const { ifMatch = [], ifNoneMatch = [] } = conditions ?? {};
    if (etag === undefined) return ifMatch.length > 0 ? "no-such-key" : undefined;
    const isNamed = (etags: string[]): boolean => etags.includes("*") || etags.includes(etag);
    if (isNamed(ifNoneMatch)) return "precondition-failed";
    return ifMatch.length > 0 && !isNamed(ifMatch) ? "precondition-failed" : undefined;
  }

  copy(
    source: { bucket: string; key: string; id: string },
    target: { bucket: string; key: string; id: string },
    tags: TagSet | undefined,
  ): Outcome<ModelVersion> {
    if (!this.buckets.has(source.bucket)) return { code: "no-such-bucket" };
    const version = this.named(source.bucket, source.key, source.id);
    if (version === undefined) return { code: "no-such-key" };
    if (version.etag === undefined) return { code: "delete-marker" };
    const { etag, runs } = version;
    return this.put(target, { etag, runs, tags: tags ?? version.tags });
  }

  /** `markerId` is what the system has called the delete marker, if it put one. */
  delete(
    name: { bucket: string; key: string; id: string | undefined },
    how: { mayBypass: boolean; markerId: string; conditions?: Conditions | undefined },
  ): Outcome<ModelVersion | undefined> {
    const bucket = this.buckets.get(name.bucket);
    if (bucket === undefined) return { code: "no-such-bucket" };
    if (name.id === undefined && bucket.versioning !== "off") {
      const marker = { ...name, id: how.markerId };
      return this.put(marker, { etag: undefined, runs: [] }, how.conditions);
    }
    const version = this.named(name.bucket, name.key, name.id);
    const unmet = this.#unmet(version, how.conditions);
    if (unmet !== undefined) return { code: unmet };
    if (version === undefined) return { value: undefined };
    const mayBypass = name.id !== undefined && how.mayBypass;
    if (this.isLocked(version, mayBypass)) return { code: "locked" };
    const rest = this.versions(name.bucket, name.key).filter((one) => one !== version);
    if (rest.length > 0) bucket.keys.set(name.key, rest);
    else bucket.keys.delete(name.key);
    return { value: version };
  }

  setLock(
    name: { bucket: string; key: string; id: string | undefined },
    change: { legalHold: boolean } | { retention: Retention | undefined },
    mayBypass: boolean,
  ): Outcome<true> {
    const bucket = this.buckets.get(name.bucket);
    if (bucket === undefined) return { code: "no-such-bucket" };
    if (!bucket.isLockable) return { code: "invalid-bucket-state" };
    const version = this.named(name.bucket, name.key, name.id);
    if (version === undefined) {
      return { code: name.id === undefined ? "no-such-key" : "no-such-version" };
    }
    if (version.etag === undefined) return { code: "delete-marker" };
    if ("legalHold" in change) {
      version.legalHold = change.legalHold;
      return { value: true };
    }
    const { retention: old } = version;
    const { retention } = change;
    if (old !== undefined && this.isRetained(version)) {
      const isWeaker = retention === undefined || retention.untilUnixMs < old.untilUnixMs;
      const isOther = isWeaker || retention.mode !== old.mode;
      if (isOther && (old.mode === "compliance" || !mayBypass)) return { code: "locked" };
    }
    version.retention = retention;
    return { value: true };
  }

  /** Gives the version's id. */
  setTags(
    name: { bucket: string; key: string; id: string | undefined },
    tags: TagSet | undefined,
  ): Outcome<string> {
    if (!this.buckets.has(name.bucket)) return { code: "no-such-bucket" };
    const version = this.named(name.bucket, name.key, name.id);
    if (version === undefined) {
      return { code: name.id === undefined ? "no-such-key" : "no-such-version" };
    }
    if (version.etag === undefined) return { code: "delete-marker" };
    version.tags = someTags(tags);
    return { value: version.id };
  }

  createUpload(id: string, upload: Omit<ModelUpload, "parts">): Outcome<true> {
    const bucket = this.buckets.get(upload.bucket);
    if (bucket === undefined) return { code: "no-such-bucket" };
    if (upload.lock !== undefined && !bucket.isLockable) return { code: "invalid-bucket-state" };
    this.uploads.set(id, { ...upload, parts: new Map() });
    return { value: true };
  }

  /** The open upload of this id, or why there is none. */
  #open(bucket: string, id: string): Outcome<ModelUpload> {
    if (!this.buckets.has(bucket)) return { code: "no-such-bucket" };
    const upload = this.uploads.get(id);
    if (upload === undefined || upload.answer !== undefined) return { code: "no-such-upload" };
    return { value: upload };
  }

  putPart(bucket: string, id: string, number: number, part: ModelPart): Outcome<true> {
    const open = this.#open(bucket, id);
    if (open.code !== undefined) return open;
    open.value.parts.set(number, part);
    return { value: true };
  }

  copyPart(
    source: { bucket: string; key: string; id: string; offset: number; length: number },
    target: { bucket: string; id: string; number: number; etag: string },
  ): Outcome<true> {
    const open = this.#open(target.bucket, target.id);
    if (open.code !== undefined) return open;
    if (!this.buckets.has(source.bucket)) return { code: "no-such-bucket" };
    const version = this.named(source.bucket, source.key, source.id);
    if (version === undefined) return { code: "no-such-key" };
    if (version.etag === undefined) return { code: "delete-marker" };
    if (source.offset + source.length > sizeOf(version.runs)) return { code: "invalid-command" };
    const runs = sliceRuns(version.runs, source.offset, source.length);
    open.value.parts.set(target.number, { etag: target.etag, runs });
    return { value: true };
  }

  complete(
    name: { bucket: string; upload: string; versionId: string },
    parts: readonly { number: number; etag: string }[],
    etag: string,
  ): Outcome<{ versionId: string; etag: string }> {
    if (!this.buckets.has(name.bucket)) return { code: "no-such-bucket" };
    const upload = this.uploads.get(name.upload);
    if (upload === undefined) return { code: "no-such-upload" };
    if (upload.answer !== undefined) return { value: upload.answer };
    const fault = this.#partsFault(upload, parts);
    if (fault !== undefined) return { code: fault };
    const runs = parts.flatMap(({ number }) => upload.parts.get(number)?.runs ?? []);
    const target = { bucket: name.bucket, key: upload.key, id: name.versionId };
    const put = this.put(target, { etag, runs, lock: upload.lock, tags: upload.tags });
    if (put.code !== undefined) return put;
    upload.answer = { versionId: name.versionId, etag };
    upload.parts.clear();
    return { value: upload.answer };
  }

  #partsFault(
    upload: ModelUpload,
    parts: readonly { number: number; etag: string }[],
  ): RefusalCode | undefined {
    if (parts.length === 0) return "invalid-command";
    for (const [i, { number }] of parts.entries()) {
      if (i > 0 && number <= (parts[i - 1]?.number ?? 0)) return "invalid-part-order";
    }
    if (parts.some(({ number, etag }) => upload.parts.get(number)?.etag !== etag)) {
      return "invalid-part";
    }
    const early = parts.slice(0, -1).map(({ number }) => upload.parts.get(number)?.runs ?? []);
    return early.some((runs) => sizeOf(runs) < fiveMib) ? "entity-too-small" : undefined;
  }

  abort(bucket: string, id: string): Outcome<true> {
    const open = this.#open(bucket, id);
    if (open.code !== undefined) return open;
    this.uploads.delete(id);
    return { value: true };
  }
}

/** No tags at all are none. */
function someTags(tags: TagSet | undefined): TagSet | undefined {
  return tags?.tags.length === 0 ? undefined : tags;
}

export function hex(id: Uint8Array): string {
  return toHex(id);
}
