import type { Proposal } from "./proposal.ts";

/** What a command takes in the log besides its body, in bytes; no less than it really does. */
export const envelopeSizeBytes = 96;

/** Commands that wait to be put into the log, in order, and how many bytes they have. */
export class ProposalQueue {
  #waiting: Proposal[] = [];
  #head = 0;
  #bytes = 0;

  /** The bytes of what waits; what was given up counts until it is passed over. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#head === this.#waiting.length;
  }

  push(proposal: Proposal): void {
    this.#waiting.push(proposal);
    this.#bytes += sizeOf(proposal);
  }

  /** The bytes of the oldest; 0 where none waits. */
  get nextBytes(): number {
    const next = this.#waiting[this.#head];
    return next === undefined ? 0 : sizeOf(next);
  }

  /** Takes the oldest that still wait: as many as the limits allow, one in any case. */
  take(limits: { countMax: number; bytesMax: number }): Proposal[] {
    const taken: Proposal[] = [];
    let bytes = 0;
    while (taken.length < limits.countMax) {
      const proposal = this.#waiting[this.#head];
      if (proposal === undefined) break;
      if (taken.length > 0 && bytes + sizeOf(proposal) > limits.bytesMax) break;
      this.#head++;
      this.#bytes -= sizeOf(proposal);
      if (proposal.isSettled) continue;
      bytes += sizeOf(proposal);
      taken.push(proposal);
    }
    if (this.isEmpty) {
      this.#waiting = [];
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }

  /** Forgets all that wait. */
  clear(): void {
    this.#waiting = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  /** All that wait, oldest first. */
  *[Symbol.iterator](): Generator<Proposal> {
    for (let i = this.#head; i < this.#waiting.length; i++) {
      const proposal = this.#waiting[i];
      if (proposal !== undefined) yield proposal;
    }
  }
}

function sizeOf({ body }: Proposal): number {
  return body.length + envelopeSizeBytes;
}
