import type { Clock } from "#ports/index.ts";
import type { Traffic } from "#upkeep/index.ts";

/** Clients that have been answered are taken to go on this long. */
const lingersMs = 1_000;

/** Tells upkeep whether clients are being served, so that it can make room for them. */
export class ClientTraffic implements Traffic {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #underWay = 0;
  #endedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  get isBusy(): boolean {
    return this.#underWay > 0 || this.#clock.monotonicMs() - this.#endedMs < lingersMs;
  }

  /** Serves a request. */
  async during<T>(serve: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await serve();
    } finally {
      this.#underWay--;
      this.#endedMs = this.#clock.monotonicMs();
    }
  }
}
