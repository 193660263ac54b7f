/** Where choices come from when nobody must be able to guess less than the seed: xoshiro128**. */
export interface Prng {
  /** A whole number from 0 to `bound` - 1; `bound` from 1 to 2^32. Unbiased. */
  below(bound: number): number;
  /** Fills `bytes` with pseudorandom bytes. */
  fill(bytes: Uint8Array): void;
  /** A generator of its own, whose numbers do not depend on how much this one is used later. */
  fork(): Prng;
}

/**
 * Makes a deterministic generator. The same seed gives the same numbers on every machine.
 *
 * Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (xoshiro128**),
 * seeded by splitmix32.
 *
 * @param seed any whole number from 0 to 2^53 - 1
 */
export function seededPrng(seed: number): Prng {
  let mix = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1)) | 0;
  const splitmix = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  let s0 = splitmix();
  let s1 = splitmix();
  let s2 = splitmix();
  let s3 = splitmix() | 1; // Never all zero, where the generator would stay.

  const next = (): number => {
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result;
  };

  return {
    below(bound) {
      const limit = 2 ** 32 - (2 ** 32 % bound);
      for (;;) {
        const value = next();
        if (value < limit) return value % bound;
      }
    },
    fill(bytes) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = next() >>> 24;
    },
    fork() {
      return seededPrng(next() * 2 ** 21 + (next() >>> 11));
    },
  };
}
