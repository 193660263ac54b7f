import type { Clock } from "#ports/index.ts";
import { ReplicaError } from "#replica/index.ts";

/** Whether it may go better another time. */
export function isPassing(error: unknown): error is ReplicaError {
  return error instanceof ReplicaError && error.code !== "stopped";
}

/** Sleeps, and ends without a word where the signal says so. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
