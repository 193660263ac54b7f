import assert from "node:assert/strict";
import { test } from "node:test";
import type { TagSet } from "#format/index.ts";
import { bucketOf } from "./queries.ts";
import { expectDone, refusalOf, Rig, uuid } from "./rig.ts";
import { newestVersion } from "./versions.ts";

const name = { bucket: "bucket-a", key: "k" };

function some(count: number): TagSet {
  return { tags: Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: "v" })) };
}

function tagsOf(rig: Rig): TagSet | undefined {
  const row = bucketOf(rig.state, name.bucket);
  assert.ok(row !== undefined);
  return newestVersion(rig.state, { row, ...name })?.version.tags;
}

test("tags are put on a version and taken off it, whatever its lock, and nothing else changes", () => {
  const rig = new Rig();
  rig.createBucket(name.bucket, true);
  const retention = { mode: "compliance", untilUnixMs: rig.nowUnixMs + 1_000 } as const;
  rig.put(name, [5], { lock: { legalHold: true, retention } });
  const row = bucketOf(rig.state, name.bucket);
  assert.ok(row !== undefined);
  const before = newestVersion(rig.state, { row, ...name });
  const { outcome } = rig.apply({ kind: "setVersionTags", value: { ...name, tags: some(10) } });
  assert.equal(outcome?.kind, "versionTagged");
  assert.deepEqual(tagsOf(rig), some(10));
  rig.apply({ kind: "setVersionTags", value: name });
  assert.deepEqual(newestVersion(rig.state, { row, ...name }), before);
});

test("M2 sets that are too large, or name a key twice, are refused and change nothing", () => {
  const rig = new Rig();
  rig.createBucket(name.bucket);
  rig.put(name, [5], { tags: some(1) });
  const twice = { tags: [...some(1).tags, ...some(1).tags] };
  const long = { tags: [{ key: "k", value: "v".repeat(1_000) }] };
  for (const tags of [some(11), twice, long]) {
    for (const result of [
      rig.apply({ kind: "setVersionTags", value: { ...name, tags } }),
      rig.put(name, [5], { tags }),
    ]) {
      assert.equal(refusalOf(result).code, "invalid-command");
    }
  }
  assert.deepEqual(tagsOf(rig), some(1));
  const { bucket } = name;
  expectDone(rig.apply({ kind: "setBucketTags", value: { bucket, tags: some(50) } }));
  for (const tags of [some(51), twice, long]) {
    const set = rig.apply({ kind: "setBucketTags", value: { bucket, tags } });
    assert.equal(refusalOf(set).code, "invalid-command");
  }
  assert.deepEqual(bucketOf(rig.state, bucket)?.tags, some(50));
});

test("a delete marker and what is not there cannot have tags", () => {
  const rig = new Rig();
  rig.createBucket(name.bucket, true);
  const set = (value: { bucket: string; key: string; versionId?: Uint8Array }): string =>
    refusalOf(rig.apply({ kind: "setVersionTags", value: { ...value, tags: some(1) } })).code;
  assert.equal(set({ ...name, bucket: "other" }), "no-such-bucket");
  assert.equal(set(name), "no-such-key");
  assert.equal(set({ ...name, versionId: uuid(1, 1) }), "no-such-version");
  rig.put(name, [5]);
  const deletions = [{ key: name.key, markerId: uuid(rig.nowUnixMs, 99) }];
  const value = { bucket: name.bucket, deletions, bypassGovernance: false };
  rig.apply({ kind: "deleteVersions", value });
  assert.equal(set(name), "delete-marker");
});
