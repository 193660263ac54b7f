import { assert } from "#base/assert.ts";
import { kib } from "#base/bytes.ts";

/** What an arena is given out in. Also the least that a slice of a wide stripe takes. */
export const arenaUnitBytes: number = 64 * kib;

/** Says which runs of a fixed arena are taken: the first that fits is given. */
export class Arena {
  readonly #taken: Uint8Array;

  /** @param sizeBytes a multiple of `arenaUnitBytes` */
  constructor(sizeBytes: number) {
    assert(sizeBytes % arenaUnitBytes === 0, "an arena is whole units");
    this.#taken = new Uint8Array(sizeBytes / arenaUnitBytes);
  }

  /** The offset of a run of at least `sizeBytes`, or undefined where no run is long enough. */
  take(sizeBytes: number): number | undefined {
    const wanted = Math.ceil(sizeBytes / arenaUnitBytes);
    let run = 0;
    for (let at = 0; at < this.#taken.length; at++) {
      run = this.#taken[at] === 0 ? run + 1 : 0;
      if (run < wanted) continue;
      const start = at + 1 - wanted;
      this.#taken.fill(1, start, at + 1);
      return start * arenaUnitBytes;
    }
    return undefined;
  }

  /** Gives a run back, as it was taken. */
  release(offset: number, sizeBytes: number): void {
    const start = offset / arenaUnitBytes;
    const end = start + Math.ceil(sizeBytes / arenaUnitBytes);
    assert(
      this.#taken.subarray(start, end).every((taken) => taken === 1),
      "a run is released once",
    );
    this.#taken.fill(0, start, end);
  }
}
