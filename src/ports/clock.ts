/** Time. The wall clock may jump and differs between nodes; the monotonic one does neither. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC, whole. May jump either way. */
  unixMs(): number;
  /** Milliseconds since some start, fractional, never backwards. For durations and deadlines. */
  monotonicMs(): number;
  /**
   * Waits. The only timer there is.
   *
   * @param ms how long, 0 or more
   * @param signal ends the wait early
   * @throws the signal's reason when it is aborted before the time is over
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
