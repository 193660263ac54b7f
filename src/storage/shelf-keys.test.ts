import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { compareBytes, startsWithBytes } from "#base/bytes.ts";
import { partitionOf } from "#base/partition.ts";
import type { ShardName } from "#format/index.ts";
import {
  entryKey,
  nameFromKey,
  packFromKey,
  packKey,
  partitionRange,
  pendingKey,
  placeFromPendingKey,
  removalHolder,
  removalKey,
  removalRange,
  removalTarget,
} from "./shelf-keys.ts";

const number = fc.maxSafeNat();
const id = fc.record(
  { epoch: fc.nat(0xffffffff), session: number, number },
  { noNullPrototype: true },
);
const name: fc.Arbitrary<ShardName> = fc.record(
  { unit: id, encoding: id, index: fc.nat(23) },
  { noNullPrototype: true },
);

test("keys have these bytes", () => {
  const unit = { epoch: 1, session: 2, number: 3 };
  const encoding = { epoch: 4, session: 5, number: 2 ** 40 };
  assert.equal(
    entryKey({ unit, encoding, index: 6 }).toHex(),
    `73${partitionOf(unit).toString(16).padStart(4, "0")}` +
      "0000000100000000000000020000000000000003" +
      "00000004000000000000000500000100000000000006",
  );
  assert.equal(packKey(258).toHex(), "700000000000000102");
  assert.equal(removalKey({ target: 1, holder: 2 }).toHex(), "7200000000000000010000000000000002");
  assert.equal(pendingKey({ pack: 1, offset: 16 }).toHex(), "6600000000000000010000000000000010");
});

test("a key gives back what it was made of", () => {
  fc.assert(
    fc.property(name, number, number, (name, a, b) => {
      assert.deepEqual(nameFromKey(entryKey(name)), name);
      assert.equal(packFromKey(packKey(a)), a);
      assert.deepEqual(placeFromPendingKey(pendingKey({ pack: a, offset: b })), {
        pack: a,
        offset: b,
      });
      const key = removalKey({ target: a, holder: b });
      assert.deepEqual([removalTarget(key), removalHolder(key)], [a, b]);
      assert.ok(startsWithBytes(key, removalRange(a).start));
    }),
  );
});

test("shards sort by partition and name, and lie in their partition's range", () => {
  const order = ({ unit, encoding, index }: ShardName): number[] => [
    partitionOf(unit),
    unit.epoch,
    unit.session,
    unit.number,
    encoding.epoch,
    encoding.session,
    encoding.number,
    index,
  ];
  fc.assert(
    fc.property(name, name, (a, b) => {
      const pairs = order(a).map((value, i) => [value, order(b)[i] ?? 0] as const);
      const [x, y] = pairs.find(([x, y]) => x !== y) ?? [0, 0];
      assert.equal(Math.sign(compareBytes(entryKey(a), entryKey(b))), Math.sign(x - y));
      const { start, end } = partitionRange(partitionOf(a.unit));
      assert.ok(end !== undefined);
      assert.ok(compareBytes(start, entryKey(a)) <= 0 && compareBytes(entryKey(a), end) < 0);
    }),
  );
});
