import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { partitionCount, partitionOf } from "./partition.ts";

test("a unit's partition never changes", () => {
  assert.deepEqual(
    [
      partitionOf({ epoch: 1, session: 1, number: 0 }),
      partitionOf({ epoch: 1, session: 1, number: 1 }),
      partitionOf({ epoch: 2, session: 2 ** 40 + 7, number: 2 ** 52 + 3 }),
    ],
    [861, 1957, 1133],
  );
});

test("a partition is one of those there are", () => {
  const number = fc.maxSafeNat();
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), number, number, (epoch, session, number) => {
      const partition = partitionOf({ epoch, session, number });
      assert.ok(Number.isInteger(partition) && partition >= 0 && partition < partitionCount);
    }),
  );
});

test("numbers in a row, also with gaps, spread evenly", () => {
  const perPartition = 64;
  for (const stride of [1, 2, 3, 64]) {
    const counts = new Uint32Array(partitionCount);
    for (let i = 0; i < partitionCount * perPartition; i++) {
      const partition = partitionOf({ epoch: 1, session: 12_345, number: i * stride });
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    let chiSquare = 0;
    for (const count of counts) chiSquare += (count - perPartition) ** 2 / perPartition;
    // For 4,095 degrees of freedom: a deviation of 90; five of them are chance no more.
    assert.ok(chiSquare < partitionCount + 5 * 90, `stride ${stride}: ${chiSquare}`);
  }
});
