import { assert } from "#base/assert.ts";

/*
 * The field GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1 (0x11D), in which 2 generates all
 * numbers but 0. Source: Plank, "A Tutorial on Reed-Solomon Coding for Fault-Tolerance in RAID-like
 * Systems" (1997).
 */

const polynomial = 0x11d;

// Twice as long as the cycle, so that a sum of two logarithms needs no modulo.
const powers = new Uint8Array(510);
const logarithms = new Uint8Array(256);
for (let exponent = 0, power = 1; exponent < 255; exponent++) {
  powers[exponent] = power;
  powers[exponent + 255] = power;
  logarithms[power] = exponent;
  power <<= 1;
  if (power > 255) power ^= polynomial;
}

/** The product of two field elements. Their sum is `a ^ b`. */
export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return powers[(logarithms[a] ?? 0) + (logarithms[b] ?? 0)] ?? 0;
}

/** What `a`, not 0, has to be multiplied with to give 1. */
export function inverse(a: number): number {
  assert(a !== 0, "0 has no inverse");
  return powers[255 - (logarithms[a] ?? 0)] ?? 0;
}

/** 2 to the power of `exponent`, from 0 to 254. */
export function powerOfTwo(exponent: number): number {
  return powers[exponent] ?? 0;
}
