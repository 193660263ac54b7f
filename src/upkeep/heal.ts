import type { ShardName } from "#format/index.ts";
import { shardRoot } from "#metadata/index.ts";
import type { ObjectsContext } from "#objects/index.ts";
import type { Ports } from "#ports/index.ts";
import type { Shelf } from "#storage/index.ts";
import { textOf } from "./confirm.ts";
import { pullShard } from "./pull.ts";
import { homeOf } from "./shard-home.ts";
import { isDiskTrouble, isPassing, Nap } from "./turns.ts";

/** Shards that wait to be looked at: more are found again by the next reader, or the scrub. */
const suspectsMax = 10_000;
/** What could not be made anew is tried again this much later. */
const retryMs = 10_000;
/** Nobody asks without waking it. */
const idleMs = 60 * 60_000;

/** A suspected shard is as it was committed. */
class IntactError extends Error {
  override readonly name = "IntactError";
}

/** What healing works with. */
export interface HealContext {
  readonly ports: Pick<Ports, "clock" | "trace">;
  readonly self: number;
  readonly objects: ObjectsContext;
  readonly shelf: Pick<Shelf, "has" | "remove" | "stage" | "verify">;
}

/**
 * Makes shards of this node anew that a reader or the scrub found damaged: each is looked at, made
 * of others of its unit, and only then put in the place of the damaged one, of which some blocks
 * may have been the last of their kind.
 */
export class Healing {
  readonly #context: HealContext;
  readonly #nap: Nap;
  readonly #suspects = new Map<string, ShardName>();

  constructor(context: HealContext) {
    this.#context = context;
    this.#nap = new Nap(context.ports.clock);
  }

  /** How many shards wait to be looked at, or to be made anew. */
  get count(): number {
    return this.#suspects.size;
  }

  /** Says that a shard of this node may not be what was committed. */
  suspect(name: ShardName): void {
    if (this.#suspects.size >= suspectsMax) return;
    this.#suspects.set(textOf(name), name);
    this.#nap.wake();
  }

  /**
   * Works until the signal is aborted.
   *
   * @throws ShelfError `stopped`, and whatever else means that the node cannot go on
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const names = [...this.#suspects];
      for (const [text, name] of names) {
        if (await this.#isSettled(name, signal)) this.#suspects.delete(text);
        if (signal.aborted) return;
      }
      const isNew = [...this.#suspects.keys()].some((text) => !names.some(([old]) => old === text));
      if (!isNew) await this.#nap.take(this.count > 0 ? retryMs : idleMs, signal);
    }
  }

  /** False where it has to be tried again. */
  async #isSettled(name: ShardName, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#heal(name, signal);
    } catch (error) {
      if (error instanceof IntactError) return true;
      if (signal.aborted) return false;
      if (!isPassing(error) && !isDiskTrouble(error)) throw error;
      this.#context.ports.trace.write("warn", "healingHeldUp", { reason: error.message });
      return false;
    }
  }

  async #heal(name: ShardName, signal: AbortSignal): Promise<boolean> {
    const { ports, self, objects, shelf } = this.#context;
    const { reader } = objects.replica;
    const home = homeOf(reader, name);
    const root = shardRoot(reader, name);
    // What does not belong here goes its own way.
    if (home === undefined || root === undefined || !home.nodes.includes(self)) return true;
    const { kind } = await shelf.verify(name, { root });
    // One that the shelf does not list is what the walk looks for.
    if (kind === "intact" || (kind === "missing" && !shelf.has(name))) return true;
    const { unit, index } = name;
    const holders = home.nodes.filter((node) => node !== self);
    const beforeSeal = async (): Promise<void> => {
      // A disk may have read wrongly once, and readers miss a shard that makes way for another.
      const again = await shelf.verify(name, { root });
      if (again.kind === "intact") throw new IntactError("the shard can be read after all");
      await shelf.remove([name]);
    };
    const shard = { unit, row: home.row, index, holders, beforeSeal };
    const outcome = await pullShard({ objects, shelf }, shard, signal);
    const fields = { shard: textOf(name), was: kind, outcome: outcome.kind };
    ports.trace.write(outcome.kind === "pulled" ? "info" : "warn", "shardHealed", fields);
    return outcome.kind === "pulled" || outcome.kind === "lost";
  }
}
