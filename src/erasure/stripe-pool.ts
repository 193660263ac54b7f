import { assert } from "#base/assert.ts";
import { kib, mib } from "#base/bytes.ts";
import { Slab } from "#base/slab.ts";
import type { Matrix } from "#format/index.ts";
import { Arena, arenaUnitBytes } from "./arena.ts";
import type { StripeShape } from "./geometry.ts";
import { Kernel } from "./kernel.ts";
import {
  dataShardsMax,
  matrixFor,
  parityShardsMax,
  type Profile,
  sliceSizeBytes,
} from "./profile.ts";
import { slotSizeBytes, Stripe, type StripeMemory } from "./stripe.ts";

/** The widest stripe takes this much: a pool must hold at least one. */
export const stripeSizeBytesMax: number = (dataShardsMax + parityShardsMax) * sliceSizeBytes;

/** What a node may hold in stripes at a time, over all requests: 40 of the profile 4+2. */
export const stripePoolSizeBytes: number = 64 * mib;

/** Shorter stripes of one slice get memory that is thrown away: it costs less than to keep it. */
const pooledSizeBytes: number = 32 * kib;

/**
 * The memory that stripes are coded in, bounded and used again. Stripes that need arithmetic lie in
 * the kernel's memory, so that nothing is copied in or out; those of one data slice need none.
 */
export class StripePool {
  readonly #sizeBytes: number;
  #takenBytes = 0;
  /** Made when the first stripe needs it. */
  #wide: { kernel: Kernel; arena: Arena } | undefined;
  /** Free buffers of one whole slice. */
  readonly #spare: Uint8Array[] = [];
  readonly #slab = new Slab();

  /**
   * @param sizeBytes the bound, a multiple of 64 KiB, room for the widest stripe that is asked for
   */
  constructor(sizeBytes: number = stripePoolSizeBytes) {
    assert(
      sizeBytes > 0 && sizeBytes % arenaUnitBytes === 0,
      "E5: a pool is whole units of 64 KiB",
    );
    this.#sizeBytes = sizeBytes;
  }

  /** How much is in use. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /**
   * Memory for one stripe; its content is whatever was there.
   *
   * @returns the stripe, or undefined where the pool has no room: try again after a release
   */
  take(
    shape: StripeShape,
    profile: Profile,
    matrix: Matrix = matrixFor(profile),
  ): Stripe | undefined {
    const memory =
      profile.k === 1 ? this.#takeCopied(shape.sizeBytes) : this.#takeRun(shape, profile);
    return memory === undefined ? undefined : new Stripe(shape, profile, matrix, memory);
  }

  #takeCopied(sizeBytes: number): StripeMemory | undefined {
    const bytes = this.takeBytes(sizeBytes);
    if (bytes === undefined) return undefined;
    return { bytes, kernel: undefined, place: 0, release: () => this.releaseBytes(bytes) };
  }

  /**
   * Plain memory for what is kept as copies; its content is whatever was there.
   *
   * @param sizeBytes at most a slice
   * @returns that much or more, to be given back by `releaseBytes`; undefined where there is no room
   */
  takeBytes(sizeBytes: number): Uint8Array | undefined {
    const isPooled = sizeBytes > pooledSizeBytes && sizeBytes <= sliceSizeBytes;
    const takenBytes = isPooled ? sliceSizeBytes : sizeBytes;
    if (!this.#fits(takenBytes)) return undefined;
    this.#takenBytes += takenBytes;
    const spare = isPooled ? this.#spare.pop() : undefined;
    return spare ?? this.#slab.take(takenBytes);
  }

  /** Gives back what `takeBytes` gave, as it was given. */
  releaseBytes(bytes: Uint8Array): void {
    this.#takenBytes -= bytes.length;
    assert(this.#takenBytes >= 0, "E5: no more is given back than was taken");
    if (bytes.length === sliceSizeBytes) this.#spare.push(bytes);
  }

  #takeRun(shape: StripeShape, profile: Profile): StripeMemory | undefined {
    const length = (profile.k + profile.m) * slotSizeBytes(shape);
    const takenBytes = Math.ceil(length / arenaUnitBytes) * arenaUnitBytes;
    if (!this.#fits(takenBytes)) return undefined;
    this.#wide ??= { kernel: new Kernel(this.#sizeBytes), arena: new Arena(this.#sizeBytes) };
    const { kernel, arena } = this.#wide;
    const place = arena.take(takenBytes);
    if (place === undefined) return undefined;
    this.#takenBytes += takenBytes;
    const bytes = kernel.arena.subarray(place, place + length);
    const release = (): void => {
      this.#takenBytes -= takenBytes;
      arena.release(place, takenBytes);
    };
    return { bytes, kernel, place, release };
  }

  #fits(takenBytes: number): boolean {
    assert(takenBytes <= this.#sizeBytes, "E5: a pool holds the widest stripe asked of it");
    return this.#takenBytes + takenBytes <= this.#sizeBytes;
  }
}
