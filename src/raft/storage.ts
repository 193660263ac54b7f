import { assert } from "#base/assert.ts";
import { emptyBytes } from "#base/bytes.ts";
import { emptyConf } from "./conf-change.ts";
import { sliceWithin } from "./entry.ts";
import { RaftError } from "./errors.ts";
import type { ConfState, Entry, HardState, RaftStorage, Snapshot } from "./types.ts";

/** A storage in memory: for tests and simulations, and as the model of a durable one. */
export class MemoryStorage implements RaftStorage {
  #hard: HardState = { term: 0, vote: 0, commit: 0 };
  #snapshot: Snapshot = { index: 0, term: 0, conf: emptyConf(), data: emptyBytes };
  /** The log begins behind this entry, of which only the term is known. */
  #before = { index: 0, term: 0 };
  #entries: Entry[] = [];

  initialState(): { hard: HardState; conf: ConfState } {
    return { hard: this.#hard, conf: this.#snapshot.conf };
  }

  setHardState(hard: HardState): void {
    this.#hard = hard;
  }

  firstIndex(): number {
    return this.#before.index + 1;
  }

  lastIndex(): number {
    return this.#before.index + this.#entries.length;
  }

  term(index: number): number {
    if (index === this.#before.index) return this.#before.term;
    return this.#entryAt(index).term;
  }

  entries(lo: number, hi: number, maxBytes: number): Entry[] {
    if (lo < this.firstIndex()) throw new RaftError("compacted", `entry ${lo} is compacted`);
    if (hi > this.lastIndex() + 1 || this.#entries.length === 0) {
      throw new RaftError("unavailable", `entries before ${hi} are not there yet`);
    }
    const first = this.firstIndex();
    return sliceWithin(this.#entries, { from: lo - first, to: hi - first, bytesMax: maxBytes });
  }

  snapshot(): Snapshot {
    return this.#snapshot;
  }

  /**
   * Puts entries at their place, over what is there. Those that are compacted are passed over.
   *
   * @throws InvariantError when they would leave a gap
   */
  append(entries: Entry[]): void {
    const first = this.firstIndex();
    const from = entries.findIndex(({ index }) => index >= first);
    const start = entries[from];
    if (start === undefined) return;
    const kept = start.index - first;
    assert(kept <= this.#entries.length, "R3: the log has no gaps");
    this.#entries.length = kept;
    for (let at = from; at < entries.length; at++) this.#entries.push(entries[at] as Entry);
  }

  /**
   * Replaces log and snapshot. A storage that never held anything also takes one at index 0, which
   * then only says who founds the group.
   *
   * @throws RaftError `compacted` when the snapshot is not newer than the present one
   */
  applySnapshot(snapshot: Snapshot): void {
    const { index } = this.#snapshot;
    const isFounding = snapshot.index === 0 && index === 0 && this.lastIndex() === 0;
    if (snapshot.index <= index && !isFounding) {
      throw new RaftError("compacted", `snapshot ${snapshot.index} is not newer than ${index}`);
    }
    this.#snapshot = snapshot;
    this.#before = { index: snapshot.index, term: snapshot.term };
    this.#entries = [];
  }

  /**
   * Makes a snapshot of what the driver has applied; the log stays until `compact`.
   *
   * @param made the index applied, the configuration as of then (undefined: as before), the state
   * @throws RaftError `compacted` when not newer than the present one, `unavailable` past the log
   */
  createSnapshot(made: { index: number; conf?: ConfState; data: Uint8Array }): Snapshot {
    const { index, data } = made;
    if (index <= this.#snapshot.index) {
      throw new RaftError("compacted", `snapshot ${index} is not newer`);
    }
    const conf = made.conf ?? this.#snapshot.conf;
    this.#snapshot = { index, term: this.term(index), conf, data };
    return this.#snapshot;
  }

  /**
   * Drops the entries up to and with `to`, which the driver has applied.
   *
   * @throws RaftError `compacted` when they are gone already, `unavailable` past the log's end
   */
  compact(to: number): void {
    if (to <= this.#before.index) throw new RaftError("compacted", `${to} is compacted already`);
    const { term } = this.#entryAt(to);
    this.#entries = this.#entries.slice(to - this.#before.index);
    this.#before = { index: to, term };
  }

  #entryAt(index: number): Entry {
    if (index < this.#before.index) {
      throw new RaftError("compacted", `entry ${index} is compacted`);
    }
    const entry = this.#entries[index - this.firstIndex()];
    if (entry === undefined) {
      throw new RaftError("unavailable", `entry ${index} is not there yet`);
    }
    return entry;
  }
}
