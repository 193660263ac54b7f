import { createHash } from "node:crypto";
import type { Compute, DigestAlgorithm, RunningDigest } from "#ports/index.ts";
import { assert } from "#base/assert.ts";
import type { Boot } from "./boot.ts";
import { crc32, crc32c, crc64nvme } from "./digests.ts";

interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** The Compute port: work is done at once when its drawn delay is over. */
export function simulatedCompute(boot: Boot): Compute {
  return { digest: (algorithms) => runningDigest(boot, algorithms) };
}

function runningDigest(boot: Boot, algorithms: readonly DigestAlgorithm[]): RunningDigest {
  const hashes = new Map<DigestAlgorithm, Hash>();
  for (const algorithm of algorithms) hashes.set(algorithm, startHash(algorithm));
  let last: Promise<unknown> = Promise.resolve();
  let isOpen = true;

  const inOrder = <T>(label: string, work: () => T, byteCount: number): Promise<T> => {
    const before = last;
    const delayUs = boot.prng.below(20) + byteCount / 1000;
    const done = before.then(() =>
      boot.perform({ kind: "compute", target: label, delayUs, effect: work }),
    );
    last = done;
    return done;
  };

  return {
    update(bytes) {
      assert(isOpen, "a digest is not added to once it is finished or abandoned");
      // Hashed only when the delay is over: who changes the bytes meanwhile gets a wrong digest.
      const add = (): void => {
        for (const hash of hashes.values()) hash.update(bytes);
      };
      return inOrder("update", add, bytes.length);
    },
    finish() {
      assert(isOpen, "a digest is finished once");
      isOpen = false;
      const collect = (): ReadonlyMap<DigestAlgorithm, Uint8Array> => {
        const digests = new Map<DigestAlgorithm, Uint8Array>();
        for (const [algorithm, hash] of hashes) {
          digests.set(algorithm, Uint8Array.from(hash.digest()));
        }
        return digests;
      };
      return inOrder("finish", collect, 0);
    },
    abandon() {
      isOpen = false;
    },
  };
}

function startHash(algorithm: DigestAlgorithm): Hash {
  if (algorithm === "crc32") return crc32();
  if (algorithm === "crc32c") return crc32c();
  if (algorithm === "crc64nvme") return crc64nvme();
  return createHash(algorithm);
}
