import { StoreDamagedError } from "#base/store-damaged-error.ts";
import {
  type CheckpointName,
  type CheckpointPlace,
  removeCheckpoint,
  writeCheckpoint,
} from "#storage/index.ts";
import type { ConfState, LogPoint } from "#format/index.ts";
import { membersOf } from "./members.ts";
import { checkpointDirectory, type ReplicaLimits, type ReplicaPorts } from "./replica-config.ts";
import type { ReplicaState } from "./replica-state.ts";
import { firstKey } from "./state-store.ts";

/** Two: while the newest is being relied on for the first time, the one before it still works. */
const keptCheckpoints = 2;

/** Between two pieces, in milliseconds: leaves the node most of its time for clients. */
const piecePauseMs = 2;

/** After a checkpoint failed, for want of space as a rule, in milliseconds. */
const retryPauseMs = 30_000;

/** Writes checkpoints when they are due, and lets go of the log that they make needless. */
export class Checkpointer {
  readonly #ports: Pick<ReplicaPorts, "clock" | "disk" | "trace">;
  readonly #limits: ReplicaLimits;
  readonly #place: CheckpointPlace;
  readonly #state: ReplicaState;
  #isClosing = false;
  /** Until when checkpoints are kept for those who read them, by path. */
  readonly #leases = new Map<string, number>();
  /** A member needs a checkpoint that knows it. */
  #isWanted = false;
  /** Ends the checkpoint that is being written. */
  #interruption = new AbortController();
  /** Newest first. */
  #checkpoints: CheckpointName[];
  #running: Promise<void> | undefined;

  constructor(
    ports: Pick<ReplicaPorts, "clock" | "disk" | "trace">,
    limits: ReplicaLimits,
    state: ReplicaState,
    checkpoints: readonly CheckpointName[],
  ) {
    this.#ports = ports;
    this.#limits = limits;
    this.#place = { disk: ports.disk, directory: checkpointDirectory };
    this.#state = state;
    this.#checkpoints = [...checkpoints];
  }

  /** The entry up to which the newest checkpoint goes; 0 where there is none. */
  get newestIndex(): number {
    return this.#checkpoints[0]?.applied.index ?? 0;
  }

  /** Starts a checkpoint if one is due. Cheap: called after each batch. */
  poke(): void {
    if (this.#running !== undefined || this.#isClosing || !this.#isDue()) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /**
   * The newest checkpoint, if it reaches an entry, and all members know themselves in it: nobody
   * else can begin with it. If there is none yet, one is written.
   */
  forMembers(conf: ConfState, indexMin: number): CheckpointName | undefined {
    const newest = this.reaching(indexMin);
    if (newest?.conf !== undefined && membersOf(conf).isSubsetOf(membersOf(newest.conf))) {
      return newest;
    }
    return this.#want();
  }

  /** The newest checkpoint, if it goes up to this entry at least. Otherwise a newer is written. */
  reaching(index: number): CheckpointName | undefined {
    const [newest] = this.#checkpoints;
    return newest !== undefined && newest.applied.index >= index ? newest : this.#want();
  }

  #want(): undefined {
    this.#isWanted = true;
    this.poke();
  }

  /** A checkpoint for a member to read: it stays for a while. */
  lease({ index, term }: LogPoint): CheckpointName | undefined {
    const name = this.#checkpoints.find(
      ({ applied }) => applied.index === index && applied.term === term,
    );
    if (name === undefined) return undefined;
    const { checkpointLeaseMs } = this.#limits;
    this.#leases.set(name.path, this.#ports.clock.monotonicMs() + checkpointLeaseMs);
    return name;
  }

  /** Takes over a checkpoint that was received. */
  adopt(name: CheckpointName): void {
    this.#checkpoints = [name, ...this.#checkpoints.filter(({ path }) => path !== name.path)];
  }

  /** Ends the checkpoint that is being written: its store is about to be replaced. */
  async interrupt(): Promise<void> {
    this.#interruption.abort(new Error("the store is replaced"));
    await this.#running;
    this.#interruption = new AbortController();
  }

  /** Ends what is under way; a checkpoint that is not finished is none. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.interrupt();
  }

  #isDue(): boolean {
    const { newestIndex } = this;
    const { store, log } = this.#state;
    if (store.applied.index <= newestIndex) return false;
    if (this.#isWanted) return true;
    // A log that does not go back to the beginning needs a checkpoint that reaches it.
    if (newestIndex < log.previous.index) return true;
    const grownBytes = log.bytesBehind(newestIndex);
    return grownBytes >= Math.max(this.#limits.checkpointLogBytesMin, store.sizeBytes);
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { trace, clock } = this.#ports;
    const { signal } = this.#interruption;
    try {
      await this.#write(signal);
      await this.#letGo();
    } catch (error) {
      if (signal.aborted) return;
      trace.write("warn", "checkpointFailed", { reason: String(error) });
      // Whoever owns the store was told, and stops the node.
      if (error instanceof StoreDamagedError) return;
      await clock.sleep(retryPauseMs, signal).catch(() => undefined);
    }
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { clock, trace } = this.#ports;
    const startMs = clock.monotonicMs();
    const { store } = this.#state;
    const { applied, conf } = store;
    const snapshot = store.snapshot();
    try {
      const name = await writeCheckpoint(this.#place, {
        applied,
        conf,
        rows: snapshot.scan({ start: firstKey }),
        pause: () => clock.sleep(piecePauseMs, signal),
      });
      this.#checkpoints.unshift(name);
      this.#isWanted = false;
    } finally {
      snapshot.close();
    }
    const ms = Math.round(clock.monotonicMs() - startMs);
    trace.write("info", "checkpointWritten", { index: applied.index, ms });
  }

  /**
   * Removes all but the newest checkpoints and those that are being read, and what of the log
   * neither they nor the store need.
   */
  async #letGo(): Promise<void> {
    const { store, log } = this.#state;
    const nowMs = this.#ports.clock.monotonicMs();
    for (const { path } of this.#checkpoints.slice(keptCheckpoints)) {
      if ((this.#leases.get(path) ?? 0) > nowMs) continue;
      this.#leases.delete(path);
      this.#checkpoints = this.#checkpoints.filter((other) => other.path !== path);
      await removeCheckpoint(this.#place, path);
    }
    const oldest = this.#checkpoints.at(-1);
    if (oldest === undefined || this.#checkpoints.length < keptCheckpoints) return;
    await store.flush();
    const neededFrom = Math.min(oldest.applied.index, store.flushedIndex) + 1;
    await log.truncateBefore(neededFrom);
  }
}
