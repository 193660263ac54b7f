import { InvariantError } from "#base/assert.ts";
import type { StagedShard } from "./shard-store.ts";

/** One shard of a unit on its way: what is done to it follows one after the other. */
export class ShardLane {
  readonly index: number;
  readonly node: number;
  readonly #staged: StagedShard;
  /** The last thing that was done to it. */
  #last: Promise<void> = Promise.resolve();
  #state: "open" | "sealing" | "dropped" = "open";
  #failure: { readonly error: unknown } | undefined;

  constructor(shard: { index: number; node: number; staged: StagedShard }) {
    this.index = shard.index;
    this.node = shard.node;
    this.#staged = shard.staged;
  }

  /** What it failed of: nothing more is done to it then. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Its sealing has begun: it is removed, no longer dropped. */
  get isSealed(): boolean {
    return this.#state === "sealing";
  }

  write(slice: Uint8Array): Promise<void> {
    return this.#follow(() => this.#staged.write(slice));
  }

  seal(footer: Uint8Array): Promise<void> {
    return this.#follow(() => {
      this.#state = "sealing";
      return this.#staged.seal(footer);
    });
  }

  /** Notes that it failed, and drops what is left of it. Nothing may be under way. */
  async fail(error: unknown): Promise<void> {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    await this.drop().catch(() => undefined);
  }

  /** Drops it unless its sealing has begun. Nothing may be under way. */
  async drop(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "dropped";
    await this.#staged.abort();
  }

  #follow(next: () => Promise<void>): Promise<void> {
    const lane = this.#last.then(next);
    this.#last = lane;
    return lane;
  }
}

/**
 * Waits until something has been done to each lane. One that fails is given up; a single one has
 * nothing to make up for it.
 *
 * @param act does it
 * @throws what a single lane failed of, or any where the program is wrong
 */
export async function actOn(
  lanes: readonly ShardLane[],
  act: (lane: ShardLane) => Promise<void>,
): Promise<void> {
  const [first, ...others] = lanes;
  if (first === undefined) return;
  if (others.length === 0) return act(first);
  const outcomes = await Promise.allSettled(lanes.map(act));
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === "fulfilled") continue;
    if (outcome.reason instanceof InvariantError) throw outcome.reason;
    await lanes[i]?.fail(outcome.reason);
  }
}
