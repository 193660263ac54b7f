/**
 * Coding speed per profile, in GB of data a second: the WASM kernel beside plain tables in
 * TypeScript and beside memcpy, in one run. `node bench/erasure.ts`
 */
import { mib } from "#base/bytes.ts";
import { seededPrng } from "#base/prng.ts";
import {
  type Profile,
  sliceSizeBytes,
  StripePool,
  stripeShape,
  UnitChecksums,
  unitGeometry,
} from "#erasure/index.ts";

const profiles: readonly Profile[] = [
  { k: 1, m: 0 },
  { k: 2, m: 1 },
  { k: 3, m: 2 },
  { k: 4, m: 2 },
  { k: 6, m: 3 },
  { k: 8, m: 4 },
];

/** GB/s of the best of five rounds of about 60 ms each. */
function speed(bytesPerTurn: number, turn: () => void): number {
  let best = 0;
  for (let round = 0; round < 6; round++) {
    let turns = 0;
    const start = performance.now();
    while (performance.now() - start < 60) {
      turn();
      turns++;
    }
    const seconds = (performance.now() - start) / 1000;
    if (round > 0) best = Math.max(best, (turns * bytesPerTurn) / seconds / 1e9);
  }
  return best;
}

/** One 256-byte table of products per coefficient, a byte at a time: the best of plain loops. */
function plainEncode(slices: readonly Uint8Array[], k: number, products: Uint8Array[][]): void {
  products.forEach((row, i) => {
    const target = slices[k + i] ?? new Uint8Array(0);
    row.forEach((table, j) => {
      const source = slices[j] ?? new Uint8Array(0);
      if (j === 0) for (let at = 0; at < target.length; at++) target[at] = table[source[at]!]!;
      else for (let at = 0; at < target.length; at++) target[at]! ^= table[source[at]!]!;
    });
  });
}

function productTables(m: number, k: number): Uint8Array[][] {
  return Array.from({ length: m }, () =>
    Array.from({ length: k }, (_, j) => Uint8Array.from({ length: 256 }, (_, i) => i ^ j)),
  );
}

const show = (value: number): string => value.toFixed(2).padStart(9);
const pool = new StripePool(16 * mib);
console.log("profile   memcpy   encode  rebuild    plain  hash all");
for (const profile of profiles) {
  const { k, m } = profile;
  const size = k * sliceSizeBytes;
  const geometry = unitGeometry({ unitSizeBytes: size, profile, sliceSizeBytes });
  const stripe = pool.take(stripeShape(geometry, 0), profile);
  if (stripe === undefined) throw new Error("the pool is too small");
  seededPrng(1).fill(stripe.data);
  const source = stripe.data.slice();
  const copy = speed(size, () => stripe.data.set(source));
  const encode = m === 0 ? NaN : speed(size, () => stripe.encode());
  const lost = Array.from({ length: Math.min(m, k) }, (_, i) => i);
  const present = Array.from({ length: k }, (_, i) => i + lost.length);
  const rebuild = m === 0 ? NaN : speed(size, () => stripe.rebuild({ present, wanted: lost }));
  const products = productTables(m, k);
  const plain = m === 0 ? NaN : speed(size, () => plainEncode(stripe.slices, k, products));
  const hash = speed(size, () => new UnitChecksums(geometry).addStripe(stripe));
  console.log(`${k}+${m}    ${[copy, encode, rebuild, plain, hash].map(show).join("")}`);
  stripe.release();
}
