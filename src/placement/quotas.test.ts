import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { partitionCount } from "#base/partition.ts";
import { divide, quotasOf } from "./quotas.ts";
import { cluster } from "./rig.ts";

const claim = fc
  .record({
    weight: fc.integer({ min: 1, max: 2 ** 24 }),
    least: fc.nat(4_096),
    more: fc.nat(20_000),
  })
  .map(({ weight, least, more }) => ({ weight, least, most: least + more }));

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

test("A4: a whole is given out to the last unit, within all bounds, and by weight between them", () => {
  const claims = fc.array(claim, { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(claims, fc.nat(1_000), (all, permille) => {
      const [least, most] = [sum(all.map((one) => one.least)), sum(all.map((one) => one.most))];
      const total = least + Math.floor(((most - least) * permille) / 1_000);
      const shares = divide(total, all);
      assert.equal(sum(shares), total);
      const free: number[] = [];
      for (const [i, share] of shares.entries()) {
        const { least: low, most: high } = all[i] ?? assert.fail();
        assert.ok(Number.isInteger(share) && share >= low && share <= high);
        if (share > low + 1 && share < high - 1) free.push(i);
      }
      // Those that no bound holds have the same share a weight, but for the rounding.
      for (const i of free) {
        for (const j of free) {
          const [a, b] = [all[i]?.weight ?? 1, all[j]?.weight ?? 1];
          assert.ok((shares[i] ?? 0) <= (((shares[j] ?? 0) + 1) * a) / b + 1);
        }
      }
    }),
  );
});

test("A4: without zones, quotas are shares by weight, and nobody has more than all partitions", () => {
  assert.deepEqual(quotasOf(cluster({ nodes: 4 }), 3), [3_072, 3_072, 3_072, 3_072]);
  const heavy = cluster({ nodes: 3, weights: [1, 1, 4] });
  assert.deepEqual(quotasOf(heavy, 1), [683, 683, 2_730]);
  assert.deepEqual(quotasOf(heavy, 2), [2_048, 2_048, 4_096]);
  assert.deepEqual(quotasOf(heavy, 3), [4_096, 4_096, 4_096]);
});

test("A4: zones have even shares whatever they weigh; within a zone weights count", () => {
  const zones = cluster({ nodes: 9, zones: 3, weights: [1, 1, 4] });
  const whole = quotasOf(zones, 6);
  for (const zone of [0, 1, 2]) {
    assert.equal(sum(whole.filter((_, i) => i % 3 === zone)), 2 * partitionCount);
  }
  // One of two nodes in a zone of its own stands in every row of width 2.
  const lone = cluster({ nodes: 5, zones: 2 }).map((member, i) =>
    i === 0 ? member : { ...member, zone: "zone-1" },
  );
  assert.deepEqual(quotasOf(lone, 2), [4_096, 1_024, 1_024, 1_024, 1_024]);
});

test("A4: quotas of every width add up, and grow with the width", () => {
  const shape = fc.record({
    nodes: fc.integer({ min: 6, max: 40 }),
    zones: fc.integer({ min: 1, max: 6 }),
    nodesPerHost: fc.integer({ min: 1, max: 4 }),
    weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
  });
  fc.assert(
    fc.property(shape, (given) => {
      const members = cluster(given);
      let narrower = members.map(() => 0);
      for (let width = 1; width <= 6; width++) {
        const quotas = quotasOf(members, width);
        assert.equal(sum(quotas), partitionCount * width);
        // One more shard a row takes nothing from anybody, but for the rounding.
        for (const [i, quota] of quotas.entries()) assert.ok(quota >= (narrower[i] ?? 0) - 1);
        narrower = quotas;
      }
    }),
    { numRuns: 50 },
  );
});
