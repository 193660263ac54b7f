import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandResult, RefusalCode, RetentionMode } from "#format/index.ts";
import { dayMs } from "./limits.ts";
import { bucketOf } from "./queries.ts";
import { checkState } from "./rig-invariants.ts";
import { type Body, expectDone, refusalOf, Rig, uuid } from "./rig.ts";
import { newestVersion } from "./versions.ts";

const name = { bucket: "bucket-a", key: "k" };

function lockableRig(): Rig {
  const rig = new Rig();
  rig.createBucket(name.bucket, true);
  return rig;
}

function putRetained(rig: Rig, mode: RetentionMode): Uint8Array {
  const retention = { mode, untilUnixMs: rig.nowUnixMs + dayMs };
  const { outcome } = rig.put(name, [5], { lock: { legalHold: false, retention } });
  assert.ok(outcome?.kind === "versionPut");
  return outcome.value.versionId;
}

/** What deleting the version comes to. */
function remove(rig: Rig, versionId: Uint8Array, bypassGovernance = false): RefusalCode | "done" {
  const deletions = [{ key: name.key, versionId, markerId: uuid(rig.nowUnixMs, 1) }];
  const value = { bucket: name.bucket, deletions, bypassGovernance };
  const { outcome } = rig.apply({ kind: "deleteVersions", value });
  assert.ok(outcome?.kind === "versionsDeleted");
  checkState(rig.state);
  return outcome.value.deleted[0]?.refusal?.code ?? "done";
}

function retain(
  rig: Rig,
  versionId: Uint8Array,
  change: { mode: RetentionMode; days: number } | undefined,
  bypassGovernance = false,
): CommandResult {
  const untilUnixMs = rig.nowUnixMs + (change?.days ?? 0) * dayMs;
  const wanted: Extract<Body, { kind: "setVersionLock" }>["value"]["change"] =
    change === undefined
      ? { kind: "noRetention", value: {} }
      : { kind: "retention", value: { mode: change.mode, untilUnixMs } };
  const value = { ...name, versionId, change: wanted, bypassGovernance };
  return rig.apply({ kind: "setVersionLock", value });
}

test("M8: in compliance mode nobody removes or weakens, until the time is over", () => {
  const rig = lockableRig();
  const id = putRetained(rig, "compliance");
  assert.equal(remove(rig, id), "locked");
  assert.equal(remove(rig, id, true), "locked");
  assert.equal(refusalOf(retain(rig, id, undefined, true)).code, "locked");
  const shorter = { mode: "compliance", days: 0.5 } as const;
  assert.equal(refusalOf(retain(rig, id, shorter, true)).code, "locked");
  const weaker = { mode: "governance", days: 9 } as const;
  assert.equal(refusalOf(retain(rig, id, weaker, true)).code, "locked");
  expectDone(retain(rig, id, { mode: "compliance", days: 2 }));
  rig.nowUnixMs += dayMs;
  assert.equal(remove(rig, id), "locked");
  rig.nowUnixMs += dayMs;
  assert.equal(remove(rig, id), "done");
});

test("M8: in governance mode only who may bypass removes or weakens", () => {
  const rig = lockableRig();
  const id = putRetained(rig, "governance");
  assert.equal(remove(rig, id), "locked");
  assert.equal(refusalOf(retain(rig, id, undefined)).code, "locked");
  const stronger = { mode: "compliance", days: 2 } as const;
  assert.equal(refusalOf(retain(rig, id, stronger)).code, "locked");
  expectDone(retain(rig, id, { mode: "governance", days: 2 }));
  expectDone(retain(rig, id, { mode: "governance", days: 1 }, true));
  assert.equal(remove(rig, id, true), "done");
});

test("M8: a legal hold yields to nothing but its own end", () => {
  const rig = lockableRig();
  const { outcome } = rig.put(name, [5], { lock: { legalHold: true } });
  assert.ok(outcome?.kind === "versionPut");
  const { versionId } = outcome.value;
  rig.nowUnixMs += 1000 * dayMs;
  assert.equal(remove(rig, versionId, true), "locked");
  const hold = { kind: "legalHold", value: false } as const;
  const value = { ...name, versionId, change: hold, bypassGovernance: false };
  expectDone(rig.apply({ kind: "setVersionLock", value }));
  assert.equal(remove(rig, versionId), "done");
});

test("M8: while clocks are in doubt no retention is over", () => {
  const rig = lockableRig();
  const id = putRetained(rig, "compliance");
  rig.nowUnixMs += 2 * dayMs;
  rig.timeInDoubt = true;
  assert.equal(remove(rig, id), "locked");
  assert.equal(refusalOf(retain(rig, id, undefined)).code, "locked");
  rig.timeInDoubt = false;
  assert.equal(remove(rig, id), "done");
});

test("M8: a delete marker hides a locked version and takes nothing away", () => {
  const rig = lockableRig();
  const id = putRetained(rig, "compliance");
  const deletions = [{ key: name.key, markerId: uuid(rig.nowUnixMs + 1, 1) }];
  const value = { bucket: name.bucket, deletions, bypassGovernance: false };
  const { outcome } = rig.apply({ kind: "deleteVersions", value });
  assert.ok(outcome?.kind === "versionsDeleted");
  assert.equal(outcome.value.deleted[0]?.deleteMarker, true);
  assert.equal(remove(rig, id), "locked");
  const bucket: Body = { kind: "deleteBucket", value: { bucket: name.bucket } };
  assert.equal(refusalOf(rig.apply(bucket)).code, "bucket-not-empty");
});

test("M8: an upload's lock becomes its object's", () => {
  const rig = lockableRig();
  const uploadId = uuid(rig.nowUnixMs, 1);
  const { headers } = { headers: { system: [], user: [], storageClass: "" } };
  const retention = { mode: "compliance", untilUnixMs: rig.nowUnixMs + dayMs } as const;
  const lock = { legalHold: false, retention };
  const upload = {
    ...name,
    uploadId,
    headers,
    lock,
    checksumType: "composite",
    owner: "",
  } as const;
  expectDone(rig.apply({ kind: "createUpload", value: upload }));
  const part = { ...name, uploadId, partNumber: 1, etag: "p", checksums: [] };
  rig.apply({ kind: "putPart", value: { ...part, units: [rig.newUnit(5)] } });
  const parts = [{ number: 1, etag: "p" }];
  const versionId = uuid(rig.nowUnixMs, 2);
  const completion = { ...name, uploadId, versionId, parts, etag: "e", checksums: [] };
  const { outcome } = rig.apply({ kind: "completeUpload", value: completion });
  assert.ok(outcome?.kind === "versionPut");
  assert.equal(remove(rig, outcome.value.versionId, true), "locked");
});

test("a bucket's default retention is that of versions that bring none", () => {
  const rig = lockableRig();
  const rule = { bucket: name.bucket, defaultRetention: { mode: "governance", days: 3 } } as const;
  expectDone(rig.apply({ kind: "setBucketLock", value: rule }));
  rig.put(name, [5]);
  const row = bucketOf(rig.state, name.bucket);
  assert.ok(row);
  const lock = newestVersion(rig.state, { row, ...name })?.version.lock;
  assert.deepEqual(lock?.retention, { mode: "governance", untilUnixMs: rig.nowUnixMs + 3 * dayMs });
  putRetained(rig, "compliance");
  const own = newestVersion(rig.state, { row, ...name })?.version.lock;
  assert.equal(own?.retention?.mode, "compliance");
});
