import assert from "node:assert/strict";
import { test } from "node:test";
import { mib } from "#base/bytes.ts";
import { partitionOf } from "#base/partition.ts";
import type { NewUnit } from "#format/index.ts";
import { kindRange, skippedMarkKey } from "./keyspace.ts";
import { homesOf } from "./layout.ts";
import { graceMs, unitSizeBytesMax } from "./limits.ts";
import { profileCounts, unitOf, unitsOf, upkeepDue } from "./queries.ts";
import { checkState } from "./rig-invariants.ts";
import { objectInfo, refusalOf, Rig, rigNode } from "./rig.ts";

const name = { bucket: "bucket-a", key: "k" };

function rigWithBucket(): Rig {
  const rig = new Rig();
  rig.createBucket(name.bucket);
  return rig;
}

test("every partition has its homes from the start", () => {
  const rig = new Rig();
  for (const partition of [0, 1, 63, 64, 2048, 4095]) {
    assert.deepEqual(homesOf(rig.state, partition), [rigNode]);
  }
});

test("a unit is committed only as it may be", () => {
  const rig = rigWithBucket();
  const unit = (): NewUnit => rig.newUnit(5);
  const encoded = (change: Partial<NewUnit["encoding"]>): NewUnit => {
    const whole = unit();
    return { ...whole, encoding: { ...whole.encoding, ...change } };
  };
  const root = new Uint8Array(32);
  const session = { epoch: 1, session: 1, number: 1 };
  const wide = { k: 4, m: 2, roots: Array.from({ length: 6 }, () => root) };
  const six = { homes: [1, 2, 3, 4, 5, 6] };
  const faults: [NewUnit, string][] = [
    [{ ...unit(), homes: [2] }, "not-home"],
    [{ ...encoded(wide), ...six }, "not-home"],
    [{ ...encoded(wide), ...six, skipped: [4, 5] }, "invalid-command"],
    [{ ...encoded(wide), ...six, skipped: [5, 4] }, "invalid-command"],
    [{ ...encoded(wide), ...six, skipped: [6] }, "invalid-command"],
    [{ ...unit(), skipped: [0] }, "invalid-command"],
    [{ ...unit(), homes: [] }, "invalid-command"],
    [{ ...unit(), lengthBytes: 0 }, "invalid-command"],
    [{ ...unit(), lengthBytes: unitSizeBytesMax + 1 }, "invalid-command"],
    [{ ...unit(), contentRoot: new Uint8Array(31) }, "invalid-command"],
    [{ ...unit(), id: session }, "stale-session"],
    [encoded({ id: session }), "stale-session"],
    [encoded({ roots: [] }), "invalid-command"],
    [encoded({ roots: [new Uint8Array(33)] }), "invalid-command"],
    [encoded({ k: 0, m: 1 }), "invalid-command"],
    [encoded({ sliceSizeBytes: 0 }), "invalid-command"],
  ];
  for (const [fault, code] of faults) {
    const object = objectInfo({ sizeBytes: fault.lengthBytes });
    const result = rig.put(name, [], { units: [fault], object });
    assert.equal(refusalOf(result).code, code, JSON.stringify(fault));
  }
  const five = objectInfo({ sizeBytes: 5 });
  const good = unit();
  const twice = objectInfo({ sizeBytes: 10 });
  const both = rig.put(name, [], { units: [good, good], object: twice });
  assert.match(refusalOf(both).detail, /twice/);
  const short = rig.put(name, [], { units: [good], object: twice });
  assert.match(refusalOf(short).detail, /make up/);
  assert.equal(rig.put(name, [], { units: [good], object: five }).outcome?.kind, "versionPut");
  const again = rig.put(name, [], { units: [good], object: five });
  assert.match(refusalOf(again).detail, /before/);
  checkState(rig.state);
});

test("M5: units are counted by profile and partition, from their commit until they are forgotten", () => {
  const rig = rigWithBucket();
  rig.put(name, [3 * mib, 4 * mib]);
  const total = (): [number, number] => {
    let units = 0;
    let bytes = 0;
    for (const count of profileCounts(rig.state)) {
      assert.deepEqual([count.k, count.m], [1, 0]);
      units += count.units;
      bytes += count.bytes;
    }
    return [units, bytes];
  };
  assert.deepEqual(total(), [2, 7 * mib]);
  const deletions = [{ key: name.key, markerId: new Uint8Array(16) }];
  const value = { bucket: name.bucket, deletions, bypassGovernance: false };
  rig.apply({ kind: "deleteVersions", value });
  assert.deepEqual(total(), [2, 7 * mib]);
  const idle = { releaseBodies: false, forgetUnits: false, expireUploads: false };
  assert.deepEqual(upkeepDue(rig.state, rig.nowUnixMs + graceMs - 1), idle);
  rig.nowUnixMs += graceMs;
  assert.equal(upkeepDue(rig.state, rig.nowUnixMs).releaseBodies, true);
  rig.apply({ kind: "releaseBodies", value: { units: 10 } });
  // They count as unreferenced since the object's deletion, so that one hour is all they wait.
  assert.equal(upkeepDue(rig.state, rig.nowUnixMs).forgetUnits, true);
  rig.apply({ kind: "forgetUnits", value: { units: 10 } });
  assert.deepEqual(total(), [0, 0]);
  assert.deepEqual(upkeepDue(rig.state, rig.nowUnixMs), idle);
});

test("units are found by name and by partition", () => {
  const rig = rigWithBucket();
  const units = Array.from({ length: 50 }, (_, i) => rig.newUnit(1 + i));
  for (const [i, unit] of units.entries()) {
    const object = objectInfo({ sizeBytes: unit.lengthBytes });
    rig.put({ ...name, key: `k${i}` }, [], { units: [unit], object });
  }
  for (const unit of units) {
    assert.equal(unitOf(rig.state, unit.id)?.lengthBytes, unit.lengthBytes);
    const found = [...unitsOf(rig.state, partitionOf(unit.id))].map(({ id }) => id.number);
    assert.ok(found.includes(unit.id.number));
    const after = [...unitsOf(rig.state, partitionOf(unit.id), { after: unit.id })];
    assert.ok(after.every(({ id }) => id.number > unit.id.number));
  }
});

test("M4: a copy shares its source's units, and they outlive either", () => {
  for (const lengths of [[5], [5, 6]]) {
    const rig = rigWithBucket();
    const { outcome } = rig.put(name, lengths);
    assert.ok(outcome?.kind === "versionPut");
    const copy = {
      sourceBucket: name.bucket,
      sourceKey: name.key,
      sourceVersionId: outcome.value.versionId,
      bucket: name.bucket,
      key: "copy",
      versionId: outcome.value.versionId,
      checksums: [],
    };
    assert.equal(rig.apply({ kind: "copyVersion", value: copy }).outcome?.kind, "versionPut");
    const remove = (key: string): void => {
      const deletions = [{ key, markerId: new Uint8Array(16) }];
      const value = { bucket: name.bucket, deletions, bypassGovernance: false };
      rig.apply({ kind: "deleteVersions", value });
    };
    const settle = (): number => {
      rig.nowUnixMs += 2 * graceMs;
      rig.apply({ kind: "releaseBodies", value: { units: 100 } });
      rig.apply({ kind: "forgetUnits", value: { units: 100 } });
      checkState(rig.state);
      return [...rig.state.scan(kindRange("d/"))].length;
    };
    remove(name.key);
    assert.equal(settle(), lengths.length);
    assert.equal(refusalOf(rig.apply({ kind: "copyVersion", value: copy })).code, "no-such-key");
    remove("copy");
    assert.equal(settle(), 0);
  }
});

test("no skipped shard is marked on the one node there is", () => {
  const rig = rigWithBucket();
  rig.put(name, [5]);
  const first = skippedMarkKey(0, 0);
  assert.deepEqual([...rig.state.scan({ start: first, end: skippedMarkKey(2 ** 32 - 1, 0) })], []);
});
