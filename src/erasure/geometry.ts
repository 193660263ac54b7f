import { assert } from "#base/assert.ts";
import { kib } from "#base/bytes.ts";
import { assertProfile, type Profile } from "./profile.ts";

/** Every block of this many bytes of a shard has a checksum of its own. The last may be shorter. */
export const blockSizeBytes: number = 64 * kib;

/** A unit is at most this long: what a rebuild or a re-encoding takes on at once. */
export const unitSizeBytesMax: number = 256 * kib * kib;

/**
 * How a unit of bytes lies in its shards.
 *
 * ```
 *   unit     |0 1 2 3|4 5 6 7|8 9 a|     k = 4, whole slices of one letter, the last stripe shorter
 *
 *            stripe 0   1   2
 *   shard 0     | 0 | 4 | 8 |             a data shard holds its own bytes and no padding,
 *   shard 1     | 1 | 5 | 9 |
 *   shard 2     | 2 | 6 | a |             so shards may end early,
 *   shard 3     | 3 | 7 |                 or be empty in a short unit
 *   parity 0    | P | P | P |             parity is as long as the longest data slice of its stripe
 * ```
 *
 * Where a slice ends early, coding takes zeros for the rest. In the last stripe of r bytes a slice
 * is r / k bytes, rounded up to whole blocks (or r, if r is shorter). So every data slice begins at
 * a multiple of the block size in the unit, a unit has the same blocks under every encoding, and
 * their checksums give the same content root. The price is at most one block per parity shard and
 * unit.
 */
export interface UnitGeometry {
  readonly profile: Profile;
  readonly sliceSizeBytes: number;
  readonly unitSizeBytes: number;
  readonly stripeCount: number;
}

/** One stripe of a unit. */
export interface StripeShape {
  readonly index: number;
  /** Where its data begins in the unit. */
  readonly offsetBytes: number;
  /** How much data it holds. */
  readonly sizeBytes: number;
  /** The length of its longest slices, parity's among them. */
  readonly sliceSizeBytes: number;
  /** Where its slices begin in their shards' data. */
  readonly shardOffsetBytes: number;
}

/** Bytes of one data slice that a range touches. */
export interface SlicePiece {
  readonly shardIndex: number;
  /** Where the piece begins in the shard's data. */
  readonly shardOffsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * Lays a unit out.
 *
 * @param options.unitSizeBytes from 1 to `unitSizeBytesMax`
 * @param options.sliceSizeBytes a multiple of `blockSizeBytes`
 */
export function unitGeometry(options: {
  unitSizeBytes: number;
  profile: Profile;
  sliceSizeBytes: number;
}): UnitGeometry {
  const { unitSizeBytes, profile, sliceSizeBytes } = options;
  assertProfile(profile);
  assert(
    sliceSizeBytes > 0 && sliceSizeBytes % blockSizeBytes === 0,
    "E2: slices are whole blocks",
  );
  assert(unitSizeBytes >= 1 && unitSizeBytes <= unitSizeBytesMax, "E2: a unit is 1 B to 256 MiB");
  const stripeCount = Math.ceil(unitSizeBytes / (profile.k * sliceSizeBytes));
  return { profile, sliceSizeBytes, unitSizeBytes, stripeCount };
}

/** The stripe at `index`, from 0 to `stripeCount` - 1. */
export function stripeShape(geometry: UnitGeometry, index: number): StripeShape {
  assert(index >= 0 && index < geometry.stripeCount, "a stripe's index is below the count");
  const whole = geometry.profile.k * geometry.sliceSizeBytes;
  const offsetBytes = index * whole;
  const sizeBytes = Math.min(whole, geometry.unitSizeBytes - offsetBytes);
  return {
    index,
    offsetBytes,
    sizeBytes,
    sliceSizeBytes: stripeSliceSizeBytes(sizeBytes, geometry.profile.k),
    shardOffsetBytes: index * geometry.sliceSizeBytes,
  };
}

/** The length of the longest slices of a stripe that holds `sizeBytes` of data. */
function stripeSliceSizeBytes(sizeBytes: number, k: number): number {
  const blocks = Math.ceil(sizeBytes / k / blockSizeBytes);
  return Math.min(sizeBytes, blocks * blockSizeBytes);
}

/** How many bytes of shard `shardIndex` a stripe holds; 0 where it ends before that slice. */
export function sliceLengthBytes(
  stripe: StripeShape,
  profile: Profile,
  shardIndex: number,
): number {
  if (shardIndex >= profile.k) return stripe.sliceSizeBytes;
  const left = stripe.sizeBytes - shardIndex * stripe.sliceSizeBytes;
  return Math.max(0, Math.min(stripe.sliceSizeBytes, left));
}

/**
 * The same part of every slice of a stripe: it codes as a stripe of its own does.
 *
 * @param part where it begins and ends within the longest slices, in bytes; not empty
 */
export function stripePart(
  stripe: StripeShape,
  profile: Profile,
  part: { startBytes: number; endBytes: number },
): StripeShape {
  const { startBytes, endBytes } = part;
  assert(
    startBytes >= 0 && startBytes < endBytes && endBytes <= stripe.sliceSizeBytes,
    "E2: a part lies within the slices of its stripe",
  );
  let sizeBytes = 0;
  for (let index = 0; index < profile.k; index++) {
    const length = sliceLengthBytes(stripe, profile, index);
    sizeBytes += Math.max(0, Math.min(length, endBytes) - startBytes);
  }
  return {
    index: stripe.index,
    offsetBytes: stripe.offsetBytes + startBytes,
    sizeBytes,
    sliceSizeBytes: endBytes - startBytes,
    shardOffsetBytes: stripe.shardOffsetBytes + startBytes,
  };
}

/** How many bytes of data a shard holds, header and footer left out. */
export function shardDataSizeBytes(geometry: UnitGeometry, shardIndex: number): number {
  const last = stripeShape(geometry, geometry.stripeCount - 1);
  return last.shardOffsetBytes + sliceLengthBytes(last, geometry.profile, shardIndex);
}

/** How many blocks, each with a checksum, a shard of `dataSizeBytes` has. */
export function blockCount(dataSizeBytes: number): number {
  return Math.ceil(dataSizeBytes / blockSizeBytes);
}

/** The stripe that holds the unit's byte at `offsetBytes`. */
export function stripeIndexAt(geometry: UnitGeometry, offsetBytes: number): number {
  return Math.floor(offsetBytes / (geometry.profile.k * geometry.sliceSizeBytes));
}

/**
 * What to read of which data shards for the part of a byte range that one stripe holds.
 *
 * @param range offset in the unit and length, both in bytes; it may reach past the stripe either
 * way
 * @returns pieces in the order of the unit's bytes, none of them empty
 */
export function slicesForRange(
  geometry: UnitGeometry,
  stripe: StripeShape,
  range: { offsetBytes: number; lengthBytes: number },
): SlicePiece[] {
  const pieces: SlicePiece[] = [];
  const rangeEnd = range.offsetBytes + range.lengthBytes;
  for (let shardIndex = 0; shardIndex < geometry.profile.k; shardIndex++) {
    const sliceStart = stripe.offsetBytes + shardIndex * stripe.sliceSizeBytes;
    const sliceEnd = sliceStart + sliceLengthBytes(stripe, geometry.profile, shardIndex);
    const start = Math.max(sliceStart, range.offsetBytes);
    const end = Math.min(sliceEnd, rangeEnd);
    if (start >= end) continue;
    const shardOffsetBytes = stripe.shardOffsetBytes + start - sliceStart;
    pieces.push({ shardIndex, shardOffsetBytes, lengthBytes: end - start });
  }
  return pieces;
}
