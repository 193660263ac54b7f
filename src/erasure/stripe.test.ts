import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { kib, mib } from "#base/bytes.ts";
import { seededPrng } from "#base/prng.ts";
import type { Matrix } from "#format/index.ts";
import { stripeShape, unitGeometry } from "./geometry.ts";
import { inverse, multiply } from "./gf256.ts";
import { parityRows } from "./matrix.ts";
import { matrixFor, type Profile } from "./profile.ts";
import {
  referenceCoefficient,
  referenceDecode,
  referenceEncode,
  referenceMultiply,
} from "./reference.ts";
import type { Stripe } from "./stripe.ts";
import { StripePool } from "./stripe-pool.ts";

const profilesInUse: readonly Profile[] = [
  { k: 1, m: 0 },
  { k: 1, m: 1 },
  { k: 2, m: 1 },
  { k: 3, m: 2 },
  { k: 4, m: 2 },
  { k: 6, m: 3 },
  { k: 8, m: 4 },
];

const pool = new StripePool(64 * mib);

/** The only stripe of a unit, with data that `seed` draws. Its memory holds garbage before. */
function filledStripe(profile: Profile, sizeBytes: number, seed: number, matrix?: Matrix): Stripe {
  const sliceSizeBytes = 256 * kib;
  const geometry = unitGeometry({ unitSizeBytes: sizeBytes, profile, sliceSizeBytes });
  assert.equal(geometry.stripeCount, 1);
  const dirty = pool.take(stripeShape(geometry, 0), profile);
  for (const slice of dirty?.slices ?? []) slice.fill(0xee);
  dirty?.release();
  const stripe = pool.take(stripeShape(geometry, 0), profile, matrix);
  assert.ok(stripe !== undefined);
  seededPrng(seed).fill(stripe.data);
  return stripe;
}

/** Every way to choose `count` of the numbers below `total`, in order. */
function* choices(total: number, count: number, from = 0): Generator<number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let first = from; first < total; first++) {
    for (const rest of choices(total, count - 1, first + 1)) yield [first, ...rest];
  }
}

/** Loses every set of up to m shards in turn and rebuilds it; each slice must come back exactly. */
function checkEveryLoss(stripe: Stripe): number {
  const { k, m } = stripe.profile;
  const whole = stripe.slices.map((slice) => slice.slice());
  const all = whole.map((_, index) => index);
  let losses = 0;
  for (let count = 1; count <= m; count++) {
    for (const lost of choices(k + m, count)) {
      const present = all.filter((index) => !lost.includes(index)).slice(0, k);
      if (k > 1) for (const index of lost) stripe.slices[index]?.fill(0xaa);
      stripe.rebuild({ present, wanted: lost });
      for (const index of lost) {
        assert.deepEqual(stripe.slices[index], whole[index], `lost ${lost.join()}: ${index}`);
      }
      losses++;
    }
  }
  return losses;
}

test("the field's tables agree with products of polynomials", () => {
  for (let a = 0; a < 256; a++) {
    for (let b = 0; b < 256; b++) assert.equal(multiply(a, b), referenceMultiply(a, b));
    if (a !== 0) assert.equal(multiply(a, inverse(a)), 1);
  }
});

test("E1 every width has a matrix with a first row and a first column of ones", () => {
  for (let k = 1; k <= 16; k++) {
    for (let m = 0; m <= 8; m++) {
      const matrix = matrixFor({ k, m });
      const rows = parityRows({ k, m }, matrix);
      assert.equal(rows.length, m);
      rows.forEach((factors, row) => {
        factors.forEach((factor, column) => {
          assert.equal(factor, referenceCoefficient({ k, m }, matrix, { row, column }));
          if (row === 0 || column === 0) assert.equal(factor, 1);
        });
      });
    }
  }
});

for (const profile of profilesInUse) {
  const { k, m } = profile;
  test(`E3 ${k}+${m}: parity and every survivable loss agree with the reference`, () => {
    // A whole number of blocks, a last slice cut short, and a slice that is no multiple of a step.
    for (const sizeBytes of [1, 77, 5000, 64 * kib + 1, k * 64 * kib, k * 64 * kib - 777]) {
      const stripe = filledStripe(profile, sizeBytes, sizeBytes);
      stripe.encode();
      const data = stripe.slices.slice(0, k);
      const parity = referenceEncode(profile, stripe.matrix, data);
      assert.deepEqual(stripe.slices.slice(k), parity, `${sizeBytes} bytes`);
      checkEveryLoss(stripe);
      stripe.release();
    }
  });

  test(`E3 ${k}+${m}: from any k shards the reference decodes what the kernel encoded`, () => {
    const stripe = filledStripe(profile, 300, 1);
    stripe.encode();
    for (const chosen of choices(k + m, k)) {
      const present = new Map(chosen.map((i) => [i, stripe.slices[i] ?? new Uint8Array(0)]));
      const data = referenceDecode(profile, stripe.matrix, present);
      assert.deepEqual(data[0]?.subarray(0, 300), stripe.data);
    }
    stripe.release();
  });
}

test("E3 the count of survivable losses is what the profile promises", () => {
  const counts = profilesInUse.map((profile) => {
    const stripe = filledStripe(profile, 200_000, 3);
    stripe.encode();
    const losses = checkEveryLoss(stripe);
    stripe.release();
    return losses;
  });
  // Sums of binomial coefficients: choose(k + m, 1) + ... + choose(k + m, m).
  assert.deepEqual(counts, [0, 2, 3, 15, 21, 129, 793]);
});

test("E1 any profile, matrix and length rebuilds a random loss from random shards", () => {
  const widths = fc.record({
    k: fc.integer({ min: 1, max: 16 }),
    m: fc.integer({ min: 0, max: 8 }),
  });
  const sizes = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: mib }));
  const property = fc.property(
    widths,
    sizes,
    fc.nat(),
    fc.boolean(),
    (profile, size, seed, own) => {
      const { k, m } = profile;
      const sizeBytes = Math.min(size, k * 256 * kib);
      const matrix = own ? matrixFor(profile) : "cauchy";
      const stripe = filledStripe(profile, sizeBytes, seed, matrix);
      stripe.encode();
      const whole = stripe.slices.map((slice) => slice.slice());
      const prng = seededPrng(seed + 1);
      const order = whole.map((_, index) => index);
      for (let i = order.length - 1; i > 0; i--) {
        const j = prng.below(i + 1);
        [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
      }
      const wanted = order.slice(k, k + m);
      if (k > 1) for (const index of wanted) stripe.slices[index]?.fill(0x55);
      stripe.rebuild({ present: order.slice(0, k), wanted });
      for (const index of wanted) assert.deepEqual(stripe.slices[index], whole[index]);
      stripe.release();
    },
  );
  fc.assert(property, { numRuns: 60 });
});

test("E3 with one data shard parity is a copy, and costs no memory of its own", () => {
  const stripe = filledStripe({ k: 1, m: 3 }, 100_000, 9);
  stripe.encode();
  for (const slice of stripe.slices) assert.equal(slice.byteOffset, stripe.data.byteOffset);
  stripe.release();
});
