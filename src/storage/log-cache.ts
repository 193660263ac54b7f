import { assert } from "#base/assert.ts";
import type { LogEntry } from "#format/index.ts";

/** What an entry takes in memory and in a frame besides its data, in bytes; an estimate. */
export const entryOverheadBytes = 32;

/** How much an entry counts in limits, in bytes. */
export function entrySizeBytes(entry: LogEntry): number {
  return entry.data.length + entryOverheadBytes;
}

/** As many entries as fit `bytesMax`, at least one where there is any. */
export function takeWithin(entries: readonly LogEntry[], bytesMax: number): LogEntry[] {
  let bytes = 0;
  let count = 0;
  for (const entry of entries) {
    bytes += entrySizeBytes(entry);
    if (bytes > bytesMax && count > 0) break;
    count++;
  }
  return entries.slice(0, count);
}

/** The newest entries of the log, in memory, within a bound. */
export class LogCache {
  readonly #bytesMax: number;
  /** Ascending without gaps; those before `#head` are gone. */
  #entries: LogEntry[] = [];
  #head = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Puts an entry at the end, and lets the oldest ones go where that is too much. */
  push(entry: LogEntry): void {
    const newest = this.#entries.at(-1);
    assert(
      this.#head === this.#entries.length || newest?.index === entry.index - 1,
      "L1: entries follow one another without gaps",
    );
    this.#entries.push(entry);
    this.#bytes += entrySizeBytes(entry);
    while (this.#bytes > this.#bytesMax && this.#head < this.#entries.length - 1)
      this.#dropOldest();
    if (this.#head > 64 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Drops the entries behind `index`. */
  cut(index: number): void {
    for (;;) {
      const newest = this.#entries.at(-1);
      if (newest === undefined || this.#head === this.#entries.length) break;
      if (newest.index <= index) break;
      this.#entries.pop();
      this.#bytes -= entrySizeBytes(newest);
    }
    if (this.#head < this.#entries.length) return;
    this.#entries = [];
    this.#head = 0;
  }

  /**
   * Entries from `lo` to before `hi`, as many as fit `bytesMax`, at least one.
   *
   * @returns undefined where `lo` is no longer here
   */
  slice(lo: number, hi: number, bytesMax: number): LogEntry[] | undefined {
    const oldest = this.#entries[this.#head];
    if (oldest === undefined || lo < oldest.index) return undefined;
    const from = this.#head + lo - oldest.index;
    return takeWithin(this.#entries.slice(from, from + hi - lo), bytesMax);
  }

  #dropOldest(): void {
    const oldest = this.#entries[this.#head];
    assert(oldest !== undefined, "the oldest cached entry is there");
    this.#bytes -= entrySizeBytes(oldest);
    this.#head++;
  }
}
