import { assert } from "#base/assert.ts";
import { RaftError } from "./errors.ts";
import { RaftLog } from "./log.ts";
import { Lease } from "./lease.ts";
import { isThread, vouchesForDurable } from "./message.ts";
import { ReadQueue } from "./read-only.ts";
import { Tracker } from "./tracker.ts";
import { type ConfState, type HardState, type Id, type Message, none } from "./types.ts";
import type { Options, ReadState, State } from "./types.ts";

function checkOptions(options: Options): void {
  const { id, electionTick, heartbeatTick, maxInflightMsgs, maxInflightBytes } = options;
  const faults = [
    [!Number.isSafeInteger(id) || id <= 0 || isThread(id), "id is not a node's"],
    [heartbeatTick <= 0, "heartbeatTick is not positive"],
    [electionTick <= heartbeatTick, "electionTick is not greater than heartbeatTick"],
    [maxInflightMsgs <= 0, "maxInflightMsgs is not positive"],
    [
      maxInflightBytes !== 0 && maxInflightBytes < options.maxBytesPerMsg,
      "maxInflightBytes is less than maxBytesPerMsg",
    ],
    [options.readOnly === "lease" && !options.checkQuorum, "a lease needs checkQuorum"],
  ] as const;
  for (const [isFault, text] of faults) if (isFault) throw new RaftError("bad-conf", text);
}

/**
 * The state of one node. What it does is in the modules beside: election, replication, reads,
 * membership, and one table of handlers for each role.
 */
export class Raft {
  readonly options: Options;
  readonly id: Id;
  readonly log: RaftLog;
  readonly tracker: Tracker;
  /** Most payload bytes a leader holds uncommitted. */
  readonly uncommittedBytesMax: number;

  term = 0;
  /** Whom this node votes for in its term. R1: set once a term. */
  vote: Id = none;
  lead: Id = none;
  state: State = "follower";

  /** May leave at once. */
  messages: Message[] = [];
  /** R7: vouch for what is durable, so leave after the present state is. May go to this node. */
  vouchers: Message[] = [];
  readStates: ReadState[] = [];

  /** Whom a leader hands over to. */
  transferee: Id = none;
  /** R8: no change of the configuration is proposed before this entry is applied. */
  pendingConfIndex = 0;
  /** While a snapshot waits to be durable: the configuration of the entries it has overtaken. */
  overtakenConf: ConfState | undefined;
  /** Payload bytes proposed and not yet applied; may be less than there are, never more. */
  uncommittedBytes = 0;

  reads: ReadQueue = new ReadQueue();
  /** Of a leader. */
  lease: Lease;
  /** With leases, ticks until an earlier boot's word to its leader has lapsed. */
  boundTicks = 0;
  /** Reads that came in before the leader committed an entry of its term. */
  postponedReads: Message[] = [];

  /** Ticks since the leader was heard from or a campaign begun; a leader's since its last check. */
  electionElapsed = 0;
  heartbeatElapsed = 0;
  /** The wait drawn for this term. */
  electionTimeout = 0;

  /**
   * @throws RaftError `bad-conf` for options or a stored configuration that cannot be
   * @throws InvariantError when the stored state does not fit the stored log
   */
  constructor(options: Options) {
    checkOptions(options);
    this.options = options;
    this.id = options.id;
    const { maxCommittedBytesPerReady, maxBytesPerMsg, maxInflightMsgs } = options;
    this.uncommittedBytesMax = options.maxUncommittedBytes || Infinity;
    this.log = new RaftLog(
      options.storage,
      Math.max(1, maxCommittedBytesPerReady || maxBytesPerMsg),
    );
    const bytesMax = options.maxInflightBytes || Infinity;
    this.tracker = new Tracker({ countMax: maxInflightMsgs, bytesMax });

    const { hard, conf } = options.storage.initialState();
    this.tracker.restore(conf, this.log.lastIndex);
    this.term = hard.term;
    this.vote = hard.vote;
    // The commit index is written without a sync: what is applied, or in a snapshot, may be ahead.
    this.log.restoreCommit(Math.max(hard.commit, options.applied, this.log.committed));
    if (options.applied > 0) this.log.appliedTo(options.applied, 0);
    this.lease = new Lease(options.electionTick, this.log.lastIndex);
    this.becomeFollower(this.term, none);
    if (options.readOnly === "lease" && !this.#isFounding) this.boundTicks = options.electionTick;
  }

  /** Whether there was no leader yet to give a word to: a group is founded in term 1. */
  get #isFounding(): boolean {
    return this.term <= 1 && this.vote === none;
  }

  get hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  /** Whether this node may campaign: a voter, with no snapshot that waits to be written. */
  get isPromotable(): boolean {
    const own = this.tracker.get(this.id);
    return own !== undefined && !own.learner && this.log.unstable.snapshot === undefined;
  }

  /** Queues a message in this node's name, in its term unless the message has one. */
  send(message: Message): void {
    if (message.from === none) message.from = this.id;
    const { type } = message;
    if (message.term === 0 && type !== "Prop" && type !== "ReadIndex") message.term = this.term;
    if (vouchesForDurable(type)) {
      this.vouchers.push(message);
      return;
    }
    assert(message.to !== this.id, "R7: a node tells itself only what it vouches for");
    this.messages.push(message);
  }

  /** Begins a term, or the same one in another role. */
  restart(term: number): void {
    if (this.term !== term) {
      assert(term > this.term, "R1: the term never goes back");
      this.term = term;
      this.vote = none;
    }
    this.lead = none;
    this.electionElapsed = 0;
    this.heartbeatElapsed = 0;
    const { electionTick, random } = this.options;
    this.electionTimeout = electionTick + random(electionTick);
    this.transferee = none;
    this.tracker.clearVotes();
    const { lastIndex } = this.log;
    for (const member of this.tracker.members) {
      member.restart(member.id === this.id ? lastIndex : 0, lastIndex + 1);
    }
    this.pendingConfIndex = 0;
    this.uncommittedBytes = 0;
    this.reads = new ReadQueue();
    this.lease = new Lease(electionTick, lastIndex);
  }

  becomeFollower(term: number, lead: Id): void {
    this.restart(term);
    this.lead = lead;
    this.state = "follower";
  }
}
