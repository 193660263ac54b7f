import { assert } from "#base/assert.ts";
import {
  type CommandResult,
  type ConfState,
  type ForwardAnswer,
  type LogEntry,
  type MemberChange,
} from "#format/index.ts";
import {
  appendThread,
  applyThread,
  type HardState,
  type Message,
  none,
  type Progress,
  RaftError,
  RawNode,
  type Ready,
  type State,
} from "#raft/index.ts";
import { entrySizeBytes, type Log } from "#storage/index.ts";
import { Alarm } from "./alarm.ts";
import { Applier } from "./applier.ts";
import { Appends } from "./appends.ts";
import { Batches } from "./batches.ts";
import { ConfChanges } from "./conf-changes.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import type { DriverEvent, DriverParts } from "./driver-parts.ts";
import { Forwarder } from "./forwarder.ts";
import { ForwardedQueue } from "./forwarded-queue.ts";
import { isJoint, isLoneVoter } from "./members.ts";
import type { ProposeOptions } from "./proposal.ts";
import { type CommandBody, Proposals } from "./proposals.ts";
import { ReplicaStorage } from "./raft-storage.ts";
import { raftNode } from "./raft-node.ts";
import type { Received } from "./raft-transport.ts";
import { ReadRounds } from "./read-rounds.ts";
import type { ReplicaLimits, ReplicaPorts } from "./replica-config.ts";
import { ReplicaError } from "./replica-error.ts";
import { Stamps } from "./stamps.ts";
import { Ticker } from "./ticker.ts";
import type { StateStore } from "./state-store.ts";

/** How long a replica that stops waits for what it has proposed, in milliseconds. */
const stopGraceMs = 5000;

/** Drives the core of consensus: takes commands through the log into the store, in one loop. */
export class Driver {
  readonly #clock: ReplicaPorts["clock"];
  readonly #trace: ReplicaPorts["trace"];
  readonly #limits: ReplicaLimits;
  readonly #parts: DriverParts;
  readonly #node: RawNode;
  readonly #storage: ReplicaStorage;
  readonly #appends: Appends;
  readonly #proposals: Proposals;
  readonly #forwarded: ForwardedQueue;
  readonly #forwarder: Forwarder | undefined;
  readonly #reads: ReadRounds;
  readonly #stamps: Stamps;
  readonly #changes = new ConfChanges();
  readonly #alarm = new Alarm();
  readonly #applier: Applier;
  readonly #batches: Batches;
  readonly #ticker: Ticker;
  readonly #deadlines: DeadlineWatch;
  #inbox: DriverEvent[] = [];
  #office: { state: State; lead: number } = { state: "follower", lead: none };
  #hardState: HardState;
  /** The last entry that changes who belongs, as far as this office knows. */
  #confIndex = 0;
  #state: "running" | "stopping" | "failed" = "running";
  #isHurried = false;
  #failure: Error | undefined;
  readonly #loop: Promise<void>;
  readonly #stopping = new AbortController();

  constructor(
    ports: Pick<ReplicaPorts, "clock" | "entropy" | "random" | "trace">,
    limits: ReplicaLimits,
    parts: DriverParts,
  ) {
    const { hardState, group, raftId } = parts;
    const { log, store } = parts.state;
    const { clock, trace } = ports;
    const wake = (): void => this.#alarm.ring();
    this.#clock = clock;
    this.#trace = trace;
    this.#limits = limits;
    this.#parts = parts;
    this.#hardState = hardState;
    const proposals = new Proposals(clock, limits, parts.numbers);
    this.#proposals = proposals;
    this.#forwarded = new ForwardedQueue(limits, log);
    this.#forwarder =
      group && new Forwarder({ clock, trace, log, link: group.link, proposals, wake });
    this.#reads = new ReadRounds(clock, ports.entropy.bytes(8));
    this.#stamps = new Stamps(clock, store.timeUnixMs);
    const onFailure = (error: unknown): void => this.fail(error);
    this.#appends = new Appends(clock, log.lastIndex, { wake, onFailure });
    this.#batches = this.#makeBatches(onFailure);
    this.#ticker = this.#makeTicker();
    this.#deadlines = new DeadlineWatch(
      clock,
      this.#stopping.signal,
      [this.#proposals, this.#reads, this.#changes],
      {
        hasLeader: () => this.#office.lead !== none,
        after: () => {
          // A round of reads may have been lost.
          if (!this.#reads.isIdle) this.#alarm.ring();
        },
      },
    );
    this.#storage = new ReplicaStorage(
      {
        state: parts.state,
        checkpoint: (indexMin) => parts.checkpointer.forMembers(this.conf, indexMin),
        trace,
        onLoaded: () => this.#do(() => this.#node.resume()),
        onFailure,
      },
      { hard: hardState, conf: parts.conf },
    );
    this.#node = raftNode({
      raftId,
      storage: this.#storage,
      appliedIndex: store.applied.index,
      limits,
      random: ports.random,
    });
    this.#applier = new Applier({
      ...parts,
      trace,
      node: this.#node,
      conf: () => this.conf,
      proposals: this.#proposals,
      reads: this.#reads,
      changes: this.#changes,
      onFailure,
    });
    if (isLoneVoter(parts.conf, raftId)) this.#node.campaign();
    this.#ticker.start();
    this.#loop = this.#run();
  }

  #makeBatches(onFailure: (error: unknown) => void): Batches {
    return new Batches({
      clock: this.#clock,
      limits: this.#limits,
      raftId: this.#parts.raftId,
      state: this.#parts.state,
      proposals: this.#proposals,
      forwarded: this.#forwarded,
      stamps: this.#stamps,
      appends: this.#appends,
      conf: () => this.conf,
      wake: () => this.#alarm.ring(),
      onFailure,
      signal: this.#stopping.signal,
    });
  }

  #makeTicker(): Ticker {
    return new Ticker({
      clock: this.#clock,
      trace: this.#trace,
      limits: this.#limits,
      raftId: this.#parts.raftId,
      appends: this.#appends,
      conf: () => this.conf,
      isLeader: () => this.#office.state === "leader",
      act: (action) => this.#do(() => action(this.#node)),
      signal: this.#stopping.signal,
    });
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  get office(): { state: State; lead: number } {
    return this.#office;
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  get log(): Log {
    return this.#parts.state.log;
  }

  get #store(): StateStore {
    return this.#parts.state.store;
  }

  get proposals(): Proposals {
    return this.#proposals;
  }

  /** Who belongs as of what is applied. */
  get conf(): ConfState {
    return this.#store.conf ?? this.#parts.conf;
  }

  /** Puts a command into the queue; see `Replica.propose`. */
  propose(body: CommandBody, options: ProposeOptions): Promise<CommandResult> {
    if (this.#state !== "running") throw this.stoppedError();
    const sizeBytesMax = Math.min(this.log.entryDataBytesMax, this.#limits.queueBytesMax) / 2;
    return this.#watched(this.#proposals.add(body, options, sizeBytesMax).answer);
  }

  /** See `Replica.readBarrier`. */
  async readBarrier(options: {
    timeoutMs: number;
    signal: AbortSignal | undefined;
  }): Promise<void> {
    if (this.#state !== "running") throw this.stoppedError();
    const store = this.#store;
    const { commit } = this.#hardState;
    const leads =
      this.#office.state === "leader" && store.applied.index >= this.#batches.officeIndex;
    if (leads && isLoneVoter(this.conf, this.#parts.raftId)) {
      // Nobody else can have committed anything: there is nobody to ask.
      if (store.applied.index >= commit) return;
      return this.#watched(this.#reads.waitFor(commit, options));
    }
    return this.#watched(this.#reads.wait(options));
  }

  /** Somebody waits for this from now on. */
  #watched<T>(done: Promise<T>): Promise<T> {
    this.#alarm.ring();
    this.#deadlines.start();
    return done;
  }

  /** Takes in what another member says. */
  receive(received: Received): void {
    const { message, timeUnixMs } = received;
    if (this.#state === "failed" || message.to !== this.#parts.raftId) return;
    this.#stamps.noteReading(message.from, timeUnixMs);
    if (message.type === "Snap") return this.#parts.onSnapshot(received);
    this.step(message);
  }

  /** Lets the core take in a message, in its turn. */
  step(message: Message): void {
    this.#inbox.push({ kind: "message", message });
    this.#alarm.ring();
  }

  /** Another node's commands. @throws FormatError */
  async takeForwarded(commands: readonly Uint8Array[]): Promise<ForwardAnswer> {
    if (this.#state !== "running" || this.#office.state !== "leader") {
      return { outcome: "not-leader", term: 0 };
    }
    const answer = this.#forwarded.add(commands);
    this.#alarm.ring();
    return answer;
  }

  /** See `Replica.changeMembers`. */
  async changeMembers(
    changes: readonly MemberChange[],
    { timeoutMs }: { timeoutMs: number },
  ): Promise<ConfState> {
    if (this.#state !== "running") throw this.stoppedError();
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    const { change } = await this.#act((node) => {
      const appliedIndex = this.#store.applied.index;
      const office = {
        isLeader: this.#office.state === "leader",
        conf: this.conf,
        isChanging:
          appliedIndex < Math.max(this.#batches.officeIndex, this.#confIndex) || isJoint(this.conf),
      };
      const change = this.#changes.begin(node, office, { changes, deadlineMs });
      this.#deadlines.start();
      return { change };
    });
    return change;
  }

  /** See `Replica.transferLeadership`. */
  transferLeadership(to: number): Promise<void> {
    return this.#act((node) => node.transferLeader(to));
  }

  /** What the leader knows of the members; nothing elsewhere. */
  progress(): Promise<readonly Progress[]> {
    return this.#act((node) => node.status().progress);
  }

  /** Does something with the core, in its turn. */
  #act<T>(action: (node: RawNode) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#state === "failed") reject(this.stoppedError());
      this.#do(() => {
        try {
          resolve(action(this.#node));
        } catch (error) {
          if (!(error instanceof ReplicaError)) throw error;
          reject(error);
        }
      });
    });
  }

  #do(action: () => void): void {
    this.#inbox.push({ kind: "do", action });
    this.#alarm.ring();
  }

  /** Finishes what was proposed, and ends. */
  async stop(): Promise<void> {
    if (this.#state === "running") this.#state = "stopping";
    this.#alarm.ring();
    void this.#clock.sleep(stopGraceMs, this.#stopping.signal).then(
      () => {
        this.#isHurried = true;
        this.#alarm.ring();
      },
      () => undefined,
    );
    await this.#loop;
    this.#stopping.abort(new Error("the replica has stopped"));
    await this.#forwarder?.close();
    await this.#ticker.ended();
    await this.#deadlines.ended();
    const error = this.stoppedError();
    this.#proposals.fail(error.message);
    this.#reads.fail(error);
    this.#changes.fail(error);
    this.#forwarded.refuse("not-leader");
    if (this.#state !== "failed") this.#appends.flushHardState(this.log);
  }

  /** Stops at once: nothing more is appended, applied or answered. */
  fail(cause: unknown): void {
    if (this.#state === "failed") return;
    this.#state = "failed";
    this.#failure = cause instanceof Error ? cause : new Error(String(cause));
    this.#proposals.fail(`the replica failed: ${this.#failure.message}`, cause);
    this.#reads.fail(this.stoppedError());
    this.#changes.fail(this.stoppedError());
    this.#forwarded.refuse("not-leader");
    this.#alarm.ring();
    this.#parts.onFailure(this.#failure);
  }

  stoppedError(): ReplicaError {
    const cause = this.#failure;
    const message = cause === undefined ? "the replica is closing" : "the replica has failed";
    return new ReplicaError("stopped", message, cause === undefined ? {} : { cause });
  }

  /**
   * The loop: takes what has happened and what is proposed, lets the core say what is to be done,
   * puts that into the log and sends it, and has it synced; while the disk is at that, what was
   * committed is applied and answered. All that arrives meanwhile is for the next turn.
   */
  async #run(): Promise<void> {
    try {
      for (;;) {
        this.#alarm.reset();
        await this.#takeEvents();
        this.#takeProposals();
        while (this.#node.hasReady()) {
          await this.#handOut(this.#node.ready());
          this.#takeProposals();
        }
        if (this.#state === "failed") return;
        this.#appends.sync(this.log);
        if (this.#apply()) continue;
        if (this.#isOver()) return;
        await this.#alarm.rung();
      }
    } catch (error) {
      this.fail(error);
    }
  }

  async #takeEvents(): Promise<void> {
    for (const message of this.#appends.takeDone()) this.#deliver(message);
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const event of inbox) {
      if (event.kind === "do") event.action();
      else if (await this.#hasRoomFor(event.message)) this.#step(event.message);
    }
    const context = this.#reads.begin();
    if (context !== undefined) this.#node.readIndex(context);
  }

  /** Whether the log has room for a leader's entries. Those that it has none for are sent again. */
  async #hasRoomFor({ entries }: Message): Promise<boolean> {
    const bytes = entries.reduce((sum, entry) => sum + entrySizeBytes(entry), 0);
    return bytes <= this.log.roomBytes || (await this.log.prepareRoom());
  }

  #step(message: Message): void {
    try {
      this.#node.step(message);
    } catch (error) {
      // Of a member that has gone, or in the wrong place: it is passed over.
      if (!(error instanceof RaftError)) throw error;
    }
  }

  /** A response of the storage goes to the core, or out to another member. */
  #deliver(message: Message): void {
    if (message.to === this.#parts.raftId) this.#step(message);
    else this.#send(message);
  }

  #send(message: Message): void {
    const isSent = this.#parts.group?.transport.send(message, this.#storage.firstIndex());
    if (isSent === true) return;
    if (message.type === "App") this.#node.reportUnreachable(message.to);
    if (message.type === "Snap") this.#node.reportSnapshot(message.to, false);
  }

  /** A leader takes a batch, stamps it and proposes it; the others send theirs to whoever leads. */
  #takeProposals(): void {
    const { state, lead } = this.#office;
    if (state !== "leader") {
      this.#forwarded.refuse("not-leader");
      const node = this.#parts.group?.transport.nodeOf(lead);
      if (lead !== none && node !== undefined) this.#forwarder?.poke(node);
      return;
    }
    this.#batches.propose(this.#node, this.#hardState.term);
  }

  async #handOut(ready: Ready): Promise<void> {
    const { soft, hard, entries, messages, readStates } = ready;
    this.#hardState = hard ?? this.#hardState;
    if (soft !== undefined) this.#takeOffice(soft, entries);
    // Also where the same one leads again: what it had in its log may be lost all the same.
    if (this.#office.lead !== none) this.#proposals.noteLeader(this.#hardState.term);
    this.#batches.noteEntries(entries);
    for (const { kind, index } of entries) if (kind === "conf") this.#confIndex = index;
    this.#reads.grant(readStates);
    this.#reads.applied(this.#store.applied.index);
    for (const message of messages) {
      if (message.to === appendThread) await this.#persist(message, ready.mustSync);
      else if (message.to === applyThread) this.#applier.add(message);
      else this.#send(message);
    }
  }

  #takeOffice(office: { state: State; lead: number }, entries: readonly LogEntry[]): void {
    const { term } = this.#hardState;
    this.#office = office;
    this.#trace.write("info", "officeTaken", { ...office, term });
    const isLeader = office.state === "leader";
    const first = isLeader ? entries.find((entry) => entry.term === term) : undefined;
    assert(!isLeader || first !== undefined, "R3: a leader begins with an entry");
    this.#batches.takeOffice(first);
    if (!isLeader) {
      this.#confIndex = 0;
      const lost = "it leads no more; the change may be in force all the same";
      this.#changes.fail(new ReplicaError("not-leader", lost, { mayStillHappen: true }));
    }
  }

  async #persist(request: Message, mustSync: boolean): Promise<void> {
    const { snapshot, entries, vote, term, commit } = request;
    if (snapshot !== undefined) {
      await this.log.sync();
      const hardState = vote === undefined ? undefined : { term, vote, commit };
      await this.#parts.install(snapshot, hardState ?? this.#hardState);
      this.#storage.replaced();
      this.#proposals.noteInstalled();
    }
    const first = entries[0];
    if (first !== undefined && first.index <= this.log.lastIndex) this.#storage.forget();
    this.#appends.add(this.log, request, mustSync);
  }

  /** Applies what is committed, unless too much is on its way into the store already. */
  #apply(): boolean {
    if (this.#applier.isIdle) return false;
    if (this.#batches.isFull) {
      this.#batches.awaitRoom();
      return false;
    }
    const responses = this.#applier.apply();
    this.#ticker.start();
    for (const response of responses) this.#deliver(response);
    return true;
  }

  #isOver(): boolean {
    if (this.#state !== "stopping" || !this.#appends.isIdle || this.#node.hasReady()) return false;
    return this.#isHurried || (this.#proposals.isIdle && this.#inbox.length === 0);
  }
}
