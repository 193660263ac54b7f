import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { kib, mib } from "#base/bytes.ts";
import { Arena, arenaUnitBytes } from "./arena.ts";
import { stripeShape, type StripeShape, unitGeometry } from "./geometry.ts";
import type { Profile } from "./profile.ts";
import type { Stripe } from "./stripe.ts";
import { StripePool } from "./stripe-pool.ts";

function shapeOf(profile: Profile, unitSizeBytes: number): StripeShape {
  return stripeShape(unitGeometry({ unitSizeBytes, profile, sliceSizeBytes: 256 * kib }), 0);
}

test("E5 a pool gives out no more than it holds, and gives it out again", () => {
  const pool = new StripePool(4 * mib);
  const profile = { k: 4, m: 2 };
  const shape = shapeOf(profile, mib);
  const first = pool.take(shape, profile);
  const second = pool.take(shape, profile);
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(pool.takenBytes, 3 * mib);
  assert.equal(pool.take(shape, profile), undefined);
  first.release();
  assert.ok(pool.take(shape, profile) !== undefined);
});

test("E5 a stripe that was released is not used or released again", () => {
  const pool = new StripePool(4 * mib);
  for (const profile of [
    { k: 2, m: 1 },
    { k: 1, m: 0 },
  ]) {
    const stripe = pool.take(shapeOf(profile, 100_000), profile);
    stripe?.release();
    assert.throws(() => stripe?.encode(), /E5/u);
    assert.throws(() => stripe?.release(), /E5/u);
    assert.equal(pool.takenBytes, 0);
  }
});

test("E5 stripes held at one time share no byte", () => {
  const widths = fc.record({
    k: fc.integer({ min: 1, max: 8 }),
    m: fc.integer({ min: 0, max: 4 }),
  });
  const step = fc.record({
    profile: widths,
    size: fc.integer({ min: 1, max: mib }),
    drop: fc.nat(),
  });
  const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const pool = new StripePool(6 * mib);
    const held: { stripe: Stripe; mark: number }[] = [];
    steps.forEach(({ profile, size, drop }, i) => {
      const stripe = pool.take(shapeOf(profile, Math.min(size, profile.k * 256 * kib)), profile);
      if (stripe === undefined) held.splice(drop % (held.length + 1), 1)[0]?.stripe.release();
      else {
        for (const slice of stripe.slices) slice.fill(i + 1);
        held.push({ stripe, mark: i + 1 });
      }
      for (const { stripe: other, mark } of held) {
        for (const slice of other.slices) {
          assert.ok((slice[0] ?? mark) === mark && (slice.at(-1) ?? mark) === mark);
        }
      }
    });
    for (const { stripe } of held) stripe.release();
    assert.equal(pool.takenBytes, 0);
  });
  fc.assert(property, { numRuns: 40 });
});

test("an arena finds a run that was put together from released ones", () => {
  const arena = new Arena(4 * arenaUnitBytes);
  const runs = [0, 1, 2, 3].map(() => arena.take(1));
  assert.deepEqual(
    runs,
    [0, 1, 2, 3].map((i) => i * arenaUnitBytes),
  );
  assert.equal(arena.take(1), undefined);
  arena.release(1 * arenaUnitBytes, 1);
  arena.release(2 * arenaUnitBytes, 1);
  assert.equal(arena.take(3 * arenaUnitBytes), undefined);
  assert.equal(arena.take(2 * arenaUnitBytes), arenaUnitBytes);
  assert.throws(() => {
    arena.release(0, 1);
    arena.release(0, 1);
  }, /released once/u);
});
