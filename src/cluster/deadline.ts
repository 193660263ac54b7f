import { NetworkError } from "#base/network-error.ts";
import type { Clock } from "#ports/index.ts";

/** Runs `work` with a signal that is aborted when the time is over, or with `outer`. */
export async function withinMs<T>(
  clock: Clock,
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const over = new AbortController();
  const onOuter = (): void => inner.abort(outer?.reason);
  if (outer?.aborted === true) onOuter();
  outer?.addEventListener("abort", onOuter);
  const timing = clock.sleep(ms, over.signal).then(
    () => inner.abort(new NetworkError("aborted", "no answer in time")),
    () => undefined,
  );
  try {
    return await work(inner.signal);
  } finally {
    outer?.removeEventListener("abort", onOuter);
    over.abort();
    await timing;
  }
}
