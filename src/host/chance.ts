import { randomFillSync } from "node:crypto";
import { seededPrng } from "#base/prng.ts";
import type { Entropy, Random } from "#ports/index.ts";

/** Unpredictable bytes from the system. */
export const systemEntropy: Entropy = {
  bytes: (count) => randomFillSync(new Uint8Array(count)),
};

/** A generator for choices, seeded by the system, so that two nodes choose differently. */
export function systemRandom(): Random {
  const seed = new DataView(systemEntropy.bytes(8).buffer);
  return seededPrng((seed.getUint32(0) & 0x1fffff) * 2 ** 32 + seed.getUint32(4));
}
