import { assert } from "#base/assert.ts";
import type { CallHandler, StreamHandler } from "./peers.ts";

/** Who serves what. */
export class Services {
  readonly #calls = new Map<string, CallHandler>();
  readonly #streams = new Map<string, StreamHandler>();
  #raft: ((from: number, message: Uint8Array) => void) | undefined;

  serve(service: string, handler: CallHandler): void {
    assert(!this.#calls.has(service), `one serves the calls of ${service}`);
    this.#calls.set(service, handler);
  }

  serveStream(service: string, handler: StreamHandler): void {
    assert(!this.#streams.has(service), `one serves the streams of ${service}`);
    this.#streams.set(service, handler);
  }

  onRaft(handler: (from: number, message: Uint8Array) => void): void {
    assert(this.#raft === undefined, "one gets the Raft messages");
    this.#raft = handler;
  }

  forCalls(service: string): CallHandler | undefined {
    return this.#calls.get(service);
  }

  forStreams(service: string): StreamHandler | undefined {
    return this.#streams.get(service);
  }

  /** A message that nobody is there for yet is dropped; Raft sends again. */
  raft(from: number, message: Uint8Array): void {
    this.#raft?.(from, message);
  }
}
