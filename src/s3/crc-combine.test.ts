import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import { simulate } from "../../sim/index.ts";
import { combineCrcs } from "./crc-combine.ts";

test("CRCs of parts combine to the CRC of the whole", async () => {
  await simulate(1, async (world) => {
    const { compute } = world.machine.boot();
    const crcOf = async (
      algorithm: "crc32" | "crc32c" | "crc64nvme",
      bytes: Uint8Array,
    ): Promise<Uint8Array> => {
      const digest = compute.digest([algorithm]);
      await digest.update(bytes);
      return (await digest.finish()).get(algorithm) ?? new Uint8Array(0);
    };
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 });
    const samples = fc.sample(parts, { numRuns: 40, seed: 7 });
    for (const algorithm of ["crc32", "crc32c", "crc64nvme"] as const) {
      for (const pieces of samples) {
        const checked = [];
        for (const piece of pieces) {
          checked.push({ value: await crcOf(algorithm, piece), sizeBytes: piece.length });
        }
        const whole = await crcOf(algorithm, concatBytes(pieces));
        assert.deepEqual(combineCrcs(algorithm, checked), whole, algorithm);
      }
    }
  });
});

test("a single part's CRC stays what it is, also at lengths past 2^32", () => {
  const value = Uint8Array.of(1, 2, 3, 4);
  assert.deepEqual(combineCrcs("crc32", [{ value, sizeBytes: 5 * 2 ** 30 }]), value);
});
