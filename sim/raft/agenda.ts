/** What is still to happen, in order of time; what is due at once happens in order of planning. */
export class Agenda {
  readonly #heap: { at: number; order: number; run: () => void }[] = [];
  #planned = 0;
  #now = 0;

  /** Simulated time: ten units are about one tick. */
  get now(): number {
    return this.#now;
  }

  /** Plans `run` for `delay` units from now. */
  in(delay: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ at: this.#now + delay, order: this.#planned++, run });
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#isBefore(parent, at)) break;
      this.#swap(parent, at);
      at = parent;
    }
  }

  /** Lets the next thing happen; false when nothing is planned. */
  step(): boolean {
    const heap = this.#heap;
    const next = heap[0];
    if (next === undefined) return false;
    const last = heap.pop();
    if (last !== undefined && last !== next) {
      heap[0] = last;
      this.#sink();
    }
    this.#now = next.at;
    next.run();
    return true;
  }

  #sink(): void {
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= this.#heap.length) return;
      const right = left + 1;
      const child = right < this.#heap.length && this.#isBefore(right, left) ? right : left;
      if (this.#isBefore(at, child)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #isBefore(i: number, j: number): boolean {
    const a = this.#heap[i];
    const b = this.#heap[j];
    if (a === undefined || b === undefined) return false;
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(i: number, j: number): void {
    const a = this.#heap[i];
    const b = this.#heap[j];
    if (a === undefined || b === undefined) return;
    this.#heap[i] = b;
    this.#heap[j] = a;
  }
}
