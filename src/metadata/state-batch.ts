import { assert } from "#base/assert.ts";
import { compareBytes, equalBytes, hashOfBytes } from "#base/bytes.ts";
import type { KeyRange, Pair, Reader } from "./reader.ts";
import { RowCache } from "./row-cache.ts";

/** How the rows of one kind become bytes and back. */
export interface Table<Row> {
  encode(row: Row): Uint8Array;
  decode(bytes: Uint8Array): Row;
  /** Nearly every request reads rows of it, and few commands write them: a RowCache keeps them. */
  readonly isKept?: boolean;
}

/** A row that was put, or one that was removed where `value` is undefined. */
export interface Change {
  key: Uint8Array;
  value: Uint8Array | undefined;
}

/** What the batch knows of a key. */
interface Slot {
  readonly key: Uint8Array;
  row: unknown;
  /** How to encode `row`; undefined where there is no row. */
  table: Table<unknown> | undefined;
  /** The row was put or removed here; else it is as it is below. */
  isWritten: boolean;
  /** The next slot whose key has the same hash. */
  next: Slot | undefined;
}

/** Above this share of new keys, sorting all beats placing each. */
const insertedShareMax = 1 / 16;

/**
 * Changes on top of a reader, seen by whoever reads through it, until `changes` gives them away. A
 * row is decoded once and encoded once however often commands read and write it.
 *
 * Rows that were read or put must not be changed; put a new one. The reader below must stand still.
 */
export class StateBatch implements Reader {
  readonly #base: Reader;
  /** By a hash of the key. Strings as keys would take most of the time that applying takes. */
  readonly #slots = new Map<number, Slot>();
  readonly #written: Slot[] = [];
  /** The written slots in the order of their keys, as far as a scan has needed it. */
  #sorted: Slot[] = [];
  #sortedCount = 0;

  constructor(base: Reader) {
    this.#base = base;
  }

  /** The row at `key`, which is one of `table`, or undefined. */
  read<Row>(table: Table<Row>, key: Uint8Array): Row | undefined {
    const hash = hashOfBytes(key);
    const known = this.#find(hash, key);
    if (known !== undefined) {
      assert(known.table === undefined || known.table === table, "M1: a row is of one kind");
      return known.row as Row | undefined;
    }
    const slot = this.#add(hash, key);
    const row = readRow(this.#base, table, key);
    if (row === undefined) return undefined;
    slot.row = row;
    slot.table = table;
    return row;
  }

  /** Puts a row, as one of `table`. */
  put<Row>(table: Table<Row>, key: Uint8Array, row: Row): void {
    this.#write(key, table, row);
  }

  remove(key: Uint8Array): void {
    this.#write(key, undefined, undefined);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const slot = this.#find(hashOfBytes(key), key);
    return slot?.isWritten === true ? valueOf(slot) : this.#base.get(key);
  }

  scan(range: KeyRange): Iterable<Pair> {
    const changes = this.#changesIn(range);
    if (changes.length === 0) return this.#base.scan(range);
    // Each change may hide one row below.
    const limit = range.limit === undefined ? undefined : range.limit + changes.length;
    const below = this.#base.scan({ ...range, limit });
    return present(merge(below, changes, range.reverse === true), range.limit);
  }

  /** All changes so far, one a key, in the order in which the keys were first written. */
  changes(): Change[] {
    return this.#written.map(changeOf);
  }

  #find(hash: number, key: Uint8Array): Slot | undefined {
    let slot = this.#slots.get(hash);
    while (slot !== undefined && !equalBytes(slot.key, key)) slot = slot.next;
    return slot;
  }

  #add(hash: number, key: Uint8Array): Slot {
    const next = this.#slots.get(hash);
    const slot = { key, row: undefined, table: undefined, isWritten: false, next };
    this.#slots.set(hash, slot);
    return slot;
  }

  #write<Row>(key: Uint8Array, table: Table<Row> | undefined, row: unknown): void {
    const hash = hashOfBytes(key);
    const slot = this.#find(hash, key) ?? this.#add(hash, key);
    slot.row = row;
    slot.table = table;
    if (slot.isWritten) return;
    slot.isWritten = true;
    this.#written.push(slot);
  }

  /** What was written in the range, in its direction, as it is now. */
  #changesIn({ start, end, reverse }: KeyRange): Change[] {
    if (this.#written.length === 0) return [];
    this.#sort();
    const from = lowerBound(this.#sorted, start);
    const to = end === undefined ? this.#sorted.length : lowerBound(this.#sorted, end);
    const changes = this.#sorted.slice(from, to).map(changeOf);
    return reverse === true ? changes.reverse() : changes;
  }

  #sort(): void {
    const added = this.#written.slice(this.#sortedCount);
    if (added.length === 0) return;
    if (added.length <= this.#sorted.length * insertedShareMax) {
      for (const slot of added) this.#sorted.splice(lowerBound(this.#sorted, slot.key), 0, slot);
    } else {
      this.#sorted = [...this.#sorted, ...added].sort((a, b) => compareBytes(a.key, b.key));
    }
    this.#sortedCount = this.#written.length;
  }
}

/** The row at `key`, decoded once where the reader remembers rows. */
export function readRow<Row>(reader: Reader, table: Table<Row>, key: Uint8Array): Row | undefined {
  if (reader instanceof StateBatch || reader instanceof RowCache) return reader.read(table, key);
  const bytes = reader.get(key);
  return bytes === undefined ? undefined : table.decode(bytes);
}

function changeOf(slot: Slot): Change {
  return { key: slot.key, value: valueOf(slot) };
}

function valueOf(slot: Slot): Uint8Array | undefined {
  return slot.table?.encode(slot.row);
}

/** Rows below and changes above in one order; a change takes the place of the row with its key. */
function* merge(
  below: Iterable<Pair>,
  changes: readonly Change[],
  reverse: boolean,
): Generator<Change> {
  let at = 0;
  for (const [key, value] of below) {
    let isHidden = false;
    for (let change = changes[at]; change !== undefined; change = changes[++at]) {
      const order = compareBytes(change.key, key);
      if (reverse ? order < 0 : order > 0) break;
      isHidden = order === 0;
      yield change;
    }
    if (!isHidden) yield { key, value };
  }
  for (let change = changes[at]; change !== undefined; change = changes[++at]) yield change;
}

function* present(
  changes: Iterable<Change>,
  limit: number = Number.POSITIVE_INFINITY,
): Generator<Pair> {
  let given = 0;
  for (const { key, value } of changes) {
    if (value === undefined) continue;
    if (given++ >= limit) return;
    yield [key, value];
  }
}

/** The index of the first of `sorted` whose key is not below `key`. */
function lowerBound(sorted: readonly Slot[], key: Uint8Array): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const slot = sorted[middle];
    if (slot !== undefined && compareBytes(slot.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
