// How long a leader may answer reads by itself. Dissertation, section 6.4.1.
import type { Tracker } from "./tracker.ts";
import type { Id } from "./types.ts";

/** Bytes that a heartbeat's context begins with: the tick at which it was sent. */
const stampBytes = 8;

/** Of clocks that go at rates no further apart than a tenth, the faster one's part of the wait. */
const clockRatio = 0.9;

/**
 * A leader's lease. A voter that hears from its leader helps nobody else to office for
 * `electionTick` ticks. It hears after the leader spoke, so the leader counts from when it spoke,
 * and less long: a first tick may come at once, and clocks drift. While a quorum is bound like
 * this, there is no other leader. That a quorum was heard from lately, as the check for a quorum
 * has it, is not enough: an answer may have been long on its way, and the check is twice as patient
 * as the voters are.
 */
export class Lease {
  readonly #lengthTicks: number;
  /** Ticks in office. */
  #now = 0;
  /** Where the log ended as each tick in office began. */
  readonly #ends: number[];
  /** When what a voter has heard was said at the earliest. */
  readonly #heard = new Map<Id, number>();
  #isGivenUp = false;

  /** @param lastIndex where the log ended when the leader took office */
  constructor(electionTick: number, lastIndex: number) {
    this.#lengthTicks = Math.floor((electionTick - 1) * clockRatio);
    this.#ends = [lastIndex];
  }

  tick(lastIndex: number): void {
    this.#now++;
    this.#ends.push(lastIndex);
    if (this.#ends.length > this.#lengthTicks) this.#ends.shift();
  }

  /**
   * The leader has asked someone to take over, who may do so at any time from now: this leader is
   * bound to ask a quorum from now on, as long as it leads.
   */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  /** A member has `index`, so it heard from this leader when that was already in the log. */
  noteAccepted(id: Id, index: number): void {
    const at = this.#ends.findLastIndex((end) => end < index);
    const since = at < 0 ? -Infinity : this.#now - (this.#ends.length - 1 - at);
    this.#heard.set(id, Math.max(since, this.#heard.get(id) ?? -Infinity));
  }

  /**
   * A member answered a heartbeat. It counts once the member has accepted entries of this term: an
   * answer may leave before the term is durable, and what is not durable a crash makes undone.
   */
  noteBeat(id: Id, context: Uint8Array): void {
    const before = this.#heard.get(id);
    if (before === undefined || context.length < stampBytes) return;
    const stamp = new DataView(context.buffer, context.byteOffset, stampBytes).getFloat64(0);
    if (stamp <= this.#now) this.#heard.set(id, Math.max(before, stamp));
  }

  /** The context for a heartbeat sent now, which may also ask to confirm a read. */
  stamped(read: Uint8Array | undefined): Uint8Array {
    const context = new Uint8Array(stampBytes + (read?.length ?? 0));
    new DataView(context.buffer).setFloat64(0, this.#now);
    if (read !== undefined) context.set(read, stampBytes);
    return context;
  }

  /** Whether nobody else can lead now. `self` leads, and so helps nobody else. */
  isHeld(tracker: Tracker, self: Id): boolean {
    if (this.#isGivenUp) return false;
    const since = this.#now - this.#lengthTicks;
    const bound = new Map<Id, boolean>();
    for (const [id, heard] of this.#heard) bound.set(id, heard > since);
    bound.set(self, true);
    return tracker.resultOf(bound) === "won";
  }
}

/** The read that an answer to a stamped heartbeat confirms. */
export function unstamped(context: Uint8Array): Uint8Array {
  return context.subarray(stampBytes);
}
