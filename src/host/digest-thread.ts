import { Worker } from "node:worker_threads";
import type { DigestAlgorithm } from "#ports/index.ts";

/** What a thread is told. Chunks of one stream come in order. */
export type ToThread =
  | { kind: "start"; stream: number; algorithms: readonly DigestAlgorithm[] }
  | { kind: "add"; stream: number; chunk: SharedArrayBuffer; length: number }
  | { kind: "finish"; stream: number }
  | { kind: "abandon"; stream: number };

/** What a thread answers: `added` for each `add`, in order. */
export type FromThread =
  | { kind: "added"; stream: number }
  | { kind: "finished"; stream: number; digests: [DigestAlgorithm, Uint8Array][] };

/** A stream that a thread hashes. */
export interface ThreadStream {
  /** Hashes the first `length` bytes of a chunk, which stays as it is until `done` is called. */
  add(chunk: SharedArrayBuffer, length: number, done: () => void): void;
  /** The digests of all that was added. */
  finish(): Promise<[DigestAlgorithm, Uint8Array][]>;
  abandon(): void;
}

interface StreamState {
  whenAdded: (() => void)[];
  finished: PromiseWithResolvers<[DigestAlgorithm, Uint8Array][]> | undefined;
  onFailure: (error: Error) => void;
}

/** A thread that hashes streams. It starts with the first one, and again if it has died. */
export class DigestThread {
  readonly #streams = new Map<number, StreamState>();
  #worker: Worker | undefined;
  #nextStream = 0;

  get streamCount(): number {
    return this.#streams.size;
  }

  /**
   * Starts a stream.
   *
   * @param onFailure told when the thread dies before the stream has its digests
   */
  start(algorithms: readonly DigestAlgorithm[], onFailure: (error: Error) => void): ThreadStream {
    const worker = this.#running();
    const stream = this.#nextStream++;
    const state: StreamState = { whenAdded: [], finished: undefined, onFailure };
    this.#streams.set(stream, state);
    worker.ref();
    const send = (message: ToThread): void => worker.postMessage(message, []);
    send({ kind: "start", stream, algorithms });
    return {
      add: (chunk, length, done) => {
        state.whenAdded.push(done);
        send({ kind: "add", stream, chunk, length });
      },
      finish: () => {
        state.finished = Promise.withResolvers();
        if (this.#streams.has(stream)) send({ kind: "finish", stream });
        else state.finished.reject(new Error("the hashing thread has died"));
        return state.finished.promise;
      },
      // The thread answers as if it had been finished, after the chunks before.
      abandon: () => send({ kind: "abandon", stream }),
    };
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL(import.meta.resolve("./digest-worker.ts")), {
      name: "digest",
    });
    this.#worker = worker;
    worker.on("message", (message: FromThread) => this.#receive(message));
    worker.on("error", (error: Error) => this.#die(worker, error));
    worker.on("exit", () => this.#die(worker, new Error("the hashing thread has ended")));
    worker.unref();
    return worker;
  }

  #receive(message: FromThread): void {
    const state = this.#streams.get(message.stream);
    if (message.kind === "added") state?.whenAdded.shift()?.();
    else {
      this.#forget(message.stream);
      state?.finished?.resolve(message.digests);
    }
  }

  #forget(stream: number): void {
    this.#streams.delete(stream);
    // An idle thread does not keep the process alive.
    if (this.#streams.size === 0) this.#worker?.unref();
  }

  #die(worker: Worker, error: Error): void {
    if (this.#worker === worker) this.#worker = undefined;
    for (const [stream, state] of this.#streams) {
      this.#streams.delete(stream);
      state.onFailure(error);
      state.finished?.reject(error);
    }
  }
}
