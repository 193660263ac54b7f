import type { Clock } from "#ports/index.ts";

/** How often deadlines are looked at while anyone waits, in milliseconds. */
const pauseMs = 250;

/** Those who may have waited long enough. */
export interface Waiting {
  readonly isIdle: boolean;
  /** Tells those whose deadline is over. */
  expire(nowMs: number, hasLeader: boolean): void;
}

/** Tells those who have waited long enough, while there is anyone who waits. */
export class DeadlineWatch {
  readonly #clock: Pick<Clock, "monotonicMs" | "sleep">;
  readonly #signal: AbortSignal;
  readonly #waiting: readonly Waiting[];
  readonly #look: { hasLeader: () => boolean; after: () => void };
  #watching: Promise<void> | undefined;

  /** @param look.after is called after each look */
  constructor(
    clock: Pick<Clock, "monotonicMs" | "sleep">,
    signal: AbortSignal,
    waiting: readonly Waiting[],
    look: { hasLeader: () => boolean; after: () => void },
  ) {
    this.#clock = clock;
    this.#signal = signal;
    this.#waiting = waiting;
    this.#look = look;
  }

  /** Somebody waits. */
  start(): void {
    this.#watching ??= this.#watch().finally(() => {
      this.#watching = undefined;
    });
  }

  /** Resolves once it no longer looks. */
  async ended(): Promise<void> {
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (this.#waiting.some(({ isIdle }) => !isIdle)) {
      await this.#clock.sleep(pauseMs, this.#signal).catch(() => undefined);
      if (this.#signal.aborted) return;
      const nowMs = this.#clock.monotonicMs();
      const hasLeader = this.#look.hasLeader();
      for (const one of this.#waiting) one.expire(nowMs, hasLeader);
      this.#look.after();
    }
  }
}
