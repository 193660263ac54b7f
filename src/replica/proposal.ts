import type { CommandResult, SessionId } from "#format/index.ts";
import { ReplicaError, type ReplicaErrorCode } from "./replica-error.ts";

/** What a proposer may say of its patience. */
export interface ProposeOptions {
  /** Gives up waiting. A command that is already in the log happens all the same. */
  signal?: AbortSignal | undefined;
  /** How long to wait for the answer, in milliseconds. Looked at a few times a second. */
  timeoutMs?: number | undefined;
}

/**
 * One command on its way from its proposer into the log, and its answer on the way back:
 *
 *     waiting --> sent --> applied
 *                  | ^
 *                  v |   not known to be in the log of whoever leads now
 *                unsent
 */
export class Proposal {
  /** The command's body, encoded. */
  readonly body: Uint8Array;
  /** Names the command among those under way: its number, or what it opens. */
  readonly name: number | string | undefined;
  readonly answer: Promise<CommandResult>;
  readonly deadlineMs: number;
  /** Drawn when it is sent first; the same whenever it is sent again. */
  number = 0;
  /** That it bears, the same whenever it is sent again; none for what needs none. */
  session: SessionId | undefined;
  /** The term of the leader that has it in its log; 0 while there is none. */
  term = 0;
  /** How many snapshots had been installed when it was sent last. */
  installs = 0;
  readonly #resolve: (result: CommandResult) => void;
  readonly #reject: (error: ReplicaError) => void;
  readonly #signal: AbortSignal | undefined;
  #mayBeLogged = false;
  #mayBeOvertaken = false;
  #isSettled = false;

  constructor(
    command: { body: Uint8Array; name: string | undefined },
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
    this.body = command.body;
    this.name = command.name;
    this.answer = promise;
    this.deadlineMs = deadlineMs;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort);
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether it may be in somebody's log. */
  get mayBeLogged(): boolean {
    return this.#mayBeLogged;
  }

  /** Whether it may have been applied unseen: in a snapshot. */
  get mayBeOvertaken(): boolean {
    return this.#mayBeOvertaken;
  }

  /** A snapshot was installed. */
  noteInstalled(): void {
    this.#mayBeOvertaken ||= this.#mayBeLogged;
  }

  /** It may be in a log from now on. */
  noteSent(): void {
    this.#mayBeLogged = true;
  }

  /** The one it was sent to says that it is in no log of his; nobody else was sent it. */
  noteNotSent(): void {
    this.#mayBeLogged = false;
  }

  resolve(result: CommandResult): void {
    if (this.#settle()) this.#resolve(result);
  }

  /** Tells the proposer that it gets no result. */
  fail(code: ReplicaErrorCode, message: string, cause?: unknown): void {
    const mayStillHappen = this.#mayBeLogged && code !== "busy" && code !== "refused";
    if (this.#settle()) this.#reject(new ReplicaError(code, message, { mayStillHappen, cause }));
  }

  readonly #onAbort = (): void => {
    this.fail("timeout", "the proposer gave up", this.#signal?.reason);
  };

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    return true;
  }
}
