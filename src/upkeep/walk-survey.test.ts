import assert from "node:assert/strict";
import { test } from "node:test";
import { mib } from "#base/bytes.ts";
import { partitionOf } from "#base/partition.ts";
import type { NewUnit, ShardName } from "#format/index.ts";
import { ClusterRig } from "#metadata/rig-cluster.ts";
import { objectInfo } from "#metadata/rig.ts";
import { type MissingShard, surveyStretch } from "./walk-survey.ts";

const bucket = "bucket-a";
const nodes = [1, 2, 3, 4];

/** Four nodes, and units of all widths that they have room for. */
function rigWithUnits(): { rig: ClusterRig; units: readonly NewUnit[] } {
  const rig = new ClusterRig();
  rig.createBucket(bucket);
  rig.growBy(3);
  const profiles = [
    { k: 1, m: 1 },
    { k: 2, m: 1 },
    { k: 1, m: 2 },
  ];
  const units = profiles.flatMap((profile) =>
    Array.from({ length: 20 }, () => rig.unitOf(mib, profile)),
  );
  for (const [i, unit] of units.entries()) {
    const object = objectInfo({ sizeBytes: mib });
    const { outcome } = rig.put({ bucket, key: `k${i}` }, [], { units: [unit], object });
    assert.equal(outcome?.kind, "versionPut");
  }
  return { rig, units };
}

/** All that a node lacks which has nothing but these. */
function missingOn(
  { rig, units }: { rig: ClusterRig; units: readonly NewUnit[] },
  self: number,
  options: { has?: (name: ShardName) => boolean; down?: readonly number[] } = {},
): MissingShard[] {
  const { has = () => false, down = [] } = options;
  const standing = (node: number): "up" | "down" => (down.includes(node) ? "down" : "up");
  const context = { self, reader: rig.state, shelf: { has }, shards: { standing } };
  const partitions = new Set(units.map(({ id }) => partitionOf(id)));
  return [...partitions].flatMap((partition) => surveyStretch(context, partition).missing);
}

test("U7 every shard is missed by its home, and by no other node", () => {
  const parts = rigWithUnits();
  for (const self of nodes) {
    const found = missingOn(parts, self).map(({ unit, index }) => `${unit.number}/${index}`);
    const expected = parts.units.flatMap(({ id, homes }) => {
      const index = homes.indexOf(self);
      return index === -1 ? [] : [`${id.number}/${index}`];
    });
    assert.deepEqual(found.sort(), expected.sort());
    assert.deepEqual(missingOn(parts, self, { has: () => true }), []);
  }
});

test("U7 what is moving is missed by its new home, which knows where it was", () => {
  const parts = rigWithUnits();
  parts.rig.change({ kind: "drain", node: 4 });
  assert.deepEqual(missingOn(parts, 4), [], "it is to give away, not to get");
  const moved = [1, 2, 3]
    .flatMap((self) => missingOn(parts, self))
    .filter(({ holders }) => {
      return holders.includes(4);
    });
  const onFour = parts.units.filter(({ homes }) => homes.includes(4));
  assert.equal(moved.length, onFour.length);
});

test("U7 a unit stands by the shards that others have, as far as they answer", () => {
  const parts = rigWithUnits();
  for (const { row, spare } of missingOn(parts, 1)) {
    assert.equal(spare, row.encoding.m - 1, "one is missing here");
  }
  for (const { row, spare } of missingOn(parts, 1, { down: [2, 3, 4] })) {
    assert.equal(spare, -row.encoding.k, "nobody else answers");
  }
});
