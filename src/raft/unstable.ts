import { assert } from "#base/assert.ts";
import { sliceWithin } from "./entry.ts";
import type { Entry, Snapshot } from "./types.ts";

/**
 * The part of the log that is not known to be durable: at most one snapshot, and the entries
 * behind `offset`. The first of them, up to `inProgress`, are being written.
 *
 *     stored ... | offset ... being written ... | inProgress ... to be written ... |
 *
 * `offset` may lie before the stored end: what is written next then overwrites it. The array is
 * never handed out, only copies, so it can be cut and extended in place.
 */
export class Unstable {
  #snapshot: Snapshot | undefined;
  #snapshotInProgress = false;
  #entries: Entry[] = [];
  #offset: number;
  #inProgress: number;

  constructor(offset: number) {
    this.#offset = offset;
    this.#inProgress = offset;
  }

  /** The first index that is not durable as it should be. */
  get offset(): number {
    return this.#offset;
  }

  /** The snapshot that waits or is being written. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** The snapshot to be written that nobody has taken on. */
  get nextSnapshot(): Snapshot | undefined {
    return this.#snapshotInProgress ? undefined : this.#snapshot;
  }

  get hasEntries(): boolean {
    return this.#entries.length > 0;
  }

  /** Whether there are entries to be written that nobody has taken on. */
  get hasNextEntries(): boolean {
    return this.#entries.length > this.#inProgress - this.#offset;
  }

  /** A copy of the entries to be written that nobody has taken on. */
  nextEntries(): Entry[] {
    return this.#entries.slice(this.#inProgress - this.#offset);
  }

  /** The log's last index, where this part decides it. */
  get lastIndex(): number | undefined {
    const count = this.#entries.length;
    return count > 0 ? this.#offset + count - 1 : this.#snapshot?.index;
  }

  /** The term at `index`, where this part knows it. */
  termAt(index: number): number | undefined {
    if (index >= this.#offset) return this.#entries[index - this.#offset]?.term;
    return this.#snapshot?.index === index ? this.#snapshot.term : undefined;
  }

  /** Everything there is now has been taken on by a writer. */
  acceptAll(): void {
    this.#inProgress = this.#offset + this.#entries.length;
    this.#snapshotInProgress = this.#snapshot !== undefined;
  }

  /**
   * Entries up to `index` are durable, if the one there is still of `term`. The caller knows that
   * no write under way can overwrite them.
   */
  stableTo(index: number, term: number): void {
    if (index < this.#offset || this.termAt(index) !== term) return;
    this.#entries = this.#entries.slice(index + 1 - this.#offset);
    this.#offset = index + 1;
    this.#inProgress = Math.max(this.#inProgress, this.#offset);
  }

  /** The snapshot at `index` is durable. */
  snapshotStable(index: number): void {
    if (this.#snapshot?.index !== index) return;
    this.#snapshot = undefined;
    this.#snapshotInProgress = false;
  }

  /** Begins anew behind a snapshot. */
  restore(snapshot: Snapshot): void {
    this.#offset = snapshot.index + 1;
    this.#inProgress = this.#offset;
    this.#entries = [];
    this.#snapshot = snapshot;
    this.#snapshotInProgress = false;
  }

  /** Puts `entries` where they belong; what was there or behind is gone. */
  append(entries: readonly Entry[]): void {
    const first = entries[0]?.index ?? 0;
    if (first <= this.#offset) {
      this.#entries.length = 0;
      this.#offset = first;
    } else {
      const kept = first - this.#offset;
      assert(kept <= this.#entries.length, "R3: the log has no gaps");
      this.#entries.length = kept;
    }
    this.#inProgress = Math.min(this.#inProgress, first);
    for (const entry of entries) this.#entries.push(entry);
  }

  /** A copy of the entries from `lo` to before `hi`, as `sliceWithin`. */
  slice(lo: number, hi: number, bytesMax: number): Entry[] {
    assert(
      this.#offset <= lo && lo <= hi && hi <= this.#offset + this.#entries.length,
      "R3: the entries are in this part of the log",
    );
    const range = { from: lo - this.#offset, to: hi - this.#offset, bytesMax };
    return sliceWithin(this.#entries, range);
  }
}
