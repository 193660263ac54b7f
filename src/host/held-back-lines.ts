import type { Trace } from "#ports/index.ts";

/** What anybody who reaches a port can cause, as often as he likes. */
const strangersEvents: ReadonlySet<string> = new Set([
  "connectionRefused",
  "frameRefused",
  "peerRefused",
  "joinRefused",
  "joinBrokenOff",
]);
/** Of each kind so many lines are written in a while: an operator needs no more to see it. */
const linesMax = 20;
const whileMs = 60_000;

/** Keeps strangers from filling the log: what is held back is counted, and the count written. */
export function withLinesHeldBack(trace: Trace): Trace {
  const counts = new Map<string, number>();
  const begin = (event: string): void => {
    counts.set(event, 0);
    const timer = setTimeout(() => {
      const heldBack = (counts.get(event) ?? 0) - linesMax;
      counts.delete(event);
      if (heldBack > 0) trace.write("warn", "linesHeldBack", { of: event, count: heldBack });
    }, whileMs);
    timer.unref();
  };
  return {
    write(level, event, fields) {
      if (!strangersEvents.has(event)) return trace.write(level, event, fields);
      if (!counts.has(event)) begin(event);
      const count = (counts.get(event) ?? 0) + 1;
      counts.set(event, count);
      if (count <= linesMax) trace.write(level, event, fields);
    },
  };
}
