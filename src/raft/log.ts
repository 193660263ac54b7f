import { assert } from "#base/assert.ts";
import { entriesBytes } from "./entry.ts";
import { RaftError, type RaftErrorCode } from "./errors.ts";
import type { Entry, RaftStorage, Snapshot } from "./types.ts";
import { Unstable } from "./unstable.ts";

/** Why a range of the log cannot be had: for good, or until the storage has loaded it. */
export type Absence = "compacted" | "not-loaded";

/** Runs `read`; undefined where the storage refuses with one of `codes`. */
function readUnless<T>(codes: readonly RaftErrorCode[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RaftError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/**
 * The log as the core sees it: what the storage holds, overlaid with what is not durable yet.
 *
 * R5: applied <= applying <= committed <= last index, and none of them goes back.
 */
export class RaftLog {
  readonly unstable: Unstable;
  readonly #storage: RaftStorage;
  /** Known to be held by a quorum. */
  #committed: number;
  /** Handed to the driver to apply. */
  #applying: number;
  /** Applied by the driver. */
  #applied: number;
  readonly #applyingBytesMax: number;
  #applyingBytes = 0;
  /** No more to apply until some of it is done. */
  #applyingPaused = false;
  /** What is to be applied next is not loaded yet. */
  #applyingStalled = false;

  /** @param applyingBytesMax bytes handed out to be applied and not yet applied; soft */
  constructor(storage: RaftStorage, applyingBytesMax: number) {
    this.#storage = storage;
    this.unstable = new Unstable(storage.lastIndex() + 1);
    const before = storage.firstIndex() - 1;
    this.#committed = before;
    this.#applying = before;
    this.#applied = before;
    this.#applyingBytesMax = applyingBytesMax;
  }

  get committed(): number {
    return this.#committed;
  }

  get applied(): number {
    return this.#applied;
  }

  get firstIndex(): number {
    const { snapshot } = this.unstable;
    return snapshot === undefined ? this.#storage.firstIndex() : snapshot.index + 1;
  }

  get lastIndex(): number {
    return this.unstable.lastIndex ?? this.#storage.lastIndex();
  }

  get lastTerm(): number {
    const term = this.termAt(this.lastIndex);
    assert(term !== undefined, "R3: the last entry has a term");
    return term;
  }

  /** The term at `index`; undefined when it is compacted or not there yet. */
  termAt(index: number): number | undefined {
    const term = this.unstable.termAt(index);
    if (term !== undefined) return term;
    if (index + 1 < this.firstIndex || index > this.lastIndex) return undefined;
    return readUnless(["compacted", "unavailable"], () => this.#storage.term(index));
  }

  /** Whether this log has, at `index`, an entry of `term`; by log matching all before agree too. */
  matches(index: number, term: number): boolean {
    return this.termAt(index) === term;
  }

  /** Whether a log that ends so may win this node's vote. Paper, section 5.4.1. */
  isUpToDate(index: number, term: number): boolean {
    const { lastTerm } = this;
    return term > lastTerm || (term === lastTerm && index >= this.lastIndex);
  }

  /**
   * Follows a leader's log: takes the entries behind (prevIndex, prevTerm) and its commit index.
   *
   * @returns the last index that is known to agree, or undefined when the logs differ at prevIndex
   */
  follow(
    prevIndex: number,
    prevTerm: number,
    entries: readonly Entry[],
    commit: number,
  ): number | undefined {
    if (!this.matches(prevIndex, prevTerm)) return undefined;
    const known = entries.findIndex(({ index, term }) => !this.matches(index, term));
    if (known >= 0) this.append(known === 0 ? entries : entries.slice(known));
    const last = prevIndex + entries.length;
    this.commitTo(Math.min(commit, last));
    return last;
  }

  /** Puts entries at their place, over what is there. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    assert(first.index > this.#committed, "R5: what is committed is never overwritten");
    this.unstable.append(entries);
  }

  /**
   * The highest index up to `index` at which a log that has `term` there may agree with this one,
   * and the term here; term 0 where it is not known. This skips whole terms of a diverged tail.
   */
  findConflict(index: number, term: number): { index: number; term: number } {
    for (let at = index; at > 0; at--) {
      const here = this.termAt(at);
      if (here === undefined) return { index: at, term: 0 };
      if (here <= term) return { index: at, term: here };
    }
    return { index: 0, term: 0 };
  }

  commitTo(index: number): void {
    if (index <= this.#committed) return;
    assert(index <= this.lastIndex, "R5: what is committed is in the log; was the log lost?");
    this.#committed = index;
  }

  /** Commits up to `index` when the entry there is of `term`. Paper, section 5.4.2. */
  commitInTerm(index: number, term: number): boolean {
    if (term === 0 || index <= this.#committed || !this.matches(index, term)) return false;
    this.commitTo(index);
    return true;
  }

  /** Takes the stored commit index. */
  restoreCommit(index: number): void {
    assert(
      index >= this.#committed && index <= this.lastIndex,
      "R5: a stored commit index lies within the log; was the log lost?",
    );
    this.#committed = index;
  }

  /** The driver has applied up to `index`; `bytes` of what it was handed are done with. */
  appliedTo(index: number, bytes: number): void {
    assert(index >= this.#applied && index <= this.#committed, "R5: applied <= committed");
    this.#applied = index;
    this.#applying = Math.max(this.#applying, index);
    this.#applyingBytes = Math.max(0, this.#applyingBytes - bytes);
    this.#applyingPaused = this.#applyingBytes >= this.#applyingBytesMax;
  }

  /** The driver has taken on `entries` to apply. */
  acceptApplying(entries: readonly Entry[], allowUnstable: boolean): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#applying = last.index;
    this.#applyingBytes += entriesBytes(entries);
    // More there than was handed out: the limit has cut it, so it must not be asked again now.
    this.#applyingPaused =
      this.#applyingBytes >= this.#applyingBytesMax || last.index < this.#appliable(allowUnstable);
  }

  /** Up to where entries may be applied: what is committed and, if so asked, durable here. */
  #appliable(allowUnstable: boolean): number {
    return allowUnstable ? this.#committed : Math.min(this.#committed, this.unstable.offset - 1);
  }

  /** Whether there is something to apply. A snapshot that waits goes first. */
  hasNextCommitted(allowUnstable: boolean): boolean {
    if (this.#applyingPaused || this.#applyingStalled) return false;
    if (this.unstable.snapshot !== undefined) return false;
    return this.#applying < this.#appliable(allowUnstable);
  }

  /** The next entries to apply. */
  nextCommitted(allowUnstable: boolean): Entry[] {
    if (!this.hasNextCommitted(allowUnstable)) return [];
    const room = this.#applyingBytesMax - this.#applyingBytes;
    const entries = this.slice(this.#applying + 1, this.#appliable(allowUnstable) + 1, room);
    assert(entries !== "compacted", "R5: what is not applied is not compacted");
    this.#applyingStalled = entries === "not-loaded";
    return entries === "not-loaded" ? [] : entries;
  }

  /** The storage may have loaded what it could not give before. */
  resume(): void {
    this.#applyingStalled = false;
  }

  /**
   * Whether an entry that is committed and not applied satisfies `test`, or may: what is not loaded
   * may. Read page by page.
   */
  someUnapplied(test: (entry: Entry) => boolean): boolean {
    for (let at = this.#applied + 1; at <= this.#committed;) {
      const page = this.slice(at, this.#committed + 1, this.#applyingBytesMax);
      if (page === "not-loaded") return true;
      const isThere = page !== "compacted" && page.length > 0;
      assert(isThere, "R5: what is not applied is not compacted");
      if (page.some(test)) return true;
      at += page.length;
    }
    return false;
  }

  /** The snapshot to send to a laggard; undefined when the storage needs time to make one. */
  snapshot(): Snapshot | undefined {
    const { snapshot } = this.unstable;
    return snapshot ?? readUnless(["snapshot-unavailable"], () => this.#storage.snapshot());
  }

  /** Begins anew behind a snapshot, which is committed by nature. */
  restore(snapshot: Snapshot): void {
    assert(snapshot.index >= this.#committed, "R5: the commit index never goes back");
    this.#committed = snapshot.index;
    this.unstable.restore(snapshot);
  }

  /** Entries from `index` on that fit `bytesMax`, at least one if any. */
  entriesFrom(index: number, bytesMax: number): Entry[] | Absence {
    const { lastIndex } = this;
    return index > lastIndex ? [] : this.slice(index, lastIndex + 1, bytesMax);
  }

  /** Entries from `lo` to before `hi` that fit `bytesMax`, at least one. */
  slice(lo: number, hi: number, bytesMax: number): Entry[] | Absence {
    if (lo < this.firstIndex) return "compacted";
    assert(lo <= hi && hi <= this.lastIndex + 1, "R3: the range is in the log");
    const { offset } = this.unstable;
    if (lo >= offset) return this.unstable.slice(lo, hi, bytesMax);

    const cut = Math.min(hi, offset);
    const stored = this.#stored(lo, cut, bytesMax);
    if (typeof stored === "string" || hi <= offset || stored.length < cut - lo) return stored;
    const room = bytesMax - entriesBytes(stored);
    if (room <= 0) return stored;
    const rest = this.unstable.slice(offset, hi, room);
    // One entry comes in any case; behind others it has to fit.
    if (rest.length === 1 && entriesBytes(rest) > room) return stored;
    return [...stored, ...rest];
  }

  #stored(lo: number, hi: number, bytesMax: number): Entry[] | Absence {
    try {
      return this.#storage.entries(lo, hi, bytesMax);
    } catch (error) {
      const code = error instanceof RaftError ? error.code : undefined;
      if (code === "compacted" || code === "not-loaded") return code;
      throw error;
    }
  }
}
