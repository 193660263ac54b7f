import assert from "node:assert/strict";
import { test } from "node:test";
import { mib } from "#base/bytes.ts";
import type { Version } from "#format/index.ts";
import { partOf, partsOfVersion, segmentsOf } from "./body-queries.ts";
import { kindRange } from "./keyspace.ts";
import { completedUploadKeptMs, graceMs } from "./limits.ts";
import { bucketOf } from "./queries.ts";
import { checkState } from "./rig-invariants.ts";
import { type Body, expectDone, objectInfo, refusalOf, Rig, uuid } from "./rig.ts";
import { partsOf, uploadOf } from "./upload-queries.ts";
import { newestVersion } from "./versions.ts";

const bucket = "bucket-a";
const key = "k";
const uploadId = uuid(1, 1);
const name = { bucket, key, uploadId };

function rigWithUpload(): Rig {
  const rig = new Rig();
  rig.createBucket(bucket);
  const { headers } = objectInfo();
  const value = { ...name, headers, checksumType: "composite", owner: "me" } as const;
  expectDone(rig.apply({ kind: "createUpload", value }));
  return rig;
}

function putPart(rig: Rig, partNumber: number, lengths: readonly number[]): void {
  const units = lengths.map((length) => rig.newUnit(length));
  const value = { ...name, partNumber, etag: `etag-${partNumber}`, checksums: [], units };
  assert.equal(rig.apply({ kind: "putPart", value }).outcome?.kind, "partPut");
}

function completion(rig: Rig, numbers: readonly number[]): Body {
  const parts = numbers.map((number) => ({ number, etag: `etag-${number}` }));
  const versionId = uuid(rig.nowUnixMs, 9);
  return {
    kind: "completeUpload",
    value: { ...name, versionId, parts, etag: "e-2", checksums: [] },
  };
}

function currentVersion(rig: Rig): Version {
  const row = bucketOf(rig.state, bucket);
  assert.ok(row);
  const stored = newestVersion(rig.state, { row, bucket, key });
  assert.ok(stored);
  return stored.version;
}

test("an upload from its beginning to its object, its leftovers and the end of its answer", () => {
  const rig = rigWithUpload();
  putPart(rig, 1, [5 * mib]);
  putPart(rig, 3, [6 * mib, 1]);
  putPart(rig, 4, [1]);
  assert.deepEqual(
    [...partsOf(rig.state, name, { afterPartNumber: 1, limit: 1 })].map((one) => one.partNumber),
    [3],
  );
  const complete = completion(rig, [1, 3]);
  const { outcome } = rig.apply(complete);
  assert.ok(outcome?.kind === "versionPut");
  assert.equal(outcome.value.sizeBytes, 11 * mib + 1);
  const version = currentVersion(rig);
  assert.equal(version.object?.partCount, 2);
  assert.equal(partOf(rig.state, version, 3)?.offsetBytes, 5 * mib);
  assert.equal(partOf(rig.state, version, 2), undefined);
  assert.deepEqual(
    [...partsOfVersion(rig.state, version)].map(({ number }) => number),
    [1, 3],
  );
  // Asked again, by a client that had no answer: the same, and nothing more happens.
  const again = rig.apply(complete);
  assert.deepEqual(again.outcome, outcome);
  const abort: Body = { kind: "abortUpload", value: name };
  assert.equal(refusalOf(rig.apply(abort)).code, "no-such-upload");
  checkState(rig.state);

  rig.nowUnixMs += graceMs;
  rig.apply({ kind: "releaseBodies", value: { units: 10 } });
  rig.apply({ kind: "forgetUnits", value: { units: 10 } });
  assert.equal([...rig.state.scan(kindRange("d/"))].length, 3);
  rig.nowUnixMs += completedUploadKeptMs;
  rig.apply({ kind: "expireUploads", value: { uploads: 10 } });
  assert.equal(uploadOf(rig.state, name), undefined);
  assert.equal(refusalOf(rig.apply(complete)).code, "no-such-upload");
  checkState(rig.state);
});

test("nothing is released, forgotten or dropped before its time is over", () => {
  const rig = rigWithUpload();
  putPart(rig, 1, [5]);
  rig.put({ bucket, key: "one" }, [5]);
  rig.put({ bucket, key: "two" }, [5, 6]);
  rig.apply(completion(rig, [1]));
  const deletions = ["one", "two"].map((gone) => ({ key: gone, markerId: uuid(1, 1) }));
  rig.apply({ kind: "deleteVersions", value: { bucket, deletions, bypassGovernance: false } });
  const doneBy = (waitMs: number, body: Body): number => {
    const { outcome } = rig.apply(body, { timeUnixMs: rig.nowUnixMs + waitMs });
    assert.ok(outcome?.kind === "upkeepDone");
    return outcome.value.count;
  };
  const release: Body = { kind: "releaseBodies", value: { units: 10 } };
  const forget: Body = { kind: "forgetUnits", value: { units: 10 } };
  const expire: Body = { kind: "expireUploads", value: { uploads: 10 } };
  assert.equal(doneBy(graceMs - 1, release), 0);
  assert.equal(doneBy(graceMs - 1, forget), 0);
  assert.equal(doneBy(completedUploadKeptMs - 1, expire), 0);
  assert.equal(doneBy(graceMs, forget), 1);
  assert.equal(doneBy(graceMs, release), 2);
  assert.equal(doneBy(graceMs, forget), 2);
  assert.equal(doneBy(completedUploadKeptMs, expire), 1);
});

test("completing is refused for each reason that S3 has, and changes nothing", () => {
  const rig = rigWithUpload();
  putPart(rig, 1, [5 * mib - 1]);
  putPart(rig, 2, [5 * mib]);
  const refused = (numbers: readonly number[]): [string, number | undefined] => {
    const { code, partNumber } = refusalOf(rig.apply(completion(rig, numbers)));
    return [code, partNumber];
  };
  assert.deepEqual(refused([1, 2]), ["entity-too-small", 1]);
  assert.deepEqual(refused([2, 1]), ["invalid-part-order", 1]);
  assert.deepEqual(refused([2, 2]), ["invalid-part-order", 2]);
  assert.deepEqual(refused([1, 3]), ["invalid-part", 3]);
  assert.deepEqual(refused([]), ["invalid-command", undefined]);
  assert.equal(rig.apply(completion(rig, [2])).outcome?.kind, "versionPut");
});

test("a condition on completing is checked when it is applied", () => {
  const rig = rigWithUpload();
  putPart(rig, 1, [1]);
  rig.put({ bucket, key }, [1]);
  const complete = completion(rig, [1]);
  assert.ok(complete.kind === "completeUpload");
  const conditions = { ifMatch: [], ifNoneMatch: ["*"] };
  const value = { ...complete.value, conditions };
  const result = rig.apply({ kind: "completeUpload", value });
  assert.equal(refusalOf(result).code, "precondition-failed");
  assert.ok(uploadOf(rig.state, name));
});

test("deleting a bucket aborts its open uploads, and their space comes back", () => {
  const rig = rigWithUpload();
  putPart(rig, 1, [5]);
  expectDone(rig.apply({ kind: "deleteBucket", value: { bucket } }));
  checkState(rig.state);
  rig.nowUnixMs += graceMs;
  rig.apply({ kind: "releaseBodies", value: { units: 10 } });
  rig.apply({ kind: "forgetUnits", value: { units: 10 } });
  for (const kind of ["d/", "u/", "x/q"]) {
    assert.deepEqual([...rig.state.scan(kindRange(kind))], []);
  }
});

test("10,000 parts become an object in well under a second, in pieces that are read one by one", () => {
  const rig = rigWithUpload();
  const count = 10_000;
  const checksum = { algorithm: "sha256", type: "full-object", value: new Uint8Array(32) } as const;
  for (let number = 1; number <= count; number++) {
    const units = [rig.newUnit(5 * mib)];
    const part = { ...name, partNumber: number, etag: `etag-${number}`, checksums: [checksum] };
    rig.apply({ kind: "putPart", value: { ...part, units } });
  }
  const start = performance.now();
  const complete = completion(
    rig,
    Array.from({ length: count }, (_, i) => i + 1),
  );
  assert.equal(rig.apply(complete).outcome?.kind, "versionPut");
  const elapsedMs = performance.now() - start;
  assert.ok(elapsedMs < 2000, `${elapsedMs} ms`);
  checkState(rig.state);
  for (const [, value] of rig.state.scan(kindRange("m/"))) assert.ok(value.length < 65_536);

  const version = currentVersion(rig);
  const range = { offsetBytes: 5 * mib * 6000 + 7, lengthBytes: 5 * mib };
  const placed = [...segmentsOf(rig.state, version, range)];
  assert.deepEqual(
    placed.map(({ offsetBytes, segment }) => [
      offsetBytes - range.offsetBytes,
      segment.offsetBytes,
      segment.lengthBytes,
    ]),
    [
      [0, 7, 5 * mib - 7],
      [5 * mib - 7, 0, 7],
    ],
  );
  for (const number of [1, 512, 513, 514, count]) {
    assert.equal(partOf(rig.state, version, number)?.offsetBytes, (number - 1) * 5 * mib);
  }
  assert.equal(partOf(rig.state, version, count + 1), undefined);
  const commandSizeBytes = rig.log.at(-1)?.length ?? 0;
  assert.ok(commandSizeBytes < 256 * 1024, `${commandSizeBytes} bytes of command`);
});

test("parts without bytes stand where they are, the last one too", () => {
  const rig = rigWithUpload();
  putPart(rig, 1, [5 * mib]);
  putPart(rig, 2, []);
  rig.apply(completion(rig, [1, 2]));
  const version = currentVersion(rig);
  assert.deepEqual(partOf(rig.state, version, 2), {
    number: 2,
    offsetBytes: 5 * mib,
    sizeBytes: 0,
    checksums: [],
  });
  checkState(rig.state);
});

test("an object of one part without bytes has that part", () => {
  const rig = rigWithUpload();
  putPart(rig, 1, []);
  rig.apply(completion(rig, [1]));
  const version = currentVersion(rig);
  assert.equal(version.object?.sizeBytes, 0);
  assert.equal(partOf(rig.state, version, 1)?.sizeBytes, 0);
  assert.deepEqual([...segmentsOf(rig.state, version, { offsetBytes: 0, lengthBytes: 0 })], []);
  checkState(rig.state);
});
