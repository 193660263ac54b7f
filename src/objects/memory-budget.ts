import { assert } from "#base/assert.ts";
import { mib } from "#base/bytes.ts";
import type { Profile, Stripe, StripePool, StripeShape } from "#erasure/index.ts";
import { FairQueue } from "./fair-queue.ts";

/** What all reads together may hold in verified bytes that clients have not taken yet. */
export const readBytesMax: number = 64 * mib;

/** What all reads together may hold besides, to make up for shards that they lack. */
export const rebuildBytesMax: number = 32 * mib;

/** Memory for stripes and small bodies, over all writes. Who waits is served in order. */
export class StripeBudget {
  readonly #pool: StripePool;
  readonly #queue = new FairQueue();

  constructor(pool: StripePool) {
    this.#pool = pool;
  }

  /** How much is held, in bytes. */
  get takenBytes(): number {
    return this.#pool.takenBytes;
  }

  /**
   * Memory for one stripe, as soon as there is some.
   *
   * @throws the signal's reason when it is aborted first
   */
  take(shape: StripeShape, profile: Profile, signal: AbortSignal): Promise<Stripe> {
    return this.#queue.take(() => this.#pool.take(shape, profile), signal);
  }

  /** As `take`, but plain memory: that much or more, to be given back by `releaseBytes`. */
  takeBytes(sizeBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.#queue.take(() => this.#pool.takeBytes(sizeBytes), signal);
  }

  /** As `takeBytes`, at once: undefined where it would have to wait. */
  tryTakeBytes(sizeBytes: number): Uint8Array | undefined {
    return this.#queue.tryTake(() => this.#pool.takeBytes(sizeBytes));
  }

  releaseBytes(bytes: Uint8Array): void {
    this.#pool.releaseBytes(bytes);
    this.#queue.wake();
  }

  /** Gives the memory back. */
  release(stripe: Stripe): void {
    stripe.release();
    this.#queue.wake();
  }
}

/** A bound on bytes held over all reads. Who waits is served in order. */
export class ByteBudget {
  readonly #limitBytes: number;
  readonly #queue = new FairQueue();
  #takenBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** How much is held. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Takes the bytes if there is room and nobody waits. */
  tryTake(sizeBytes: number): boolean {
    return this.#queue.tryTake(() => this.#attempt(sizeBytes)) ?? false;
  }

  /**
   * Takes the bytes as soon as there is room.
   *
   * @throws the signal's reason when it is aborted first
   */
  async take(sizeBytes: number, signal: AbortSignal): Promise<void> {
    await this.#queue.take(() => this.#attempt(sizeBytes), signal);
  }

  /** Gives bytes back. */
  release(sizeBytes: number): void {
    assert(sizeBytes <= this.#takenBytes, "O5: no more is given back than was taken");
    this.#takenBytes -= sizeBytes;
    this.#queue.wake();
  }

  #attempt(sizeBytes: number): true | undefined {
    // What is larger than the whole budget may pass alone.
    if (this.#takenBytes > 0 && this.#takenBytes + sizeBytes > this.#limitBytes) return undefined;
    this.#takenBytes += sizeBytes;
    return true;
  }
}
