import { DiskError } from "#base/disk-error.ts";
import { partitionCount } from "#base/partition.ts";
import type { ScrubPass, ScrubState, ShardName } from "#format/index.ts";
import { shardRoot, shardStanding } from "#metadata/index.ts";
import type { Ports } from "#ports/index.ts";
import type { Replica } from "#replica/index.ts";
import type { Shelf, Verification } from "#storage/index.ts";
import { Pace, type Traffic } from "./pace.ts";
import { newScrub, readScrubState, writeScrubState } from "./scrub-state.ts";
import { isDiskTrouble, isPassing, Nap } from "./turns.ts";

/** How long one look at the whole shelf takes unless the operator says otherwise. */
export const scrubPassMs: number = 7 * 24 * 60 * 60 * 1000;
/** How often the place that was reached is noted: a crash repeats this much at most. */
const noteEveryMs = 10 * 60_000;
/** Until the next try where the state or the disk could not be asked. */
const heldUpMs = 10_000;

/** What the scrub works with. */
export interface ScrubContext {
  readonly ports: Pick<Ports, "clock" | "disk" | "trace">;
  readonly replica: Pick<Replica, "reader">;
  readonly shelf: Pick<Shelf, "has" | "list" | "verify">;
  readonly traffic: Traffic;
  /** How long a pass takes; it is spread evenly over this time. */
  readonly passMs: number;
  /** A shard is not what was committed, or is gone: it has to be made anew. */
  readonly onDamaged: (name: ShardName) => void;
}

/**
 * Looks at every byte of the shelf, again and again: each shard is read, each block compared with
 * its checksum, and these with the root that the cluster agreed on. What rots is found before
 * anybody reads it.
 */
export class Scrub {
  readonly #context: ScrubContext;
  readonly #pace: Pace;
  /** Undefined until the place that an earlier run reached was read, or a pass was called for. */
  #state: ScrubState | undefined;
  #notedMs: number;
  readonly #nap: Nap;

  constructor(context: ScrubContext) {
    this.#context = context;
    this.#pace = new Pace(context.ports.clock, context.traffic);
    this.#nap = new Nap(context.ports.clock);
    this.#notedMs = context.ports.clock.monotonicMs();
  }

  /** How the scrub stands. */
  get progress(): ScrubState {
    const state = this.#state ?? newScrub(this.#context.ports.clock.unixMs());
    return { ...state, current: { ...state.current } };
  }

  /** Begins a pass at once, and runs it through. One that is under way begins anew. */
  hurry(): void {
    const last = this.#state?.last;
    this.#state = newScrub(this.#context.ports.clock.unixMs(), { isHurried: true, last });
    this.#nap.wake();
  }

  /**
   * Works until the signal is aborted, from where an earlier run of this node stopped.
   *
   * @throws FormatError `newer` where a newer program left the place
   * @throws ShelfError `stopped`, and whatever else means that the node cannot go on
   */
  async run(signal: AbortSignal): Promise<void> {
    const { disk, clock } = this.#context.ports;
    const left = await readScrubState(disk);
    this.#state ??= left ?? newScrub(clock.unixMs());
    while (!signal.aborted) {
      try {
        await this.#turn(this.#state, signal);
      } catch (error) {
        if (signal.aborted) break;
        if (!isPassing(error) && !isDiskTrouble(error)) throw error;
        this.#context.ports.trace.write("warn", "scrubHeldUp", { reason: error.message });
        await this.#nap.take(heldUpMs, signal);
      }
    }
    await this.#note();
  }

  /** Waits for the turn of the next partition, and looks at it. */
  async #turn(state: ScrubState, signal: AbortSignal): Promise<void> {
    await this.#wait(state, signal);
    if (!signal.aborted && this.#state === state) await this.#look(state, signal);
    // A pass that was called for meanwhile begins elsewhere and counts for itself.
    if (signal.aborted || this.#state !== state) return;
    this.#advance(state);
    const sinceMs = this.#context.ports.clock.monotonicMs() - this.#notedMs;
    if (sinceMs >= noteEveryMs || state.partition === partitionCount) await this.#note();
  }

  /** Waits until the partition's turn in the pass. */
  async #wait(state: ScrubState, signal: AbortSignal): Promise<void> {
    if (state.isHurried) return;
    const turnMs = this.#context.passMs / partitionCount;
    const dueUnixMs = state.current.begunUnixMs + state.partition * turnMs;
    // A clock that was set back must not stop the scrub for as long.
    const waitMs = Math.min(dueUnixMs - this.#context.ports.clock.unixMs(), turnMs);
    if (waitMs > 0) await this.#nap.take(waitMs, signal);
  }

  /** Looks at all shards of a partition. */
  async #look(state: ScrubState, signal: AbortSignal): Promise<void> {
    this.#pace.begin();
    // The list is read out first: it must not stay open over what may take minutes.
    const names = [...this.#context.shelf.list(state.partition)];
    for (const name of names) {
      await this.#verify(name, state.current, signal);
      await this.#pace.step(signal);
      if (this.#state !== state) return;
    }
  }

  async #verify(name: ShardName, pass: ScrubPass, signal: AbortSignal): Promise<void> {
    const { shelf, replica, onDamaged } = this.#context;
    const root = shardRoot(replica.reader, name);
    const found = await shelf.verify(name, {
      ...(root === undefined ? {} : { root }),
      afterRead: (sizeBytes) => {
        pass.bytes += sizeBytes;
        return this.#pace.step(signal);
      },
    });
    pass.shards++;
    const standing = shardStanding(replica.reader, name);
    if (standing === "garbage") pass.unowned++;
    // What no row names yet has nothing that it could be made anew by: once it is committed, its
    // first reader finds it, or the next pass.
    if (standing !== "live" || !isDamage(found, shelf.has(name))) return;
    if (found.kind === "missing") pass.missing++;
    else pass.damaged++;
    onDamaged(name);
  }

  /** Notes for the next start how far this one came. */
  async #note(): Promise<void> {
    const { clock, disk, trace } = this.#context.ports;
    this.#notedMs = clock.monotonicMs();
    if (this.#state === undefined) return;
    try {
      await writeScrubState(disk, this.#state);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      trace.write("warn", "scrubPlaceNotNoted", { reason: error.message });
    }
  }

  /** Goes to the next partition; behind the last a new pass begins. */
  #advance(state: ScrubState): void {
    const { clock, trace } = this.#context.ports;
    state.partition++;
    if (state.partition < partitionCount) return;
    const last = { ...state.current, endedUnixMs: clock.unixMs() };
    const { shards, bytes, damaged, missing, unowned } = last;
    trace.write("info", "scrubEnded", { shards, bytes, damaged, missing, unowned });
    this.#state = newScrub(clock.unixMs(), { last });
  }
}

/** Whether a live shard is not what it should be. One that was removed meanwhile is not missing. */
function isDamage({ kind }: Verification, isListed: boolean): boolean {
  return kind === "corrupt" || (kind === "missing" && isListed);
}
