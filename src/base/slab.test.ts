import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Slab } from "./slab.ts";

test("parts are zeros of the length asked for, and no two share a byte", () => {
  const size = fc.oneof(fc.nat(200), fc.nat(20_000));
  fc.assert(
    fc.property(fc.array(size, { maxLength: 60 }), (sizes) => {
      const slab = new Slab();
      const parts = sizes.map((sizeBytes, i) => {
        const part = slab.take(sizeBytes);
        assert.equal(part.length, sizeBytes);
        assert.ok(part.every((byte) => byte === 0));
        return part.fill(i + 1);
      });
      for (const [i, part] of parts.entries()) assert.ok(part.every((byte) => byte === i + 1));
    }),
    { numRuns: 50 },
  );
});

test("a copy is an array of its own", () => {
  const source = new Uint8Array(100).fill(7);
  const copy = new Slab().copy(source);
  source.fill(0);
  assert.ok(copy.every((byte) => byte === 7));
});
