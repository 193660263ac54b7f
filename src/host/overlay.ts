import type { KeyValueChange, KeyRange } from "#ports/index.ts";

/** A change that is not in the store yet: a value, or a removal where it is undefined. */
export interface OverlayEntry {
  /** The key, one character a byte, so that strings sort and compare as the bytes do. */
  readonly text: string;
  readonly key: Uint8Array;
  value: Uint8Array | undefined;
}

/** The key as a string of Latin-1 characters. */
export function textOfKey(key: Uint8Array): string {
  return Buffer.prototype.latin1Slice.call(key, 0, key.length);
}

/**
 * The changes of some batches in a row: the newest of each key, found by key at once and in key
 * order on demand. It is written to until it is sealed.
 */
export class OverlayLayer {
  readonly #entries = new Map<string, OverlayEntry>();
  #sorted: readonly OverlayEntry[] = [];
  #unsorted: OverlayEntry[] = [];
  #isSealed = false;

  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** How many keys it changes. */
  get size(): number {
    return this.#entries.size;
  }

  /** From now on it stays as it is. */
  seal(): void {
    this.#isSealed = true;
  }

  /** Takes a copy of the change: whose arrays they are may use them again. */
  add(change: KeyValueChange): void {
    const text = textOfKey(change.key);
    const value = change.value === undefined ? undefined : new Uint8Array(change.value);
    const known = this.#entries.get(text);
    if (known !== undefined) {
      known.value = value;
      return;
    }
    const entry = { text, key: new Uint8Array(change.key), value };
    this.#entries.set(text, entry);
    this.#unsorted.push(entry);
  }

  find(text: string): OverlayEntry | undefined {
    return this.#entries.get(text);
  }

  entries(): Iterable<OverlayEntry> {
    return this.#entries.values();
  }

  /** Its entries in a range, in ascending order, whatever the range's direction and limit. */
  range(range: KeyRange): readonly OverlayEntry[] {
    this.#sort();
    const first = firstNotBefore(this.#sorted, textOfKey(range.start));
    const end =
      range.end === undefined
        ? this.#sorted.length
        : firstNotBefore(this.#sorted, textOfKey(range.end));
    if (first >= end) return [];
    const found = this.#sorted.slice(first, end);
    // A later change of a key that is here must not reach who asked now.
    return this.#isSealed ? found : found.map((entry) => ({ ...entry }));
  }

  #sort(): void {
    if (this.#unsorted.length === 0) return;
    const fresh = this.#unsorted.sort((a, b) => (a.text < b.text ? -1 : 1));
    this.#sorted = mergeEntries(this.#sorted, fresh);
    this.#unsorted = [];
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
    for (let old = older[o]; old !== undefined && old.text < entry.text; old = older[++o]) {
      merged.push(old);
    }
    if (older[o]?.text === entry.text) o++;
    merged.push(entry);
  }
  for (; o < older.length; o++) merged.push(older[o] as OverlayEntry);
  return merged;
}

function firstNotBefore(sorted: readonly OverlayEntry[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as OverlayEntry).text < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
