import type { Clock } from "#ports/index.ts";

/** Of the time while clients are here, upkeep takes one part in so many. */
const clientShares = 4;
/** Work shorter than this is not paused for on its own: timers cost more than it does. */
const pauseMsMin = 5;

/** Says whether clients are being served. */
export interface Traffic {
  readonly isBusy: boolean;
}

/**
 * Lets clients go first: while they are here, work that reads or writes shards pauses three times
 * as long as it took; while they are not, it runs through.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #traffic: Traffic;
  #workedMs = 0;
  #sinceMs: number;

  constructor(clock: Clock, traffic: Traffic) {
    this.#clock = clock;
    this.#traffic = traffic;
    this.#sinceMs = clock.monotonicMs();
  }

  /** Work begins now, or goes on after something else was waited for. */
  begin(): void {
    this.#sinceMs = this.#clock.monotonicMs();
  }

  /**
   * Ends a step of work, pauses if one is due, and begins the next.
   *
   * @throws the signal's reason when it is aborted
   */
  async step(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#workedMs += this.#clock.monotonicMs() - this.#sinceMs;
    if (!this.#traffic.isBusy) this.#workedMs = 0;
    if (this.#workedMs >= pauseMsMin) {
      await this.#clock.sleep(this.#workedMs * (clientShares - 1), signal);
      this.#workedMs = 0;
    }
    this.begin();
  }
}
