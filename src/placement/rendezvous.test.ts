import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { partitionCount } from "#base/partition.ts";
import { log2Fixed, rankMembers } from "./rendezvous.ts";
import { cluster } from "./rig.ts";

test("the logarithm is right to 3 in 65,536, and whole", () => {
  const value = fc.integer({ min: 1, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(value, (number) => {
      const log = log2Fixed(number);
      assert.ok(Number.isInteger(log));
      assert.ok(Math.abs(log - Math.log2(number) * 65_536) < 3, `${number}: ${log}`);
    }),
    { numRuns: 2_000 },
  );
});

test("the logarithm never falls, and is exact at powers of two", () => {
  for (let power = 0; power < 32; power++) assert.equal(log2Fixed(2 ** power), power * 65_536);
  const pair = fc.tuple(fc.integer({ min: 1, max: 2 ** 32 - 2 }), fc.nat(1_000));
  fc.assert(
    fc.property(pair, ([number, more]) => {
      assert.ok(log2Fixed(number) <= log2Fixed(Math.min(number + more, 2 ** 32 - 1)));
    }),
  );
});

test("a member comes first as often as its weight says", () => {
  const members = cluster({ nodes: 6, weights: [1, 1, 4] });
  const firsts = members.map(() => 0);
  for (let partition = 0; partition < partitionCount; partition++) {
    const [first = 0] = rankMembers(members, partition);
    firsts[first] = (firsts[first] ?? 0) + 1;
  }
  for (const [i, { weight }] of members.entries()) {
    const expected = (partitionCount * weight) / 12;
    // Four standard deviations.
    const deviation = 4 * Math.sqrt(expected);
    assert.ok(Math.abs((firsts[i] ?? 0) - expected) < deviation, `${i}: ${firsts[i]}`);
  }
});

test("who comes or goes changes no order among the others", () => {
  const members = cluster({ nodes: 9, weights: [1, 3] });
  const idsBy = (partition: number, missing: number): number[] => {
    const present = members.filter(({ id }) => id !== missing);
    return rankMembers(present, partition).map((i) => present[i]?.id ?? 0);
  };
  for (let partition = 0; partition < 200; partition++) {
    const all = idsBy(partition, 0);
    for (const { id } of members) {
      assert.deepEqual(
        idsBy(partition, id),
        all.filter((other) => other !== id),
      );
    }
  }
});
