import { assert } from "#base/assert.ts";
import type { Bucket, Version } from "#format/index.ts";
import { segmentsOf } from "./body-queries.ts";
import { listObjects, listVersions } from "./listing.ts";
import { bucketOf } from "./queries.ts";
import type { Reader } from "./reader.ts";
import { hex, type Model, nameOf, type Run } from "./rig-model.ts";
import { newestVersion } from "./versions.ts";

// Holds what the system's queries give against what the model knows.

export const bucketNames: readonly string[] = ["bucket-a", "bucket-b"];
export const keys: readonly string[] = ["k", "k/1", "k/2", "z"];

/** Both say the same. */
export function expectEqual(actual: unknown, expected: unknown, what = "system and model"): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  assert(a === b, `${what}: ${a} and ${b}`);
}

/** Buckets, versions, their bodies and locks, and listings are what the model says. */
export function expectSame(state: Reader, model: Model): void {
  for (const bucket of bucketNames) {
    const expected = model.buckets.get(bucket);
    const row = bucketOf(state, bucket);
    expectEqual(row?.versioning, expected?.versioning);
    expectEqual(row?.lockEnabled, expected?.isLockable);
    expectEqual(row?.tags, expected?.tags);
    if (row === undefined) continue;
    for (const key of keys) expectSameVersions(state, model, { row, bucket, key });
    const listed = listObjects(state, { bucket, limit: 1000 }).entries;
    const shown = listed.map((entry) => (entry.kind === "object" ? entry.key : ""));
    const current = keys.filter((key) => model.named(bucket, key, undefined)?.etag !== undefined);
    expectEqual(shown, current);
  }
}

function expectSameVersions(
  state: Reader,
  model: Model,
  name: { row: Bucket; bucket: string; key: string },
): void {
  const { bucket, key } = name;
  const expected = model.versions(bucket, key).map((version) => ({
    id: version.id,
    isNull: version.isNull,
    etag: version.etag,
    legalHold: version.legalHold,
    retention: version.retention,
    tags: version.tags,
    modifiedUnixMs: version.modifiedUnixMs,
    runs: version.runs,
  }));
  const { entries } = listVersions(state, { bucket, prefix: key, limit: 1000 });
  const actual = entries.flatMap((entry) => {
    if (entry.kind === "prefix" || entry.key !== key) return [];
    const { id, version } = entry;
    const { object, lock, isNull, tags, modifiedUnixMs } = version;
    return {
      id: hex(id),
      isNull,
      etag: object?.etag,
      legalHold: lock?.legalHold ?? false,
      retention: lock?.retention,
      tags,
      modifiedUnixMs,
      runs: runsOfVersion(state, version),
    };
  });
  expectEqual(actual, expected.reverse());
  const newest = newestVersion(state, name);
  expectEqual(newest && hex(newest.id), expected[0]?.id);
}

function runsOfVersion(state: Reader, version: Version): Run[] {
  const range = { offsetBytes: 0, lengthBytes: version.object?.sizeBytes ?? 0 };
  return [...segmentsOf(state, version, range)].map(({ segment }) => ({
    unit: nameOf(segment.unit),
    from: segment.offsetBytes,
    length: segment.lengthBytes,
  }));
}
