import type { CommandResult } from "#format/index.ts";
import { ReplicaError } from "./replica-error.ts";

/** What a proposer may say of its patience. */
export interface ProposeOptions {
  /** Gives up waiting. A command that is already in the log happens all the same. */
  signal?: AbortSignal | undefined;
  /** How long to wait for the answer, in milliseconds. Looked at a few times a second. */
  timeoutMs?: number | undefined;
}

/** One command on its way from its proposer into the log, and its answer on the way back. */
export class Proposal {
  /** The command's body, encoded. */
  readonly body: Uint8Array;
  readonly answer: Promise<CommandResult>;
  readonly deadlineMs: number;
  /** Drawn when it goes into the log. */
  number = 0;
  readonly #resolve: (result: CommandResult) => void;
  readonly #reject: (error: ReplicaError) => void;
  readonly #signal: AbortSignal | undefined;
  #state: "waiting" | "logged" | "settled" = "waiting";

  constructor(body: Uint8Array, deadlineMs: number, signal: AbortSignal | undefined) {
    const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
    this.body = body;
    this.answer = promise;
    this.deadlineMs = deadlineMs;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort);
  }

  /** Whether it still is to be put into the log. */
  get isWaiting(): boolean {
    return this.#state === "waiting";
  }

  get isSettled(): boolean {
    return this.#state === "settled";
  }

  /** It is in the log from now on. */
  enterLog(number: number): void {
    this.number = number;
    this.#state = "logged";
  }

  resolve(result: CommandResult): void {
    if (this.#settle()) this.#resolve(result);
  }

  /** Tells the proposer that it gets no result. */
  fail(code: "timeout" | "stopped" | "busy" | "refused", message: string, cause?: unknown): void {
    const mayStillHappen = this.#state === "logged" && code !== "busy" && code !== "refused";
    if (this.#settle()) this.#reject(new ReplicaError(code, message, { mayStillHappen, cause }));
  }

  readonly #onAbort = (): void => {
    this.fail("timeout", "the proposer gave up", this.#signal?.reason);
  };

  #settle(): boolean {
    if (this.#state === "settled") return false;
    this.#state = "settled";
    this.#signal?.removeEventListener("abort", this.#onAbort);
    return true;
  }
}
