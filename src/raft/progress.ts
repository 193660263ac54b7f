import { assert } from "#base/assert.ts";
import { Inflights } from "./inflights.ts";
import type { Id, Progress } from "./types.ts";

/** Limits on what may be under way to one peer. */
export interface InflightLimits {
  readonly countMax: number;
  readonly bytesMax: number;
}

/**
 * What a leader knows of one member, and how it sends to it:
 *
 *     probe ---- accepted --------------> replicate     one App, then wait | pipelined Apps
 *       ^ ^----- rejected, unreachable ----'  |
 *       |                                     | what is next is compacted (from probe too)
 *       '------- reported, or caught up --- snapshot     nothing but heartbeats
 */
export class PeerProgress {
  readonly id: Id;
  learner: boolean;
  state: Progress["state"] = "probe";
  /** Up to here the member's log is known to be the leader's. */
  match = 0;
  /** The next entry to send. R6: 0 <= match < next. */
  next: number;
  /** The snapshot that is under way in state `snapshot`, where next = pendingSnapshot + 1. */
  pendingSnapshot = 0;
  /** Heard from since the last check of the quorum. */
  active: boolean;
  /** No App until a heartbeat or an acknowledgement is answered. */
  flowPaused = false;
  readonly inflights: Inflights;
  /** The highest commit index on its way to the member. */
  #sentCommit = 0;

  /** A member that was just added: taken to be active, so that it does not cost the quorum. */
  constructor(member: { id: Id; learner: boolean; next: number }, limits: InflightLimits) {
    this.id = member.id;
    this.learner = member.learner;
    this.next = member.next;
    this.active = true;
    this.inflights = new Inflights(limits.countMax, limits.bytesMax);
  }

  /** Forgets everything but the role: a new term begins. */
  restart(match: number, next: number): void {
    assert(match < next, "R6: match < next");
    this.#enter("probe");
    this.match = match;
    this.next = next;
    this.active = false;
    this.#sentCommit = 0;
  }

  /** Whether no App may be sent now. */
  get paused(): boolean {
    return this.state === "snapshot" || this.flowPaused;
  }

  #enter(state: Progress["state"]): void {
    this.state = state;
    this.flowPaused = false;
    this.pendingSnapshot = 0;
    this.inflights.clear();
  }

  /** Feels its way from what is known: behind a snapshot that was under way, else behind match. */
  becomeProbe(): void {
    const known = Math.max(this.match, this.state === "snapshot" ? this.pendingSnapshot : 0);
    this.#enter("probe");
    this.next = known + 1;
    this.#lowerSentCommit();
  }

  becomeReplicate(): void {
    this.#enter("replicate");
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.#enter("snapshot");
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.#sentCommit = index;
  }

  /** Notes an App with `count` entries from `next` on. Not for state `snapshot`. */
  noteSent(count: number, bytes: number): void {
    assert(this.state !== "snapshot", "R6: no App while a snapshot is under way");
    if (this.state === "probe") {
      if (count > 0) this.flowPaused = true;
      return;
    }
    if (count > 0) {
      this.next += count;
      this.inflights.add(this.next - 1, bytes);
    }
    // The App that fills the window is a probe: the next one waits for a sign of life.
    this.flowPaused = this.inflights.isFull;
  }

  noteSentCommit(commit: number): void {
    this.#sentCommit = commit;
  }

  /** Whether telling this commit index could move the member's, given what it was told before. */
  canRaiseCommit(commit: number): boolean {
    return commit > this.#sentCommit && this.#sentCommit < this.next - 1;
  }

  /** Takes an acknowledgement up to `index`; false when it says nothing new. */
  acknowledge(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.flowPaused = false;
    return true;
  }

  /**
   * Takes a rejection of the App that followed `rejected`; false when it is stale.
   *
   * @param hint the highest index at which the logs may agree: the next probe goes there
   */
  fallBack(rejected: number, hint: number): boolean {
    if (this.state === "replicate") {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
      this.#lowerSentCommit();
      return true;
    }
    // One probe at a time: an answer to another one is late.
    if (this.next - 1 !== rejected) return false;
    this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
    this.#lowerSentCommit();
    this.flowPaused = false;
    return true;
  }

  /** What was sent beyond `next` has probably not been taken in. */
  #lowerSentCommit(): void {
    this.#sentCommit = Math.min(this.#sentCommit, this.next - 1);
  }

  /** A copy for others to read. */
  view(): Progress {
    const { id, state, match, next, learner, paused, active, pendingSnapshot } = this;
    const { count: inflight, isFull: inflightFull } = this.inflights;
    const shown = { id, state, match, next, learner, paused, active, pendingSnapshot };
    return { ...shown, inflight, inflightFull };
  }
}
