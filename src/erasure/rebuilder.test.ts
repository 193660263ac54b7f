import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { kib } from "#base/bytes.ts";
import { seededPrng } from "#base/prng.ts";
import { stripePart, stripeShape, unitGeometry } from "./geometry.ts";
import { matrixFor } from "./profile.ts";
import { Rebuilder } from "./rebuilder.ts";
import { StripePool } from "./stripe-pool.ts";

const profiles = [
  { k: 1, m: 1 },
  { k: 1, m: 2 },
  { k: 2, m: 1 },
  { k: 3, m: 2 },
  { k: 4, m: 2 },
  { k: 6, m: 3 },
];

test("E3 any part of lost slices is rebuilt from the same part of k others", () => {
  const rebuilder = new Rebuilder();
  const pool = new StripePool();
  const cases = fc.record({
    profile: fc.constantFrom(...profiles),
    unitSizeBytes: fc.integer({ min: 1, max: 2000 * kib }),
    seed: fc.nat(),
  });
  const property = fc.property(cases, ({ profile, unitSizeBytes, seed }) => {
    const prng = seededPrng(seed);
    const geometry = unitGeometry({ unitSizeBytes, profile, sliceSizeBytes: 128 * kib });
    const shape = stripeShape(geometry, prng.below(geometry.stripeCount));
    const stripe = pool.take(shape, profile);
    assert.ok(stripe !== undefined);
    for (let i = 0; i < stripe.data.length; i += 97) stripe.data[i] = prng.below(256);
    stripe.encode();
    const startBytes = prng.below(shape.sliceSizeBytes);
    const endBytes = startBytes + 1 + prng.below(shape.sliceSizeBytes - startBytes);
    const parts = stripe.slices.map((slice) => slice.slice(startBytes, endBytes));
    const lots = parts.map((part, index) => ({ index, part, lot: prng.below(1000) }));
    lots.sort((a, b) => a.lot - b.lot);
    const present = new Map(lots.slice(0, profile.k).map(({ index, part }) => [index, part]));
    const lost = lots.slice(profile.k);
    const rebuilt = rebuilder.rebuild(stripePart(shape, profile, { startBytes, endBytes }), {
      profile,
      matrix: matrixFor(profile),
      present,
      wanted: lost.map(({ index }) => index),
    });
    assert.deepEqual(
      rebuilt.map((part) => part.toHex()),
      lost.map(({ part }) => part.toHex()),
    );
    stripe.release();
  });
  fc.assert(property, { numRuns: 200 });
});
