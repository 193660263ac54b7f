import type { WalkState } from "#format/index.ts";
import {
  layoutOf,
  type Mark,
  marksOf,
  profileCounts,
  type Reader,
  transitionWait,
  unitOf,
  upkeepOf,
} from "#metadata/index.ts";
import type { ObjectsContext } from "#objects/index.ts";
import type { Peers } from "#peering/index.ts";
import type { Ports } from "#ports/index.ts";
import type { Shelf } from "#storage/index.ts";
import type { Leaving } from "./confirm.ts";
import { dropMisplaced } from "./drop.ts";
import { Pace, type Traffic } from "./pace.ts";
import { pullShard } from "./pull.ts";
import { isDiskTrouble, isPassing, Nap } from "./turns.ts";
import { WalkProgress } from "./walk-progress.ts";
import { type MissingShard, rowsPerStretch, surveyStretch } from "./walk-survey.ts";

/** Between two looks at whether there is something to do. */
const lookPauseMs = 1_000;
/** What could not be had is tried again this much later, or when a node comes back. */
const retryMs = 10_000;
/** What a pause holds up is looked at again this much later: a node may have gone meanwhile. */
const pausedRetryMs = 60_000;
/** Everything is looked at again after this long, whatever has happened. */
const wholeWalkMs = 60 * 60_000;
/** Shards that were not confirmed where they belong are asked about again this much later. */
const tidyRetryMs = 60_000;
/** Reading a partition's homes and finding its first row takes as long as so many rows. */
const rowsPerPartition = 4;
/** Partitions that are complete before their marks are cleared. */
const partitionsPerCommand = 64;
/** Shards that are pulled at once: small ones share a sync, large ones hold 2 MiB each. */
const pullsAtOnce = 8;
/** Shards between two pauses for clients. */
const shardsPerBatch = 32;
/** Marks that one command clears. */
const marksPerCommand = 512;

/** What the walk works with. */
export interface WalkContext {
  readonly ports: Pick<Ports, "clock" | "trace">;
  readonly peers: Pick<Peers, "call" | "self">;
  readonly objects: ObjectsContext;
  readonly shelf: Pick<Shelf, "has" | "pages" | "remove" | "stage">;
  readonly leaving: Leaving;
  readonly traffic: Traffic;
}

/** What is to be looked at, under one layout. */
interface Agenda {
  readonly version: number;
  /** Partitions that are not known to be complete. */
  readonly pending: Set<number>;
  /** When shards that belong elsewhere are to be looked for; never once there are none. */
  tidyAtMs: number;
}

/** A partition that lacks shards. */
interface Due {
  readonly partition: number;
  readonly isMarked: boolean;
  /** Of its units that lack a shard here, the one that stands the least. */
  readonly spare: number;
}

/** What a pass could not get. */
interface Held {
  readonly sinceMs: number;
  readonly retryMs: number;
  /** Nodes that were down. */
  readonly down: readonly number[];
  readonly isPaused: boolean;
}

/**
 * The presence walk: compares the units of this node's partitions with the shelf's index, and gets
 * what is missing. A layout, a mark or a request gives it work; it is over when nothing is left to
 * get, and then the cluster is told which layout has been walked. A pause holds up what only moves,
 * and nothing that makes objects safer.
 */
export class PresenceWalk {
  readonly #context: WalkContext;
  readonly #pace: Pace;
  readonly #nap: Nap;
  readonly #progress: WalkProgress;
  #agenda: Agenda | undefined;
  #wholeAtMs = 0;
  #held: Held | undefined;
  #heldReason = "";
  #rowsSinceRest = 0;

  constructor(context: WalkContext) {
    const { clock } = context.ports;
    this.#context = context;
    this.#pace = new Pace(clock, context.traffic);
    this.#nap = new Nap(clock);
    this.#progress = new WalkProgress(clock);
  }

  /** How the walk stands. */
  get state(): WalkState {
    return this.#progress.state;
  }

  /** Looks at everything at once. */
  hurry(): void {
    this.#wholeAtMs = 0;
    this.#held = undefined;
    this.#progress.wait();
    this.#nap.wake();
  }

  /**
   * Works until the signal is aborted.
   *
   * @throws ShelfError `stopped`, and whatever else means that the node cannot go on
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.work(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isPassing(error) && !isDiskTrouble(error)) throw error;
        this.#context.ports.trace.write("warn", "walkHeldUp", { reason: error.message });
      }
      await this.#nap.take(lookPauseMs, signal);
    }
  }

  /** Does what there is to do, as far as it can be done now. */
  async work(signal: AbortSignal): Promise<void> {
    const agenda = this.#currentAgenda();
    if (agenda === undefined) return;
    const { reader } = this.#context.objects.replica;
    const marks = [...marksOf(reader, this.#context.peers.self)];
    const isNew = marks.some(({ partition }) => !agenda.pending.has(partition));
    for (const { partition } of marks) agenda.pending.add(partition);
    if (agenda.pending.size > 0 && (isNew || this.#isDue)) await this.#pass(agenda, marks, signal);
    else this.#progress.end();
    if (this.#isPaused) return;
    if (agenda.pending.size === 0 && this.#isCurrent(agenda)) await this.#tell(agenda);
    if (this.#isCurrent(agenda)) await this.#tidy(agenda, signal);
  }

  get #isPaused(): boolean {
    return upkeepOf(this.#context.objects.replica.reader).isPaused;
  }

  /** Whether what could not be had may be tried again. */
  get #isDue(): boolean {
    if (this.#held === undefined) return true;
    const { sinceMs, down, isPaused, retryMs: waitMs } = this.#held;
    const { shards } = this.#context.objects;
    if (isPaused !== this.#isPaused) return true;
    if (down.some((node) => shards.standing(node) !== "down")) return true;
    return this.#context.ports.clock.monotonicMs() - sinceMs >= waitMs;
  }

  /** What is to be done: everything anew where the layout is another, or after a long time. */
  #currentAgenda(): Agenda | undefined {
    const { reader } = this.#context.objects.replica;
    const nowMs = this.#context.ports.clock.monotonicMs();
    const version = layoutOf(reader)?.version;
    if (version === undefined) return undefined;
    if (this.#agenda?.version === version && nowMs < this.#wholeAtMs) return this.#agenda;
    this.#wholeAtMs = nowMs + wholeWalkMs;
    this.#held = undefined;
    this.#progress.forgetLost();
    const pending = new Set([...profileCounts(reader)].map(({ partition }) => partition));
    this.#agenda = { version, pending, tidyAtMs: nowMs };
    return this.#agenda;
  }

  /** Whether the layout is the one that the agenda is about. */
  #isCurrent({ version }: Agenda): boolean {
    return layoutOf(this.#context.objects.replica.reader)?.version === version;
  }

  /** Whether a shard has to wait for the end of a pause. */
  #mustWait({ isMove }: MissingShard, isMarked: boolean): boolean {
    return isMove && !isMarked && this.#isPaused;
  }

  /** Goes once through what is pending. */
  async #pass(agenda: Agenda, marks: readonly Mark[], signal: AbortSignal): Promise<void> {
    const seen = new Map(marks.map((mark) => [mark.partition, mark]));
    const progress = this.#progress;
    progress.begin();
    this.#held = undefined;
    const { due, complete } = await this.#survey(agenda, seen, signal);
    if (due.length > 0) progress.beginPulling();
    await this.#complete(agenda, complete, seen);
    let cleared: number[] = [];
    for (const one of inOrder(due)) {
      if (!this.#isCurrent(agenda)) return progress.end();
      if (!(await this.#fill(agenda, one, signal))) continue;
      cleared.push(one.partition);
      if (cleared.length < partitionsPerCommand) continue;
      await this.#complete(agenda, cleared, seen);
      cleared = [];
    }
    await this.#complete(agenda, cleared, seen);
    progress.end();
    this.#noteHeld();
  }

  /** Looks at what is pending, without getting anything. */
  async #survey(
    agenda: Agenda,
    seen: ReadonlyMap<number, Mark>,
    signal: AbortSignal,
  ): Promise<{ due: Due[]; complete: number[] }> {
    const due: Due[] = [];
    const complete: number[] = [];
    for (const partition of agenda.pending) {
      const isMarked = seen.has(partition);
      let spare = Infinity;
      let isWhole = true;
      for await (const missing of this.#missingIn(partition, signal)) {
        for (const shard of missing) {
          isWhole = false;
          this.#progress.found(shard);
          if (this.#mustWait(shard, isMarked)) this.#progress.hold();
          else spare = Math.min(spare, shard.spare);
        }
      }
      if (isWhole) complete.push(partition);
      else if (spare < Infinity) due.push({ partition, isMarked, spare });
    }
    return { due, complete };
  }

  /** What a partition lacks, stretch by stretch. */
  async *#missingIn(
    partition: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly MissingShard[]> {
    const { peers, objects, shelf } = this.#context;
    const { reader } = objects.replica;
    const compared = { self: peers.self, reader, shelf, shards: objects.shards };
    let stretch = surveyStretch(compared, partition);
    for (;;) {
      yield stretch.missing;
      await this.#rest(stretch.rowCount, signal);
      if (stretch.after === undefined) return;
      stretch = surveyStretch(compared, partition, stretch.after);
    }
  }

  /** Lets others have a turn after so many rows; looking into a partition costs a few. */
  async #rest(rowCount: number, signal: AbortSignal): Promise<void> {
    this.#rowsSinceRest += rowCount + rowsPerPartition;
    if (this.#rowsSinceRest < rowsPerStretch) return;
    this.#rowsSinceRest = 0;
    await this.#context.ports.clock.sleep(1, signal);
  }

  /** Gets what a partition lacks; says whether nothing is left that may come yet. */
  async #fill(agenda: Agenda, { partition, isMarked }: Due, signal: AbortSignal): Promise<boolean> {
    let isComplete = true;
    for await (const missing of this.#missingIn(partition, signal)) {
      for (let first = 0; first < missing.length; first += shardsPerBatch) {
        if (!this.#isCurrent(agenda)) return false;
        this.#pace.begin();
        const wanted = missing.slice(first, first + shardsPerBatch);
        const batch = wanted.filter((shard) => !this.#mustWait(shard, isMarked));
        if (batch.length < wanted.length) {
          isComplete = false;
          this.#progress.hold();
        }
        isComplete = (await this.#pullAll(batch, signal)) && isComplete;
        await this.#pace.step(signal);
      }
    }
    return isComplete && this.#isCurrent(agenda);
  }

  /** Pulls shards, a few at a time; says whether none of them may come yet. */
  async #pullAll(batch: readonly MissingShard[], signal: AbortSignal): Promise<boolean> {
    const rest = [...batch].reverse();
    let isComplete = true;
    const workers = Array.from({ length: pullsAtOnce }, async () => {
      for (let shard = rest.pop(); shard !== undefined; shard = rest.pop()) {
        isComplete = (await this.#pull(shard, signal)) && isComplete;
      }
    });
    for (const outcome of await Promise.allSettled(workers)) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
    return isComplete;
  }

  async #pull(shard: MissingShard, signal: AbortSignal): Promise<boolean> {
    const { objects, ports } = this.#context;
    const outcome = await pullShard(this.#context, shard, signal);
    const { unit, index } = shard;
    // It was forgotten or coded anew meanwhile, and nobody wants it any more.
    if (outcome.kind !== "pulled" && !isStillWanted(objects.replica.reader, shard)) return true;
    this.#progress.note(shard, outcome);
    if (outcome.kind === "lost") {
      const { epoch, session, number } = unit;
      ports.trace.write("error", "shardLost", { unit: `${epoch}.${session}.${number}`, index });
    }
    return outcome.kind === "pulled" || outcome.kind === "lost";
  }

  /** Nothing is missing in these partitions any more: marks that were seen before go. */
  async #complete(
    agenda: Agenda,
    partitions: readonly number[],
    seen: ReadonlyMap<number, Mark>,
  ): Promise<void> {
    // Under another layout other shards belong here than were looked for.
    if (!this.#isCurrent(agenda)) return;
    const { objects, peers } = this.#context;
    const node = peers.self;
    const marks = partitions.flatMap((partition) => seen.get(partition) ?? []);
    for (let first = 0; first < marks.length; first += marksPerCommand) {
      const some = marks.slice(first, first + marksPerCommand);
      await objects.replica.propose({ kind: "clearMarks", value: { node, marks: some } });
    }
    for (const partition of partitions) agenda.pending.delete(partition);
  }

  /** Notes why something is left, and says so when the reason is a new one. */
  #noteHeld(): void {
    const { phase, waitingShards, silentNodes, isFull } = this.#progress.state;
    const reason = `${silentNodes.join(" ")} ${isFull}`;
    const { ports, objects } = this.#context;
    const isPaused = this.#isPaused;
    const sinceMs = ports.clock.monotonicMs();
    if (waitingShards === 0) {
      this.#heldReason = "";
      if (isPaused && phase === "paused") {
        this.#held = { sinceMs, retryMs: pausedRetryMs, down: [], isPaused };
      }
      return;
    }
    const down = silentNodes.filter((node) => objects.shards.standing(node) === "down");
    this.#held = { sinceMs, retryMs, down, isPaused };
    if (reason === this.#heldReason) return;
    this.#heldReason = reason;
    const fields = { shards: waitingShards, silentNodes: silentNodes.join(" "), isFull };
    ports.trace.write("warn", "walkWaits", fields);
  }

  /** Tells the cluster that this layout is walked, where it waits for that. */
  async #tell({ version }: Agenda): Promise<void> {
    const { objects, peers } = this.#context;
    const node = peers.self;
    const { reader } = objects.replica;
    if (layoutOf(reader)?.open.length === 1) return;
    const { nodes, widths } = transitionWait(reader);
    // What it waited for besides may have come since the last report: then any report closes it.
    const isOver = nodes.length === 0 && widths.length === 0;
    if (!isOver && !nodes.includes(node)) return;
    await objects.replica.propose({ kind: "reportWalk", value: { node, layoutVersion: version } });
    this.#context.ports.trace.write("info", "layoutWalked", { version });
  }

  /**
   * Lets go of what belongs elsewhere, once nothing moves any more. It is done by this loop, and so
   * never while the shelf's index is compared: what is leaving would seem to be there.
   */
  async #tidy(agenda: Agenda, signal: AbortSignal): Promise<void> {
    const { ports, objects } = this.#context;
    const { reader } = objects.replica;
    const isAtRest = layoutOf(reader)?.open.length === 1;
    if (!isAtRest || ports.clock.monotonicMs() < agenda.tidyAtMs) return;
    const leftCount = await dropMisplaced({ ...this.#context, reader }, signal);
    agenda.tidyAtMs = leftCount === 0 ? Infinity : ports.clock.monotonicMs() + tidyRetryMs;
  }
}

/** What stands the least goes first, then what others have skipped. */
function inOrder(due: readonly Due[]): Due[] {
  return due.toSorted(
    (a, b) =>
      a.spare - b.spare || Number(b.isMarked) - Number(a.isMarked) || a.partition - b.partition,
  );
}

/** Whether the unit is still kept by the encoding that the shard is of. */
function isStillWanted(reader: Reader, { unit, row }: MissingShard): boolean {
  const now = unitOf(reader, unit)?.encoding.id;
  const { epoch, session, number } = row.encoding.id;
  return now?.epoch === epoch && now.session === session && now.number === number;
}
