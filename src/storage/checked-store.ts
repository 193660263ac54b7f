import { crc32c } from "#base/hash.ts";
import { Slab } from "#base/slab.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import type {
  KeyRange,
  KeyValue,
  KeyValueChange,
  KeyValueReader,
  KeyValueSnapshot,
} from "#ports/index.ts";

/** What a checked value takes more than the value itself, in bytes. */
export const valueChecksumSizeBytes = 4;

/**
 * A key-value store that notices when it gives back something else than was put: each value ends in
 * the CRC32C, little-endian, of its key and then itself.
 */
export class CheckedStore implements KeyValue {
  readonly #store: KeyValue;
  readonly #name: string;
  readonly #onDamage: ((error: StoreDamagedError) => void) | undefined;
  /** Values wait in it until the store has written them. */
  readonly #slab = new Slab();

  /**
   * @param store what is below; only a CheckedStore may have written to it
   * @param name the store's name, for errors
   * @param onDamage is told of a damaged value, before the read that met it throws
   */
  constructor(store: KeyValue, name: string, onDamage?: (error: StoreDamagedError) => void) {
    this.#store = store;
    this.#name = name;
    this.#onDamage = onDamage;
  }

  /** @throws StoreDamagedError where the value fails its checksum */
  get(key: Uint8Array): Uint8Array | undefined {
    return this.#get(this.#store, key);
  }

  /** @throws StoreDamagedError, on the way, where a value fails its checksum */
  scan(range: KeyRange): Iterable<readonly [key: Uint8Array, value: Uint8Array]> {
    return this.#check(this.#store.scan(range));
  }

  write(batch: readonly KeyValueChange[]): { flushed: Promise<void> } {
    return this.#store.write(
      batch.map(({ key, value }) => ({
        key,
        value: value === undefined ? undefined : withChecksum(this.#slab, key, value),
      })),
    );
  }

  flush(): Promise<void> {
    return this.#store.flush();
  }

  snapshot(): KeyValueSnapshot {
    const snapshot = this.#store.snapshot();
    return {
      get: (key) => this.#get(snapshot, key),
      scan: (range) => this.#check(snapshot.scan(range)),
      close: () => snapshot.close(),
    };
  }

  sizeBytes(): number {
    return this.#store.sizeBytes();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #get(reader: KeyValueReader, key: Uint8Array): Uint8Array | undefined {
    const stored = reader.get(key);
    return stored === undefined ? undefined : this.#valueOf(key, stored);
  }

  *#check(
    pairs: Iterable<readonly [Uint8Array, Uint8Array]>,
  ): Generator<readonly [Uint8Array, Uint8Array]> {
    for (const [key, stored] of pairs) yield [key, this.#valueOf(key, stored)];
  }

  #valueOf(key: Uint8Array, stored: Uint8Array): Uint8Array {
    const length = stored.length - valueChecksumSizeBytes;
    if (length >= 0) {
      const value = stored.subarray(0, length);
      const checksum =
        ((stored[length] ?? 0) |
          ((stored[length + 1] ?? 0) << 8) |
          ((stored[length + 2] ?? 0) << 16) |
          ((stored[length + 3] ?? 0) << 24)) >>>
        0;
      if (checksum === checksumOf(key, value)) return value;
    }
    const error = new StoreDamagedError(
      this.#name,
      `the value at key ${key.toHex()} fails its checksum`,
    );
    this.#onDamage?.(error);
    throw error;
  }
}

function checksumOf(key: Uint8Array, value: Uint8Array): number {
  return crc32c(value, crc32c(key));
}

function withChecksum(slab: Slab, key: Uint8Array, value: Uint8Array): Uint8Array {
  const stored = slab.take(value.length + valueChecksumSizeBytes);
  stored.set(value);
  const checksum = checksumOf(key, value);
  stored[value.length] = checksum;
  stored[value.length + 1] = checksum >>> 8;
  stored[value.length + 2] = checksum >>> 16;
  stored[value.length + 3] = checksum >>> 24;
  return stored;
}
