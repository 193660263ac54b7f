import { assert } from "#base/assert.ts";

/**
 * The numbers of one session: drawn in order, each in use until it is released. Commands draw
 * theirs here as units and encodings do, so that no two things of a session share one.
 */
export class Numbers {
  #next = 1;
  readonly #commands = new LowWater();
  readonly #units = new LowWater();

  /** Draws a number for a unit or an encoding. */
  drawForUnit(): number {
    return this.#units.add(this.#next++);
  }

  drawForCommand(): number {
    return this.#commands.add(this.#next++);
  }

  releaseUnit(number: number): void {
    this.#units.remove(number);
  }

  releaseCommand(number: number): void {
    this.#commands.remove(number);
  }

  /** How far apart the oldest command in use and the next number are. */
  get commandSpan(): number {
    return this.#next - this.commandLowWater;
  }

  /** The smallest number of a command that is in use, or the next to be drawn. */
  get commandLowWater(): number {
    return this.#commands.lowest(this.#next);
  }

  /** The smallest number of a unit or encoding that is in use, or the next to be drawn. */
  get unitLowWater(): number {
    return this.#units.lowest(this.#next);
  }
}

/** Numbers in use, added in ascending order; knows the smallest in constant time on average. */
class LowWater {
  readonly #inUse = new Set<number>();
  /** Ascending; those before `#head`, and those no longer in use, are passed over. */
  #order: number[] = [];
  #head = 0;

  add(number: number): number {
    this.#inUse.add(number);
    this.#order.push(number);
    return number;
  }

  remove(number: number): void {
    assert(this.#inUse.delete(number), "R6: a number is released once, by who drew it");
  }

  lowest(next: number): number {
    for (;;) {
      const number = this.#order[this.#head];
      if (number === undefined) break;
      if (this.#inUse.has(number)) {
        this.#compact();
        return number;
      }
      this.#head++;
    }
    this.#compact();
    return next;
  }

  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#order.length) return;
    this.#order = this.#order.slice(this.#head);
    this.#head = 0;
  }
}
