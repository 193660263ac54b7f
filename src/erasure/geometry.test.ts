import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { kib, mib } from "#base/bytes.ts";
import {
  blockSizeBytes,
  shardDataSizeBytes,
  sliceLengthBytes,
  slicesForRange,
  stripeIndexAt,
  stripeShape,
  type UnitGeometry,
  unitGeometry,
} from "./geometry.ts";

const widths = fc.record({ k: fc.integer({ min: 1, max: 16 }), m: fc.integer({ min: 0, max: 8 }) });
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 200 * kib }),
  fc.integer({ min: 1, max: 20 * mib }),
  fc.integer({ min: 1, max: 256 }).map((blocks) => blocks * 64 * kib),
);
const slices = fc.constantFrom(64 * kib, 128 * kib, 256 * kib);
const geometries = fc
  .tuple(sizes, widths, slices)
  .map(([unitSizeBytes, profile, sliceSizeBytes]) =>
    unitGeometry({ unitSizeBytes, profile, sliceSizeBytes }),
  );

function stripesOf(geometry: UnitGeometry): ReturnType<typeof stripeShape>[] {
  return Array.from({ length: geometry.stripeCount }, (_, i) => stripeShape(geometry, i));
}

test("E2 stripes and data slices cover the unit once, in order, and pad nothing", () => {
  const property = fc.property(geometries, (geometry) => {
    const { profile, unitSizeBytes } = geometry;
    let covered = 0;
    const shardSizes = Array.from({ length: profile.k + profile.m }, () => 0);
    for (const stripe of stripesOf(geometry)) {
      assert.equal(stripe.offsetBytes, covered);
      shardSizes.forEach((_, index) => {
        const length = sliceLengthBytes(stripe, profile, index);
        if (length > 0) assert.equal(shardSizes[index], stripe.shardOffsetBytes);
        shardSizes[index] = (shardSizes[index] ?? 0) + length;
        if (index < profile.k) covered += length;
      });
      assert.ok(stripe.sliceSizeBytes <= geometry.sliceSizeBytes);
    }
    assert.equal(covered, unitSizeBytes);
    shardSizes.forEach((size, index) => assert.equal(shardDataSizeBytes(geometry, index), size));
  });
  fc.assert(property);
});

test("E4 data slices begin at whole blocks of the unit: every encoding has the same", () => {
  const property = fc.property(geometries, (geometry) => {
    for (const stripe of stripesOf(geometry)) {
      for (let index = 0; index < geometry.profile.k; index++) {
        if (sliceLengthBytes(stripe, geometry.profile, index) === 0) continue;
        const start = stripe.offsetBytes + index * stripe.sliceSizeBytes;
        assert.equal(start % blockSizeBytes, 0);
      }
    }
  });
  fc.assert(property);
});

test("E2 parity takes at most one block a shard more than an even share", () => {
  const property = fc.property(geometries, (geometry) => {
    const { k, m } = geometry.profile;
    if (m === 0) return;
    const share = geometry.unitSizeBytes / k;
    assert.ok(shardDataSizeBytes(geometry, k) < share + blockSizeBytes);
  });
  fc.assert(property);
});

test("E2 a range's pieces are the bytes of the range and no others", () => {
  const property = fc.property(geometries, fc.nat(), fc.nat(), (geometry, a, b) => {
    const { profile, unitSizeBytes } = geometry;
    const offsetBytes = a % unitSizeBytes;
    const lengthBytes = (b % (unitSizeBytes - offsetBytes)) + 1;
    let at = offsetBytes;
    const last = stripeIndexAt(geometry, offsetBytes + lengthBytes - 1);
    for (let i = stripeIndexAt(geometry, offsetBytes); i <= last; i++) {
      const stripe = stripeShape(geometry, i);
      for (const piece of slicesForRange(geometry, stripe, { offsetBytes, lengthBytes })) {
        const inSlice = piece.shardOffsetBytes - stripe.shardOffsetBytes;
        const start = stripe.offsetBytes + piece.shardIndex * stripe.sliceSizeBytes + inSlice;
        assert.equal(start, at);
        assert.ok(piece.lengthBytes > 0 && inSlice >= 0);
        assert.ok(
          inSlice + piece.lengthBytes <= sliceLengthBytes(stripe, profile, piece.shardIndex),
        );
        at += piece.lengthBytes;
      }
    }
    assert.equal(at, offsetBytes + lengthBytes);
  });
  fc.assert(property);
});

test("E2 the picture of the header comment holds: eleven pieces on four shards", () => {
  const profile = { k: 4, m: 1 };
  const sliceSizeBytes = 64 * kib;
  const geometry = unitGeometry({ unitSizeBytes: 11 * sliceSizeBytes, profile, sliceSizeBytes });
  const lengths = [0, 1, 2, 3, 4].map((i) => shardDataSizeBytes(geometry, i) / sliceSizeBytes);
  assert.deepEqual(lengths, [3, 3, 3, 2, 3]);
});
