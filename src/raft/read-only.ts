import { toHex } from "#base/bytes.ts";
import type { Id, Message } from "./types.ts";

/** A read that waits for a quorum to confirm that its leader still leads. */
export interface PendingRead {
  readonly request: Message;
  readonly context: Uint8Array;
  /** The commit index when the read came in. */
  readonly index: number;
  readonly acks: Map<Id, boolean>;
}

/**
 * Reads that wait for their round of heartbeats, in the order they came in. A confirmed read
 * confirms all before it. Dissertation, section 6.4.
 */
export class ReadQueue {
  readonly #byContext = new Map<string, PendingRead>();

  /** Adds a read; one with the same context that waits already stands for both. */
  add(request: Message, context: Uint8Array, index: number): void {
    const key = toHex(context);
    if (this.#byContext.has(key)) return;
    this.#byContext.set(key, { request, context, index, acks: new Map() });
  }

  /** Notes that a member confirmed; gives all that did, or undefined if no such read waits. */
  acknowledge(id: Id, context: Uint8Array): ReadonlyMap<Id, boolean> | undefined {
    return this.#byContext.get(toHex(context))?.acks.set(id, true);
  }

  /** Takes out the read with this context and all that came in before it. */
  takeThrough(context: Uint8Array): PendingRead[] {
    const last = toHex(context);
    const taken: PendingRead[] = [];
    if (!this.#byContext.has(last)) return taken;
    for (const [key, read] of this.#byContext) {
      this.#byContext.delete(key);
      taken.push(read);
      if (key === last) break;
    }
    return taken;
  }

  /** The context of the newest read: its round confirms all. */
  newestContext(): Uint8Array | undefined {
    let newest: PendingRead | undefined;
    for (const read of this.#byContext.values()) newest = read;
    return newest?.context;
  }
}
