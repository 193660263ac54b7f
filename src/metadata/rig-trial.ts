import { assert } from "#base/assert.ts";
import { mib } from "#base/bytes.ts";
import {
  type Command,
  type CommandResult,
  type Conditions,
  encodeCommandResult,
  type Lock,
  type NewUnit,
  type RetentionMode,
  type TagSet,
} from "#format/index.ts";
import { graceMs } from "./limits.ts";
import { bucketNames, expectEqual, expectSame, keys } from "./rig-compare.ts";
import { checkState } from "./rig-invariants.ts";
import { hex, Model, type Outcome, type Run, runsOf, sizeOf } from "./rig-model.ts";
import { type Body, expectDone, objectInfo, Rig, rigAccount, uuid } from "./rig.ts";
import { uploadOf } from "./upload-queries.ts";

/** Seeds of choices: each action takes what it needs modulo what there is. */
export interface Action {
  kind: string;
  a: number;
  b: number;
  c: number;
  d: number;
}

/** What can be done, as often as it stands here. */
export const actionKinds: readonly string[] = `
  bucketTags createBucket createBucket deleteBucket versioning versioning bucketLock lock lock tags
  put put put put put put copy copy copy delete delete delete delete
  createUpload createUpload createUpload putPart putPart putPart putPart copyPart copyPart copyPart
  complete complete complete complete abort upkeep upkeep upkeep wait wait doubt again boot
`
  .trim()
  .split(/\s+/);

/** One of the items. */
export function pick<T>(items: readonly T[], choice: number): T {
  assert(items.length > 0, "there is something to pick");
  return items[choice % items.length] as T;
}

/** Drives the system and the model by the same actions and compares what they say. */
export class Trial {
  readonly rig: Rig = new Rig();
  readonly #model = new Model();
  #last: Command | undefined;
  #boots = 1;
  #etags = 0;

  run(action: Action): void {
    this.#model.nowUnixMs = ++this.rig.nowUnixMs;
    this.#model.timeInDoubt = this.rig.timeInDoubt;
    this.#step(action);
    checkState(this.rig.state);
    expectSame(this.rig.state, this.#model);
  }

  #step({ kind, a, b, c, d }: Action): void {
    const bucket = pick(bucketNames, a);
    const key = pick(keys, b);
    switch (kind) {
      case "createBucket":
        return this.#createBucket(bucket, b);
      case "deleteBucket":
        return this.#same(
          this.#apply({ kind: "deleteBucket", value: { bucket } }),
          this.#model.deleteBucket(bucket),
        );
      case "versioning":
        return this.#setVersioning(bucket, b);
      case "bucketLock":
        return this.#setBucketLock(bucket, b);
      case "bucketTags":
        return this.#setBucketTags(bucket, b);
      case "put":
        return this.#put(bucket, key, c, d);
      case "copy":
        return this.#copy(bucket, key, c, d);
      case "delete":
        return this.#delete(bucket, key, c, d);
      case "lock":
        return this.#lock(bucket, key, c, d);
      case "tags":
        return this.#setTags(bucket, key, c, d);
      case "createUpload":
        return this.#createUpload(bucket, key, c);
      case "putPart":
        return this.#putPart(a, b, c);
      case "copyPart":
        return this.#copyPart(c, d);
      case "complete":
        return this.#complete(a, b, c);
      case "abort":
        return this.#abort(a);
      case "upkeep":
        return this.#upkeep(a, b);
      case "wait":
        this.rig.nowUnixMs += pick([60_000, graceMs + 1, 24 * graceMs + 1], a);
        return undefined;
      case "doubt":
        this.rig.timeInDoubt = !this.rig.timeInDoubt;
        return undefined;
      case "again":
        return this.#again();
      default:
        this.rig.openSession(++this.#boots);
        this.#last = undefined;
        return undefined;
    }
  }

  #apply(body: Body): CommandResult {
    const number = this.rig.draw();
    this.#last = {
      session: this.rig.session,
      number,
      lowWater: number,
      unitLowWater: 0,
      timeUnixMs: this.rig.nowUnixMs,
      timeInDoubt: this.rig.timeInDoubt,
      body,
    };
    const before = this.rig.state.dump().filter(isNoSession);
    const result = this.rig.applyEnvelope(this.#last);
    if (result.outcome?.kind === "refusal") {
      const after = this.rig.state.dump().filter(isNoSession);
      expectEqual(after, before, "M2: a refused command changes nothing but its session");
    }
    return result;
  }

  /** Both refuse with the same code, or neither refuses. */
  #same(result: CommandResult, outcome: Outcome<unknown>): void {
    const { outcome: given } = result;
    const code = given?.kind === "refusal" ? given.value.code : undefined;
    expectEqual(code, outcome.code, JSON.stringify(given));
  }

  #createBucket(bucket: string, choice: number): void {
    const owner = choice % 5 === 0 ? "another" : rigAccount;
    const lockEnabled = choice % 3 === 0;
    const result = this.#apply({ kind: "createBucket", value: { bucket, owner, lockEnabled } });
    this.#same(result, this.#model.createBucket(bucket, owner, lockEnabled));
  }

  #setVersioning(bucket: string, choice: number): void {
    const versioning = pick(["enabled", "suspended"] as const, choice);
    const value = { bucket, versioning };
    const result = this.#apply({ kind: "setBucketVersioning", value });
    this.#same(result, this.#model.setVersioning(bucket, versioning));
  }

  #setBucketLock(bucket: string, choice: number): void {
    const mode = pick<RetentionMode>(["governance", "compliance"], choice);
    const rule = choice % 3 === 0 ? { mode, days: 1 + (choice % 2) } : undefined;
    const value = { bucket, defaultRetention: rule };
    const result = this.#apply({ kind: "setBucketLock", value });
    this.#same(result, this.#model.setBucketLock(bucket, rule));
  }

  #setBucketTags(bucket: string, choice: number): void {
    const tags = tagsFrom(choice);
    const result = this.#apply({ kind: "setBucketTags", value: { bucket, tags } });
    this.#same(result, this.#model.setBucketTags(bucket, tags));
  }

  #lockFrom(choice: number): Lock | undefined {
    if (choice % 4 !== 0) return undefined;
    const mode = pick<RetentionMode>(["governance", "compliance"], choice >> 2);
    const untilUnixMs = this.rig.nowUnixMs + graceMs * (1 + ((choice >> 3) % 30));
    return { legalHold: choice % 8 === 0, retention: { mode, untilUnixMs } };
  }

  /** What a version is called, where one was put. */
  #versionIdOf(result: CommandResult): string {
    const { outcome } = result;
    return outcome?.kind === "versionPut" ? hex(outcome.value.versionId) : "";
  }

  #proposedId(choice: number): Uint8Array {
    // Some ids are of clocks that run behind.
    const unixMs = this.rig.nowUnixMs - (choice % 3 === 0 ? 3 * graceMs : 0);
    return uuid(unixMs, this.rig.draw());
  }

  #conditionsFrom(bucket: string, key: string, choice: number): Conditions | undefined {
    const etag = this.#model.named(bucket, key, undefined)?.etag ?? "none";
    const conditions = [
      undefined,
      undefined,
      undefined,
      { ifMatch: [], ifNoneMatch: ["*"] },
      { ifMatch: ["*"], ifNoneMatch: [] },
      { ifMatch: ["other", etag], ifNoneMatch: [] },
      { ifMatch: ["other"], ifNoneMatch: [] },
      { ifMatch: [], ifNoneMatch: [etag] },
      { ifMatch: [], ifNoneMatch: ["other"] },
    ];
    return pick(conditions, choice);
  }

  #put(bucket: string, key: string, c: number, d: number): void {
    const units = Array.from({ length: c % 4 }, (_, i) =>
      this.rig.newUnit(1 + ((d + i) % 9) * mib),
    );
    const etag = `etag-${++this.#etags}`;
    const object = objectInfo({ sizeBytes: sizeOf(runsOf(units)), etag });
    const conditions = this.#conditionsFrom(bucket, key, d);
    const lock = this.#lockFrom(c >> 2);
    const versionId = this.#proposedId(c);
    const tags = tagsFrom(c >> 1);
    const value = { bucket, key, versionId, object, units, conditions, lock, tags };
    const result = this.#apply({ kind: "putVersion", value });
    const name = { bucket, key, id: this.#versionIdOf(result) };
    const made = { etag, runs: runsOf(units), lock, tags };
    this.#same(result, this.#model.put(name, made, conditions));
  }

  #somewhere(choice: number): { bucket: string; key: string; id: string } {
    const all = bucketNames.flatMap((bucket) =>
      keys.flatMap((key) =>
        this.#model.versions(bucket, key).map(({ id }) => ({ bucket, key, id })),
      ),
    );
    const unknown = { bucket: pick(bucketNames, choice), key: "k", id: "00".repeat(16) };
    return all.length === 0 || choice % 11 === 0 ? unknown : pick(all, choice);
  }

  #copy(bucket: string, key: string, c: number, d: number): void {
    const isOntoItself = d % 4 === 0;
    const source = this.#somewhere(c);
    const target = isOntoItself ? { bucket: source.bucket, key: source.key } : { bucket, key };
    const tags = tagsFrom(d);
    const value = {
      sourceBucket: source.bucket,
      sourceKey: source.key,
      sourceVersionId: Uint8Array.fromHex(source.id),
      ...target,
      versionId: this.#proposedId(d),
      checksums: [],
      tags,
    };
    const result = this.#apply({ kind: "copyVersion", value });
    const named = { ...target, id: this.#versionIdOf(result) };
    this.#same(result, this.#model.copy(source, named, tags));
  }

  #delete(bucket: string, key: string, c: number, d: number): void {
    const at = this.#somewhere(c >> 2);
    const id = pick([undefined, "null", at.id, at.id], c);
    const place = id === at.id ? { bucket: at.bucket, key: at.key } : { bucket, key };
    const bypassGovernance = d % 2 === 0;
    const markerId = this.#proposedId(d);
    const conditions = id === undefined ? this.#conditionsFrom(bucket, key, d) : undefined;
    const versionId = id === "null" ? new Uint8Array(0) : id && Uint8Array.fromHex(id);
    const deletion = { key: place.key, versionId: versionId || undefined, markerId, conditions };
    const result = this.#apply({
      kind: "deleteVersions",
      value: { bucket: place.bucket, deletions: [deletion], bypassGovernance },
    });
    const { outcome } = result;
    const deleted = outcome?.kind === "versionsDeleted" ? outcome.value.deleted[0] : undefined;
    const code =
      outcome?.kind === "refusal" ? outcome.value.code : (deleted?.refusal?.code ?? undefined);
    const how = { mayBypass: bypassGovernance, markerId: "", conditions };
    if (deleted?.deleteMarker === true && id === undefined) {
      how.markerId = hex(deleted.versionId ?? new Uint8Array(0));
    }
    const expected = this.#model.delete({ ...place, id }, how);
    expectEqual(code, expected.code);
    if (expected.code !== undefined) return;
    const { value: version } = expected;
    expectEqual(deleted?.versionId && hex(deleted.versionId), version?.id);
    expectEqual(deleted?.deleteMarker, version !== undefined && version.etag === undefined);
  }

  #lock(bucket: string, key: string, c: number, d: number): void {
    const at = this.#somewhere(c);
    const id = pick([undefined, "null", at.id, at.id, at.id], d);
    const place = id === at.id ? { bucket: at.bucket, key: at.key } : { bucket, key };
    const versionId =
      id === undefined ? undefined : id === "null" ? new Uint8Array(0) : Uint8Array.fromHex(id);
    const bypassGovernance = c % 2 === 0;
    const name = { ...place, versionId, bypassGovernance };
    if (c % 3 === 0) {
      const legalHold = d % 2 === 0;
      const change = { kind: "legalHold", value: legalHold } as const;
      const result = this.#apply({ kind: "setVersionLock", value: { ...name, change } });
      this.#same(result, this.#model.setLock({ ...place, id }, { legalHold }, bypassGovernance));
      return;
    }
    const retention = this.#lockFrom(d * 4)?.retention;
    const change =
      retention === undefined || d % 5 === 0
        ? ({ kind: "noRetention", value: {} } as const)
        : ({ kind: "retention", value: retention } as const);
    const wanted = { retention: change.kind === "retention" ? change.value : undefined };
    const result = this.#apply({ kind: "setVersionLock", value: { ...name, change } });
    this.#same(result, this.#model.setLock({ ...place, id }, wanted, bypassGovernance));
  }

  #setTags(bucket: string, key: string, c: number, d: number): void {
    const at = this.#somewhere(c);
    const id = pick([undefined, "null", at.id, at.id], d);
    const place = id === at.id ? { bucket: at.bucket, key: at.key } : { bucket, key };
    const versionId =
      id === undefined ? undefined : id === "null" ? new Uint8Array(0) : Uint8Array.fromHex(id);
    const tags = tagsFrom(c);
    const value = { ...place, versionId, tags };
    const result = this.#apply({ kind: "setVersionTags", value });
    const expected = this.#model.setTags({ ...place, id }, tags);
    this.#same(result, expected);
    const { outcome } = result;
    if (outcome?.kind !== "versionTagged") return;
    expectEqual(hex(outcome.value.versionId), expected.code ?? expected.value);
  }

  #createUpload(bucket: string, key: string, c: number): void {
    const uploadId = uuid(this.rig.nowUnixMs, this.rig.draw());
    const lock = this.#lockFrom(c * 2);
    const { headers } = objectInfo();
    const tags = tagsFrom(c);
    const upload = { bucket, key, lock, tags };
    const form = { headers, checksumType: "composite", owner: rigAccount } as const;
    const result = this.#apply({ kind: "createUpload", value: { ...upload, ...form, uploadId } });
    this.#same(result, this.#model.createUpload(hex(uploadId), upload));
  }

  #anUpload(choice: number): { bucket: string; key: string; id: string; uploadId: Uint8Array } {
    const ids = [...this.#model.uploads.keys()];
    const id = ids.length === 0 || choice % 13 === 0 ? "11".repeat(16) : pick(ids, choice);
    const { bucket, key } = this.#model.uploads.get(id) ?? { bucket: "bucket-a", key: "k" };
    return { bucket, key, id, uploadId: Uint8Array.fromHex(id) };
  }

  #putPart(a: number, b: number, c: number): void {
    const { id, ...name } = this.#anUpload(a);
    const units: NewUnit[] = Array.from({ length: c % 3 }, (_, i) =>
      this.rig.newUnit((1 + ((c + i) % 9)) * mib),
    );
    const etag = `part-${++this.#etags}`;
    const partNumber = 1 + (b % 4);
    const value = { ...name, partNumber, etag, checksums: [], units };
    const result = this.#apply({ kind: "putPart", value });
    const part = { etag, runs: runsOf(units) };
    this.#same(result, this.#model.putPart(name.bucket, id, partNumber, part));
  }

  #copyPart(c: number, d: number): void {
    const { id, ...name } = this.#anUpload(d);
    const source = this.#somewhere(c);
    const size = sizeOf(this.#model.named(source.bucket, source.key, source.id)?.runs ?? []);
    const offset = c % 3 === 0 ? 0 : c % (size + 2);
    const length = c % 3 === 0 ? size : d % (size - Math.min(offset, size) + 1);
    const etag = `part-${++this.#etags}`;
    const partNumber = 1 + (d % 4);
    const result = this.#apply({
      kind: "copyPart",
      value: {
        sourceBucket: source.bucket,
        sourceKey: source.key,
        sourceVersionId: Uint8Array.fromHex(source.id),
        offsetBytes: offset,
        lengthBytes: length,
        ...name,
        partNumber,
        etag,
        checksums: [],
      },
    });
    const target = { bucket: name.bucket, id, number: partNumber, etag };
    this.#same(result, this.#model.copyPart({ ...source, offset, length }, target));
  }

  #complete(a: number, b: number, c: number): void {
    const { id, ...name } = this.#anUpload(a);
    const stored = [...(this.#model.uploads.get(id)?.parts ?? new Map())];
    let parts = stored
      .map(([number, part]) => ({ number: Number(number), etag: String(part.etag) }))
      .sort((x, y) => x.number - y.number)
      .filter((_, i) => ((b >> i) & 3) !== 3);
    if (c % 7 === 1) parts = parts.reverse();
    if (c % 7 === 2) parts = [...parts, { number: 9, etag: "none" }];
    if (c % 7 === 3) parts = parts.map((part) => ({ ...part, etag: "none" }));
    // Only the largest parts and the last, so that completing often succeeds.
    if (c % 7 > 3) {
      const runs = (number: number): Run[] =>
        this.#model.uploads.get(id)?.parts.get(number)?.runs ?? [];
      parts = parts.filter(
        ({ number }, i) => i === parts.length - 1 || sizeOf(runs(number)) >= 5 * mib,
      );
    }
    const etag = `done-${++this.#etags}`;
    const versionId = this.#proposedId(c);
    const value = { ...name, versionId, parts, etag, checksums: [] };
    const result = this.#apply({ kind: "completeUpload", value });
    const given = this.#versionIdOf(result);
    const target = { bucket: name.bucket, upload: id, versionId: given };
    const expected = this.#model.complete(target, parts, etag);
    this.#same(result, expected);
    if (expected.code !== undefined) return;
    expectEqual(given, expected.value.versionId);
  }

  #abort(a: number): void {
    const { id, ...name } = this.#anUpload(a);
    const result = this.#apply({ kind: "abortUpload", value: name });
    this.#same(result, this.#model.abort(name.bucket, id));
  }

  #upkeep(a: number, b: number): void {
    const count = 1 + (b % 7);
    const bodies: Body[] = [
      { kind: "releaseBodies", value: { units: count } },
      { kind: "forgetUnits", value: { units: count } },
      { kind: "expireUploads", value: { uploads: count } },
    ];
    const { outcome } = this.#apply(pick(bodies, a));
    assert(
      outcome?.kind === "upkeepDone" && outcome.value.count <= count,
      "the result is of its kind",
    );
    this.#forgetAnswers();
  }

  /** The model does not know when an answer is dropped: it asks. */
  #forgetAnswers(): void {
    for (const [id, { bucket, key, answer }] of this.#model.uploads) {
      const name = { bucket, key, uploadId: Uint8Array.fromHex(id) };
      const isKept = uploadOf(this.rig.state, name) !== undefined;
      if (answer !== undefined && !isKept) this.#model.uploads.delete(id);
    }
  }

  /** Deletes all there is, and lets upkeep end. */
  clear(): void {
    this.rig.timeInDoubt = false;
    // No retention is longer, and legal holds are lifted.
    this.rig.nowUnixMs += 90 * 24 * graceMs;
    for (const [bucket, { keys }] of this.#model.buckets) {
      for (const [key, versions] of keys) {
        for (const { id, legalHold } of versions) {
          const versionId = Uint8Array.fromHex(id);
          const change = { kind: "legalHold", value: false } as const;
          const lock = { bucket, key, versionId, change, bypassGovernance: false };
          if (legalHold) expectDone(this.rig.apply({ kind: "setVersionLock", value: lock }));
          const deletions = [{ key, versionId, markerId: uuid(0, 0) }];
          const value = { bucket, deletions, bypassGovernance: false };
          this.rig.apply({ kind: "deleteVersions", value });
        }
      }
    }
    for (const [id, { bucket, key, answer }] of this.#model.uploads) {
      const value = { bucket, key, uploadId: Uint8Array.fromHex(id) };
      // What was completed in a bucket that is gone ends in time like any other.
      if (answer === undefined) expectDone(this.rig.apply({ kind: "abortUpload", value }));
    }
    this.rig.nowUnixMs += 25 * graceMs;
    for (const kind of ["releaseBodies", "forgetUnits"] as const) {
      let count = 100;
      while (count === 100) count = this.#done({ kind, value: { units: 100 } });
    }
    this.#done({ kind: "expireUploads", value: { uploads: 1000 } });
    checkState(this.rig.state);
  }

  #done(body: Body): number {
    const { outcome } = this.rig.apply(body);
    assert(outcome?.kind === "upkeepDone", "the result is of its kind");
    return outcome.value.count;
  }

  /** A command that is seen twice does nothing the second time, and is answered as the first. */
  #again(): void {
    if (this.#last === undefined) return;
    const before = this.rig.state.dump();
    const first = this.rig.applyEnvelope(this.#last);
    expectEqual(this.rig.state.dump(), before, "M9: a command takes effect once");
    const second = this.rig.applyEnvelope(this.#last);
    expectEqual(encodeCommandResult(first), encodeCommandResult(second));
  }
}

/** Most often none, sometimes an empty set, which is none too but for a copy. */
function tagsFrom(choice: number): TagSet | undefined {
  if (choice % 3 !== 0) return undefined;
  const count = Math.floor(choice / 3) % 3;
  const tags = Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `v${choice}` }));
  return { tags };
}

/** Rows that a refused command may change too. */
function isNoSession(row: string): boolean {
  return !row.startsWith("782f73") && !row.startsWith("782f72");
}
