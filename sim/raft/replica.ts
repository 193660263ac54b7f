// One replica: the core with a disk that takes time and loses what is not synced, and a state
// machine that is a hash of all it applied.
import type { Prng } from "#base/prng.ts";
import { type ConfState, type Entry, type Id, MemoryStorage, type Message } from "#raft/index.ts";
import { appendThread, applyThread, type Options, RaftError, RawNode } from "#raft/index.ts";
import type { HardState, Ready, Snapshot, Status } from "#raft/index.ts";
import type { Agenda } from "./agenda.ts";
import type { Checker, Witness } from "./checker.ts";
import type { Plan } from "./plan.ts";
import { hashEntry, mix } from "./trace.ts";

/** What a replica needs of the world around it. */
export interface Surroundings {
  readonly agenda: Agenda;
  readonly random: Prng;
  readonly plan: Plan;
  /** Most units a write takes now. */
  readonly diskDelayMax: number;
  readonly checker: Checker;
  readonly replicas: ReadonlyMap<Id, Witness>;
  send(message: Message): void;
  /** Something that a thorough run should have seen. */
  saw(what: string): void;
}

/**
 * A disk that also knows the configuration as of the applied index, is busy now and then, and makes
 * a snapshot when asked for one: an old one may not know of the member it is for.
 */
class Disk extends MemoryStorage {
  conf: ConfState | undefined;
  isBusy = false;
  refresh: () => void = () => {};

  override initialState(): { hard: HardState; conf: ConfState } {
    const { hard, conf } = super.initialState();
    return { hard, conf: this.conf ?? conf };
  }

  get snapshotIndex(): number {
    return super.snapshot().index;
  }

  override snapshot(): Snapshot {
    if (this.isBusy) throw new RaftError("snapshot-unavailable", "busy");
    this.refresh();
    return super.snapshot();
  }
}

/** What is to be written in one go. */
interface Write {
  hard?: HardState;
  snapshot?: Snapshot;
  entries: Entry[];
}

interface Machine {
  readonly hash: number;
  readonly conf: ConfState;
}

function encodeHash(hash: number): Uint8Array {
  return Uint8Array.of(hash, hash >>> 8, hash >>> 16, hash >>> 24);
}

function decodeHash(data: Uint8Array): number {
  return data.reduce((hash, byte, at) => hash | (byte << (8 * at)), 0);
}

export class Replica implements Witness {
  readonly id: Id;
  readonly disk: Disk = new Disk();
  readonly #world: Surroundings;
  #node: RawNode | undefined;
  /** Which boot this is: what an earlier one had planned never happens. */
  #boot = 0;
  #lastCommit = 0;
  #lastTerm = 0;
  #wasLeader = false;

  /** The log as this boot was told to write it. */
  #logStart = { index: 0, term: 0 };
  #logTerms: number[] = [];

  /** The state after each index that may have to be gone back to. */
  #machines = new Map<number, Machine>();
  #applied = 0;
  /** A snapshot up to here has been received: what is before it is not applied any more. */
  #overtakenTo = 0;
  /** No crash takes the state machine back before this. */
  #flushed = 0;

  /** The write under way in synchronous mode; those asked for in asynchronous mode. */
  #writing: Ready | undefined;
  #appends: Message[] = [];
  #unsyncedHard: HardState | undefined;
  #applies: Message[] = [];
  readonly #reads = new Map<number, number>();
  #readCount = 0;

  constructor(id: Id, world: Surroundings, founding: Snapshot | undefined) {
    this.id = id;
    this.#world = world;
    const conf = {
      voters: [],
      learners: [],
      votersOutgoing: [],
      learnersNext: [],
      autoLeave: false,
    };
    this.#machines.set(0, { hash: 0, conf });
    if (founding !== undefined) {
      this.disk.applySnapshot(founding);
      this.#machines.set(founding.index, { hash: 0, conf: founding.conf });
      this.#applied = founding.index;
      this.#flushed = founding.index;
    }
    this.disk.refresh = () => this.#makeSnapshot();
    this.boot();
  }

  get isUp(): boolean {
    return this.#node !== undefined;
  }

  get applied(): number {
    return this.#applied;
  }

  get stateHash(): number {
    return this.#machine().hash;
  }

  /** Of a replica that is up. */
  status(): Status | undefined {
    return this.#node?.status();
  }

  termAt(index: number): number | undefined {
    if (index < this.#logStart.index) return 0;
    if (index === this.#logStart.index) return this.#logStart.term;
    return this.#logTerms[index - this.#logStart.index - 1];
  }

  #machine(): Machine {
    const machine = this.#machines.get(this.#applied);
    if (machine === undefined) throw new Error(`no state after ${this.#applied}`);
    return machine;
  }

  boot(): void {
    if (this.isUp) return;
    const { random, plan } = this.#world;
    const { hard } = this.disk.initialState();
    // The commit index may have outlived the entries.
    const commit = Math.min(hard.commit, this.disk.lastIndex());
    this.disk.setHardState({ ...hard, commit });
    this.disk.conf = this.#machine().conf;
    const index = this.disk.firstIndex() - 1;
    this.#logStart = { index, term: this.disk.term(index) };
    this.#logTerms = [];
    for (let at = index + 1; at <= this.disk.lastIndex(); at++) {
      this.#logTerms.push(this.disk.term(at));
    }
    const options: Options = {
      ...plan.options,
      id: this.id,
      storage: this.disk,
      applied: this.#applied,
      random: (below) => random.below(below),
    };
    this.#node = new RawNode(options);
    this.#lastCommit = this.#node.status().commit;
    this.#lastTerm = this.#node.status().term;
    this.#wasLeader = false;
    this.#overtakenTo = 0;
    this.#scheduleTick(this.#boot);
  }

  /** Loses all that is not durable. Of what was being written, nothing, a part or all remains. */
  crash(): void {
    if (!this.isUp) return;
    const { random } = this.#world;
    this.#node = undefined;
    this.#boot++;
    const pending = this.#writing === undefined ? this.#appends.map(writeOf) : [this.#writing];
    const survivors = random.below(pending.length + 1);
    for (const write of pending.slice(0, survivors)) this.#makeDurable(write);
    const torn = pending[survivors];
    if (random.below(2) === 0) {
      this.#syncHard();
      if (torn !== undefined) this.#tear(torn);
    }
    this.#unsyncedHard = undefined;
    this.#writing = undefined;
    this.#appends = [];
    this.#applies = [];
    this.#reads.clear();
    if (this.#flushed < this.#applied) {
      this.#applied -= random.below(this.#applied - this.#flushed + 1);
    }
  }

  /** The hard state is written first, so it got there, and some of the entries. */
  #tear(write: Write): void {
    if (write.snapshot !== undefined) return;
    this.#world.saw("torn write");
    if (write.hard !== undefined) this.disk.setHardState(write.hard);
    const kept = write.entries.slice(0, this.#world.random.below(write.entries.length + 1));
    this.disk.append(kept);
  }

  #makeDurable({ hard, snapshot, entries }: Write): void {
    if (snapshot !== undefined) {
      this.disk.applySnapshot(snapshot);
      const { index } = snapshot;
      this.#machines.set(index, { hash: decodeHash(snapshot.data), conf: snapshot.conf });
      this.#applied = index;
      this.#flushed = index;
      this.#world.saw("snapshot installed");
      this.#world.checker.reached(this.id, index, this.#machine());
    }
    this.disk.append(entries);
    this.#setHard(hard, snapshot !== undefined || entries.length > 0);
  }

  /**
   * A commit index that moved alone need not be synced, and a crash may take it back. But writes
   * are in order: with the next one that is synced it is durable too.
   */
  #setHard(hard: HardState | undefined, isWithLog: boolean): void {
    const { term, vote } = this.disk.initialState().hard;
    this.#unsyncedHard = hard ?? this.#unsyncedHard;
    const isCommitAlone = hard === undefined || (hard.term === term && hard.vote === vote);
    if (isWithLog || !isCommitAlone) this.#syncHard();
  }

  #syncHard(): void {
    if (this.#unsyncedHard !== undefined) this.disk.setHardState(this.#unsyncedHard);
    this.#unsyncedHard = undefined;
  }

  #scheduleTick(boot: number): void {
    const { agenda, random, plan } = this.#world;
    agenda.in(10 + random.below(plan.tickMax - 9), () => {
      if (boot !== this.#boot) return;
      this.act((node) => node.tick());
      this.#scheduleTick(boot);
    });
  }

  /** Lets the core do something, checks what it came to, and sees to the work it has. */
  act(what: (node: RawNode) => void): void {
    const node = this.#node;
    if (node === undefined) return;
    this.#call(node, what);
    this.#work(node);
  }

  #call(node: RawNode, what: (node: RawNode) => void): void {
    try {
      what(node);
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
      if (error.code === "bad-conf") throw error;
    }
    const status = node.status();
    const { checker, replicas } = this.#world;
    if (status.term < this.#lastTerm || status.commit < this.#lastCommit) {
      throw new Error(`${this.id} went back to ${status.term}, ${status.commit}`);
    }
    if (status.state === "leader") {
      checker.leads(status, replicas);
      checker.believes(status);
      if (status.commit > this.#lastCommit) checker.quorumHolds(status, replicas);
    }
    this.#lastTerm = status.term;
    this.#lastCommit = status.commit;
  }

  #work(node: RawNode): void {
    if (this.#world.plan.options.asyncStorageWrites === true) {
      while (node.hasReady()) this.#handOut(this.#take(node));
    } else if (this.#writing === undefined && node.hasReady()) {
      this.#write(node, this.#take(node));
    }
  }

  /** Takes a Ready and notes what it says of the log. */
  #take(node: RawNode): Ready {
    const ready = node.ready();
    const { checker, agenda, plan } = this.#world;
    const { term, state } = node.status();
    if (ready.snapshot !== undefined) {
      this.#logStart = { index: ready.snapshot.index, term: ready.snapshot.term };
      this.#logTerms = [];
      this.#overtakenTo = ready.snapshot.index;
    }
    const isLeaderStill = this.#wasLeader && state === "leader";
    for (const entry of ready.entries) {
      if (isLeaderStill) checker.leaderAppended(this, entry);
      checker.appended(this, entry);
      this.#logTerms.length = entry.index - this.#logStart.index - 1;
      this.#logTerms.push(entry.term);
    }
    if (state === "leader" && !this.#wasLeader) {
      checker.becameLeader(this, term);
      // The moment at which a leader knows least of what is committed.
      if (plan.every.read > 0) agenda.in(1, () => this.read());
    }
    this.#wasLeader = state === "leader";
    checker.committed(this, ready, term);
    for (const { index, context } of ready.readStates) {
      checker.served(index, this.#reads.get(decodeHash(context)) ?? 0);
      this.#world.saw(plan.options.readOnly === "safe" ? "read served" : "read by a lease");
    }
    return ready;
  }

  #write(node: RawNode, ready: Ready): void {
    const { agenda, random, diskDelayMax } = this.#world;
    const boot = this.#boot;
    this.#writing = ready;
    const delay = ready.mustSync ? 1 + random.below(diskDelayMax) : 0;
    agenda.in(delay, () => {
      if (boot !== this.#boot) return;
      this.#writing = undefined;
      this.#makeDurable(ready);
      for (const message of ready.messages) this.#tell(message);
      this.#apply(node, ready.committed);
      this.#call(node, () => node.advance(ready));
      this.#work(node);
    });
  }

  #handOut(ready: Ready): void {
    for (const message of ready.messages) {
      if (message.to === appendThread) {
        this.#appends.push(message);
        if (this.#appends.length === 1) this.#runAppends();
      } else if (message.to === applyThread) {
        this.#applies.push(message);
        if (this.#applies.length === 1) this.#runApplies();
      } else this.#tell(message);
    }
  }

  /** Writes all that is asked for by now in one go: slow disks must not fall behind for ever. */
  #runAppends(): void {
    const { agenda, random, diskDelayMax } = this.#world;
    const boot = this.#boot;
    const count = this.#appends.length;
    agenda.in(1 + random.below(diskDelayMax), () => {
      if (boot !== this.#boot) return;
      const done = this.#appends.slice(0, count);
      for (const request of done) this.#makeDurable(writeOf(request));
      this.#appends = this.#appends.slice(count);
      if (this.#appends.length > 0) this.#runAppends();
      for (const request of done) this.#deliverResponses(request);
    });
  }

  #runApplies(): void {
    const { agenda, random } = this.#world;
    const boot = this.#boot;
    agenda.in(1 + random.below(4), () => {
      if (boot !== this.#boot) return;
      const request = this.#applies.shift();
      const node = this.#node;
      if (request === undefined || node === undefined) return;
      this.#apply(node, request.entries);
      if (this.#applies.length > 0) this.#runApplies();
      this.#deliverResponses(request);
    });
  }

  #deliverResponses(request: Message): void {
    for (const response of request.responses ?? []) {
      if (response.to === this.id) this.act((node) => node.step(response));
      else this.#tell(response);
    }
  }

  #tell(message: Message): void {
    this.#world.checker.told(this, message);
    this.#world.send(message);
  }

  #apply(node: RawNode, entries: readonly Entry[]): void {
    for (const entry of entries) {
      // A snapshot may have overtaken it.
      if (entry.index <= this.#overtakenTo) continue;
      let { hash, conf } = this.#machine();
      if (entry.index !== this.#applied + 1) throw new Error(`applied ${entry.index} out of turn`);
      hash = mix(mix(hash, entry.term), hashEntry(entry));
      if (entry.kind === "conf") {
        const change = entry.conf ?? { transition: "auto", changes: [] };
        const before = conf;
        this.#call(node, () => (conf = node.applyConfChange(change)));
        this.#world.checker.changed(this.id, before, conf);
        this.#world.saw(conf.votersOutgoing.length > 0 ? "joint entered" : "membership changed");
        const { voters, votersOutgoing } = conf;
        const isVoter = voters.includes(this.id) || votersOutgoing.includes(this.id);
        if (this.#wasLeader && !isVoter) this.#world.saw("leader removed");
      }
      this.#applied = entry.index;
      this.#machines.set(entry.index, { hash, conf });
      this.#world.checker.reached(this.id, entry.index, { hash, conf });
    }
  }

  /** Makes the state durable, and a snapshot of it. */
  #makeSnapshot(): void {
    if (this.#applied <= this.disk.snapshotIndex) return;
    this.#flushed = this.#applied;
    const { hash, conf } = this.#machine();
    this.disk.createSnapshot({ index: this.#applied, conf, data: encodeHash(hash) });
  }

  /** Drops some or all of the log that a snapshot stands for. */
  compact(): void {
    const first = this.disk.firstIndex();
    if (!this.isUp || this.#applied < first) return;
    this.#makeSnapshot();
    this.disk.compact(first + this.#world.random.below(this.#applied - first + 1));
    this.disk.isBusy = this.#world.random.below(4) === 0;
    this.#world.saw("compacted");
  }

  /** Begins a read; it must see what is committed now. */
  read(): void {
    // A context must never come again, from whomever: acknowledgements of one read would count.
    const read = this.id * 2 ** 24 + ++this.#readCount;
    this.#reads.set(read, this.#world.checker.commit);
    this.act((node) => node.readIndex(encodeHash(read)));
  }
}

/** The write that a request to the append thread stands for. */
function writeOf(request: Message): Write {
  const { term, vote, commit, entries, snapshot } = request;
  const write: Write = { entries };
  if (vote !== undefined) write.hard = { term, vote, commit };
  if (snapshot !== undefined) write.snapshot = snapshot;
  return write;
}
