/** A node's number in its Raft group, from 1; 0 stands for none. Below the two thread ids. */
export type Id = number;

/** Nobody: no leader, no vote, no transferee. */
export const none: Id = 0;

/** Where `StorageAppend` messages go when writes are asynchronous: whoever writes the log. */
export const appendThread: Id = Number.MAX_SAFE_INTEGER;

/** Where `StorageApply` messages go when writes are asynchronous: whoever applies entries. */
export const applyThread: Id = Number.MAX_SAFE_INTEGER - 1;

/** What a node is in its term. Learners are followers. */
export type State = "follower" | "precandidate" | "candidate" | "leader";

/** Who belongs to a group. All lists ascend; the last three are empty outside a joint phase. */
export interface ConfState {
  voters: Id[];
  learners: Id[];
  /** The voters before the change, whose majority still counts too. */
  votersOutgoing: Id[];
  /** Outgoing voters that become learners once the joint phase is left. */
  learnersNext: Id[];
  /** Whether the leader leaves the joint phase by itself. */
  autoLeave: boolean;
}

/** One step of a change. `voter` and `learner` promote and demote too, `update` does nothing. */
export interface MemberChange {
  op: "voter" | "learner" | "remove" | "update";
  /** 0 makes the step a step that changes nothing. */
  id: Id;
}

/**
 * A change of the configuration. `auto` with one step is a simple change; anything else goes
 * through a joint phase, which the leader leaves by itself unless it is `explicit`. `auto` without
 * steps leaves a joint phase. Dissertation, chapter 4.
 */
export interface ConfChange {
  transition: "auto" | "implicit" | "explicit" | "alone";
  changes: MemberChange[];
  /** For the driver; never read here. */
  context?: Uint8Array;
}

/** One entry of the log. Never changed once made. */
export interface Entry {
  term: number;
  index: number;
  kind: "normal" | "conf";
  /** Opaque. Empty for the entry a new leader begins with, and for `conf` entries made here. */
  data: Uint8Array;
  /** The change of a `conf` entry; a missing one is the empty change. */
  conf?: ConfChange;
}

/** Stands for all entries up to `index`. */
export interface Snapshot {
  index: number;
  term: number;
  conf: ConfState;
  data: Uint8Array;
}

/** What must be durable besides the log. */
export interface HardState {
  term: number;
  vote: Id;
  commit: number;
}

export type MessageType =
  | "Hup"
  | "Beat"
  | "Prop"
  | "App"
  | "AppResp"
  | "Vote"
  | "VoteResp"
  | "PreVote"
  | "PreVoteResp"
  | "Snap"
  | "Heartbeat"
  | "HeartbeatResp"
  | "TimeoutNow"
  | "TransferLeader"
  | "ReadIndex"
  | "ReadIndexResp"
  | "Unreachable"
  | "SnapStatus"
  | "CheckQuorum"
  | "ForgetLeader"
  | "StorageAppend"
  | "StorageAppendResp"
  | "StorageApply"
  | "StorageApplyResp";

/** What nodes, and a node and its storage threads, tell each other. Unused fields are zero. */
export interface Message {
  type: MessageType;
  from: Id;
  to: Id;
  /** The sender's term, or the term campaigned for. 0 on proposals, reads and local messages. */
  term: number;
  /** The term of the entry at `index`; in a rejection, of the entry at `rejectHint`. */
  logTerm: number;
  /** App: the entry before `entries`. AppResp: the last accepted, or the one rejected. */
  index: number;
  commit: number;
  entries: Entry[];
  reject: boolean;
  /** In a rejected AppResp: the highest index at which the logs may still agree. */
  rejectHint: number;
  snapshot?: Snapshot;
  /** On Heartbeat: the read it confirms. On Vote: whether the campaign is a transfer. */
  context?: Uint8Array;
  /** On StorageAppend, with `term` and `commit`: the hard state to write. */
  vote?: Id;
  /** On StorageAppend and StorageApply: to be delivered once the work is done. */
  responses?: Message[];
}

/** A read that may be served once the entry at `index` is applied. */
export interface ReadState {
  index: number;
  context: Uint8Array;
}

/** The work a driver has to do; see RawNode.ready. Arrays may be kept, but not changed. */
export interface Ready {
  /** Present when leader or role changed. Not to be written. */
  soft?: { lead: Id; state: State };
  /** Present when it changed. */
  hard?: HardState;
  /** To be appended to the log; may overwrite what is there from their first index on. */
  entries: Entry[];
  /** To be installed before `entries` are appended. */
  snapshot?: Snapshot;
  /** To be applied, after `entries` are written. */
  committed: Entry[];
  /** To be sent once hard state, entries and snapshot are durable. */
  messages: Message[];
  readStates: ReadState[];
  /**
   * Whether the write must be synced before the messages go out. One that need not be still has its
   * place in the order of writes: the next that is synced makes it durable too. Of one write that a
   * crash tears, entries must not remain without the hard state: it goes first, and at boot its
   * commit index is cut to the log's end. Without this a node could come back with a configuration
   * two changes old, and elect itself by it.
   */
  mustSync: boolean;
}

/** What the core reads of the log and state its driver keeps. All calls are synchronous. */
export interface RaftStorage {
  /** The last hard state written, and the configuration as of the applied index. */
  initialState(): { hard: HardState; conf: ConfState };
  /**
   * Entries from `lo` to before `hi`: as many as fit `maxBytes` (by `entryBytes`), at least one.
   *
   * @throws RaftError `compacted` when `lo` is before `firstIndex`; `unavailable` past the end;
   *   `not-loaded` where they are on disk only: the driver calls `resume` once they are not
   */
  entries(lo: number, hi: number, maxBytes: number): Entry[];
  /**
   * The term of the entry at `index`, from `firstIndex` - 1 to `lastIndex`.
   *
   * @throws RaftError `compacted` before that range, `unavailable` after it
   */
  term(index: number): number;
  /** The first index that `entries` can give; one past the snapshot the log begins at. */
  firstIndex(): number;
  lastIndex(): number;
  /**
   * The latest snapshot.
   *
   * @throws RaftError `snapshot-unavailable` when it has to be asked for again later
   */
  snapshot(): Snapshot;
}

/** How a node is set up. */
export interface Options {
  id: Id;
  storage: RaftStorage;
  /**
   * The last index the driver has applied; 0 for none. From the log's beginning to its end: it may
   * be ahead of the stored commit index, which is not synced for its own sake.
   */
  applied: number;
  /** Ticks without a leader before a campaign; a wait is drawn from this to twice this less 1. */
  electionTick: number;
  /** Ticks between heartbeats; less than `electionTick`. */
  heartbeatTick: number;
  /** Ask whether an election could be won before starting it. Dissertation, section 9.6. */
  preVote: boolean;
  /** A leader without contact to a quorum for `electionTick` steps down; votes respect a lease. */
  checkQuorum: boolean;
  /** Bytes of entries in one App; 0 for one entry each. */
  maxBytesPerMsg: number;
  /** Bytes of committed entries handed out and not yet applied; 0 for `maxBytesPerMsg`. */
  maxCommittedBytesPerReady: number;
  /** Bytes of payload a leader holds uncommitted before it drops proposals; 0 for no limit. */
  maxUncommittedBytes: number;
  /** Apps to one peer that wait for an answer. From 1. */
  maxInflightMsgs: number;
  /** Bytes of payload in those; 0 for no limit, otherwise at least `maxBytesPerMsg`. */
  maxInflightBytes: number;
  /**
   * `lease` trusts clocks instead of asking a quorum, while it can, and needs `checkQuorum`. The
   * ticks of any two nodes may differ in rate by a tenth, and a node must not stand still: one that
   * is stopped and goes on takes its lease for valid. One mode for the whole group; its members
   * boot at the earliest in term 1, that of the founding.
   */
  readOnly: "safe" | "lease";
  /** Whether a leader that is removed or demoted becomes a follower at once. */
  stepDownOnRemoval: boolean;
  /** Whether a leader refuses, as an empty entry, a change that cannot apply now. */
  validateConfChange: boolean;
  /** Whether writing and applying are asked for by messages instead of `advance`. */
  asyncStorageWrites?: boolean;
  /** A whole number from 0 to `below` - 1. The core's only source of chance. */
  random: (below: number) => number;
}

/** What a leader knows of one member. */
export interface Progress {
  id: Id;
  state: "probe" | "replicate" | "snapshot";
  match: number;
  next: number;
  learner: boolean;
  paused: boolean;
  active: boolean;
  pendingSnapshot: number;
  inflight: number;
  inflightFull: boolean;
}

/** A view of a node. `progress` ascends by id, and is empty unless the node leads. */
export interface Status {
  id: Id;
  state: State;
  lead: Id;
  term: number;
  vote: Id;
  commit: number;
  applied: number;
  conf: ConfState;
  progress: Progress[];
}
