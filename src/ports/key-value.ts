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

/**
 * Synchronous reads. What comes back is never written to again by the store, nor may it be by the
 * caller.
 */
export interface KeyValueReader {
  get(key: Uint8Array): Uint8Array | undefined;
  /** Pairs of the range as they stood when `scan` was called, whatever is written meanwhile. */
  scan(range: KeyRange): Iterable<readonly [key: Uint8Array, value: Uint8Array]>;
}

/** The store as it was at one moment. Hold it for seconds, not minutes: it pins old pages. */
export interface KeyValueSnapshot extends KeyValueReader {
  close(): void;
}

/**
 * One put, or a removal where `value` is undefined. The arrays are the store's from the moment that
 * it is written: nobody writes to them any more.
 */
export interface KeyValueChange {
  key: Uint8Array;
  value: Uint8Array | undefined;
}

/**
 * An ordered store of byte keys (1 to 1,900 bytes) and byte values.
 *
 * A batch is atomic; it is visible when `write` returns and durable when `flushed` resolves: in a
 * moment of the store's choosing, or soon after somebody calls `flush`. After a crash the store
 * holds some prefix of the batches that includes every flushed one. A flush that fails rejects, and
 * so do all later ones: the owner must stop.
 */
export interface KeyValue extends KeyValueReader {
  write(batch: readonly KeyValueChange[]): { flushed: Promise<void> };
  /** Makes all batches so far durable without delay. */
  flush(): Promise<void>;
  snapshot(): KeyValueSnapshot;
  /** About how many bytes the store takes on disk. */
  sizeBytes(): number;
  /** Resolves once everything written is durable and the store is let go of. */
  close(): Promise<void>;
}

/** The node's key-value stores, by name (a short kebab-case word), beside its files. */
export interface KeyValueStores {
  /**
   * Opens a store, making an empty one where there is none.
   *
   * @throws StoreDamagedError (`#base/store-damaged-error.ts`) when what is there cannot be read
   */
  open(name: string): Promise<KeyValue>;
  exists(name: string): Promise<boolean>;
  /**
   * Walks a closed store without trusting it, in a way that survives a crash of the store's own
   * code.
   *
   * @param budgetMs stops looking after about this long and says `intact` if nothing was found so
   *   far
   */
  inspect(name: string, budgetMs: number): Promise<"intact" | "missing" | "damaged">;
  /** Renames a closed store over another closed one; durable when it resolves. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a closed store; nothing happens where there is none. Durable when it resolves. */
  remove(name: string): Promise<void>;
}
