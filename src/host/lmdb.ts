import { type RootDatabase, type RootDatabaseOptions, type Transaction, open } from "lmdb";
import { Slab } from "#base/slab.ts";
import type { KeyRange } from "#ports/index.ts";
import type { StoredPair } from "./merged-scan.ts";

/**
 * Address space for the file's map, not memory: it is what the file can grow to. Two stores of it
 * are a sixty-fourth of what a process may address on 64-bit machines.
 */
const mapSizeBytes = 2 ** 40;

/** Open readers at once. One is taken by each commit that a scan or snapshot looks back past. */
const readersMax = 1024;

/** What is read is used at once as a rule. */
const slab = new Slab();

/** Longer than any key: a bound cut to it sorts among the keys as the whole one does. */
const boundSizeBytesMax = 1901;

/** Values and keys are copied out of LMDB's reused buffer, as plain arrays of their own. */
const plainValues = {
  encode: (value: Uint8Array): Uint8Array => value,
  decode: (bytes: Uint8Array): Uint8Array => copyOf(bytes, 0, bytes.length),
};
const plainKeys = {
  writeKey(key: Uint8Array, target: Uint8Array, start: number): number {
    target.set(key, start);
    return start + key.length;
  },
  readKey: copyOf,
};

/** An open LMDB database of byte keys and byte values. */
export interface LmdbDatabase extends RootDatabase<Uint8Array, Uint8Array> {
  /** Gives up the reader that reads without a transaction share; the next one begins anew. */
  resetReadTxn(): void;
}

/**
 * Opens the LMDB database in a directory, making an empty one where there is none.
 *
 * @throws what LMDB says; see `lmdbErrorOf`
 */
export function openLmdb(directory: string): LmdbDatabase {
  const options: RootDatabaseOptions & { permissionsMode: number } = {
    mapSize: mapSizeBytes,
    maxDbs: 1,
    maxReaders: readersMax,
    encoder: plainValues,
    keyEncoder: plainKeys,
    // Transactions are made by `batch` alone: with it every promise that may reject is given out.
    eventTurnBatching: false,
    // LMDB's own order: pages are synced, then the meta page that names them, then all is told. The
    // overlapping kind is no faster with one transaction at a time, and a failed one never ends.
    overlappingSync: false,
    permissionsMode: 0o600,
  };
  return open(directory, options) as LmdbDatabase;
}

/**
 * LMDB's pairs in a range, whatever its limit. The iterator holds a reader until its end or until
 * `return` is called.
 */
export function storedRange(
  db: LmdbDatabase,
  range: KeyRange,
  transaction: Transaction | undefined,
): Iterator<StoredPair> {
  const start = boundOf(range.start);
  const end = range.end === undefined ? undefined : boundOf(range.end);
  const within = transaction === undefined ? {} : { transaction };
  if (range.reverse !== true) {
    const options = end === undefined ? { start } : { start, end };
    return db.getRange({ ...options, ...within })[Symbol.iterator]();
  }
  // For LMDB a descending range starts at its highest key.
  const last = { end: start, inclusiveEnd: true, reverse: true, ...within };
  const options = end === undefined ? last : { start: end, exclusiveStart: true, ...last };
  return db.getRange(options)[Symbol.iterator]();
}

function boundOf(bound: Uint8Array): Uint8Array {
  return bound.length <= boundSizeBytesMax ? bound : bound.subarray(0, boundSizeBytesMax);
}

/** Its own bytes from `start` to `end`; LMDB's buffer lies about its length, so it is not asked. */
function copyOf(source: Uint8Array, start: number, end: number): Uint8Array {
  const copy = slab.take(end - start);
  copy.set(new Uint8Array(source.buffer, source.byteOffset + start, end - start));
  return copy;
}
