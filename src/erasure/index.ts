/**
 * How a unit of bytes becomes shards, any k of which give it back, and what a shard looks like.
 *
 * E1. Any profile from 1+0 to 16+8 can be coded; any k of its shards rebuild the others bit by bit.
 * E2. Geometry is a function of unit length, profile and slice size alone.
 * E3. The kernel computes what the plain reference computes, for every survivable loss.
 * E4. Every 64 KiB block of every shard has a BLAKE3; a shard's root covers them, and the content
 *     root covers the unit's blocks in the unit's order, the same under every encoding.
 * E5. Stripe memory is bounded; a stripe is used until it is released, and released once.
 * E6. A shard's header and length follow from its description; damaged bytes are told, never
 *     guessed at.
 *
 * It does not read, write, wait or place: bytes come in and go out as arrays.
 */
export {
  blockCount,
  blockSizeBytes,
  shardDataSizeBytes,
  sliceLengthBytes,
  type SlicePiece,
  slicesForRange,
  stripeIndexAt,
  stripePart,
  stripeShape,
  type StripeShape,
  unitGeometry,
  type UnitGeometry,
  unitSizeBytesMax,
} from "./geometry.ts";
export {
  dataShardsMax,
  matrixFor,
  parityShardsMax,
  type Profile,
  profileFor,
  sliceSizeBytes,
  smallObjectSizeBytes,
} from "./profile.ts";
export { Rebuilder } from "./rebuilder.ts";
export {
  checksumBlocks,
  checkShardDescription,
  decodeShardFooter,
  decodeShardHeader,
  encodeShardFooter,
  encodeShardHeader,
  findCorruptBlock,
  geometryOf,
  rootOf,
  shardHeaderSizeBytesMax,
  type ShardLayout,
  shardLayout,
  shardMagic,
} from "./shard.ts";
export { Stripe } from "./stripe.ts";
export { StripePool, stripePoolSizeBytes, stripeSizeBytesMax } from "./stripe-pool.ts";
export { UnitChecksums } from "./unit-checksums.ts";
