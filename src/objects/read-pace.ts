import type { Clock } from "#ports/index.ts";

/** A read is never waited for less than this before another is begun in its stead. */
const hedgeDelayMsMin = 10;
/** What is waited for while nothing is known. */
const hedgeDelayMsFirst = 100;
const hedgeDelayMsMax = 1_000;
/** Reads that are begun in the stead of slow ones are at most one in so many, but for a burst. */
const readsPerHedge = 10;
const hedgesAtOnceMax = 16;
/** How much one read changes what is thought of all: as TCP takes its round trips (RFC 6298). */
const meanShare = 1 / 8;
const deviationShare = 1 / 4;

/**
 * How fast other nodes give shards of late: tells when one is slower than its peers are, and bounds
 * what is read on top because of it.
 */
export class ReadPace {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #meanMs: number | undefined;
  #deviationMs = 0;
  #hedges = hedgesAtOnceMax;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** After this long, a read is slower than others were. */
  get hedgeDelayMs(): number {
    if (this.#meanMs === undefined) return hedgeDelayMsFirst;
    const delayMs = this.#meanMs + 4 * this.#deviationMs;
    return Math.min(hedgeDelayMsMax, Math.max(hedgeDelayMsMin, delayMs));
  }

  /** Begins to time a read of another node; the result is called when it has given its bytes. */
  begin(): () => void {
    const beganMs = this.#clock.monotonicMs();
    return () => this.#note(this.#clock.monotonicMs() - beganMs);
  }

  /** Whether one more read may be begun in the stead of a slow one. */
  tryHedge(): boolean {
    if (this.#hedges < 1) return false;
    this.#hedges--;
    return true;
  }

  #note(tookMs: number): void {
    this.#hedges = Math.min(hedgesAtOnceMax, this.#hedges + 1 / readsPerHedge);
    if (this.#meanMs === undefined) {
      this.#meanMs = tookMs;
      this.#deviationMs = tookMs / 2;
      return;
    }
    const difference = tookMs - this.#meanMs;
    this.#deviationMs += deviationShare * (Math.abs(difference) - this.#deviationMs);
    this.#meanMs += meanShare * difference;
  }
}
