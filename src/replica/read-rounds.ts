import { equalBytes } from "#base/bytes.ts";
import type { Clock } from "#ports/index.ts";
import type { ReadState } from "#raft/index.ts";
import { ReplicaError } from "./replica-error.ts";

/** A round that was not granted by then is asked for again: a message was lost, in milliseconds. */
const retryMs = 300;

/** One who waits to read. */
class Waiting {
  readonly done: Promise<void>;
  readonly deadlineMs: number;
  readonly #resolve: () => void;
  readonly #reject: (error: ReplicaError) => void;
  readonly #signal: AbortSignal | undefined;
  #isSettled = false;

  constructor(deadlineMs: number, signal: AbortSignal | undefined) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.done = promise;
    this.deadlineMs = deadlineMs;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort);
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  resolve(): void {
    if (this.#settle()) this.#resolve();
  }

  fail(error: ReplicaError): void {
    if (this.#settle()) this.#reject(error);
  }

  readonly #onAbort = (): void => {
    const cause: unknown = this.#signal?.reason;
    this.fail(new ReplicaError("timeout", "the reader gave up", { cause }));
  };

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    return true;
  }
}

/** Read barriers: all that wait share the next round; then they wait for the entry it names. */
export class ReadRounds {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** Tells this boot's rounds from all others in the group. */
  readonly #seed: Uint8Array;
  #count = 0;
  /** For the next round. */
  #gathered: Waiting[] = [];
  #round: { number: number; readers: Waiting[]; startMs: number } | undefined;
  /** Granted, until the entry is applied. */
  #granted: { index: number; readers: Waiting[] }[] = [];

  /** @param seed eight bytes that nobody else has */
  constructor(clock: Pick<Clock, "monotonicMs">, seed: Uint8Array) {
    this.#clock = clock;
    this.#seed = seed;
  }

  get isIdle(): boolean {
    return this.#gathered.length === 0 && this.#round === undefined && this.#granted.length === 0;
  }

  /** Waits for a round that begins after the call, and for what it names to be applied. */
  wait(options: { timeoutMs: number; signal: AbortSignal | undefined }): Promise<void> {
    const deadlineMs = this.#clock.monotonicMs() + options.timeoutMs;
    const reader = new Waiting(deadlineMs, options.signal);
    this.#gathered.push(reader);
    return reader.done;
  }

  /** Waits for an entry that is known to be committed. */
  waitFor(
    index: number,
    options: { timeoutMs: number; signal: AbortSignal | undefined },
  ): Promise<void> {
    const deadlineMs = this.#clock.monotonicMs() + options.timeoutMs;
    const reader = new Waiting(deadlineMs, options.signal);
    this.#granted.push({ index, readers: [reader] });
    return reader.done;
  }

  /** The context of a round to ask for now, if there is one. */
  begin(): Uint8Array | undefined {
    const nowMs = this.#clock.monotonicMs();
    const lost = this.#round;
    if (lost !== undefined) {
      if (nowMs - lost.startMs < retryMs) return undefined;
      // Who waited for the lost one waits for this one, which begins later.
      this.#gathered = [...lost.readers, ...this.#gathered];
      this.#round = undefined;
    }
    const readers = this.#gathered.filter(({ isSettled }) => !isSettled);
    this.#gathered = [];
    if (readers.length === 0) return undefined;
    this.#round = { number: ++this.#count, readers, startMs: nowMs };
    return this.#contextOf(this.#count);
  }

  #contextOf(number: number): Uint8Array {
    const context = new Uint8Array(this.#seed.length + 8);
    context.set(this.#seed);
    new DataView(context.buffer).setFloat64(this.#seed.length, number);
    return context;
  }

  /** Takes what the core has granted. */
  grant(states: readonly ReadState[]): void {
    for (const { index, context } of states) {
      const round = this.#round;
      if (round === undefined) return;
      if (!equalBytes(context, this.#contextOf(round.number))) continue;
      this.#granted.push({ index, readers: round.readers });
      this.#round = undefined;
    }
  }

  /** Entries up to `index` are applied. */
  applied(index: number): void {
    if (this.#granted.length === 0) return;
    this.#granted = this.#granted.filter((granted) => {
      if (granted.index > index) return true;
      for (const reader of granted.readers) reader.resolve();
      return false;
    });
  }

  /** Tells those who have waited long enough. */
  expire(nowMs: number, hasLeader: boolean): void {
    const error = hasLeader
      ? new ReplicaError("timeout", "no read barrier in time")
      : new ReplicaError("not-leader", "nobody leads just now");
    for (const reader of this.#all()) if (reader.deadlineMs <= nowMs) reader.fail(error);
    this.#gathered = this.#gathered.filter(({ isSettled }) => !isSettled);
    this.#granted = this.#granted.filter(({ readers }) => readers.some((one) => !one.isSettled));
    if (this.#round?.readers.every(({ isSettled }) => isSettled) === true) this.#round = undefined;
  }

  /** The replica ends. */
  fail(error: ReplicaError): void {
    for (const reader of this.#all()) reader.fail(error);
    this.#gathered = [];
    this.#round = undefined;
    this.#granted = [];
  }

  #all(): Waiting[] {
    const granted = this.#granted.flatMap(({ readers }) => readers);
    return [...this.#gathered, ...(this.#round?.readers ?? []), ...granted];
  }
}
