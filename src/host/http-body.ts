import type { IncomingMessage } from "node:http";
import { kib } from "#base/bytes.ts";
import { freeMemory } from "./free-memory.ts";

/** Bytes that may wait for the handler before the client is made to wait. */
const waitingSizeBytesMax: number = 256 * kib;

/** The client went away, or fell silent, before the body it had declared was there. */
export class BodyCutShortError extends Error {
  override readonly name = "BodyCutShortError";
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The body of a request as the gateway pulls it. Node's own async iterator costs several times as
 * much; this one hands on what the parser gave, and pauses the socket while too much waits. A chunk
 * may be used until the next is asked for, and no longer.
 */
export class RequestBody implements AsyncIterableIterator<Uint8Array> {
  readonly #message: IncomingMessage;
  #onFirstPull: (() => void) | undefined;
  #state: "unpulled" | "flowing" | "ended" | "failed" = "unpulled";
  #failure: Error | undefined;
  #chunks: Uint8Array[] = [];
  /** What was handed on last: it is used no more when the next is asked for. */
  #given: Uint8Array | undefined;
  #waitingSizeBytes = 0;
  #receivedSizeBytes = 0;
  #isPaused = false;
  #pull: PromiseWithResolvers<IteratorResult<Uint8Array, undefined>> | undefined;

  /** @param onFirstPull called before the first byte is asked for: it tells the client to go on */
  constructor(message: IncomingMessage, onFirstPull: (() => void) | undefined) {
    this.#message = message;
    this.#onFirstPull = onFirstPull;
  }

  /** Whether the handler waits for the client. */
  get isAwaited(): boolean {
    return this.#pull !== undefined;
  }

  /** How many bytes have come, handed on or not. */
  get receivedSizeBytes(): number {
    return this.#receivedSizeBytes;
  }

  /** Whether bytes were asked for. */
  get isPulled(): boolean {
    return this.#state !== "unpulled";
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#state === "unpulled") this.#start();
    this.#freeGiven();
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#given = chunk;
      this.#waitingSizeBytes -= chunk.length;
      if (this.#isPaused && this.#waitingSizeBytes === 0) {
        this.#isPaused = false;
        this.#message.resume();
      }
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#state === "ended") return Promise.resolve(done);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#pull = Promise.withResolvers();
    return this.#pull.promise;
  }

  /** The handler wants no more of it. What is left is the listener's to drain or to cut off. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#state !== "failed") this.#stop("ended");
    this.#pull?.resolve(done);
    this.#pull = undefined;
    return Promise.resolve(done);
  }

  /** Ends it with an error, for the handler and for any later pull. */
  fail(error: Error): void {
    if (this.#state === "ended" || this.#state === "failed") return;
    this.#stop("failed");
    this.#failure = error;
    this.#pull?.reject(error);
    this.#pull = undefined;
  }

  /** Gives memory back that the parser made for one chunk alone. */
  #freeGiven(): void {
    const given = this.#given;
    if (given === undefined) return;
    this.#given = undefined;
    freeMemory(given);
  }

  #start(): void {
    this.#state = "flowing";
    this.#message.on("data", this.#onData);
    this.#message.on("end", this.#onEnd);
    this.#onFirstPull?.();
    this.#onFirstPull = undefined;
  }

  #stop(state: "ended" | "failed"): void {
    if (this.#state === "flowing") {
      this.#message.off("data", this.#onData);
      this.#message.off("end", this.#onEnd);
      this.#message.pause();
    }
    this.#state = state;
    this.#chunks = [];
  }

  readonly #onData = (chunk: Buffer): void => {
    // A plain array: a Buffer's slice would be a view.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#receivedSizeBytes += bytes.length;
    if (this.#pull !== undefined) {
      this.#given = bytes;
      this.#pull.resolve({ done: false, value: bytes });
      this.#pull = undefined;
      return;
    }
    this.#chunks.push(bytes);
    this.#waitingSizeBytes += bytes.length;
    if (this.#waitingSizeBytes >= waitingSizeBytesMax && !this.#isPaused) {
      this.#isPaused = true;
      this.#message.pause();
    }
  };

  readonly #onEnd = (): void => {
    this.#state = "ended";
    this.#pull?.resolve(done);
    this.#pull = undefined;
  };
}
