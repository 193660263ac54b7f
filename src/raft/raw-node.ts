import { assert } from "#base/assert.ts";
import { copyConf } from "./conf-change.ts";
import { confEntry, normalEntry } from "./entry.ts";
import { RaftError } from "./errors.ts";
import { applyConfChange } from "./membership.ts";
import { isLocal, isResponse, isThread, newMessage } from "./message.ts";
import { Raft } from "./raft.ts";
import { resumeSending } from "./replication.ts";
import { step } from "./step.ts";
import { tick } from "./tick.ts";
import { appendThread, applyThread, none } from "./types.ts";
import type { ConfChange, ConfState, Entry, HardState, Id, Message } from "./types.ts";
import type { Options, Ready, State, Status } from "./types.ts";

/**
 * One node of a Raft group, inert: it is told what happened and says what to do.
 *
 * The driver's loop: while `hasReady()`, take `ready()`; write its snapshot, entries and hard state
 * (synced if `mustSync`); send its messages; apply `committed`, with `applyConfChange` for each
 * `conf` entry; then `advance`. With asynchronous writes the `StorageAppend` and `StorageApply`
 * messages among the messages stand for writing and applying; their `responses` are delivered when
 * that is done, in the order of the requests, those to this node by `step`; `advance` is not used.
 *
 * A snapshot may overtake entries that are still to be applied. The driver then passes over entries
 * up to the snapshot it has installed.
 */
export class RawNode {
  readonly #raft: Raft;
  readonly #isAsync: boolean;
  #reportedSoft: { lead: Id; state: State };
  #reportedHard: HardState;
  /** What the node tells itself once the accepted Ready is done. */
  #onAdvance: Message[] = [];

  /**
   * Boots from what the storage holds.
   *
   * @throws RaftError `bad-conf` for options or a stored configuration that cannot be
   * @throws InvariantError when the stored state does not fit the stored log
   */
  constructor(options: Options) {
    this.#raft = new Raft(options);
    this.#isAsync = options.asyncStorageWrites ?? false;
    this.#reportedSoft = { lead: this.#raft.lead, state: this.#raft.state };
    this.#reportedHard = this.#raft.hardState;
  }

  /** A tick of the driver's clock has passed. */
  tick(): void {
    tick(this.#raft);
  }

  /** Starts an election, unless this node leads or may not. With leases, not within one. */
  campaign(): void {
    step(this.#raft, newMessage("Hup", none));
  }

  /**
   * Proposes an entry. It may still be lost: only its return among `committed` tells.
   *
   * @throws RaftError `proposal-dropped` when it is lost already
   */
  propose(data: Uint8Array): void {
    this.#proposeEntries([normalEntry(data)]);
  }

  /** As `propose`, several entries at once: all are appended and sent together, or none is. */
  proposeAll(data: readonly Uint8Array[]): void {
    this.#proposeEntries(data.map(normalEntry));
  }

  /**
   * Proposes a change of the configuration, in force once applied. One that cannot be now is
   * appended as an empty entry instead, if `validateConfChange`.
   *
   * @throws RaftError `proposal-dropped` when it is lost already
   */
  proposeConfChange(change: ConfChange): void {
    this.#proposeEntries([confEntry(change)]);
  }

  #proposeEntries(entries: Entry[]): void {
    const message = newMessage("Prop", none);
    message.from = this.#raft.id;
    message.entries = entries;
    step(this.#raft, message);
  }

  /** What the storage could not give, being not loaded, is there now. */
  resume(): void {
    this.#raft.log.resume();
    resumeSending(this.#raft);
  }

  /**
   * Puts a committed change into force. An empty one leaves a joint phase.
   *
   * @returns the configuration in force, to be stored with the applied index
   * @throws RaftError `bad-conf` when it does not fit; nothing changes then
   */
  applyConfChange(change: ConfChange): ConfState {
    return applyConfChange(this.#raft, change);
  }

  /**
   * Takes in a message of another node or of a storage thread.
   *
   * @throws RaftError `local-message` when only this node may send such a message;
   *   `peer-not-found` when a response comes from no member; `proposal-dropped` for a lost proposal
   */
  step(message: Message): void {
    const { type, from } = message;
    if (!isThread(from)) {
      if (isLocal(type)) throw new RaftError("local-message", `${type} came from node ${from}`);
      if (isResponse(type) && this.#raft.tracker.get(from) === undefined) {
        throw new RaftError("peer-not-found", `${type} came from ${from}, which is no member`);
      }
    }
    step(this.#raft, message);
  }

  /** Whether `ready` has anything to say. */
  hasReady(): boolean {
    const raft = this.#raft;
    return (
      raft.messages.length > 0 ||
      raft.vouchers.length > 0 ||
      raft.log.unstable.hasNextEntries ||
      raft.log.hasNextCommitted(!this.#isAsync) ||
      raft.log.unstable.nextSnapshot !== undefined ||
      raft.readStates.length > 0 ||
      this.#isSoftNew() ||
      this.#isHardNew()
    );
  }

  /** Hands out the work there is, and counts it as taken on: the driver must do it. */
  ready(): Ready {
    const raft = this.#raft;
    assert(this.#onAdvance.length === 0, "R7: a Ready is advanced before the next one");
    const { log } = raft;
    const isHardNew = this.#isHardNew();
    const { term, vote } = this.#reportedHard;
    const entries = log.unstable.nextEntries();
    const ready: Ready = {
      entries,
      committed: log.nextCommitted(!this.#isAsync),
      messages: raft.messages,
      readStates: raft.readStates,
      mustSync: entries.length > 0 || raft.term !== term || raft.vote !== vote,
    };
    if (this.#isSoftNew()) ready.soft = { lead: raft.lead, state: raft.state };
    if (isHardNew) ready.hard = raft.hardState;
    const snapshot = log.unstable.nextSnapshot;
    if (snapshot !== undefined) ready.snapshot = snapshot;

    raft.messages = [];
    raft.readStates = [];
    if (this.#isAsync) this.#askStorage(ready);
    else this.#deferVouchers(ready);
    this.#accept(ready);
    return ready;
  }

  /** In synchronous mode the driver sends after it has written, so vouchers go with the rest. */
  #deferVouchers(ready: Ready): void {
    const raft = this.#raft;
    for (const voucher of raft.vouchers) {
      (voucher.to === raft.id ? this.#onAdvance : ready.messages).push(voucher);
    }
    const written = this.#writtenMessage(ready);
    if (written !== undefined) this.#onAdvance.push(written);
    if (ready.committed.length > 0) this.#onAdvance.push(this.#appliedMessage(ready.committed));
  }

  /** In asynchronous mode vouchers wait for the write they vouch for. */
  #askStorage(ready: Ready): void {
    const raft = this.#raft;
    const { entries, hard, snapshot, committed } = ready;
    const isWrite = entries.length > 0 || hard !== undefined || snapshot !== undefined;
    if (isWrite || raft.vouchers.length > 0) {
      const request = newMessage("StorageAppend", appendThread);
      request.from = raft.id;
      request.entries = entries;
      if (hard !== undefined) {
        request.term = hard.term;
        request.vote = hard.vote;
        request.commit = hard.commit;
      }
      if (snapshot !== undefined) request.snapshot = snapshot;
      request.responses = raft.vouchers;
      const written = this.#writtenMessage(ready);
      if (written !== undefined) request.responses.push(written);
      ready.messages.push(request);
    }
    if (committed.length > 0) {
      const request = newMessage("StorageApply", applyThread);
      request.from = raft.id;
      request.entries = committed;
      request.responses = [this.#appliedMessage(committed)];
      ready.messages.push(request);
    }
  }

  /**
   * What tells this node that all it ever handed out to be written is written; undefined when it
   * need not know.
   *
   * It names the log's end, not the end of this write, and carries the term. An answer of an
   * earlier term is passed over, since writes under way may then still replace entries by others
   * and back again; the next one, after a change of term there always is one, makes up for it.
   */
  #writtenMessage(ready: Ready): Message | undefined {
    const raft = this.#raft;
    const { hasEntries } = raft.log.unstable;
    if (!hasEntries && ready.snapshot === undefined) return undefined;
    const message = newMessage("StorageAppendResp", raft.id);
    message.from = appendThread;
    message.term = raft.term;
    if (hasEntries) {
      message.index = raft.log.lastIndex;
      message.logTerm = raft.log.lastTerm;
    }
    if (ready.snapshot !== undefined) message.snapshot = ready.snapshot;
    return message;
  }

  #appliedMessage(committed: Entry[]): Message {
    const message = newMessage("StorageApplyResp", this.#raft.id);
    message.from = applyThread;
    message.entries = committed;
    return message;
  }

  #accept(ready: Ready): void {
    const raft = this.#raft;
    if (ready.soft !== undefined) this.#reportedSoft = ready.soft;
    if (ready.hard !== undefined) this.#reportedHard = ready.hard;
    raft.vouchers = [];
    raft.log.unstable.acceptAll();
    raft.log.acceptApplying(ready.committed, !this.#isAsync);
  }

  /** The last Ready is done: written, sent and applied. Not with asynchronous writes. */
  advance(_ready: Ready): void {
    assert(!this.#isAsync, "R7: with asynchronous writes the storage answers");
    const messages = this.#onAdvance;
    this.#onAdvance = [];
    for (const message of messages) step(this.#raft, message);
  }

  /**
   * Asks for an index to read at; it comes among `readStates`, or not at all without a leader.
   *
   * @param context tells reads apart, in the whole group: of two alike that wait, one is answered
   */
  readIndex(context: Uint8Array): void {
    const message = newMessage("ReadIndex", none);
    message.entries.push(normalEntry(context));
    step(this.#raft, message);
  }

  /** Asks for leadership to go to a voter. Proposals are dropped until it has, or has not. */
  transferLeader(to: Id): void {
    const message = newMessage("TransferLeader", none);
    message.from = to;
    step(this.#raft, message);
  }

  /** Lets a follower vote as if it had not heard from its leader. Not with leases. */
  forgetLeader(): void {
    step(this.#raft, newMessage("ForgetLeader", none));
  }

  /** The last message to this member did not get through. */
  reportUnreachable(id: Id): void {
    const message = newMessage("Unreachable", none);
    message.from = id;
    step(this.#raft, message);
  }

  /** The snapshot sent to this member has arrived, or will not. */
  reportSnapshot(id: Id, ok: boolean): void {
    const message = newMessage("SnapStatus", none);
    message.from = id;
    message.reject = !ok;
    step(this.#raft, message);
  }

  /** Sets how many ticks without a leader this node waits, until the wait is drawn again. */
  setRandomizedElectionTimeout(ticks: number): void {
    this.#raft.electionTimeout = ticks;
  }

  /** A copy of what the node knows. */
  status(): Status {
    const { id, state, lead, term, vote, log, tracker } = this.#raft;
    const { committed: commit, applied } = log;
    const conf = copyConf(tracker.conf);
    const progress = state === "leader" ? tracker.members.map((member) => member.view()) : [];
    return { id, state, lead, term, vote, commit, applied, conf, progress };
  }

  #isSoftNew(): boolean {
    const { lead, state } = this.#reportedSoft;
    return this.#raft.lead !== lead || this.#raft.state !== state;
  }

  #isHardNew(): boolean {
    const { term, vote, commit } = this.#reportedHard;
    const raft = this.#raft;
    return raft.term !== term || raft.vote !== vote || raft.log.committed !== commit;
  }
}
