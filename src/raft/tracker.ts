import { checkConf, emptyConf, membersOf, sortedConf, type ChangedConf } from "./conf-change.ts";
import { type InflightLimits, PeerProgress } from "./progress.ts";
import { jointVote, majorityIndex, majorityVote, type VoteResult } from "./quorum.ts";
import type { ConfState, Id } from "./types.ts";

/** The configuration in force, what is known of its members, and the votes of an election. */
export class Tracker {
  readonly #limits: InflightLimits;
  #conf: ConfState = emptyConf();
  #byId = new Map<Id, PeerProgress>();
  /** All members, ascending by id: the order in which broadcasts go out. */
  #members: PeerProgress[] = [];
  #votes = new Map<Id, boolean>();
  /** Kept from call to call: commitment is computed for every acknowledgement. */
  readonly #scratch: number[] = [];

  constructor(limits: InflightLimits) {
    this.#limits = limits;
  }

  /** In force; not to be changed. */
  get conf(): ConfState {
    return this.#conf;
  }

  get members(): readonly PeerProgress[] {
    return this.#members;
  }

  get(id: Id): PeerProgress | undefined {
    return this.#byId.get(id);
  }

  isVoter(id: Id): boolean {
    return this.#conf.voters.includes(id) || this.#conf.votersOutgoing.includes(id);
  }

  /** Voters of both majorities, each once, ascending. */
  voterIds(): Id[] {
    return this.#members.map(({ id }) => id).filter((id) => this.isVoter(id));
  }

  /** Whether this voter decides alone. Asked by id: a removed leader may lead another one. */
  decidesAlone(id: Id): boolean {
    const { voters, votersOutgoing } = this.#conf;
    return voters.length === 1 && voters[0] === id && votersOutgoing.length === 0;
  }

  /** Takes a changed configuration; members that stay keep their progress. */
  change(changed: ChangedConf, lastIndex: number): void {
    const known = this.#byId;
    this.#conf = changed.conf;
    this.#byId = new Map();
    for (const id of membersOf(changed.conf)) {
      const learner = changed.conf.learners.includes(id);
      let member = changed.fresh.has(id) ? undefined : known.get(id);
      member ??= new PeerProgress({ id, learner, next: Math.max(lastIndex, 1) }, this.#limits);
      member.learner = learner;
      this.#byId.set(id, member);
    }
    this.#members = [...this.#byId.values()];
  }

  /**
   * Takes a configuration as it was stored; everything known before is forgotten.
   *
   * @throws RaftError `bad-conf` when it cannot be
   */
  restore(conf: ConfState, lastIndex: number): void {
    checkConf(conf);
    this.#votes.clear();
    this.change({ conf: sortedConf(conf), fresh: new Set(membersOf(conf)) }, lastIndex);
  }

  /** The highest index a quorum holds. */
  committed(): number {
    const incoming = this.#reached(this.#conf.voters);
    if (this.#conf.votersOutgoing.length === 0) return incoming;
    return Math.min(incoming, this.#reached(this.#conf.votersOutgoing));
  }

  #reached(ids: readonly Id[]): number {
    const reached = this.#scratch;
    reached.length = 0;
    for (const id of ids) reached.push(this.#byId.get(id)?.match ?? 0);
    return majorityIndex(reached);
  }

  #ask(answer: (id: Id) => boolean | undefined): VoteResult {
    const { voters, votersOutgoing } = this.#conf;
    return jointVote(majorityVote(voters.map(answer)), majorityVote(votersOutgoing.map(answer)));
  }

  /** Whether a quorum has been heard from since the last check. */
  isQuorumActive(): boolean {
    return this.#ask((id) => this.#byId.get(id)?.active) === "won";
  }

  /** What the given votes amount to. */
  resultOf(votes: ReadonlyMap<Id, boolean>): VoteResult {
    return this.#ask((id) => votes.get(id));
  }

  /** Begins an election: nobody has voted. */
  clearVotes(): void {
    this.#votes.clear();
  }

  /** Counts a vote; the first one of a voter stands. Tells what the votes amount to. */
  countVote(id: Id, isGranted: boolean): VoteResult {
    if (!this.#votes.has(id)) this.#votes.set(id, isGranted);
    return this.resultOf(this.#votes);
  }
}
