import type { Clock } from "#ports/index.ts";

/** A clock for tests that goes on when it is told to. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #sleepers = new Set<{ untilMs: number; wake: () => void }>();

  /** How many wait for time to pass. */
  get sleeperCount(): number {
    return this.#sleepers.size;
  }

  unixMs(): number {
    return 1 + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#sleepers.delete(sleeper);
        reject(new Error("the sleep was ended"));
      };
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const sleeper = { untilMs: this.#nowMs + ms, wake };
      if (signal?.aborted === true) return leave();
      signal?.addEventListener("abort", leave, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Lets time pass for all who sleep. */
  pass(ms: number): void {
    this.#nowMs += ms;
    for (const { untilMs, wake } of this.#sleepers) if (untilMs <= this.#nowMs) wake();
  }
}
