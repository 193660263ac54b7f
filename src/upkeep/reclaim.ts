import type { CommandResult, ShardName } from "#format/index.ts";
import { clusterOf, dueEncodings, shardStanding, upkeepDue } from "#metadata/index.ts";
import type { Ports } from "#ports/index.ts";
import type { CommandBody, Replica } from "#replica/index.ts";
import type { Shelf } from "#storage/index.ts";
import { isPassing, pause } from "./turns.ts";

/** Between two looks at what has become due; garbage has waited for an hour by then. */
export const idlePauseMs = 10_000;
/** Between two pieces of work: client traffic goes first. */
const busyPauseMs = 20;
/** Between two walks over the whole shelf, which find what no queue names. */
export const walkPauseMs: number = 6 * 60 * 60 * 1000;
/** Rows that one command lets go of: apply must not stall the node. */
const rowsPerCommand = 1_000;
/** Shards that are judged in one synchronous stretch: a few milliseconds. */
const shardsPerStretch = 256;

/** What reclaim works with. */
export interface ReclaimContext {
  readonly ports: Pick<Ports, "clock" | "trace">;
  readonly replica: Pick<Replica, "propose" | "readBarrier" | "reader">;
  readonly shelf: Pick<Shelf, "compact" | "page" | "remove">;
}

/**
 * Gives back the space of what nobody can ask for any more: dead bodies are let go of, units that
 * nothing names are forgotten, shards that no row names are removed, and packs that are mostly dead
 * compacted. One loop, one piece of work at a time.
 */
export class Reclaim {
  readonly #context: ReclaimContext;
  /** The walk that is under way, and the last shard that it has judged. */
  #walk: { after: ShardName | undefined } | undefined = { after: undefined };
  #nextWalkMs = 0;

  constructor(context: ReclaimContext) {
    this.#context = context;
  }

  /**
   * Works until the signal is aborted.
   *
   * @throws ShelfError `stopped` and whatever else means that the node cannot go on
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, trace } = this.#context.ports;
    while (!signal.aborted) {
      let state: "busy" | "idle" = "idle";
      try {
        state = await this.work(signal);
      } catch (error) {
        if (!isPassing(error)) throw error;
        trace.write("warn", "reclaimHeldUp", { reason: error.message });
      }
      await pause(clock, state === "busy" ? busyPauseMs : idlePauseMs, signal);
    }
  }

  /** Does one piece of work, and says whether there may be more. */
  async work(signal?: AbortSignal): Promise<"busy" | "idle"> {
    const { replica, ports, shelf } = this.#context;
    // A node that stops does not wait for others.
    await replica.readBarrier({ signal });
    if (clusterOf(replica.reader)?.awaitsConfirmation === true) return "idle";
    const due = upkeepDue(replica.reader, ports.clock.unixMs());
    if (due.releaseBodies && (await this.#propose(releaseBodies)) > 0) return "busy";
    if (due.forgetUnits && (await this.#forgetUnits()) > 0) return "busy";
    if (due.expireUploads && (await this.#propose(expireUploads)) > 0) return "busy";
    if (await this.#walkOn()) return "busy";
    const { kind } = await shelf.compact();
    return kind === "compacted" ? "busy" : "idle";
  }

  /** Forgets units, and removes their shards at once where the rule allows it. */
  async #forgetUnits(): Promise<number> {
    const { replica, ports } = this.#context;
    const due = [...dueEncodings(replica.reader, ports.clock.unixMs(), rowsPerCommand)];
    const count = await this.#propose(forgetUnits);
    const names = due.flatMap(({ unit, encoding: { id, k, m } }) =>
      Array.from({ length: k + m }, (_, index): ShardName => ({ unit, encoding: id, index })),
    );
    await this.#removeGarbage(names);
    return count;
  }

  /** Judges a stretch of shards; false where the walk is over and the next is not due. */
  async #walkOn(): Promise<boolean> {
    const { clock } = this.#context.ports;
    if (this.#walk === undefined) {
      if (clock.monotonicMs() < this.#nextWalkMs) return false;
      this.#walk = { after: undefined };
    }
    const stretch = this.#context.shelf.page(this.#walk.after, shardsPerStretch);
    await this.#removeGarbage(stretch);
    const isOver = stretch.length < shardsPerStretch;
    this.#walk = isOver ? undefined : { after: stretch.at(-1) };
    if (isOver) this.#nextWalkMs = clock.monotonicMs() + walkPauseMs;
    return true;
  }

  async #removeGarbage(names: readonly ShardName[]): Promise<void> {
    if (names.length === 0) return;
    const { replica, shelf, ports } = this.#context;
    await replica.readBarrier();
    const { reader } = replica;
    const garbage = names.filter((name) => shardStanding(reader, name) === "garbage");
    if (garbage.length === 0) return;
    await shelf.remove(garbage);
    ports.trace.write("info", "garbageRemoved", { shards: garbage.length });
  }

  /** @returns how many rows the command dealt with */
  async #propose(body: CommandBody): Promise<number> {
    const { outcome }: CommandResult = await this.#context.replica.propose(body);
    return outcome?.kind === "upkeepDone" ? outcome.value.count : 0;
  }
}

const releaseBodies: CommandBody = { kind: "releaseBodies", value: { units: rowsPerCommand } };
const forgetUnits: CommandBody = { kind: "forgetUnits", value: { units: rowsPerCommand } };
const expireUploads: CommandBody = { kind: "expireUploads", value: { uploads: rowsPerCommand } };
