import { assert } from "#base/assert.ts";
import { hashSizeBytes } from "#base/hash.ts";
import {
  blockCount,
  blockSizeBytes,
  shardDataSizeBytes,
  stripeShape,
  type UnitGeometry,
} from "./geometry.ts";
import { checksumBlocks, encodeShardFooter, rootOf } from "./shard.ts";
import type { Stripe } from "./stripe.ts";

/**
 * Gathers the block checksums of a unit stripe by stripe: from them come the footers and roots of
 * its shards, and the content root, which is the same under every encoding. Data is hashed once for
 * both.
 */
export class UnitChecksums {
  readonly #geometry: UnitGeometry;
  /** Of the unit's blocks, in the unit's order. */
  readonly #content: Uint8Array;
  /** Of each parity shard's blocks; none with k = 1, where parity is the content. */
  readonly #parity: readonly Uint8Array[];
  #stripes = 0;

  constructor(geometry: UnitGeometry) {
    const { k, m } = geometry.profile;
    this.#geometry = geometry;
    this.#content = new Uint8Array(blockCount(geometry.unitSizeBytes) * hashSizeBytes);
    const count = k === 1 ? 0 : blockCount(shardDataSizeBytes(geometry, k)) * hashSizeBytes;
    this.#parity = Array.from({ length: k === 1 ? 0 : m }, () => new Uint8Array(count));
  }

  /** Adds the next stripe, encoded. */
  addStripe(stripe: Stripe): void {
    const { shape, slices, profile } = stripe;
    assert(shape.index === this.#stripes, "E4: stripes are added in order");
    this.#stripes++;
    checksumBlocks(stripe.data, this.#content.subarray(checksumsBefore(shape.offsetBytes)));
    const at = checksumsBefore(shape.shardOffsetBytes);
    this.#parity.forEach((checksums, i) => {
      const slice = slices[profile.k + i];
      assert(slice !== undefined, "a stripe has k + m slices");
      checksumBlocks(slice, checksums.subarray(at));
    });
  }

  /** The root over the unit's blocks in the unit's order. */
  contentRoot(): Uint8Array<ArrayBuffer> {
    assert(this.#stripes === this.#geometry.stripeCount, "E4: a root covers every stripe");
    return rootOf(this.#content);
  }

  /** The root of one shard. */
  shardRoot(shardIndex: number): Uint8Array<ArrayBuffer> {
    return rootOf(this.#shardChecksums(shardIndex));
  }

  /** The footer of one shard; its root is in it. */
  shardFooter(shardIndex: number): Uint8Array<ArrayBuffer> {
    return encodeShardFooter(this.#shardChecksums(shardIndex));
  }

  #shardChecksums(shardIndex: number): Uint8Array {
    assert(this.#stripes === this.#geometry.stripeCount, "E4: a root covers every stripe");
    const { k } = this.#geometry.profile;
    if (k === 1) return this.#content;
    if (shardIndex >= k) {
      const parity = this.#parity[shardIndex - k];
      assert(parity !== undefined, "a shard's index is below k + m");
      return parity;
    }
    return this.#gather(shardIndex);
  }

  // A data shard's blocks are slices of the content, one run of blocks a stripe.
  #gather(shardIndex: number): Uint8Array {
    const dataSizeBytes = shardDataSizeBytes(this.#geometry, shardIndex);
    const checksums = new Uint8Array(blockCount(dataSizeBytes) * hashSizeBytes);
    for (let index = 0; index < this.#geometry.stripeCount; index++) {
      const shape = stripeShape(this.#geometry, index);
      const from = checksumsBefore(shape.offsetBytes + shardIndex * shape.sliceSizeBytes);
      const at = checksumsBefore(shape.shardOffsetBytes);
      const end = from + checksumsBefore(shape.sliceSizeBytes + blockSizeBytes - 1);
      checksums.set(this.#content.subarray(from, Math.min(end, from + checksums.length - at)), at);
    }
    return checksums;
  }
}

// How many bytes the checksums of the whole blocks within `offsetBytes` take.
function checksumsBefore(offsetBytes: number): number {
  return Math.floor(offsetBytes / blockSizeBytes) * hashSizeBytes;
}
