import assert from "node:assert/strict";
import { test } from "node:test";
import { mib } from "#base/bytes.ts";
import { partitionCount, partitionOf } from "#base/partition.ts";
import type { NewUnit } from "#format/index.ts";
import { marksOf } from "./marks.ts";
import { ClusterRig } from "./rig-cluster.ts";
import { checkState } from "./rig-invariants.ts";
import { expectDone, objectInfo, refusalOf } from "./rig.ts";

const bucket = "bucket-a";

function rigOfThree(): ClusterRig {
  const rig = new ClusterRig();
  rig.createBucket(bucket);
  rig.growBy(2);
  return rig;
}

/** Commits a unit with these shards skipped; gives where it was. */
function putSkipping(rig: ClusterRig, unit: NewUnit, skipped: number[]): string {
  const units = [{ ...unit, skipped }];
  const object = objectInfo({ sizeBytes: mib });
  const { outcome } = rig.put({ bucket, key: "k" }, [], { units, object });
  return outcome?.kind === "refusal" ? outcome.value.code : (outcome?.kind ?? "");
}

test("a skipped shard marks its node's partition, and the floor holds", () => {
  const rig = rigOfThree();
  const unit = rig.unitOf(mib, { k: 1, m: 2 });
  const [, , node = 0] = unit.homes;
  assert.equal(putSkipping(rig, unit, [2]), "versionPut");
  const mark = { partition: partitionOf(unit.id), logIndex: rig.log.length };
  assert.deepEqual([...marksOf(rig.state, node)], [mark]);
  for (const other of [1, 2, 3].filter((id) => id !== node)) {
    assert.deepEqual([...marksOf(rig.state, other)], []);
  }
  const bare = rig.unitOf(mib, { k: 2, m: 1 });
  assert.equal(putSkipping(rig, bare, [2]), "invalid-command");
  assert.equal(putSkipping(rig, rig.unitOf(mib, { k: 1, m: 1 }), []), "versionPut");
  // Where there are more nodes than one, one copy is not enough.
  assert.equal(putSkipping(rig, rig.unitOf(mib, { k: 1, m: 0 }), []), "not-home");
  checkState(rig.state);
});

test("a mark is cleared by who has seen the last that was skipped", () => {
  const rig = rigOfThree();
  const unit = rig.unitOf(mib, { k: 1, m: 2 });
  const [, , node = 0] = unit.homes;
  const partition = partitionOf(unit.id);
  putSkipping(rig, unit, [2]);
  const [seen] = [...marksOf(rig.state, node)];
  assert.ok(seen);
  // While the node mends it, another shard is skipped in the same partition.
  let again = rig.unitOf(mib, { k: 1, m: 2 });
  while (partitionOf(again.id) !== partition) again = rig.unitOf(mib, { k: 1, m: 2 });
  putSkipping(rig, again, [2]);
  const clear = (logIndex: number, of = node): number => {
    const value = { node: of, marks: [{ partition, logIndex }] };
    const { outcome } = rig.apply({ kind: "clearMarks", value });
    return outcome?.kind === "upkeepDone" ? outcome.value.count : assert.fail();
  };
  assert.equal(clear(seen.logIndex), 0);
  const [newer] = [...marksOf(rig.state, node)];
  assert.ok(newer && newer.logIndex > seen.logIndex);
  assert.equal(clear(newer.logIndex, 99), 0);
  assert.equal(clear(newer.logIndex), 1);
  assert.equal(clear(newer.logIndex), 0);
  assert.deepEqual([...marksOf(rig.state, node)], []);
  const marks = Array.from({ length: partitionCount + 1 }, () => seen);
  const many = rig.apply({ kind: "clearMarks", value: { node, marks } });
  assert.equal(refusalOf(many).code, "invalid-command");
});

test("a removed node's marks go with it", () => {
  const rig = new ClusterRig();
  rig.createBucket(bucket);
  rig.growBy(3);
  // Not of node 1, whose session proposes all this.
  let unit = rig.unitOf(mib, { k: 1, m: 2 });
  while (unit.homes[2] === 1) unit = rig.unitOf(mib, { k: 1, m: 2 });
  const [, , node = 0] = unit.homes;
  putSkipping(rig, unit, [2]);
  expectDone(rig.change({ kind: "drain", node }));
  rig.walkAll();
  expectDone(rig.apply({ kind: "removeNode", value: { node } }));
  assert.deepEqual([...marksOf(rig.state, node)], []);
  checkState(rig.state);
});
