/** A range of keys in byte order. */
export interface KeyRange {
  /** The first key that belongs to it. */
  start: Uint8Array;
  /** The first key past it; without it the range runs to the end. */
  end?: Uint8Array | undefined;
  /** From the last key down to the first. */
  reverse?: boolean | undefined;
  /** At most this many pairs. */
  limit?: number | undefined;
}

/** A key and its value. */
export type Pair = readonly [key: Uint8Array, value: Uint8Array];

/**
 * The state as rows of bytes, read synchronously. What it gives is never written to again, neither
 * by it nor by who asked. Any KeyValue port, snapshot or checked store is one.
 */
export interface Reader {
  get(key: Uint8Array): Uint8Array | undefined;
  /** Pairs of the range as they stood when `scan` was called. */
  scan(range: KeyRange): Iterable<Pair>;
}

/** The first pair of a range, or the last where it runs in reverse. */
export function firstOf(reader: Reader, range: KeyRange): Pair | undefined {
  for (const pair of reader.scan({ ...range, limit: 1 })) return pair;
  return undefined;
}
