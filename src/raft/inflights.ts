import { assert } from "#base/assert.ts";

/**
 * The window of Apps to one peer that are sent and not yet acknowledged: the last index of each
 * and its bytes, in a ring that grows on demand.
 */
export class Inflights {
  readonly #countMax: number;
  readonly #bytesMax: number;
  #indexes: number[] = [];
  #sizes: number[] = [];
  #start = 0;
  #count = 0;
  #bytes = 0;

  /**
   * @param countMax Apps in the window at most
   * @param bytesMax a soft limit: the App that reaches it is still sent. Infinity for none
   */
  constructor(countMax: number, bytesMax: number) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether nothing more may be sent for now. */
  get isFull(): boolean {
    return this.#count >= this.#countMax || this.#bytes >= this.#bytesMax;
  }

  /** Notes an App whose last entry is at `index`. Indexes ascend; the window is not full. */
  add(index: number, bytes: number): void {
    assert(!this.isFull, "R6: an App leaves only while its window has room");
    if (this.#count === this.#indexes.length) this.#grow();
    const at = (this.#start + this.#count) % this.#indexes.length;
    this.#indexes[at] = index;
    this.#sizes[at] = bytes;
    this.#count++;
    this.#bytes += bytes;
  }

  /** Forgets the Apps that end at or before `index`. */
  freeTo(index: number): void {
    while (this.#count > 0 && (this.#indexes[this.#start] ?? 0) <= index) {
      this.#bytes -= this.#sizes[this.#start] ?? 0;
      this.#start = (this.#start + 1) % this.#indexes.length;
      this.#count--;
    }
  }

  /** Forgets all. */
  clear(): void {
    this.#start = 0;
    this.#count = 0;
    this.#bytes = 0;
  }

  /** Every slot is taken, so the ring can be cut at its start and laid out flat. */
  #grow(): void {
    const flat = (ring: number[]): number[] => [
      ...ring.slice(this.#start),
      ...ring.slice(0, this.#start),
    ];
    const room = Array.from({ length: Math.max(this.#count, 4) }, () => 0);
    this.#indexes = [...flat(this.#indexes), ...room];
    this.#sizes = [...flat(this.#sizes), ...room];
    this.#start = 0;
  }
}
