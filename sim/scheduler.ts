/** Taken before the tripwire puts a notice in front of it: the loop itself may go round. */
const setImmediateUnguarded = setImmediate;

/**
 * Every this many events the loop lets Node run: signals, and promises rejected with no handler.
 */
const eventsPerYield = 256;

/** Something that will happen. */
export interface Scheduled {
  /** It no longer happens. Nothing happens where it already has. */
  cancel(): void;
}

interface Pending extends Scheduled {
  atUs: number;
  order: number;
  action: (() => void) | undefined;
}

/** Nothing is left to happen, yet the run still waits. */
export class DeadlockError extends Error {
  override readonly name = "DeadlockError";
}

/** The run went past its bound of events or of time. */
export class RunawayError extends Error {
  override readonly name = "RunawayError";
}

/** How far a run may go before it counts as runaway. */
export interface RunLimits {
  /** Events fired. */
  eventsMax: number;
  /** Virtual time in milliseconds. */
  virtualMsMax: number;
}

/**
 * Virtual time. Events fire in order of time, and those of one moment in the order they were
 * scheduled; between two events every promise job runs that can.
 */
export class Scheduler {
  readonly #heap: Pending[] = [];
  #nowUs = 0;
  #order = 0;
  #fired = 0;

  /** Microseconds since the run began, whole. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** How many events have fired. */
  get fired(): number {
    return this.#fired;
  }

  /**
   * Plans `action`.
   *
   * @param delayUs microseconds from now, 0 or more; fractions are dropped
   */
  schedule(delayUs: number, action: () => void): Scheduled {
    const pending: Pending = {
      atUs: this.#nowUs + Math.max(0, Math.floor(delayUs)),
      order: this.#order++,
      action,
      cancel() {
        pending.action = undefined;
      },
    };
    this.#push(pending);
    return pending;
  }

  /**
   * Fires events until `isOver`, which is asked after every drain.
   *
   * @throws DeadlockError when nothing is left to fire, RunawayError past `limits`
   */
  run(isOver: () => boolean, limits: RunLimits): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        try {
          if (isOver()) return resolve();
          this.#fireNext(limits);
        } catch (error) {
          return reject(error);
        }
        afterDrain(turn, this.#fired % eventsPerYield === 0);
      };
      afterDrain(turn, false);
    });
  }

  #fireNext(limits: RunLimits): void {
    let next = this.#pop();
    while (next !== undefined && next.action === undefined) next = this.#pop();
    if (next === undefined) {
      throw new DeadlockError(`nothing is left to happen at ${this.#nowUs / 1000} ms`);
    }
    this.#nowUs = next.atUs;
    this.#fired++;
    if (this.#fired > limits.eventsMax || this.#nowUs > limits.virtualMsMax * 1000) {
      throw new RunawayError(`not over after ${this.#fired} events, ${this.#nowUs / 1000} ms`);
    }
    next.action?.();
  }

  #push(pending: Pending): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(pending);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as Pending;
      if (!isBefore(pending, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = pending;
  }

  #pop(): Pending | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      const right = below + 1;
      if (right < heap.length && isBefore(heap[right] as Pending, heap[below] as Pending)) {
        below = right;
      }
      const child = heap[below] as Pending;
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Pending, b: Pending): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
}

/**
 * Calls `next` once no promise job is left. Node runs the tick queue only when the queue of promise
 * jobs is empty, so a tick asked for from inside a job comes after all jobs, also those not made
 * yet.
 */
export function afterDrain(next: () => void, yieldToNode: boolean): void {
  void resolved.then(() => {
    if (yieldToNode) setImmediateUnguarded(next);
    else process.nextTick(next);
  });
}

const resolved = Promise.resolve();

/** Resolves once Node has gone round its own loop. */
export function nodeTurn(): Promise<void> {
  return new Promise((resolve) => setImmediateUnguarded(resolve));
}
