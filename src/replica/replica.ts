import { assert } from "#base/assert.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import type { CommandResult, ConfState, MemberChange, Refusal, SessionId } from "#format/index.ts";
import { nodeOf, sessionOf } from "#metadata/index.ts";
import type { KeyValueReader } from "#ports/index.ts";
import { type BootedState, logConfig, release } from "./boot.ts";
import { Checkpointer } from "./checkpointer.ts";
import { sendCheckpoint } from "./checkpoint-sender.ts";
import { type CheckCounters, CheckRounds } from "./check-rounds.ts";
import { condemnState, condemnStore, writeCleanStop } from "./clean-stop.ts";
import { Driver } from "./driver.ts";
import { GroupLink, type GroupTarget } from "./group-link.ts";
import { installSnapshot } from "./install.ts";
import { isLoneVoter } from "./members.ts";
import { Numbers } from "./numbers.ts";
import type { ProposeOptions } from "./proposal.ts";
import type { CommandBody } from "./proposals.ts";
import { RaftTransport } from "./raft-transport.ts";
import { bootReplayed } from "./replay.ts";
import {
  type ReplicaConfig,
  type ReplicaGroup,
  type ReplicaLimits,
  replicaLimits,
  type ReplicaPorts,
} from "./replica-config.ts";
import { ReplicaError, StateDiffersError } from "./replica-error.ts";
import { SnapshotReceiver } from "./snapshot-receiver.ts";
import { StateCheck } from "./state-check.ts";

/** How a replica is doing. */
export interface ReplicaStatus {
  role: "leader" | "follower" | "candidate" | "stopped";
  /** The Raft id of whoever leads, as far as is known here; 0 for nobody. */
  leader: number;
  term: number;
  /** Who belongs as of what is applied. */
  conf: ConfState;
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
  /** What comparing replicas has come to on this node while it led; undefined for a lone one. */
  checks: CheckCounters | undefined;
}

/** What a leader knows of one member. */
export interface MemberProgress {
  raftId: number;
  isLearner: boolean;
  /** Up to here its log is known to be the leader's, and durable. */
  matchIndex: number;
  /** Heard from of late. */
  isActive: boolean;
}

/** Before a session that could not be opened is asked for again, in milliseconds. */
const sessionPauseMs = 200;

type CompleteConfig = ReplicaConfig & { limits: ReplicaLimits };

/** The front door to the replicated state; see the room's index. */
export class Replica {
  /** Resolves with the reason if the replica fails: the node must then close it, and stop. */
  readonly failure: Promise<Error>;
  /** Resolves once the session is open, and rejects where it cannot be. */
  readonly opened: Promise<void>;
  readonly #ports: ReplicaPorts;
  readonly #config: CompleteConfig;
  readonly #limits: ReplicaLimits;
  readonly #booted: BootedState;
  readonly #checkpointer: Checkpointer;
  readonly #numbers = new Numbers();
  readonly #driver: Driver;
  readonly #link: GroupLink | undefined;
  readonly #receiver: SnapshotReceiver | undefined;
  readonly #check: StateCheck;
  readonly #rounds: CheckRounds | undefined;
  readonly #closing = new AbortController();
  readonly #tellFailure: (error: Error) => void;
  #checking: Promise<void> | undefined;
  #session: SessionId | undefined;
  #renewing: Promise<void> | undefined;
  #condemning: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #hasFailed = false;

  private constructor(
    ports: ReplicaPorts,
    config: CompleteConfig,
    booted: BootedState,
    link: GroupLink | undefined,
  ) {
    const { limits, group } = config;
    this.#ports = ports;
    this.#config = config;
    this.#limits = limits;
    this.#booted = booted;
    this.#link = link;
    this.#checkpointer = new Checkpointer(ports, limits, booted, booted.checkpoints);
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failure = promise;
    this.#tellFailure = resolve;
    const transport = group && new RaftTransport(ports, group.peers, group.directory);
    const linked = link && transport && { link, transport };
    this.#receiver = linked && this.#makeReceiver(linked);
    this.#check = new StateCheck(ports, booted.store, (error) => this.#driver.fail(error));
    this.#driver = this.#makeDriver(linked);
    this.#rounds = group && this.#makeRounds(group);
    if (linked !== undefined) {
      linked.link.target = targetOf(ports, {
        driver: this.#driver,
        checkpointer: this.#checkpointer,
        check: this.#check,
        transport: linked.transport,
      });
    }
    this.opened = this.#openSession(config);
    this.opened.then(
      () => {
        this.#checking = this.#rounds?.run(this.#closing.signal);
        this.#renewSession();
      },
      () => undefined,
    );
  }

  #makeRounds(group: ReplicaGroup): CheckRounds {
    return new CheckRounds({
      ports: this.#ports,
      limits: this.#limits,
      group,
      check: this.#check,
      isLeader: () => this.#role === "leader",
      conf: () => this.#driver.conf,
      propose: (body) => this.propose(body),
    });
  }

  #makeReceiver(linked: { link: GroupLink; transport: RaftTransport }): SnapshotReceiver {
    return new SnapshotReceiver(this.#ports, {
      ...linked,
      conf: () => this.#driver.conf,
      deliver: (message) => this.#driver.step(message),
      onFailure: (error) => this.#driver.fail(error),
    });
  }

  #makeDriver(group: { link: GroupLink; transport: RaftTransport } | undefined): Driver {
    const { log, store, membership } = this.#booted;
    const commit = Math.max(store.applied.index, Math.min(log.hardState.commit, log.lastIndex));
    return new Driver(this.#ports, this.#limits, {
      raftId: membership.raftId,
      state: this.#booted,
      checkpointer: this.#checkpointer,
      check: this.#check,
      numbers: this.#numbers,
      hardState: { ...log.hardState, commit },
      conf: store.conf ?? membership.initialConf,
      group,
      install: async ({ index }, hardState) => {
        const prepared = this.#receiver?.take(index);
        assert(prepared !== undefined, "R3: a snapshot is installed of what lies ready");
        await this.#check.interrupt();
        await installSnapshot(this.#ports, this.#booted, {
          prepared,
          hardState,
          logConfig: logConfig(this.#limits),
          checkpointer: this.#checkpointer,
        });
        this.#renewSession();
      },
      onSessionEnded: () => this.#renewSession(),
      onSnapshot: (received) => this.#receiver?.receive(received),
      onFailure: (error) => this.#onFailure(error),
    });
  }

  /**
   * Boots on what is on disk (recovers, replays) and opens this boot's session, for which somebody
   * must lead.
   *
   * @throws BootRefusedError where what is there may lack acknowledged commands
   */
  static async open(ports: ReplicaPorts, config: ReplicaConfig): Promise<Replica> {
    return Replica.#opened(await Replica.start(ports, config), ports, config);
  }

  /**
   * As `open`, but where others are needed for it, it does not wait for the session: members may
   * need each other to open theirs.
   *
   * @throws BootRefusedError where what is there may lack acknowledged commands
   */
  static async start(ports: ReplicaPorts, config: ReplicaConfig): Promise<Replica> {
    const replica = await Replica.#start(ports, config);
    const { conf } = replica.#driver;
    const isLone = isLoneVoter(conf, replica.#booted.membership.raftId);
    return isLone ? Replica.#opened(replica, ports, config) : replica;
  }

  /** Waits for the session. A store that turns out to be damaged meanwhile is made anew. */
  static async #opened(
    replica: Replica,
    ports: ReplicaPorts,
    config: ReplicaConfig,
  ): Promise<Replica> {
    try {
      await replica.opened;
      return replica;
    } catch (error) {
      await replica.close();
      const cause = error instanceof ReplicaError ? (error.cause ?? error) : error;
      if (!(cause instanceof StoreDamagedError)) throw cause;
      // The store is condemned: the second attempt makes it anew, of checkpoint and log.
      const again = await Replica.#start(ports, config, replica.#link);
      await again.opened;
      return again;
    }
  }

  static async #start(
    ports: ReplicaPorts,
    { limits, ...config }: ReplicaConfig,
    link?: GroupLink,
  ): Promise<Replica> {
    const complete = { ...config, limits: { ...replicaLimits, ...limits } };
    const { founding, nodeId, raftId = nodeId, group } = complete;
    const { isJoining = false, hasBegun = false } = complete;
    const damage: { tell?: (error: StoreDamagedError) => void } = {};
    const booted = await bootReplayed(ports, {
      mayFound: founding !== undefined,
      raftId,
      nodeId,
      isJoining,
      hasBegun,
      limits: complete.limits,
      group,
      onDamage: (error) => damage.tell?.(error),
    });
    const linked = group && (link ?? new GroupLink(group.peers));
    const replica = new Replica(ports, complete, booted, linked);
    damage.tell = (error) => replica.#driver.fail(error);
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
   * Resolves when everything committed before the call can be read here. All that wait share a
   * round among the voters; a lone voter needs none.
   *
   * @throws ReplicaError
   */
  async readBarrier(options: ProposeOptions = {}): Promise<void> {
    const { signal, timeoutMs = this.#limits.proposalTimeoutMs } = options;
    if (signal?.aborted === true) {
      throw new ReplicaError("timeout", "the reader gave up", { cause: signal.reason });
    }
    return this.#driver.readBarrier({ signal, timeoutMs });
  }

  /**
   * Changes who belongs, on the node that leads: `learner` adds one or demotes a voter, `voter` adds
   * or promotes one, `remove` lets one go. Several steps take effect together.
   *
   * @returns who belongs once the change is in force
   * @throws ReplicaError `not-leader`; `busy` while another change is under way; `refused` for one
   *   that cannot be
   */
  async changeMembers(
    changes: readonly MemberChange[],
    { timeoutMs = this.#limits.proposalTimeoutMs }: Pick<ProposeOptions, "timeoutMs"> = {},
  ): Promise<ConfState> {
    return this.#driver.changeMembers(changes, { timeoutMs });
  }

  /** Asks for leadership to go to a voter that is caught up. What comes of it shows in `status`. */
  async transferLeadership(raftId: number): Promise<void> {
    return this.#driver.transferLeadership(raftId);
  }

  /** What the leader knows of the members' logs; nothing on other nodes. */
  async members(): Promise<readonly MemberProgress[]> {
    const progress = await this.#driver.progress();
    return progress.map(({ id, match, learner, active }) => ({
      raftId: id,
      isLearner: learner,
      matchIndex: match,
      isActive: active,
    }));
  }

  status(): ReplicaStatus {
    const { log, store } = this.#booted;
    return {
      role: this.#role,
      leader: this.#driver.office.lead,
      term: this.#driver.hardState.term,
      conf: this.#driver.conf,
      firstIndex: log.firstIndex,
      lastIndex: log.lastIndex,
      appliedIndex: store.applied.index,
      flushedIndex: store.flushedIndex,
      checkpointIndex: this.#checkpointer.newestIndex,
      queuedBytes: this.#driver.proposals.queuedBytes,
      logBytes: log.sizeBytes,
      storeBytes: store.sizeBytes,
      checks: this.#rounds?.counters,
    };
  }

  get #role(): ReplicaStatus["role"] {
    const { isRunning, office } = this.#driver;
    if (!isRunning) return "stopped";
    return office.state === "precandidate" ? "candidate" : office.state;
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
    if (this.#link !== undefined) this.#link.target = undefined;
    this.#closing.abort(new Error("the replica is closing"));
    await this.#driver.stop();
    await this.#checking;
    await this.#renewing;
    await this.#check.interrupt();
    await this.#receiver?.close();
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
    const isWhole = last.index === store.applied.index;
    const isLone = isLoneVoter(this.#driver.conf, this.#booted.membership.raftId);
    assert(isWhole || !isLone, "R7: a clean stop has applied the whole log");
    const { segment, offsetBytes } = await log.close();
    const { hardState } = log;
    await writeCleanStop(this.#ports.disk, { last, hardState, segment, offsetBytes });
  }

  /**
   * Opens another session where this boot's has ended: the node was not heard for long, and lives;
   * or what an earlier boot sent to open its own came late.
   */
  #renewSession(): void {
    if (!this.#hasSessionEnded || this.#renewing !== undefined) return;
    this.#ports.trace.write("warn", "sessionEnded", { session: this.session.session });
    this.#renewing = this.#openSession(this.#config).then(
      () => {
        this.#renewing = undefined;
        // It may have ended before it was known here.
        this.#renewSession();
      },
      (error: unknown) => {
        this.#renewing = undefined;
        this.#ports.trace.write("warn", "sessionNotRenewed", { reason: String(error) });
      },
    );
  }

  get #hasSessionEnded(): boolean {
    const session = this.#session;
    if (session === undefined || sessionOf(this.reader, session) !== undefined) return false;
    return nodeOf(this.reader, this.#config.nodeId)?.state !== "removed";
  }

  /**
   * Opens this boot's session, which ends the one before; founds the cluster where there is none.
   */
  async #openSession({ nodeId, founding, group }: ReplicaConfig): Promise<void> {
    const bootId = this.#ports.entropy.bytes(16);
    const opening: CommandBody = { kind: "openSession", value: { node: nodeId, bootId } };
    // A member waits for somebody to lead for as long as it takes.
    const options = { timeoutMs: group === undefined ? undefined : Infinity };
    let { outcome } = await this.#proposeOften(opening, options);
    const isUnfounded = outcome?.kind === "refusal" && outcome.value.code === "not-founded";
    if (isUnfounded && founding !== undefined) {
      const founded = await this.propose({ kind: "foundCluster", value: founding });
      if (founded.outcome?.kind === "refusal") throw refusedError(founded.outcome.value);
      ({ outcome } = await this.propose(opening, options));
    }
    if (outcome?.kind === "refusal") throw refusedError(outcome.value);
    assert(outcome?.kind === "sessionOpened", "R6: a session that is opened has an id");
    this.#session = outcome.value.session;
    this.#driver.proposals.session = outcome.value.session;
  }

  async #proposeOften(body: CommandBody, options: ProposeOptions): Promise<CommandResult> {
    for (;;) {
      try {
        return await this.propose(body, options);
      } catch (error) {
        const isBusy = error instanceof ReplicaError && error.code === "busy";
        if (!isBusy || options.timeoutMs !== Infinity) throw error;
        await this.#ports.clock.sleep(sessionPauseMs);
      }
    }
  }

  #onFailure(error: Error): void {
    this.#hasFailed = true;
    this.#ports.trace.write("error", "replicaFailed", { reason: error.message });
    this.#condemning = condemnAfter(this.#ports.disk, error)
      .catch((cause: unknown) => {
        this.#ports.trace.write("error", "storeNotCondemned", { reason: String(cause) });
      })
      .then(() => this.#tellFailure(error));
  }
}

/** Has the next boot make anew what a failure shows to be wrong. */
async function condemnAfter(disk: ReplicaPorts["disk"], error: Error): Promise<void> {
  if (error instanceof StoreDamagedError) await condemnStore(disk);
  if (error instanceof StateDiffersError) await condemnState(disk);
}

interface TargetParts {
  driver: Driver;
  checkpointer: Checkpointer;
  check: StateCheck;
  transport: RaftTransport;
}

/** What other members may ask of a replica. */
function targetOf(
  ports: Pick<ReplicaPorts, "disk">,
  { driver, checkpointer, check, transport }: TargetParts,
): GroupTarget {
  return {
    receiveRaft: (node, frame) => {
      const received = transport.receive(node, frame);
      if (received !== undefined) driver.receive(received);
    },
    takeForwarded: (commands) => driver.takeForwarded(commands),
    sendCheckpoint: (request, stream) => sendCheckpoint(ports.disk, checkpointer, request, stream),
    checkpointReaching: (index) => checkpointer.reaching(index)?.applied,
    answerCheck: (question) => check.answer(question),
    last: () => driver.log.last,
  };
}

function refusedError({ code, detail }: Refusal): ReplicaError {
  const isRemoved = code === "no-such-node";
  const message = `the session could not be opened: ${code}: ${detail}`;
  return new ReplicaError(isRemoved ? "removed" : "refused", message);
}
