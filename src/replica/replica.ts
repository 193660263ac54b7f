import { assert } from "#base/assert.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import type { CommandResult, Refusal, SessionId } from "#format/index.ts";
import type { KeyValueReader } from "#ports/index.ts";
import { applyEntries } from "./apply-entries.ts";
import { type BootedState, bootState } from "./boot.ts";
import { Checkpointer } from "./checkpointer.ts";
import { condemnStore, writeCleanStop } from "./clean-stop.ts";
import { type CommandBody, Driver } from "./driver.ts";
import { Numbers } from "./numbers.ts";
import type { ProposeOptions } from "./proposal.ts";
import {
  type ReplicaConfig,
  type ReplicaLimits,
  replicaLimits,
  type ReplicaPorts,
} from "./replica-config.ts";
import { ReplicaError } from "./replica-error.ts";

/** How a replica is doing. */
export interface ReplicaStatus {
  role: "leader" | "stopped";
  term: number;
  /** The oldest and the newest entry in the log. */
  firstIndex: number;
  lastIndex: number;
  /**
   * The last entry whose changes are in the store, and the last whose changes are durable there.
   */
  appliedIndex: number;
  flushedIndex: number;
  /** The entry up to which the newest checkpoint goes; 0 where there is none. */
  checkpointIndex: number;
  /** Commands that wait to be put into the log, in bytes. */
  queuedBytes: number;
  logBytes: number;
  storeBytes: number;
}

/** Replayed entries are read and applied in pieces of this size, in bytes. */
const replayPieceBytes = 1024 * 1024;

/** The front door to the replicated state; see the room's index. */
export class Replica {
  /** Resolves with the reason if the replica fails: the node must then close it, and stop. */
  readonly failure: Promise<Error>;
  readonly #ports: ReplicaPorts;
  readonly #booted: BootedState;
  readonly #term: number;
  readonly #checkpointer: Checkpointer;
  readonly #numbers = new Numbers();
  readonly #driver: Driver;
  readonly #tellFailure: (error: Error) => void;
  #session: SessionId | undefined;
  #condemning: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #hasFailed = false;

  private constructor(
    ports: ReplicaPorts,
    config: ReplicaConfig & { limits: ReplicaLimits },
    booted: BootedState,
  ) {
    const { log, store } = booted;
    this.#ports = ports;
    this.#booted = booted;
    this.#checkpointer = new Checkpointer(ports, config.limits, booted);
    this.#term = log.hardState.term + 1;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failure = promise;
    this.#tellFailure = resolve;
    // With one voter every entry that is here is committed, and a new term has its vote at once.
    const hardState = { term: this.#term, vote: config.nodeId, commit: log.lastIndex };
    this.#driver = new Driver(
      ports.clock,
      config.limits,
      { log, store, checkpointer: this.#checkpointer, numbers: this.#numbers, hardState },
      (error) => this.#onFailure(error),
    );
  }

  /**
   * Boots on what is on disk: recovers, replays, opens this boot's session.
   *
   * @throws BootRefusedError where what is there may lack acknowledged commands
   */
  static async open(ports: ReplicaPorts, config: ReplicaConfig): Promise<Replica> {
    const complete = { ...config, limits: { ...replicaLimits, ...config.limits } };
    try {
      return await Replica.#boot(ports, complete);
    } catch (error) {
      if (!(error instanceof StoreDamagedError)) throw error;
      // Found on the way: the second attempt makes the store anew, of checkpoint and log.
      ports.trace.write("error", "storeDamaged", { reason: error.message });
      await condemnStore(ports.disk);
      return Replica.#boot(ports, complete);
    }
  }

  static async #boot(
    ports: ReplicaPorts,
    config: ReplicaConfig & { limits: ReplicaLimits },
  ): Promise<Replica> {
    const damage: { tell?: (error: StoreDamagedError) => void } = {};
    const { limits, founding } = config;
    const booted = await bootState(ports, {
      mayFound: founding !== undefined,
      limits,
      onDamage: (error) => damage.tell?.(error),
    });
    try {
      await replay(ports, limits, booted);
    } catch (error) {
      await release(booted);
      throw error;
    }
    const replica = new Replica(ports, config, booted);
    damage.tell = (error) => replica.#driver.fail(error);
    try {
      await replica.#openSession(config);
    } catch (error) {
      await replica.close();
      throw error instanceof ReplicaError ? (error.cause ?? error) : error;
    }
    return replica;
  }

  /** This boot's session: with a number drawn here it names units and encodings, for ever. */
  get session(): SessionId {
    assert(this.#session !== undefined, "R6: the session is opened at boot");
    return this.#session;
  }

  /** The state as applied here. Linearizable behind a `readBarrier`. */
  get reader(): KeyValueReader {
    return this.#booted.store.reader;
  }

  /** Draws a number for a unit or an encoding. It is in use until `releaseNumber`. */
  allocateNumber(): number {
    return this.#numbers.drawForUnit();
  }

  /** Says that what bears the number is committed, or that nothing of it is in flight any more. */
  releaseNumber(number: number): void {
    this.#numbers.releaseUnit(number);
  }

  /**
   * Has a command committed and applied.
   *
   * @param body must not be changed until this has returned
   * @returns its result; a refusal by the state's rules is one too
   * @throws ReplicaError where it was not committed, or it is not known whether it was
   */
  async propose(body: CommandBody, options: ProposeOptions = {}): Promise<CommandResult> {
    return this.#driver.propose(body, options);
  }

  /**
   * Resolves when everything committed before the call can be read here. One voter applies an entry
   * in the stretch in which it learns that the entry is committed, so there is nothing to wait for.
   *
   * @throws ReplicaError
   */
  async readBarrier({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (!this.#driver.isRunning) throw this.#driver.stoppedError();
    if (signal?.aborted !== true) return;
    throw new ReplicaError("timeout", "the reader gave up", { cause: signal.reason });
  }

  status(): ReplicaStatus {
    const { log, store } = this.#booted;
    return {
      role: this.#driver.isRunning ? "leader" : "stopped",
      term: this.#term,
      firstIndex: log.firstIndex,
      lastIndex: log.lastIndex,
      appliedIndex: store.applied.index,
      flushedIndex: store.flushedIndex,
      checkpointIndex: this.#checkpointer.newestIndex,
      queuedBytes: this.#driver.queuedBytes,
      logBytes: log.sizeBytes,
      storeBytes: store.sizeBytes,
    };
  }

  /**
   * Stops. Commands that were taken are answered, all is made durable, and a mark is left that the
   * end was clean. After a failure it only lets go of what is held.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#driver.stop();
    await this.#checkpointer.close();
    await this.#condemning;
    const { log, store } = this.#booted;
    try {
      if (!this.#hasFailed) await store.flush();
    } catch (error) {
      this.#driver.fail(error);
    }
    if (this.#hasFailed) return release(this.#booted);
    await store.close();
    const { last } = log;
    assert(last.index === store.applied.index, "R7: a clean stop has applied the whole log");
    const { segment, offsetBytes } = await log.close();
    const { hardState } = log;
    await writeCleanStop(this.#ports.disk, { last, hardState, segment, offsetBytes });
  }

  /**
   * Opens this boot's session, which ends the one before; founds the cluster where there is none.
   */
  async #openSession({ nodeId, founding }: ReplicaConfig): Promise<void> {
    const bootId = this.#ports.entropy.bytes(16);
    const opening: CommandBody = { kind: "openSession", value: { node: nodeId, bootId } };
    let { outcome } = await this.propose(opening);
    const isUnfounded = outcome?.kind === "refusal" && outcome.value.code === "not-founded";
    if (isUnfounded && founding !== undefined) {
      const founded = await this.propose({ kind: "foundCluster", value: founding });
      if (founded.outcome?.kind === "refusal") throw refusedError(founded.outcome.value);
      ({ outcome } = await this.propose(opening));
    }
    if (outcome?.kind === "refusal") throw refusedError(outcome.value);
    assert(outcome?.kind === "sessionOpened", "R6: a session that is opened has an id");
    this.#session = outcome.value.session;
    this.#driver.session = outcome.value.session;
  }

  #onFailure(error: Error): void {
    this.#hasFailed = true;
    this.#ports.trace.write("error", "replicaFailed", { reason: error.message });
    const condemning =
      error instanceof StoreDamagedError ? condemnStore(this.#ports.disk) : Promise.resolve();
    this.#condemning = condemning
      .catch((cause: unknown) => {
        this.#ports.trace.write("error", "storeNotCondemned", { reason: String(cause) });
      })
      .then(() => this.#tellFailure(error));
  }
}

/** Applies what the log has and the store does not: with one voter all of it is committed. */
async function replay(
  ports: ReplicaPorts,
  limits: ReplicaLimits,
  { log, store }: BootedState,
): Promise<void> {
  const from = store.applied.index + 1;
  const endIndex = log.lastIndex + 1;
  for (let next = from; next < endIndex; next = store.applied.index + 1) {
    const entries = await log.readEntries(next, endIndex, replayPieceBytes);
    const { flushed } = applyEntries(store, entries);
    // What fails to become durable fails again when the store is next waited for.
    flushed.catch(() => undefined);
    if (store.unflushedBytes > limits.unflushedBytesMax) await flushed;
  }
  if (from < endIndex) ports.trace.write("info", "logReplayed", { from, count: endIndex - from });
}

/** Lets go of what is open, after a failure: nothing is known to be durable. */
async function release({ log, store }: BootedState): Promise<void> {
  await log.release();
  await store.close().catch(() => undefined);
}

function refusedError({ code, detail }: Refusal): ReplicaError {
  return new ReplicaError("refused", `the session could not be opened: ${code}: ${detail}`);
}
