import { type ConfState, type Entry, type Id, type Message, type Ready } from "#raft/index.ts";
import { type MemoryStorage, type Status, voteResult } from "#raft/index.ts";
import { confKey, hashEntry } from "./trace.ts";

/** A promise of the core that did not hold. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly checker: string;

  constructor(checker: string, what: string) {
    super(what);
    this.checker = checker;
  }
}

/** What the checkers may look at of a replica: its disk survives a crash. */
export interface Witness {
  readonly id: Id;
  readonly disk: MemoryStorage;
  /** The term of an entry in the log as the replica was told to write it; 0 if compacted. */
  termAt(index: number): number | undefined;
}

/** Whether what is durable on `disk` holds the entry at `index` of `term`, or a snapshot beyond. */
function isDurable(disk: MemoryStorage, index: number, term: number): boolean {
  if (index < disk.firstIndex() - 1) return true;
  return index <= disk.lastIndex() && disk.term(index) === term;
}

/**
 * Sees everything at once, as no replica can, and holds it against the promises of Raft. Paper,
 * figure 3.
 */
export class Checker {
  readonly #leaders = new Map<number, Id>();
  readonly #votes = new Map<string, Id>();
  /** What stands at (index, term), in whichever log, and the term before it. */
  readonly #entries = new Map<string, { hash: number; termBefore: number }>();
  /** What is committed, by index, and the term of the first who knew. */
  readonly #committed: ({ term: number; knownIn: number } | undefined)[] = [];
  /** The state after each index, and the configuration. */
  readonly #states = new Map<number, { hash: number; conf: string }>();

  /** The highest index that anybody knows to be committed. */
  commit = 0;

  /** One leader a term, by votes that no crash takes back. */
  leads({ id, term, conf }: Status, replicas: ReadonlyMap<Id, Witness>): void {
    const leader = this.#leaders.get(term);
    if (leader === id) return;
    if (leader !== undefined) {
      throw new Violation("one leader a term", `${leader} and ${id} in ${term}`);
    }
    this.#leaders.set(term, id);
    const votes = new Map<Id, boolean>();
    for (const { id: voter, disk } of replicas.values()) {
      const { hard } = disk.initialState();
      votes.set(voter, hard.term > term || (hard.term === term && hard.vote === id));
    }
    if (voteResult(conf.voters, conf.votersOutgoing, votes) === "won") return;
    throw new Violation("durable before counted", `votes for ${id} in ${term} may be lost`);
  }

  /** Leader completeness: a new leader's log holds all that was committed in earlier terms. */
  becameLeader(leader: Witness, term: number): void {
    for (const [index, entry] of this.#committed.entries()) {
      if (entry === undefined || entry.knownIn >= term) continue;
      const found = leader.termAt(index);
      if (found !== 0 && found !== entry.term) {
        const what = `leader ${leader.id} of ${term} lacks ${index} of ${entry.term}`;
        throw new Violation("leader completeness", what);
      }
    }
  }

  /** Leader append-only: a leader puts nothing over entries it has. */
  leaderAppended(leader: Witness, { index }: Entry): void {
    if (leader.termAt(index) === undefined) return;
    throw new Violation("leader append-only", `leader ${leader.id} writes ${index} again`);
  }

  /** Log matching: what is at an index of a term is the same everywhere, and so is all before. */
  appended(writer: Witness, entry: Entry): void {
    const key = `${entry.index}:${entry.term}`;
    const hash = hashEntry(entry);
    const termBefore = writer.termAt(entry.index - 1);
    if (termBefore === undefined) {
      throw new Violation("log matching", `a gap before ${key} on ${writer.id}`);
    }
    const known = this.#entries.get(key);
    if (known === undefined) {
      if (termBefore !== 0) this.#entries.set(key, { hash, termBefore });
    } else if (known.hash !== hash || (termBefore !== 0 && known.termBefore !== termBefore)) {
      throw new Violation("log matching", `two entries ${key}, one on ${writer.id}`);
    }
  }

  /** What one replica knows to be committed, nobody may know otherwise. */
  committed(knower: Witness, ready: Ready, term: number): void {
    const upTo = ready.hard?.commit ?? 0;
    for (let index = upTo; index > 0; index--) {
      const found = knower.termAt(index);
      if (found === undefined) throw new Violation("commit", `${knower.id} lacks ${index}`);
      if (found === 0) break;
      const known = this.#committed[index];
      if (known !== undefined && known.term !== found) {
        throw new Violation("commit", `${index} is of ${known.term} and ${found}`);
      }
      if (known !== undefined) break;
      this.#committed[index] = { term: found, knownIn: term };
    }
    this.commit = Math.max(this.commit, upTo);
  }

  /** Durable before counted: what a leader commits is on the disks of a quorum. */
  quorumHolds(leader: Status, replicas: ReadonlyMap<Id, Witness>): void {
    const { commit, term, conf } = leader;
    const votes = new Map<Id, boolean>();
    for (const { id, disk } of replicas.values()) votes.set(id, isDurable(disk, commit, term));
    if (voteResult(conf.voters, conf.votersOutgoing, votes) === "won") return;
    const what = `${leader.id} committed ${commit} in ${term} without a durable quorum`;
    throw new Violation("durable before counted", what);
  }

  /** Durable before told, and one vote a term, whatever crashes. */
  told(sender: Witness, message: Message): void {
    const { type, from, to, term, reject, index } = message;
    const { hard } = sender.disk.initialState();
    if (type === "VoteResp" && !reject) {
      this.#voted(term, from, to);
      if (hard.term < term || (hard.term === term && hard.vote !== to)) {
        throw new Violation("durable before told", `${from} told a vote of ${term} it may lose`);
      }
    }
    if (type === "AppResp" && !reject) {
      // In a later term it may have been overwritten since, by a leader that it helped to elect.
      if (hard.term < term || (hard.term === term && sender.disk.lastIndex() < index)) {
        throw new Violation("durable before told", `${from} told of ${index} that it may lose`);
      }
    }
  }

  #voted(term: number, voter: Id, candidate: Id): void {
    const key = `${term}:${voter}`;
    const before = this.#votes.get(key) ?? candidate;
    if (before !== candidate) {
      throw new Violation("one vote a term", `${voter} for ${before} and ${candidate} in ${term}`);
    }
    this.#votes.set(key, candidate);
  }

  /** State-machine safety: after an index everyone is in the same state and configuration. */
  reached(id: Id, index: number, state: { hash: number; conf: ConfState }): void {
    const conf = confKey(state.conf);
    const known = this.#states.get(index);
    if (known === undefined) this.#states.set(index, { hash: state.hash, conf });
    else if (known.hash !== state.hash || known.conf !== conf) {
      const what = `${id} differs after ${index}: ${conf} and ${known.conf}`;
      throw new Violation("state-machine safety", what);
    }
  }

  /**
   * Configurations overlap: a change without a joint phase moves one voter, a joint phase begins
   * with the voters so far and ends with the new ones. Dissertation, sections 4.1 and 4.3.
   */
  changed(id: Id, before: ConfState, after: ConfState): void {
    const same = (a: readonly Id[], b: readonly Id[]): boolean => a.join() === b.join();
    const wasJoint = before.votersOutgoing.length > 0;
    const isJoint = after.votersOutgoing.length > 0;
    const moved = new Set(before.voters).symmetricDifference(new Set(after.voters)).size;
    const isSound =
      wasJoint === isJoint
        ? moved <= (isJoint ? 0 : 1)
        : isJoint
          ? same(after.votersOutgoing, before.voters)
          : moved === 0;
    if (isSound) return;
    const what = `${id} went from ${confKey(before)} to ${confKey(after)}`;
    throw new Violation("overlapping configurations", what);
  }

  /** Linearizable reads: nothing committed when a read began is missing when it is served. */
  served(index: number, atLeast: number): void {
    if (index < atLeast) throw new Violation("stale read", `at ${index}, committed ${atLeast}`);
  }

  /** What a leader believes of its members makes sense. */
  believes(leader: Status): void {
    for (const { id, match, next } of leader.progress) {
      if (match >= next) throw new Violation("progress", `member ${id}: ${match} >= ${next}`);
    }
  }
}
