import { equalBytes, hashOfBytes } from "#base/bytes.ts";
import type { KeyRange, Pair, Reader } from "./reader.ts";
import type { Table } from "./state-batch.ts";

/** Rows that are kept, the newest of them; all together some MiB. */
const rowsMax = 1024;

interface KeptRow {
  readonly key: Uint8Array;
  readonly row: unknown;
}

/**
 * A reader that remembers rows that are read by all, decoded. Whoever writes to the store below
 * tells it of the keys, in the same synchronous stretch.
 */
export class RowCache implements Reader {
  readonly #base: Reader;
  /** By a hash of the key; of two keys with one hash the later is kept. */
  readonly #rows = new Map<number, KeptRow>();

  constructor(base: Reader) {
    this.#base = base;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#base.get(key);
  }

  scan(range: KeyRange): Iterable<Pair> {
    return this.#base.scan(range);
  }

  /** The row at `key`, which is one of `table`, or undefined. It must not be changed. */
  read<Row>(table: Table<Row>, key: Uint8Array): Row | undefined {
    if (table.isKept !== true) return decoded(table, this.#base.get(key));
    const hash = hashOfBytes(key);
    const kept = this.#rows.get(hash);
    if (kept !== undefined && equalBytes(kept.key, key)) return kept.row as Row;
    // Arrays of their own: what is kept must not hold on to what lies beside it.
    const row = decoded(table, this.#base.get(key)?.slice());
    if (row === undefined) return undefined;
    if (this.#rows.size >= rowsMax) this.#dropOldest();
    this.#rows.set(hash, { key: key.slice(), row });
    return row;
  }

  /** The row at `key` is written. */
  forget(key: Uint8Array): void {
    this.#rows.delete(hashOfBytes(key));
  }

  /** Other rows stand below now. */
  forgetAll(): void {
    this.#rows.clear();
  }

  #dropOldest(): void {
    for (const hash of this.#rows.keys()) {
      this.#rows.delete(hash);
      return;
    }
  }
}

function decoded<Row>(table: Table<Row>, bytes: Uint8Array | undefined): Row | undefined {
  return bytes === undefined ? undefined : table.decode(bytes);
}
