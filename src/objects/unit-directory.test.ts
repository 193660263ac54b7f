import assert from "node:assert/strict";
import { test } from "node:test";
import { mib } from "#base/bytes.ts";
import { partitionCount } from "#base/partition.ts";
import { rowsOf } from "#metadata/index.ts";
import { ClusterRig } from "#metadata/rig-cluster.ts";
import { expectDone, objectInfo } from "#metadata/rig.ts";
import { unitDirectory } from "./unit-directory.ts";

test("O6 while a layout changes, shards are looked for at their new homes, then at the old", () => {
  const rig = new ClusterRig();
  rig.createBucket("bucket-a");
  const unit = rig.unitOf(mib, { k: 1, m: 0 });
  const object = objectInfo({ sizeBytes: mib });
  rig.put({ bucket: "bucket-a", key: "k" }, [], { units: [unit], object });
  const directory = unitDirectory(rig.state);
  assert.deepEqual(directory.holders(7, 0), [1]);
  assert.deepEqual(directory.holders(7, 1), []);

  const second = rig.join().node;
  expectDone(rig.change({ kind: "grow", nodes: [second] }));
  expectDone(rig.walk(second));
  const others = Array.from({ length: 6 }, () => rig.join().node);
  expectDone(rig.change({ kind: "grow", nodes: others }));
  let movedCount = 0;
  for (let partition = 0; partition < partitionCount; partition++) {
    const [homes = [], before = []] = rowsOf(rig.state, partition);
    assert.deepEqual(directory.homes(partition), homes);
    for (const [index, home] of homes.entries()) {
      const old = before[index];
      const expected = old === undefined || old === home ? [home] : [home, old];
      assert.deepEqual(directory.holders(partition, index), expected);
      if (expected.length > 1) movedCount++;
    }
  }
  assert.ok(movedCount > 1000, `${movedCount} shards move`);
  assert.deepEqual(directory.members(), [1, second, ...others]);
});
