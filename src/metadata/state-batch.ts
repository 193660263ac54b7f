import { assert } from "#base/assert.ts";
import type { KeyRange, Pair, Reader } from "./reader.ts";

/** How the rows of one kind become bytes and back. */
export interface Table<Row> {
  encode(row: Row): Uint8Array;
  decode(bytes: Uint8Array): Row;
}

/** A row that was put, or one that was removed where `value` is undefined. */
export interface Change {
  key: Uint8Array;
  value: Uint8Array | undefined;
}

/** A row as the batch knows it: read from below, or put or removed here. Replaced, never changed. */
interface Cell {
  readonly key: Uint8Array;
  readonly row: unknown;
  /** How to encode `row`; undefined where there is no row. */
  readonly table: Table<unknown> | undefined;
}

/** Above this share of new keys, sorting all beats placing each. */
const insertedShareMax = 1 / 16;

/**
 * Changes on top of a reader, seen by whoever reads through it, until `changes` gives them away. A row
 * is decoded once and encoded once however often commands read and write it.
 *
 * Rows that were read or put must not be changed; put a new one. The reader below must stand still.
 */
export class StateBatch implements Reader {
  readonly #base: Reader;
  /** By the key in hexadecimal, which sorts as the bytes do. */
  readonly #read = new Map<string, Cell>();
  readonly #written = new Map<string, Cell>();
  #sorted: string[] = [];
  #unsorted: string[] = [];

  constructor(base: Reader) {
    this.#base = base;
  }

  /** The row at `key`, which is one of `table`, or undefined. */
  read<Row>(table: Table<Row>, key: Uint8Array): Row | undefined {
    const name = key.toHex();
    const cell = this.#written.get(name) ?? this.#read.get(name);
    if (cell !== undefined) {
      assert(cell.table === undefined || cell.table === table, "M1: a row is of one kind");
      return cell.row as Row | undefined;
    }
    const bytes = this.#base.get(key);
    const row = bytes === undefined ? undefined : table.decode(bytes);
    this.#read.set(name, cellOf(key, row === undefined ? undefined : table, row));
    return row;
  }

  /** Puts a row, as one of `table`. */
  put<Row>(table: Table<Row>, key: Uint8Array, row: Row): void {
    this.#write(cellOf(key, table, row));
  }

  remove(key: Uint8Array): void {
    this.#write(cellOf(key, undefined, undefined));
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const cell = this.#written.get(key.toHex());
    return cell === undefined ? this.#base.get(key) : valueOf(cell);
  }

  scan(range: KeyRange): Iterable<Pair> {
    const cells = this.#cellsOf(range);
    if (cells.length === 0) return this.#base.scan(range);
    // Each cell may hide one row below.
    const limit = range.limit === undefined ? undefined : range.limit + cells.length;
    const below = this.#base.scan({ ...range, limit });
    return present(merge(below, cells, range.reverse === true), range.limit);
  }

  /** All changes so far, in the order of their keys. */
  changes(): Change[] {
    this.#sort();
    return this.#sorted.map((name) => {
      const cell = this.#written.get(name);
      assert(cell !== undefined, "M1: every sorted key was written");
      return { key: cell.key, value: valueOf(cell) };
    });
  }

  #write(cell: Cell): void {
    const name = cell.key.toHex();
    if (!this.#written.has(name)) this.#unsorted.push(name);
    this.#written.set(name, cell);
  }

  /** What was written in the range, in its direction, as it is now. */
  #cellsOf({ start, end, reverse }: KeyRange): Cell[] {
    if (this.#written.size === 0) return [];
    this.#sort();
    const from = lowerBound(this.#sorted, start.toHex());
    const to = end === undefined ? this.#sorted.length : lowerBound(this.#sorted, end.toHex());
    const cells: Cell[] = [];
    for (let i = from; i < to; i++) {
      const cell = this.#written.get(this.#sorted[i] ?? "");
      assert(cell !== undefined, "M1: every sorted key was written");
      cells.push(cell);
    }
    return reverse === true ? cells.reverse() : cells;
  }

  #sort(): void {
    const names = this.#unsorted;
    if (names.length === 0) return;
    if (names.length <= this.#sorted.length * insertedShareMax) {
      for (const name of names) this.#sorted.splice(lowerBound(this.#sorted, name), 0, name);
    } else {
      this.#sorted = [...this.#sorted, ...names].sort();
    }
    this.#unsorted = [];
  }
}

/** The row at `key`, decoded once where the reader remembers rows. */
export function readRow<Row>(reader: Reader, table: Table<Row>, key: Uint8Array): Row | undefined {
  if (reader instanceof StateBatch) return reader.read(table, key);
  const bytes = reader.get(key);
  return bytes === undefined ? undefined : table.decode(bytes);
}

function cellOf<Row>(key: Uint8Array, table: Table<Row> | undefined, row: unknown): Cell {
  return { key, row, table };
}

function valueOf(cell: Cell): Uint8Array | undefined {
  return cell.table?.encode(cell.row);
}

/** Rows below and cells above in one order; a cell takes the place of the row with its key. */
function* merge(
  below: Iterable<Pair>,
  cells: readonly Cell[],
  reverse: boolean,
): Generator<readonly [Uint8Array, Uint8Array | undefined]> {
  let at = 0;
  for (const pair of below) {
    if (at === cells.length) {
      yield pair;
      continue;
    }
    const name = pair[0].toHex();
    let hidden = false;
    for (let cell = cells[at]; cell !== undefined; cell = cells[++at]) {
      const cellName = cell.key.toHex();
      if (reverse ? cellName < name : cellName > name) break;
      hidden = cellName === name;
      yield [cell.key, valueOf(cell)];
    }
    if (!hidden) yield pair;
  }
  for (let cell = cells[at]; cell !== undefined; cell = cells[++at]) {
    yield [cell.key, valueOf(cell)];
  }
}

function* present(
  rows: Iterable<readonly [Uint8Array, Uint8Array | undefined]>,
  limit: number = Number.POSITIVE_INFINITY,
): Generator<Pair> {
  let given = 0;
  for (const [key, value] of rows) {
    if (value === undefined) continue;
    if (given++ >= limit) return;
    yield [key, value];
  }
}

/** The index of the first of `sorted` that is not below `name`. */
function lowerBound(sorted: readonly string[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
