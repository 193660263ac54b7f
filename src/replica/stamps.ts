import type { Clock } from "#ports/index.ts";

/** Clocks that differ by more are not believed when a retention is to end, in milliseconds. */
const differenceMsMax = 10_000;

/** A reading of another voter's clock counts for so long, in milliseconds. */
const readingLifetimeMs = 5000;

/** The time that commands are stamped with: by the leader, never backwards. */
export class Stamps {
  readonly #clock: Pick<Clock, "unixMs" | "monotonicMs">;
  /** How far each other member's wall clock is ahead of this one's, and when that was seen. */
  readonly #readings = new Map<number, { aheadMs: number; atMs: number }>();
  /** What the stamp was when this office began, and the monotonic clock. */
  #office: { stampUnixMs: number; atMs: number };
  #lastUnixMs: number;

  constructor(clock: Pick<Clock, "unixMs" | "monotonicMs">, lastUnixMs: number) {
    this.#clock = clock;
    this.#lastUnixMs = lastUnixMs;
    this.#office = this.#begin();
  }

  #begin(): { stampUnixMs: number; atMs: number } {
    const stampUnixMs = Math.max(this.#lastUnixMs, this.#clock.unixMs());
    return { stampUnixMs, atMs: this.#clock.monotonicMs() };
  }

  /** This node leads from now on. @param lastUnixMs the newest stamp of the log, as far as known */
  takeOffice(lastUnixMs: number): void {
    this.#lastUnixMs = Math.max(this.#lastUnixMs, lastUnixMs);
    this.#office = this.#begin();
  }

  /** A member's clock said this when it sent what has just arrived. */
  noteReading(member: number, unixMs: number): void {
    const aheadMs = unixMs - this.#clock.unixMs();
    this.#readings.set(member, { aheadMs, atMs: this.#clock.monotonicMs() });
  }

  /**
   * The stamp for what is put into the log now.
   *
   * @param lastUnixMs the newest stamp that was applied
   * @param otherVoters whose clocks must agree with this one, as far as they are heard
   */
  take(
    lastUnixMs: number,
    otherVoters: readonly number[],
  ): { timeUnixMs: number; timeInDoubt: boolean } {
    const timeUnixMs = Math.max(this.#lastUnixMs, lastUnixMs, this.#clock.unixMs());
    this.#lastUnixMs = timeUnixMs;
    const nowMs = this.#clock.monotonicMs();
    const { stampUnixMs, atMs } = this.#office;
    const outrunMs = timeUnixMs - stampUnixMs - (nowMs - atMs);
    const timeInDoubt = outrunMs > differenceMsMax || !this.#isAgreed(otherVoters, nowMs);
    return { timeUnixMs, timeInDoubt };
  }

  /** Whether a majority of the voters' clocks were heard of late, and all that were agree. */
  #isAgreed(otherVoters: readonly number[], nowMs: number): boolean {
    let heard = 1;
    for (const voter of otherVoters) {
      const reading = this.#readings.get(voter);
      if (reading === undefined || nowMs - reading.atMs > readingLifetimeMs) continue;
      if (Math.abs(reading.aheadMs) > differenceMsMax) return false;
      heard++;
    }
    return heard * 2 > otherVoters.length + 1;
  }
}
