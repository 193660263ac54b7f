import { assert } from "#base/assert.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import type {
  KeyRange,
  KeyValue,
  KeyValueChange,
  KeyValueSnapshot,
  KeyValueStores,
} from "#ports/index.ts";
import type { Boot, OperationKind } from "./boot.ts";
import {
  type OrderedMap,
  mapAscend,
  mapDelete,
  mapDescend,
  mapGet,
  mapPut,
} from "./ordered-map.ts";
import { StoreMedia, type StoresMedia } from "./store-media.ts";

/** The longest key, in bytes; see the port. */
const keySizeBytesMax = 1900;
/** What a pair takes on disk beside its key and value, about. */
const pairOverheadBytes = 16;

/** The KeyValueStores port of one boot over what the machine holds. */
export function simulatedStores(boot: Boot, media: StoresMedia): KeyValueStores {
  const perform = <T>(kind: OperationKind, name: string, effect: () => T): Promise<T> =>
    boot.perform({
      kind,
      target: name,
      delayUs: 50 + boot.prng.below(2000),
      effect,
      fail: () => {
        throw new Error(`store ${name}: injected ${kind} error`);
      },
    });

  return {
    open: (name) =>
      perform("openStore", name, () => {
        let store = media.stores.get(name);
        if (store?.isDamaged) throw new StoreDamagedError(name, "not a store");
        if (store === undefined) {
          store = new StoreMedia();
          media.stores.set(name, store);
        }
        assert(!store.isOpen, `store ${name} is opened once at a time`);
        store.isOpen = true;
        return new SimulatedStore(boot, name, store);
      }),
    exists: (name) => perform("stat", name, () => media.stores.has(name)),
    inspect: (name) =>
      perform("inspectStore", name, () => {
        const store = media.stores.get(name);
        if (store === undefined) return "missing";
        assert(!store.isOpen, `store ${name} is closed while it is inspected`);
        return store.isDamaged ? "damaged" : "intact";
      }),
    rename: (from, to) =>
      perform("renameStore", from, () => {
        const store = media.stores.get(from);
        assert(store !== undefined && !store.isOpen, `store ${from} is there and closed`);
        assert(media.stores.get(to)?.isOpen !== true, `store ${to} is closed`);
        media.stores.delete(from);
        media.stores.set(to, store);
        store.isDurable = true;
      }),
    remove: (name) =>
      perform("removeStore", name, () => {
        assert(media.stores.get(name)?.isOpen !== true, `store ${name} is closed`);
        media.stores.delete(name);
      }),
  };
}

class SimulatedStore implements KeyValue {
  readonly #boot: Boot;
  readonly #name: string;
  readonly #media: StoreMedia;
  readonly #waiting: { batchCount: number; resolve: () => void; reject: (e: Error) => void }[] = [];
  #isFlushing = false;
  #failure: Error | undefined;
  #isOpen = true;

  constructor(boot: Boot, name: string, media: StoreMedia) {
    this.#boot = boot;
    this.#name = name;
    this.#media = media;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#mustBeOpen();
    return mapGet(this.#media.seen, key);
  }

  scan(range: KeyRange): Iterable<readonly [key: Uint8Array, value: Uint8Array]> {
    this.#mustBeOpen();
    return scanMap(this.#media.seen, range);
  }

  write(batch: readonly KeyValueChange[]): { flushed: Promise<void> } {
    this.#mustBeOpen();
    // A boot that is over writes into the void.
    if (!this.#boot.isAlive) return { flushed: new Promise(() => undefined) };
    let state = this.#media.seen;
    for (const { key, value } of batch) {
      assert(key.length >= 1 && key.length <= keySizeBytesMax, "a key has 1 to 1,900 bytes");
      const old = mapGet(state, key);
      if (old !== undefined) this.#media.sizeBytes -= key.length + old.length + pairOverheadBytes;
      if (value === undefined) state = mapDelete(state, key);
      else {
        state = mapPut(state, key, value);
        this.#media.sizeBytes += key.length + value.length + pairOverheadBytes;
      }
    }
    this.#media.states.push(state);
    return { flushed: this.#flushed() };
  }

  flush(): Promise<void> {
    this.#mustBeOpen();
    return this.#boot.isAlive ? this.#flushed() : new Promise(() => undefined);
  }

  snapshot(): KeyValueSnapshot {
    this.#mustBeOpen();
    const state = this.#media.seen;
    let isOpen = true;
    const reader = (): OrderedMap => {
      assert(isOpen, "a snapshot is read before it is closed");
      return state;
    };
    return {
      get: (key) => mapGet(reader(), key),
      scan: (range) => scanMap(reader(), range),
      close: () => {
        isOpen = false;
      },
    };
  }

  sizeBytes(): number {
    return this.#media.sizeBytes;
  }

  async close(): Promise<void> {
    this.#mustBeOpen();
    this.#isOpen = false;
    if (this.#media.states.length > 1 || !this.#media.isDurable) await this.#flushed();
    await this.#boot.perform({
      kind: "close",
      target: this.#name,
      delayUs: 10,
      effect: () => {
        this.#media.isOpen = false;
      },
    });
  }

  #flushed(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batchCount: this.#media.batchCount, resolve, reject });
      if (!this.#isFlushing) void this.#flushAll();
    });
  }

  /** One flush after another; each covers the batches that were written when it began. */
  async #flushAll(): Promise<void> {
    this.#isFlushing = true;
    while (this.#waiting.length > 0) {
      const { batchCount } = this.#media;
      const boot = this.#boot;
      try {
        await boot.perform({
          kind: "flush",
          target: this.#name,
          detail: `${batchCount}`,
          delayUs: 100 + boot.prng.below(boot.prng.below(8) === 0 ? 250_000 : 2000),
          effect: () => this.#media.flush(batchCount),
          fail: () => {
            throw new Error(`store ${this.#name}: injected flush error`);
          },
        });
      } catch (error) {
        this.#failure = error as Error;
        for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#failure);
        break;
      }
      const isCovered = (waiter: { batchCount: number }): boolean =>
        waiter.batchCount <= batchCount;
      const covered = this.#waiting.filter(isCovered);
      this.#waiting.splice(0, covered.length);
      for (const waiter of covered) waiter.resolve();
    }
    this.#isFlushing = false;
  }

  #mustBeOpen(): void {
    assert(this.#isOpen, `store ${this.#name} is used before it is closed`);
  }
}

/** Reads a range of a map, which stays as it is whatever is written to the store. */
export function* scanMap(
  map: OrderedMap,
  range: KeyRange,
): Generator<readonly [Uint8Array, Uint8Array]> {
  let rest = range.limit ?? Infinity;
  if (rest <= 0) return;
  const walk = range.reverse === true ? mapDescend : mapAscend;
  for (const pair of walk(map, range.start, range.end)) {
    yield pair;
    rest--;
    if (rest === 0) return;
  }
}
