import { assert } from "#base/assert.ts";
import { concatBytes } from "#base/bytes.ts";
import {
  type Command,
  type CommandResult,
  encodeCommand,
  type HardState,
  type LogEntry,
  type SessionId,
} from "#format/index.ts";
import type { Log } from "#storage/index.ts";
import { applyEntries } from "./apply-entries.ts";
import type { Checkpointer } from "./checkpointer.ts";
import type { Numbers } from "./numbers.ts";
import { Proposal, type ProposeOptions } from "./proposal.ts";
import { ProposalQueue } from "./proposal-queue.ts";
import type { ReplicaLimits, ReplicaPorts } from "./replica-config.ts";
import { ReplicaError } from "./replica-error.ts";
import type { StateStore } from "./state-store.ts";

/** A command's body. */
export type CommandBody = NonNullable<Command["body"]>;

/** Entries in the log that are not applied yet, and who waits for each. */
interface Batch {
  entries: LogEntry[];
  proposals: Proposal[];
}

/** How often deadlines are looked at while commands wait, in milliseconds. */
const deadlinePauseMs = 250;

/** Encodes, with a body, to that body alone: the envelope goes in front of it later. */
const noEnvelope = { number: 0, lowWater: 0, unitLowWater: 0, timeUnixMs: 0, timeInDoubt: false };

/** What the driver works with. */
export interface DriverParts {
  log: Log;
  store: StateStore;
  checkpointer: Checkpointer;
  numbers: Numbers;
  /** This boot's term; persisted with the first batch. */
  hardState: HardState;
}

/** Takes commands through the log into the store, in one loop. */
export class Driver {
  readonly #clock: ReplicaPorts["clock"];
  readonly #limits: ReplicaLimits;
  readonly #parts: DriverParts;
  readonly #onFailure: (error: Error) => void;
  readonly #queue = new ProposalQueue();
  /** In the log, not answered. */
  readonly #inFlight = new Set<Batch>();
  #session: SessionId | undefined;
  #lastStampUnixMs: number;
  #state: "running" | "stopping" | "failed" = "running";
  #failure: Error | undefined;
  #wake: PromiseWithResolvers<void> | undefined;
  readonly #loop: Promise<void>;
  readonly #stopping = new AbortController();
  #deadlines: Promise<void> | undefined;

  constructor(
    clock: ReplicaPorts["clock"],
    limits: ReplicaLimits,
    parts: DriverParts,
    onFailure: (error: Error) => void,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#parts = parts;
    this.#onFailure = onFailure;
    this.#lastStampUnixMs = parts.store.timeUnixMs;
    parts.log.append({ entries: [], hardState: parts.hardState });
    this.#loop = this.#run();
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** Commands bear this session from now on. */
  set session(session: SessionId) {
    this.#session = session;
  }

  /** Puts a command into the queue; see `Replica.propose`. */
  propose(body: CommandBody, options: ProposeOptions): Promise<CommandResult> {
    if (this.#state !== "running") throw this.stoppedError();
    const { signal, timeoutMs = this.#limits.proposalTimeoutMs } = options;
    if (signal?.aborted === true) {
      throw new ReplicaError("timeout", "the proposer gave up", { cause: signal.reason });
    }
    const encoded = encodeCommand({ ...noEnvelope, body });
    const { log } = this.#parts;
    if (encoded.length > Math.min(log.entryDataBytesMax, this.#limits.queueBytesMax) / 2) {
      throw new ReplicaError("refused", `a command of ${encoded.length} bytes is too large`);
    }
    if (this.#queue.bytes + encoded.length > this.#limits.queueBytesMax) {
      throw new ReplicaError("busy", "too many commands are waiting");
    }
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    const proposal = new Proposal(encoded, deadlineMs, signal);
    this.#queue.push(proposal);
    this.#wake?.resolve();
    this.#deadlines ??= this.#watchDeadlines();
    return proposal.answer;
  }

  /** Finishes what was proposed, and ends. */
  async stop(): Promise<void> {
    if (this.#state === "running") this.#state = "stopping";
    this.#wake?.resolve();
    await this.#loop;
    this.#stopping.abort();
    await this.#deadlines;
  }

  /** Stops at once: nothing more is appended, applied or answered. */
  fail(cause: unknown): void {
    if (this.#state === "failed") return;
    this.#state = "failed";
    this.#failure = cause instanceof Error ? cause : new Error(String(cause));
    const message = `the replica failed: ${this.#failure.message}`;
    for (const { proposals } of this.#inFlight) {
      for (const proposal of proposals) proposal.fail("stopped", message, cause);
    }
    for (const proposal of this.#queue) proposal.fail("stopped", message, cause);
    this.#wake?.resolve();
    this.#onFailure(this.#failure);
  }

  stoppedError(): ReplicaError {
    const cause = this.#failure;
    const message = cause === undefined ? "the replica is closing" : "the replica has failed";
    return new ReplicaError("stopped", message, cause === undefined ? {} : { cause });
  }

  /**
   * The loop: takes a batch, stamps it, appends it and has it synced; while the disk is at that,
   * what was synced before is applied and answered. All that arrives meanwhile is the next batch.
   */
  async #run(): Promise<void> {
    let synced: Batch | undefined;
    try {
      for (;;) {
        const canAppend = this.#canAppend();
        const batch = canAppend ? this.#takeBatch() : undefined;
        const syncing = batch === undefined ? undefined : this.#append(batch);
        // Should what follows throw first, the sync's own failure has been told already.
        syncing?.catch(() => undefined);
        if (synced !== undefined) this.#apply(synced);
        synced = undefined;
        if (syncing !== undefined) {
          await syncing;
          synced = batch;
        } else if (!canAppend) {
          await this.#untilRoom();
        } else if (this.#state === "running") {
          await this.#untilWoken();
        } else {
          return;
        }
        if (this.#state === "failed") return;
      }
    } catch (error) {
      this.fail(error);
    }
  }

  #takeBatch(): Batch | undefined {
    const { log, numbers, hardState } = this.#parts;
    const proposals = this.#queue.take({
      countMax: this.#limits.batchCommandsMax,
      bytesMax: Math.min(this.#limits.batchBytesMax, log.roomBytes),
    });
    if (proposals.length === 0) return undefined;
    const timeUnixMs = Math.max(this.#lastStampUnixMs, this.#clock.unixMs());
    this.#lastStampUnixMs = timeUnixMs;
    const session = this.#session;
    const entries: LogEntry[] = [];
    let index = log.lastIndex;
    for (const proposal of proposals) {
      const number = numbers.drawForCommand();
      proposal.enterLog(number);
      const envelope = encodeCommand({
        session,
        number,
        lowWater: numbers.commandLowWater,
        unitLowWater: numbers.unitLowWater,
        timeUnixMs,
        timeInDoubt: false,
        body: undefined,
      });
      const data = concatBytes([envelope, proposal.body]);
      entries.push({ term: hardState.term, index: ++index, kind: "normal", data });
    }
    return { entries, proposals };
  }

  #append(batch: Batch): Promise<void> {
    this.#inFlight.add(batch);
    this.#parts.log.append({ entries: batch.entries });
    return this.#parts.log.sync();
  }

  /** Applies a batch that is durable, and answers those who wait for it. */
  #apply(batch: Batch): void {
    const { store, numbers, checkpointer } = this.#parts;
    const { results, flushed } = applyEntries(store, batch.entries);
    flushed.catch((error: unknown) => this.fail(error));
    for (const [at, proposal] of batch.proposals.entries()) {
      numbers.releaseCommand(proposal.number);
      const result = results[at];
      assert(result !== undefined, "R1: every command has a result");
      answer(proposal, result);
    }
    this.#inFlight.delete(batch);
    checkpointer.poke();
  }

  /**
   * Whether the log has room for what waits longest, and not too much is on its way into the store.
   */
  #canAppend(): boolean {
    const { log, store } = this.#parts;
    if (store.unflushedBytes > this.#limits.unflushedBytesMax) return false;
    return this.#queue.nextBytes <= log.roomBytes;
  }

  /** Waits until more can be appended; where the log can have no more room, refuses what waits. */
  async #untilRoom(): Promise<void> {
    const { log, store } = this.#parts;
    if (store.unflushedBytes > this.#limits.unflushedBytesMax) return store.flush();
    if (await log.prepareRoom()) return;
    for (const proposal of this.#queue) {
      proposal.fail("busy", "the log has no room for more: the disk is full");
    }
    this.#queue.clear();
  }

  async #untilWoken(): Promise<void> {
    this.#wake = Promise.withResolvers();
    await this.#wake.promise;
    this.#wake = undefined;
  }

  /** Tells those who have waited long enough, while there is anyone who waits. */
  async #watchDeadlines(): Promise<void> {
    const { signal } = this.#stopping;
    while (!this.#queue.isEmpty || this.#inFlight.size > 0) {
      await this.#clock.sleep(deadlinePauseMs, signal).catch(() => undefined);
      if (signal.aborted) break;
      const nowMs = this.#clock.monotonicMs();
      for (const proposal of this.#queue) expire(proposal, nowMs);
      for (const { proposals } of this.#inFlight) {
        for (const proposal of proposals) expire(proposal, nowMs);
      }
    }
    this.#deadlines = undefined;
  }
}

function expire(proposal: Proposal, nowMs: number): void {
  if (!proposal.isSettled && proposal.deadlineMs <= nowMs)
    proposal.fail("timeout", "no answer in time");
}

/** What the session does not admit was not run: an error of the way, not a result of the state. */
function answer(proposal: Proposal, result: CommandResult): void {
  if (result.outcome?.kind !== "refusal") return proposal.resolve(result);
  const { code, detail } = result.outcome.value;
  if (code === "session-full") proposal.fail("busy", detail);
  else if (code === "stale-session" || code === "stale-number") proposal.fail("refused", detail);
  else proposal.resolve(result);
}
