import type { Member } from "./member.ts";

/*
 * Weighted rendezvous: each member draws a number u from (0, 1) for a partition, by a hash of both,
 * and the smallest of -log2(u) / weight comes first. So a member comes first as often as its weight
 * says, and one that comes or goes changes no order among the others. Source: Schindelhauer and
 * Schomaker, "Weighted Distributed Hash Tables" (the logarithmic method).
 */

/** Digits behind the point of a logarithm. */
const fractionBits = 16;
/** Bits of a value behind its first that choose an entry of the table; the rest is interpolated. */
const indexBits = 8;
const restBits = 14;

/** log2(1 + i / 256) in 65,536ths, for i from 0 to 256. */
const table: Int32Array = Int32Array.from({ length: 2 ** indexBits + 1 }, (_, i) => {
  // Each squaring of the mantissa gives one more digit of its logarithm. Squares stay below 2^53.
  const one = 2 ** 25;
  let mantissa = one + i * 2 ** (25 - indexBits);
  let log = 0;
  for (let digit = 0; digit <= fractionBits; digit++) {
    const isAbove = mantissa >= 2 * one;
    if (isAbove) mantissa = (mantissa - (mantissa % 2)) / 2;
    log = log * 2 + (isAbove ? 1 : 0);
    const square = mantissa * mantissa;
    mantissa = (square - (square % one)) / one;
  }
  return log;
});

/**
 * The logarithm of a whole number to base 2 in 65,536ths, no more than 2 of them off.
 *
 * @param value from 1 to 2^32 - 1
 */
export function log2Fixed(value: number): number {
  const zeros = Math.clz32(value);
  const digits = value << zeros;
  const index = (digits >>> (31 - indexBits)) & (2 ** indexBits - 1);
  const rest = (digits >>> (31 - indexBits - restBits)) & (2 ** restBits - 1);
  const below = table[index] ?? 0;
  const step = (table[index + 1] ?? 0) - below;
  return ((31 - zeros) << fractionBits) + below + ((step * rest) >>> restBits);
}

/** u is an odd number below 2^32, over 2^32; so it is never 0 or 1. */
const rangeBits = 32;

/** -log2(u) of a member for a partition, in 65,536ths: more than 0. */
function drawOf(node: number, partition: number): number {
  const hash = mix(mix(node) + Math.imul(partition, 0x9e3779b1));
  return (rangeBits << fractionBits) - log2Fixed((hash | 1) >>> 0);
}

/**
 * Spreads the bits of a whole number over 32. Source: Appleby, MurmurHash3, the 32-bit finalizer.
 */
export function mix(value: number): number {
  let mixed = (value ^ (value >>> 16)) | 0;
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Positions of `members`, those that a partition prefers first. */
export function rankMembers(members: readonly Member[], partition: number): number[] {
  const draws = members.map(({ id }) => drawOf(id, partition));
  const weights = members.map(({ weight }) => weight);
  const before = (a: number, b: number): number =>
    (draws[a] ?? 0) * (weights[b] ?? 0) - (draws[b] ?? 0) * (weights[a] ?? 0) || a - b;
  return members.map((_, i) => i).sort(before);
}
