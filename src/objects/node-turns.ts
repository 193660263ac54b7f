import { FairQueue } from "./fair-queue.ts";

const never = new AbortController().signal;

/** Bounds what is under way to each node; who waits for a node is served in order. */
export class NodeTurns {
  readonly #countMax: number;
  readonly #nodes = new Map<number, { count: number; queue: FairQueue }>();

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /**
   * Does something once it is its turn.
   *
   * @param signal ends the wait
   * @throws the signal's reason where it is aborted first; whatever `action` throws
   */
  async during<T>(
    node: number,
    signal: AbortSignal | undefined,
    action: () => Promise<T>,
  ): Promise<T> {
    const turns = this.#nodes.getOrInsertComputed(node, () => ({
      count: 0,
      queue: new FairQueue(),
    }));
    const take = (): true | undefined => {
      if (turns.count >= this.#countMax) return undefined;
      turns.count++;
      return true;
    };
    await turns.queue.take(take, signal ?? never);
    try {
      return await action();
    } finally {
      turns.count--;
      turns.queue.wake();
    }
  }
}
