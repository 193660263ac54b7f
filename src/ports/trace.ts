export type TraceLevel = "debug" | "info" | "warn" | "error";

/** What a field of an event may be. Never a secret. */
export type TraceFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the node tells what it does: log lines in production, the trace in the simulator. */
export interface Trace {
  /**
   * Reports an event.
   *
   * @param event what happened, in the past tense, camelCase: `shardSealed`
   */
  write(level: TraceLevel, event: string, fields?: TraceFields): void;
}
