import type { PeerFrame } from "./frames.ts";
import type { PeerFailureCode } from "#format/index.ts";
import { answerBytesMax, callsMax, reasonLengthMax } from "./limits.ts";
import { type FrameHandler, type PeerConnection, misplaced } from "./peer-connection.ts";
import { type CallHandler, PeerError, callBytesMax } from "./peers.ts";
import type { Services } from "./services.ts";

/** Answers the calls that come over one connection. */
export class ServedCalls implements FrameHandler {
  readonly #services: Services;
  readonly #connection: PeerConnection;
  /** Keeps track of what is being done, so that it can be waited for. */
  readonly #begin: (work: Promise<void>) => void;
  readonly #underWay = new Map<number, AbortController>();

  constructor(parts: {
    services: Services;
    connection: PeerConnection;
    begin: (work: Promise<void>) => void;
  }) {
    this.#services = parts.services;
    this.#connection = parts.connection;
    this.#begin = parts.begin;
  }

  receive(frame: PeerFrame, body: Uint8Array): void {
    if (frame.kind === "cancel") {
      this.#underWay.get(frame.value)?.abort(new PeerError("aborted", "the caller gave up"));
      return;
    }
    if (frame.kind !== "call") throw misplaced(frame);
    const { number, service } = frame.value;
    const handler = this.#services.forCalls(service);
    if (handler === undefined) return this.#fail(number, "refused", `nobody serves ${service}`);
    if (this.#underWay.size >= callsMax || this.#underWay.has(number)) {
      return this.#fail(number, "busy", "too many calls are under way here");
    }
    this.#begin(this.#serve(number, handler, body));
  }

  ended(error: PeerError): void {
    for (const work of this.#underWay.values()) work.abort(error);
  }

  async #serve(number: number, handler: CallHandler, body: Uint8Array): Promise<void> {
    const work = new AbortController();
    this.#underWay.set(number, work);
    try {
      const answer = await handler(this.#connection.node, body, work.signal);
      if (answer.length > callBytesMax) throw new Error("the answer is too long");
      this.#connection.send({ kind: "answer", value: number }, answer);
    } catch (error) {
      this.#fail(number, "refused", error instanceof Error ? error.message : String(error));
    } finally {
      this.#underWay.delete(number);
    }
    if (this.#connection.queuedBytes > answerBytesMax) {
      this.#connection.end(new PeerError("unreachable", "it takes no answers"));
    }
  }

  #fail(number: number, code: PeerFailureCode, reason: string): void {
    const value = { number, code, reason: reason.slice(0, reasonLengthMax) };
    this.#connection.send({ kind: "failure", value });
  }
}
