import { StoreDamagedError } from "#base/store-damaged-error.ts";
import {
  type CheckpointName,
  type CheckpointPlace,
  type Log,
  removeCheckpoint,
  writeCheckpoint,
} from "#storage/index.ts";
import { checkpointDirectory, type ReplicaLimits, type ReplicaPorts } from "./replica-config.ts";
import { firstKey, type StateStore } from "./state-store.ts";

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
  readonly #log: Log;
  readonly #store: StateStore;
  readonly #closing = new AbortController();
  /** Newest first. */
  #checkpoints: CheckpointName[];
  #running: Promise<void> | undefined;

  constructor(
    ports: Pick<ReplicaPorts, "clock" | "disk" | "trace">,
    limits: ReplicaLimits,
    parts: { log: Log; store: StateStore; checkpoints: readonly CheckpointName[] },
  ) {
    this.#ports = ports;
    this.#limits = limits;
    this.#place = { disk: ports.disk, directory: checkpointDirectory };
    this.#log = parts.log;
    this.#store = parts.store;
    this.#checkpoints = [...parts.checkpoints];
  }

  /** The entry up to which the newest checkpoint goes; 0 where there is none. */
  get newestIndex(): number {
    return this.#checkpoints[0]?.applied.index ?? 0;
  }

  /** Starts a checkpoint if one is due. Cheap: called after each batch. */
  poke(): void {
    if (this.#running !== undefined || this.#closing.signal.aborted || !this.#isDue()) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Ends what is under way; a checkpoint that is not finished is none. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  #isDue(): boolean {
    const { newestIndex } = this;
    if (this.#store.applied.index <= newestIndex) return false;
    // A log that does not go back to the beginning needs a checkpoint that reaches it.
    if (newestIndex < this.#log.previous.index) return true;
    const grownBytes = this.#log.bytesBehind(newestIndex);
    return grownBytes >= Math.max(this.#limits.checkpointLogBytesMin, this.#store.sizeBytes);
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { trace, clock } = this.#ports;
    try {
      await this.#write();
      await this.#letGo();
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      trace.write("warn", "checkpointFailed", { reason: String(error) });
      // Whoever owns the store was told, and stops the node.
      if (error instanceof StoreDamagedError) return;
      await clock.sleep(retryPauseMs, this.#closing.signal).catch(() => undefined);
    }
  }

  async #write(): Promise<void> {
    const { clock, trace } = this.#ports;
    const startMs = clock.monotonicMs();
    const { applied } = this.#store;
    const snapshot = this.#store.snapshot();
    try {
      const name = await writeCheckpoint(this.#place, {
        applied,
        rows: snapshot.scan({ start: firstKey }),
        pause: () => clock.sleep(piecePauseMs, this.#closing.signal),
      });
      this.#checkpoints.unshift(name);
    } finally {
      snapshot.close();
    }
    const ms = Math.round(clock.monotonicMs() - startMs);
    trace.write("info", "checkpointWritten", { index: applied.index, ms });
  }

  /**
   * Removes all but the newest checkpoints, and what of the log neither they nor the store need.
   */
  async #letGo(): Promise<void> {
    for (const { path } of this.#checkpoints.splice(keptCheckpoints)) {
      await removeCheckpoint(this.#place, path);
    }
    const oldest = this.#checkpoints[keptCheckpoints - 1];
    if (oldest === undefined) return;
    await this.#store.flush();
    const neededFrom = Math.min(oldest.applied.index, this.#store.flushedIndex) + 1;
    await this.#log.truncateBefore(neededFrom);
  }
}
