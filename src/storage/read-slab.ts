import { kib } from "#base/bytes.ts";

/**
 * So much is allocated at once: zeroing and collecting small arrays costs as much as reading them.
 */
const slabBytes: number = 128 * kib;
/** A longer read gets an array of its own: few of them would fit into a slab. */
const sharedBytesMax: number = 16 * kib;

/**
 * Memory for short reads, cut from larger arrays. No part is given out twice; a slab goes when the
 * last of its parts does.
 */
export class ReadSlab {
  #slab = new Uint8Array(0);
  #usedBytes = 0;

  take(sizeBytes: number): Uint8Array {
    if (sizeBytes > sharedBytesMax) return new Uint8Array(sizeBytes);
    if (this.#usedBytes + sizeBytes > this.#slab.length) {
      this.#slab = new Uint8Array(slabBytes);
      this.#usedBytes = 0;
    }
    const part = this.#slab.subarray(this.#usedBytes, this.#usedBytes + sizeBytes);
    this.#usedBytes += sizeBytes;
    return part;
  }
}
