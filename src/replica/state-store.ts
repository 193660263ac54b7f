import { assert } from "#base/assert.ts";
import { utf8 } from "#base/bytes.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import {
  type ConfState,
  decodeAppliedState,
  encodeAppliedState,
  FormatError,
  type LogPoint,
} from "#format/index.ts";
import type {
  KeyValueChange,
  KeyValueReader,
  KeyValueSnapshot,
  KeyValueStores,
} from "#ports/index.ts";
import { RowCache } from "#metadata/index.ts";
import { CheckedStore } from "#storage/index.ts";
import { ReplicaError } from "./replica-error.ts";

/** The replicated state's key-value store. */
export const storeName = "store";

/** A store is filled under this name, and takes the other's place when it is whole. */
export const rebuiltName = "store-rebuilt";

/** The row that says how far the store has come. Metadata has no keys that begin so. */
const appliedKey: Uint8Array = utf8("r/applied");

/** No key sorts before it. */
export const firstKey: Uint8Array = Uint8Array.of(0);

const beginning: LogPoint = { index: 0, term: 0 };

/** The replicated state on disk: each batch says, in itself, up to which entry it is applied. */
export class StateStore {
  /** The same over the store's whole life, whichever store stands behind it. */
  readonly #reader = new RowCache({
    get: (key) => this.#open.get(key),
    scan: (range) => this.#open.scan(range),
  });
  readonly #onDamage: ((error: StoreDamagedError) => void) | undefined;
  /** Undefined while another store takes this one's place. */
  #store: CheckedStore | undefined;
  #applied: LogPoint = beginning;
  #timeUnixMs = 0;
  #conf: ConfState | undefined;
  #flushedIndex = 0;
  #unflushedBytes = 0;
  #lastFlush: Promise<void> = Promise.resolve();

  private constructor(onDamage: ((error: StoreDamagedError) => void) | undefined) {
    this.#onDamage = onDamage;
  }

  /**
   * Opens a store.
   *
   * @param onDamage is told of a damaged value before the read that met it throws
   * @throws StoreDamagedError where it cannot be one
   */
  static async open(
    stores: KeyValueStores,
    name: string,
    onDamage?: (error: StoreDamagedError) => void,
  ): Promise<StateStore> {
    const store = new StateStore(onDamage);
    await store.#take(stores, name);
    return store;
  }

  async #take(stores: KeyValueStores, name: string): Promise<void> {
    const checked = new CheckedStore(await stores.open(name), name, this.#onDamage);
    try {
      const row = checked.get(appliedKey);
      if (row === undefined) {
        for (const _row of checked.scan({ start: firstKey, limit: 1 })) {
          throw new StoreDamagedError(name, "it has rows, but does not say up to which entry");
        }
      } else {
        const { applied, timeUnixMs, conf } = decodeAppliedState(row);
        this.#applied = applied;
        this.#timeUnixMs = timeUnixMs;
        this.#conf = conf;
      }
      this.#store = checked;
    } catch (error) {
      await checked.close();
      if (!(error instanceof FormatError)) throw error;
      throw new StoreDamagedError(name, error.message, { cause: error });
    }
  }

  get reader(): KeyValueReader {
    return this.#reader;
  }

  /**
   * Lets the store that was filled beside take this one's place, for good. Reads in between fail.
   */
  async replace(stores: KeyValueStores): Promise<void> {
    const old = this.#open;
    await this.flush();
    this.#store = undefined;
    await old.close();
    await stores.rename(rebuiltName, storeName);
    this.#reader.forgetAll();
    await this.#take(stores, storeName);
    this.#flushedIndex = this.#applied.index;
  }

  get #open(): CheckedStore {
    if (this.#store !== undefined) return this.#store;
    throw new ReplicaError("busy", "the state is being replaced by a newer one");
  }

  /** The last entry whose changes are in the store. */
  get applied(): LogPoint {
    return this.#applied;
  }

  /** Who belongs as of `applied`; undefined where the store has never been told. */
  get conf(): ConfState | undefined {
    return this.#conf;
  }

  /** The newest stamp among the commands applied. */
  get timeUnixMs(): number {
    return this.#timeUnixMs;
  }

  /** The last entry whose changes were made durable in this boot; 0 before the first. */
  get flushedIndex(): number {
    return this.#flushedIndex;
  }

  /** About how many bytes of changes are visible and not durable yet. */
  get unflushedBytes(): number {
    return this.#unflushedBytes;
  }

  get sizeBytes(): number {
    return this.#store?.sizeBytes() ?? 0;
  }

  /**
   * Writes the changes of the entries behind `applied` up to `point`, all at once.
   *
   * @param conf who belongs as of `point`
   * @returns resolves when they are durable; a rejection means that the store is of no more use
   */
  write(
    changes: KeyValueChange[],
    point: LogPoint,
    timeUnixMs: number,
    conf: ConfState | undefined = this.#conf,
  ): Promise<void> {
    assert(point.index > this.#applied.index, "R3: no entry is applied twice");
    assert(timeUnixMs >= this.#timeUnixMs, "R5: stamps never go back");
    const applied = { index: point.index, term: point.term };
    const row = { key: appliedKey, value: encodeAppliedState({ applied, timeUnixMs, conf }) };
    let bytes = 0;
    for (const { key, value } of changes) {
      this.#reader.forget(key);
      bytes += key.length + (value?.length ?? 0);
    }
    changes.push(row);
    const { flushed } = this.#open.write(changes);
    this.#applied = applied;
    this.#timeUnixMs = timeUnixMs;
    this.#conf = conf;
    this.#unflushedBytes += bytes;
    this.#lastFlush = flushed.then(() => {
      this.#unflushedBytes -= bytes;
      this.#flushedIndex = Math.max(this.#flushedIndex, applied.index);
    });
    return this.#lastFlush;
  }

  /** Makes everything written so far durable. */
  flush(): Promise<void> {
    // What `write` gave tells of a failure too.
    this.#open.flush().catch(() => undefined);
    return this.#lastFlush;
  }

  /** The state as it is now, up to `applied`. */
  snapshot(): KeyValueSnapshot {
    return this.#open.snapshot();
  }

  async close(): Promise<void> {
    await this.#store?.close();
  }
}

/** Puts rows of a checkpoint, which hold the applied row too, into a store that is being made. */
export async function fillStore(
  stores: KeyValueStores,
  name: string,
  pieces: AsyncIterable<readonly { key: Uint8Array; value: Uint8Array }[]>,
): Promise<void> {
  await stores.remove(name);
  const store = new CheckedStore(await stores.open(name), name);
  try {
    // One batch on its way at a time bounds what is held in memory.
    for await (const rows of pieces) {
      const { flushed } = store.write(rows);
      // What `write` gave tells of a failure too.
      store.flush().catch(() => undefined);
      await flushed;
    }
  } finally {
    await store.close();
  }
}
