import { assert } from "#base/assert.ts";
import type { Clock } from "#ports/index.ts";
import type { Deadlines } from "./deadlines.ts";
import type { PeerFrame } from "./frames.ts";
import { callBytesUnderWayMax, callsMax } from "./limits.ts";
import { type FrameHandler, type PeerConnection, misplaced } from "./peer-connection.ts";
import { PeerError, callBytesMax } from "./peers.ts";

interface PendingCall {
  readonly number: number;
  readonly service: string;
  readonly body: Uint8Array;
  readonly askedAtMs: number;
  isSent: boolean;
  /** Settles the call, once. */
  readonly settle: (outcome: Uint8Array | PeerError) => void;
}

/** How a call is to be asked. */
export interface CallOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** The calls under way to one node, over one connection after another. */
export class OutgoingCalls implements FrameHandler {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #deadlines: Deadlines;
  /** Told how long each answer, or each wait in vain, took. */
  readonly #onWaited: (waitedMs: number) => void;
  readonly #pending = new Map<number, PendingCall>();
  #connection: PeerConnection | undefined;
  #lastNumber = 0;
  #bytesUnderWay = 0;

  constructor(parts: {
    clock: Pick<Clock, "monotonicMs">;
    deadlines: Deadlines;
    onWaited: (waitedMs: number) => void;
  }) {
    this.#clock = parts.clock;
    this.#deadlines = parts.deadlines;
    this.#onWaited = parts.onWaited;
  }

  /** Asks once there is a connection. */
  ask(service: string, body: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    assert(body.length <= callBytesMax, "a call is at most callBytesMax long");
    const { timeoutMs, signal } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(new PeerError("aborted", "given up"));
      if (
        this.#pending.size >= callsMax ||
        this.#bytesUnderWay + body.length > callBytesUnderWayMax
      ) {
        return reject(new PeerError("busy", "too many calls are under way to the node"));
      }
      const number = ++this.#lastNumber;
      const onAbort = (): void => this.#giveUp(call, new PeerError("aborted", "given up"));
      const settle = (outcome: Uint8Array | PeerError): void => {
        if (!this.#pending.delete(number)) return;
        this.#bytesUnderWay -= body.length;
        deadline.cancel();
        signal?.removeEventListener("abort", onAbort);
        if (outcome instanceof PeerError) reject(outcome);
        else resolve(outcome);
      };
      const askedAtMs = this.#clock.monotonicMs();
      const call: PendingCall = { number, service, body, askedAtMs, isSent: false, settle };
      this.#pending.set(number, call);
      this.#bytesUnderWay += body.length;
      signal?.addEventListener("abort", onAbort, { once: true });
      const deadline = this.#deadlines.after(timeoutMs, () => {
        this.#onWaited(this.#clock.monotonicMs() - askedAtMs);
        this.#giveUp(call, new PeerError("timeout", `no answer in ${timeoutMs} ms`));
      });
      if (this.#connection !== undefined) this.#send(this.#connection, call);
    });
  }

  connected(connection: PeerConnection): void {
    assert(this.#connection === undefined, "calls go over one connection at a time");
    this.#connection = connection;
    for (const call of this.#pending.values()) this.#send(connection, call);
  }

  receive(frame: PeerFrame, body: Uint8Array): void {
    if (frame.kind === "answer") this.#answer(frame.value, body);
    else if (frame.kind === "failure") {
      const { number, code, reason } = frame.value;
      this.#answer(number, new PeerError(code, reason));
    } else throw misplaced(frame);
  }

  /** All calls fail: none is ever sent a second time. */
  ended(error: PeerError): void {
    this.#connection = undefined;
    for (const call of this.#pending.values()) call.settle(error);
  }

  #send(connection: PeerConnection, call: PendingCall): void {
    assert(!call.isSent, "Q4: a call is sent once");
    call.isSent = true;
    const { number, service, body } = call;
    connection.expect();
    connection.send({ kind: "call", value: { number, service } }, body);
  }

  /** An answer may come to a call that nobody waits for any more. */
  #answer(number: number, outcome: Uint8Array | PeerError): void {
    const call = this.#pending.get(number);
    if (call === undefined) return;
    this.#onWaited(this.#clock.monotonicMs() - call.askedAtMs);
    call.settle(outcome);
  }

  #giveUp({ number, isSent, settle }: PendingCall, error: PeerError): void {
    settle(error);
    if (isSent) this.#connection?.send({ kind: "cancel", value: number });
  }
}
