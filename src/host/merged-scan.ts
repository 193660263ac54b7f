import type { OverlayEntry } from "./overlay.ts";

type Pair = readonly [key: Uint8Array, value: Uint8Array];

/** One pair as LMDB gives it. */
export interface StoredPair {
  key: Uint8Array;
  value: Uint8Array;
}

/**
 * The pairs of a range: what LMDB holds of it, with the overlay's changes laid over it. It reads
 * ahead by one pair, which is what fixes the moment that it shows, and lets go of LMDB's cursor as
 * soon as it needs no more of it.
 */
export class MergedScan implements IterableIterator<Pair> {
  readonly #stored: Iterator<StoredPair>;
  readonly #overlay: readonly OverlayEntry[];
  /** 1 for ascending keys, -1 for descending ones. */
  readonly #direction: 1 | -1;
  #head: StoredPair | undefined;
  #overlayIndex = 0;
  #rest: number;

  /**
   * @param stored LMDB's pairs of the range, in the order asked for
   * @param overlay the changes within the range, in that order too
   * @param limit how many pairs to give at most
   */
  constructor(
    stored: Iterator<StoredPair>,
    overlay: readonly OverlayEntry[],
    order: { direction: 1 | -1; limit: number },
  ) {
    this.#stored = stored;
    this.#overlay = overlay;
    this.#direction = order.direction;
    this.#rest = order.limit;
    this.#head = pulled(stored);
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Pair> {
    while (this.#rest > 0) {
      const head = this.#head;
      const over = this.#overlay[this.#overlayIndex];
      if (head === undefined && over === undefined) break;
      const order = compareHeads(head, over) * this.#direction;
      if (over === undefined || order < 0) {
        if (head === undefined) break;
        return this.#give(head.key, head.value, true);
      }
      this.#overlayIndex++;
      if (over.value !== undefined) return this.#give(over.key, over.value, order === 0);
      if (order === 0) this.#head = pulled(this.#stored);
    }
    return this.return();
  }

  return(): IteratorResult<Pair> {
    this.#rest = 0;
    this.#letGo();
    return { done: true, value: undefined };
  }

  #give(key: Uint8Array, value: Uint8Array, takesHead: boolean): IteratorResult<Pair> {
    this.#rest--;
    if (this.#rest === 0) this.#letGo();
    else if (takesHead) this.#head = pulled(this.#stored);
    return { done: false, value: [key, value] };
  }

  #letGo(): void {
    this.#head = undefined;
    this.#stored.return?.();
  }
}

function pulled(stored: Iterator<StoredPair>): StoredPair | undefined {
  const { done, value } = stored.next();
  return done === true ? undefined : value;
}

/** Negative, zero or positive as the stored key is below, at or above the overlay's. */
function compareHeads(head: StoredPair | undefined, over: OverlayEntry | undefined): number {
  if (over === undefined || head === undefined) return 0;
  return Buffer.compare(head.key, over.key);
}
