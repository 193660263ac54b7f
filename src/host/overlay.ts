import { compareBytes, equalBytes, hashOfBytes } from "#base/bytes.ts";
import type { KeyRange, KeyValueChange } from "#ports/index.ts";

/** A change that is not in the store yet: a value, or a removal where it is undefined. */
export interface OverlayEntry {
  readonly key: Uint8Array;
  value: Uint8Array | undefined;
  /** The entry before it whose key has the same hash. */
  readonly next: OverlayEntry | undefined;
}

/** What an entry takes in memory besides its key and value, about, in bytes. */
const entryOverheadBytes = 160;

/**
 * The changes of some batches in a row: the newest of each key, found by key at once and in key
 * order on demand. It is written to until it is sealed. Keys and values are its own from then on.
 */
export class OverlayLayer {
  /** By a hash of the key: strings of keys would take longer to make than all else. */
  readonly #entries = new Map<number, OverlayEntry>();
  readonly #all: OverlayEntry[] = [];
  readonly #groups = new Map<number, OverlayGroup>();
  #sizeBytes = 0;
  #isSealed = false;

  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** How many keys it changes. */
  get size(): number {
    return this.#all.length;
  }

  /** About how much memory it takes. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** From now on it stays as it is. */
  seal(): void {
    this.#isSealed = true;
  }

  add({ key, value }: KeyValueChange): void {
    const hash = hashOfBytes(key);
    const known = this.find(key, hash);
    this.#sizeBytes += value?.length ?? 0;
    if (known !== undefined) {
      this.#sizeBytes -= known.value?.length ?? 0;
      known.value = value;
      return;
    }
    this.#sizeBytes += key.length + entryOverheadBytes;
    const entry = { key, value, next: this.#entries.get(hash) };
    this.#entries.set(hash, entry);
    this.#all.push(entry);
    this.#groups.getOrInsertComputed(groupOfKey(key), () => new OverlayGroup()).add(entry);
  }

  /** @param hash the key's `hashOfBytes` */
  find(key: Uint8Array, hash: number): OverlayEntry | undefined {
    let entry = this.#entries.get(hash);
    while (entry !== undefined && !equalBytes(entry.key, key)) entry = entry.next;
    return entry;
  }

  entries(): Iterable<OverlayEntry> {
    return this.#all;
  }

  /** Its entries in a range, in ascending order, whatever the range's direction and limit. */
  range(range: KeyRange): readonly OverlayEntry[] {
    const { start, end } = range;
    const first = groupOfKey(start);
    const last = end === undefined ? Infinity : groupOfKey(end);
    const found: OverlayEntry[] = [];
    for (const group of this.#groupsWithin(first, last)) {
      for (const entry of group.range(start, end)) found.push(entry);
    }
    // A later change of a key that is here must not reach who asked now.
    return this.#isSealed ? found : found.map((entry) => ({ ...entry }));
  }

  #groupsWithin(first: number, last: number): OverlayGroup[] {
    if (first === last) {
      const group = this.#groups.get(first);
      return group === undefined ? [] : [group];
    }
    return [...this.#groups]
      .filter(([place]) => place >= first && place <= last)
      .sort(([a], [b]) => a - b)
      .map(([, group]) => group);
  }
}

/**
 * Entries whose keys begin alike: rows of one kind. A range is within one as a rule, so that rows
 * of other kinds need not be put in order for it. Sorted runs, each at least twice as long as the
 * next, and what came since: putting an entry in order costs little, however many there are.
 */
class OverlayGroup {
  readonly #runs: (readonly OverlayEntry[])[] = [];
  #fresh: OverlayEntry[] = [];

  add(entry: OverlayEntry): void {
    this.#fresh.push(entry);
  }

  range(start: Uint8Array, end: Uint8Array | undefined): readonly OverlayEntry[] {
    this.#sort();
    let found: readonly OverlayEntry[] = [];
    for (const run of this.#runs) {
      const from = firstNotBefore(run, start);
      const to = end === undefined ? run.length : firstNotBefore(run, end);
      if (from < to) found = mergeEntries(found, run.slice(from, to));
    }
    return found;
  }

  #sort(): void {
    if (this.#fresh.length === 0) return;
    let run: readonly OverlayEntry[] = this.#fresh.sort((a, b) => compareBytes(a.key, b.key));
    this.#fresh = [];
    for (let last = this.#runs.at(-1); last !== undefined; last = this.#runs.at(-1)) {
      if (last.length >= 2 * run.length) break;
      this.#runs.pop();
      run = mergeEntries(last, run);
    }
    this.#runs.push(run);
  }
}

/** Both lists in one, in order; where both have a key, `newer` wins. */
export function mergeEntries(
  older: readonly OverlayEntry[],
  newer: readonly OverlayEntry[],
): readonly OverlayEntry[] {
  if (older.length === 0) return newer;
  if (newer.length === 0) return older;
  const merged: OverlayEntry[] = [];
  let o = 0;
  for (const entry of newer) {
    let order = 1;
    for (let old = older[o]; old !== undefined; old = older[++o]) {
      order = compareBytes(old.key, entry.key);
      if (order >= 0) break;
      merged.push(old);
    }
    if (order === 0) o++;
    merged.push(entry);
  }
  for (; o < older.length; o++) merged.push(older[o] as OverlayEntry);
  return merged;
}

/** Groups are in the order of the keys in them: a key's first three bytes. */
function groupOfKey(key: Uint8Array): number {
  return ((key[0] ?? 0) << 16) | ((key[1] ?? 0) << 8) | (key[2] ?? 0);
}

function firstNotBefore(sorted: readonly OverlayEntry[], key: Uint8Array): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes((sorted[middle] as OverlayEntry).key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
