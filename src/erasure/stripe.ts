import { assert } from "#base/assert.ts";
import type { Matrix } from "#format/index.ts";
import { type StripeShape, sliceLengthBytes } from "./geometry.ts";
import { type Kernel, kernelStepBytes } from "./kernel.ts";
import { parityRows, rebuildRows } from "./matrix.ts";
import type { Profile } from "./profile.ts";

/**
 * Where a stripe's bytes lie: the kernel's arena, or memory of its own where nothing is computed.
 */
export interface StripeMemory {
  readonly bytes: Uint8Array;
  /** Absent with k = 1, where every slice is the data. */
  readonly kernel: Kernel | undefined;
  /** The offset of `bytes` in the kernel's arena. */
  readonly place: number;
  release(): void;
}

/** The memory between two slices: whole steps of the kernel. */
export function slotSizeBytes(shape: StripeShape): number {
  return Math.ceil(shape.sliceSizeBytes / kernelStepBytes) * kernelStepBytes;
}

/**
 * One stripe in memory. Data is written to `data`, or slices to `slices`; `encode` or `rebuild`
 * fill in the others; `release` gives the memory back, after which no view of it may be used.
 *
 * ```
 *   | slice 0 | slice 1 | slice 2 |zeros| parity 0 | parity 1 |
 *   |<------------ data --------->|
 * ```
 */
export class Stripe {
  readonly shape: StripeShape;
  readonly profile: Profile;
  readonly matrix: Matrix;
  /** The stripe's part of the unit, in one piece. */
  readonly data: Uint8Array;
  /** All k + m slices, as long as they are on their shards. With k = 1 all are the same bytes. */
  readonly slices: readonly Uint8Array[];
  readonly #memory: StripeMemory;
  #released = false;

  constructor(shape: StripeShape, profile: Profile, matrix: Matrix, memory: StripeMemory) {
    this.shape = shape;
    this.profile = profile;
    this.matrix = matrix;
    this.#memory = memory;
    this.data = memory.bytes.subarray(0, shape.sizeBytes);
    const slot = profile.k === 1 ? 0 : slotSizeBytes(shape);
    this.slices = Array.from({ length: profile.k + profile.m }, (_, i) => {
      const length = sliceLengthBytes(shape, profile, i);
      return memory.bytes.subarray(i * slot, i * slot + length);
    });
  }

  /** Computes the parity slices from `data`. */
  encode(): void {
    const { kernel } = this.#memory;
    assert(!this.#released, "E5: a released stripe is not used");
    if (kernel === undefined || this.profile.m === 0) return;
    const { k, m } = this.profile;
    const rows = parityRows(this.profile, this.matrix);
    const inputs = Array.from({ length: k }, (_, i) => this.#placeOf(i));
    for (let i = 0; i < k; i++) this.#pad(i);
    const length = slotSizeBytes(this.shape);
    if (this.matrix === "pq" && m === 2) {
      kernel.sumAndPowers(inputs, this.#placeOf(k), this.#placeOf(k + 1), length);
    } else {
      const targets = rows.map((row, i) => ({ place: this.#placeOf(k + i), row }));
      kernel.combine(inputs, targets, length);
    }
  }

  /**
   * Computes lost slices.
   *
   * @param options.present k shard indices whose slices are filled in
   * @param options.wanted the shard indices to compute, none of them present, at most 8
   */
  rebuild(options: { present: readonly number[]; wanted: readonly number[] }): void {
    const { present, wanted } = options;
    const { kernel } = this.#memory;
    assert(!this.#released, "E5: a released stripe is not used");
    assert(present.length === this.profile.k, "E3: any k shards give back the rest");
    if (kernel === undefined || wanted.length === 0) return;
    const rows = rebuildRows(this.profile, this.matrix, present, wanted);
    for (const index of present) this.#pad(index);
    const inputs = present.map((index) => this.#placeOf(index));
    const targets = wanted.map((index, i) => ({ place: this.#placeOf(index), row: rows[i] ?? [] }));
    kernel.combine(inputs, targets, slotSizeBytes(this.shape));
  }

  /** Gives the memory back. */
  release(): void {
    assert(!this.#released, "E5: a stripe is released once");
    this.#released = true;
    this.#memory.release();
  }

  #placeOf(index: number): number {
    return this.#memory.place + index * slotSizeBytes(this.shape);
  }

  // What a slice does not fill counts as zeros; the memory may hold what an earlier stripe left.
  #pad(index: number): void {
    const slot = slotSizeBytes(this.shape);
    const length = this.slices[index]?.length ?? 0;
    this.#memory.bytes.fill(0, index * slot + length, (index + 1) * slot);
  }
}
