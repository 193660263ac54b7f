import type { Trace } from "#ports/index.ts";

/** What runs beside the requests until the node closes. */
export class Loops {
  /** Resolves with what one of them broke off with, if one does. */
  readonly failure: Promise<Error>;
  readonly #trace: Trace;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #tellFailure: (error: Error) => void;

  constructor(trace: Trace) {
    this.#trace = trace;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failure = promise;
    this.#tellFailure = resolve;
  }

  /** Runs a loop, which ends when its signal is aborted. */
  begin(name: string, loop: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#closing;
    const running = loop(signal).catch((error: unknown) => {
      if (signal.aborted) return;
      const failure = error instanceof Error ? error : new Error(String(error));
      this.#trace.write("error", "loopFailed", { name, reason: failure.message });
      this.#tellFailure(failure);
    });
    this.#running.push(running);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }
}
