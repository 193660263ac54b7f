import type { Prng } from "#base/prng.ts";
import type { Remains } from "./disk-media.ts";
import { type OrderedMap, mapGet, mapPut } from "./ordered-map.ts";

/** One store: what readers see, and what would last if power went now. */
export class StoreMedia {
  /** The state after each batch since the last flushed one, which comes first. */
  states: OrderedMap[] = [undefined];
  /** How many batches were written before the first state. */
  flushedBatchCount = 0;
  /** About what it takes on disk. */
  sizeBytes = 0;
  /** Something of it was made to last; before, a crash may take the whole store. */
  isDurable = false;
  isDamaged = false;
  isOpen = false;

  get seen(): OrderedMap {
    return this.states[this.states.length - 1];
  }

  get batchCount(): number {
    return this.flushedBatchCount + this.states.length - 1;
  }

  /** Makes the first `batchCount` batches last. */
  flush(batchCount: number): void {
    const count = batchCount - this.flushedBatchCount;
    if (count > 0) this.states.splice(0, count);
    this.flushedBatchCount = Math.max(this.flushedBatchCount, batchCount);
    this.isDurable = true;
  }
}

/** A machine's stores by name, apart from any boot that uses them. */
export class StoresMedia {
  readonly stores: Map<string, StoreMedia> = new Map<string, StoreMedia>();

  /** Makes a store unreadable, as scribbling over its file does. */
  damage(name: string): void {
    this.#find(name).isDamaged = true;
  }

  /** Loses a store altogether. */
  lose(name: string): void {
    this.#find(name);
    this.stores.delete(name);
  }

  /** Flips a bit of the value at `key`, in what readers see and what lasts. */
  flipBit(name: string, key: Uint8Array, bitOffset: number): void {
    const store = this.#find(name);
    store.states = store.states.map((state) => {
      const value = mapGet(state, key);
      if (value === undefined) return state;
      const flipped = value.slice();
      const at = Math.floor(bitOffset / 8);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bitOffset % 8));
      return mapPut(state, key, flipped);
    });
  }

  /** Takes a store back to what it was at another time, as restoring an old copy does. */
  replace(name: string, state: OrderedMap): void {
    const store = this.#find(name);
    store.states = [state];
  }

  /** What readers of a store see now. */
  seen(name: string): OrderedMap {
    return this.#find(name).seen;
  }

  /** A copy of what lasts. */
  save(): ReadonlyMap<string, OrderedMap> {
    return new Map([...this.stores].map(([name, store]) => [name, store.states[0]]));
  }

  /** Makes what lasts a saved copy. The machine is down. */
  restore(saved: ReadonlyMap<string, OrderedMap>): void {
    this.stores.clear();
    for (const [name, state] of saved) {
      const store = new StoreMedia();
      store.states = [state];
      store.isDurable = true;
      this.stores.set(name, store);
    }
  }

  /** Power is cut, or the process ends: of the batches not flushed a prefix is left. */
  crash(remains: Remains, lots: Prng): void {
    for (const [name, store] of this.stores) {
      if (!store.isDurable && !lasts(remains, lots)) {
        this.stores.delete(name);
        continue;
      }
      const lastIndex = store.states.length - 1;
      const index =
        remains === "nothing"
          ? 0
          : remains === "everything"
            ? lastIndex
            : lots.below(lastIndex + 1);
      store.states = [store.states[index]];
      store.flushedBatchCount += index;
      store.isDurable = true;
      store.isOpen = false;
    }
  }

  #find(name: string): StoreMedia {
    const store = this.stores.get(name);
    if (store === undefined) throw new Error(`there is no store ${name}`);
    return store;
  }
}

function lasts(remains: Remains, lots: Prng): boolean {
  return remains === "everything" || (remains === "some" && lots.below(2) === 0);
}
