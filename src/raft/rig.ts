// A rig for tests: nodes over storages in memory, and a wire between them that the test holds.
import { changeOf } from "./entry.ts";
import { RaftError } from "./errors.ts";
import { RawNode } from "./raw-node.ts";
import { MemoryStorage } from "./storage.ts";
import { type ConfState, type Entry, type Id, type Message } from "./types.ts";
import type { Options, Ready, ReadState, Snapshot } from "./types.ts";
import { emptyBytes } from "#base/bytes.ts";
import { emptyConf } from "./conf-change.ts";

/** A configuration of voters, and learners. */
export function confOf(voters: Id[], learners: Id[] = []): ConfState {
  return { ...emptyConf(), voters, learners };
}

/** Options with nothing limited and nothing optional on; every wait is the shortest there is. */
export function plainOptions(id: Id, storage: MemoryStorage): Options {
  return {
    id,
    storage,
    applied: storage.snapshot().index,
    electionTick: 10,
    heartbeatTick: 1,
    preVote: false,
    checkQuorum: false,
    maxBytesPerMsg: Infinity,
    maxCommittedBytesPerReady: Infinity,
    maxUncommittedBytes: 0,
    maxInflightMsgs: 256,
    maxInflightBytes: 0,
    readOnly: "safe",
    stepDownOnRemoval: false,
    validateConfChange: true,
    random: () => 0,
  };
}

/** One node with its driver: writes, applies and keeps what came out, but sends nothing itself. */
export class Member {
  readonly storage: MemoryStorage;
  readonly options: Options;
  node: RawNode;
  /** All entries that were applied here; what came in snapshots is not among them. */
  readonly applied: Entry[] = [];
  readonly reads: ReadState[] = [];
  readonly installed: Snapshot[] = [];
  conf: ConfState;
  /** Requests to the storage threads that are not carried out yet; asynchronous writes only. */
  readonly appends: Message[] = [];
  readonly applies: Message[] = [];

  constructor(storage: MemoryStorage, options: Options) {
    this.storage = storage;
    this.options = options;
    this.node = new RawNode(options);
    this.conf = this.node.status().conf;
  }

  get appliedIndex(): number {
    return this.node.status().applied;
  }

  /** Takes one Ready and does all of its work; gives what it wants sent. */
  process(): { ready: Ready; sent: Message[] } {
    const ready = this.node.ready();
    this.reads.push(...ready.readStates);
    if (this.options.asyncStorageWrites === true) return { ready, sent: this.#queueWork(ready) };
    this.#write(ready);
    this.#apply(ready.committed);
    this.node.advance(ready);
    return { ready, sent: ready.messages };
  }

  #queueWork(ready: Ready): Message[] {
    return ready.messages.filter((message) => {
      if (message.type === "StorageAppend") this.appends.push(message);
      else if (message.type === "StorageApply") this.applies.push(message);
      else return true;
      return false;
    });
  }

  #write(work: Pick<Ready, "hard" | "snapshot" | "entries">): void {
    if (work.hard !== undefined) this.storage.setHardState(work.hard);
    if (work.snapshot !== undefined) {
      this.storage.applySnapshot(work.snapshot);
      this.installed.push(work.snapshot);
      this.conf = work.snapshot.conf;
    }
    this.storage.append(work.entries);
  }

  #apply(committed: Entry[]): void {
    for (const entry of committed) {
      this.applied.push(entry);
      if (entry.kind === "conf") this.conf = this.node.applyConfChange(changeOf(entry));
    }
  }

  /** Carries out the oldest write asked for; gives the answers that go to others. */
  processAppend(): Message[] {
    const request = this.appends.shift();
    if (request === undefined) return [];
    const { term, vote, commit, entries, snapshot } = request;
    const work = snapshot === undefined ? { entries } : { entries, snapshot };
    this.#write(vote === undefined ? work : { ...work, hard: { term, vote, commit } });
    return this.#answer(request);
  }

  /** Applies the oldest entries asked for. */
  processApply(): Message[] {
    const request = this.applies.shift();
    if (request === undefined) return [];
    this.#apply(request.entries);
    return this.#answer(request);
  }

  #answer(request: Message): Message[] {
    const others: Message[] = [];
    for (const response of request.responses ?? []) {
      if (response.to === this.options.id) this.node.step(response);
      else others.push(response);
    }
    return others;
  }

  /** Makes a snapshot of what is applied, and drops the log up to it. */
  compact(data: Uint8Array = emptyBytes): void {
    const index = this.appliedIndex;
    this.storage.createSnapshot({ index, conf: this.conf, data });
    this.storage.compact(index);
  }
}

/** Members and the wire between them. */
export class Group {
  readonly members: Map<Id, Member> = new Map();
  /** Sent and neither delivered nor lost, in order. */
  wire: Message[] = [];
  /** What is lost on the way. */
  loses: (message: Message) => boolean = () => false;

  /** A group founded by `voters` and `learners`, whose log begins behind index 1 of term 1. */
  static found(voters: Id[], learners: Id[] = [], with_: Partial<Options> = {}): Group {
    const group = new Group();
    const snapshot = { index: 1, term: 1, conf: confOf(voters, learners), data: emptyBytes };
    for (const id of [...voters, ...learners]) {
      const storage = new MemoryStorage();
      storage.applySnapshot(snapshot);
      group.add(id, storage, with_);
    }
    return group;
  }

  add(id: Id, storage: MemoryStorage = new MemoryStorage(), with_: Partial<Options> = {}): Member {
    const member = new Member(storage, { ...plainOptions(id, storage), ...with_ });
    this.members.set(id, member);
    return member;
  }

  at(id: Id): Member {
    const member = this.members.get(id);
    if (member === undefined) throw new Error(`no member ${id}`);
    return member;
  }

  node(id: Id): RawNode {
    return this.at(id).node;
  }

  /** Lets one member do the work it has, until it has none; its messages go on the wire. */
  work(id: Id): Ready[] {
    const member = this.at(id);
    const done: Ready[] = [];
    while (member.node.hasReady() || member.appends.length + member.applies.length > 0) {
      if (member.node.hasReady()) {
        const { ready, sent } = member.process();
        done.push(ready);
        this.wire.push(...sent);
      }
      this.wire.push(...member.processAppend(), ...member.processApply());
    }
    return done;
  }

  /** Takes messages that `isWanted` off the wire and delivers those that are not lost. */
  deliver(isWanted: (message: Message) => boolean = () => true): Message[] {
    const taken = this.wire.filter((message) => isWanted(message));
    this.wire = this.wire.filter((message) => !taken.includes(message));
    for (const message of taken) {
      if (!this.loses(message)) this.hand(message);
    }
    return taken;
  }

  /** Delivers one message. What the receiver refuses is as good as lost. */
  hand(message: Message): void {
    const member = this.members.get(message.to);
    try {
      member?.node.step(message);
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
    }
  }

  /** Works and delivers until nothing is left to do. */
  settle(): void {
    for (;;) {
      for (const id of this.members.keys()) this.work(id);
      if (this.wire.length === 0) return;
      this.deliver();
    }
  }

  /** Makes `id` the leader. */
  elect(id: Id): RawNode {
    this.node(id).campaign();
    this.settle();
    return this.node(id);
  }

  /** Cuts members off from all others. */
  isolate(...ids: Id[]): void {
    this.loses = ({ from, to }) => ids.includes(from) !== ids.includes(to);
  }

  heal(): void {
    this.loses = () => false;
  }

  /** Boots a member again from what its storage holds; what it was doing is gone. */
  restart(id: Id): Member {
    const { storage, options, appliedIndex, conf } = this.at(id);
    // What a driver keeps with the applied index: the configuration as of then.
    if (appliedIndex > storage.snapshot().index) {
      storage.createSnapshot({ index: appliedIndex, conf, data: emptyBytes });
    }
    const member = new Member(storage, { ...options, applied: appliedIndex });
    this.members.set(id, member);
    return member;
  }
}
