import type { Clock } from "#ports/index.ts";
import { ReplicaError } from "#replica/index.ts";
import { ShelfError } from "#storage/index.ts";

/** Whether it may go better another time. */
export function isPassing(error: unknown): error is ReplicaError {
  return error instanceof ReplicaError && error.code !== "stopped";
}

/** The disk could not be asked: it may answer another time. */
export function isDiskTrouble(error: unknown): error is ShelfError {
  return error instanceof ShelfError && error.code !== "stopped";
}

/** Sleeps, and ends without a word where the signal says so. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Pauses of one loop that others may cut short. */
export class Nap {
  readonly #clock: Clock;
  #waking = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the pause that is being taken, if one is. */
  wake(): void {
    this.#waking.abort();
  }

  /** Sleeps; ends without a word when it is woken, or when the signal says so. */
  async take(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const waking = new AbortController();
    this.#waking = waking;
    const stop = (): void => waking.abort();
    signal.addEventListener("abort", stop, { once: true });
    try {
      await pause(this.#clock, ms, waking.signal);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}
