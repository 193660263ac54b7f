import type { Clock } from "#ports/index.ts";

/** Deadlines are kept by whole slots of time, so that thousands of them share one timer. */
const slotMs = 8;

/** Something that happens unless it is cancelled in time. */
export interface Deadline {
  cancel(): void;
}

/** Many deadlines over one timer. None comes early; each comes within a slot. */
export class Deadlines {
  readonly #clock: Pick<Clock, "monotonicMs" | "sleep">;
  readonly #slots = new Map<number, Set<() => void>>();
  #sleep: { untilSlot: number; interruption: AbortController } | undefined;
  #isClosed = false;

  constructor(clock: Pick<Clock, "monotonicMs" | "sleep">) {
    this.#clock = clock;
  }

  /** Calls `action` after `ms`, unless it is cancelled or all are closed before. */
  after(ms: number, action: () => void): Deadline {
    const slot = Math.ceil((this.#clock.monotonicMs() + ms) / slotMs);
    let actions = this.#slots.get(slot);
    if (actions === undefined) this.#slots.set(slot, (actions = new Set()));
    // An action of two deadlines is two entries.
    const entry = (): void => action();
    actions.add(entry);
    this.#wakeFor(slot);
    return {
      cancel: () => {
        const there = this.#slots.get(slot);
        if (there?.delete(entry) === true && there.size === 0) this.#slots.delete(slot);
      },
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#slots.clear();
    this.#sleep?.interruption.abort();
  }

  #wakeFor(slot: number): void {
    if (this.#sleep === undefined) void this.#run();
    else if (slot < this.#sleep.untilSlot) this.#sleep.interruption.abort();
  }

  async #run(): Promise<void> {
    while (this.#slots.size > 0 && !this.#isClosed) {
      let untilSlot = Infinity;
      for (const slot of this.#slots.keys()) untilSlot = Math.min(untilSlot, slot);
      const interruption = new AbortController();
      this.#sleep = { untilSlot, interruption };
      // A timer may come a fraction early: never less than a step, or it would come again at once.
      const ms = Math.max(1, untilSlot * slotMs - this.#clock.monotonicMs());
      try {
        await this.#clock.sleep(ms, interruption.signal);
      } catch {
        continue; // An earlier one came, or all are closed.
      }
      this.#fireDue();
    }
    this.#sleep = undefined;
  }

  #fireDue(): void {
    const nowMs = this.#clock.monotonicMs();
    const due = [...this.#slots].filter(([slot]) => slot * slotMs <= nowMs);
    for (const [slot, actions] of due.sort(([a], [b]) => a - b)) {
      this.#slots.delete(slot);
      for (const action of actions) action();
    }
  }
}
