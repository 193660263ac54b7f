import { assert } from "#base/assert.ts";
import { kib } from "#base/bytes.ts";
import type { Matrix } from "#format/index.ts";

/** How a unit is spread: k shards of data and m of parity; any k of them give it back. */
export interface Profile {
  readonly k: number;
  readonly m: number;
}

/** The widest code: more shards than this make a read depend on too many nodes. */
export const dataShardsMax = 16;
export const parityShardsMax = 8;

/**
 * The slice of a whole stripe, in bytes: large enough to amortize a call, small enough to buffer.
 */
export const sliceSizeBytes: number = 256 * kib;

/** Objects shorter than this are kept as full copies: one fetch reads them. */
export const smallObjectSizeBytes: number = 128 * kib;

const profiles: readonly Profile[] = [
  { k: 1, m: 0 },
  { k: 1, m: 1 },
  { k: 2, m: 1 },
  { k: 2, m: 1 },
  { k: 3, m: 2 },
  { k: 4, m: 2 },
];

/**
 * The profile of new units.
 *
 * @param activeNodeCount nodes that take shards, 1 or more
 * @param sizeBytes the whole object's length: a small one is coded `1+m`, as copies
 */
export function profileFor(activeNodeCount: number, sizeBytes: number): Profile {
  assert(activeNodeCount >= 1, "a cluster has at least one node");
  const profile = profiles[Math.min(activeNodeCount, profiles.length) - 1];
  assert(profile !== undefined, "there is a profile for every node count");
  return sizeBytes < smallObjectSizeBytes ? { k: 1, m: profile.m } : profile;
}

/** Throws unless `profile` is one that can be coded. */
export function assertProfile(profile: Profile): void {
  const { k, m } = profile;
  assert(Number.isInteger(k) && k >= 1 && k <= dataShardsMax, "E1: k is from 1 to 16");
  assert(Number.isInteger(m) && m >= 0 && m <= parityShardsMax, "E1: m is from 0 to 8");
}

/** The matrix that new units of a profile are coded with. */
export function matrixFor(profile: Profile): Matrix {
  if (profile.m <= 1) return "xor";
  return profile.m === 2 ? "pq" : "cauchy";
}
