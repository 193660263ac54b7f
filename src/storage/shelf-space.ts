import { gib } from "#base/bytes.ts";
import type { Clock, Disk } from "#ports/index.ts";

/** The shelf leaves this much of the file system to log, store, checkpoints and compaction. */
export const reserveBytesMin: number = gib;
const reserveFraction = 0.05;

/** A look at the file system serves this long; what is staged meanwhile is counted. */
const lookLifetimeMs = 1000;
/** A refusal is not told on a look older than this: room may have come back. */
const refusalLookLifetimeMs = 20;

/**
 * Whether there is room for another shard. What is staged counts from its beginning, so that many
 * at once do not fill the disk together.
 */
export class ShelfSpace {
  readonly #disk: Pick<Disk, "space">;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #reserveBytesMin: number;
  /**
   * What may be staged by the last look at the file system, in bytes; negative below the reserve.
   */
  #roomBytes = 0;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #stagedBytes = 0;

  constructor(options: {
    disk: Pick<Disk, "space">;
    clock: Pick<Clock, "monotonicMs">;
    reserveBytesMin: number;
  }) {
    this.#disk = options.disk;
    this.#clock = options.clock;
    this.#reserveBytesMin = options.reserveBytesMin;
  }

  /** What is being staged now, in bytes. */
  get stagedBytes(): number {
    return this.#stagedBytes;
  }

  /** As `take`, but false also where only a look at the file system would tell. */
  tryTake(bytes: number): boolean {
    const ageMs = this.#clock.monotonicMs() - this.#lookedAtMs;
    if (ageMs > lookLifetimeMs || !this.#hasRoom(bytes)) return false;
    this.#stagedBytes += bytes;
    return true;
  }

  /**
   * Sets room aside for a shard, until `release`.
   *
   * @returns whether there is that much above the reserve
   */
  async take(bytes: number): Promise<boolean> {
    const ageMs = this.#clock.monotonicMs() - this.#lookedAtMs;
    if (ageMs > lookLifetimeMs) await this.#look();
    if (!this.#hasRoom(bytes) && ageMs > refusalLookLifetimeMs) await this.#look();
    if (!this.#hasRoom(bytes)) return false;
    this.#stagedBytes += bytes;
    return true;
  }

  /** Whether there is no room for any shard. */
  async isFull(): Promise<boolean> {
    if (this.#clock.monotonicMs() - this.#lookedAtMs > lookLifetimeMs) await this.#look();
    return !this.#hasRoom(1);
  }

  /** Ends what `take` began. Bytes that stay on the disk are `kept`. */
  release(bytes: number, isKept: boolean): void {
    this.#stagedBytes -= bytes;
    if (isKept) this.#roomBytes -= bytes;
  }

  #hasRoom(bytes: number): boolean {
    return this.#roomBytes - this.#stagedBytes >= bytes;
  }

  #look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    const { totalBytes, freeBytes } = await this.#disk.space();
    const reserveBytes = Math.max(this.#reserveBytesMin, totalBytes * reserveFraction);
    this.#roomBytes = freeBytes - reserveBytes;
    this.#lookedAtMs = this.#clock.monotonicMs();
  }
}
