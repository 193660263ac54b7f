/**
 * Hands out something scarce in the order it was asked for: nobody is overtaken, so nobody starves.
 */
export class FairQueue {
  readonly #waiting: { attempt: () => boolean }[] = [];

  /** How many wait. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /**
   * Takes at once where nobody waits and `attempt` succeeds.
   *
   * @param attempt takes what is wanted, or gives undefined where there is not enough
   */
  tryTake<T>(attempt: () => T | undefined): T | undefined {
    return this.#waiting.length === 0 ? attempt() : undefined;
  }

  /**
   * Takes as soon as it is this one's turn and `attempt` succeeds.
   *
   * @param signal ends the wait
   * @throws the signal's reason when it is aborted first
   */
  async take<T>(attempt: () => T | undefined, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const taken = this.tryTake(attempt);
    return taken ?? (await this.#wait(attempt, signal));
  }

  /** To be called whenever something was given back. */
  wake(): void {
    while (this.#waiting[0]?.attempt() === true) this.#waiting.shift();
  }

  #wait<T>(attempt: () => T | undefined, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const turn = {
        attempt: (): boolean => {
          const taken = attempt();
          if (taken === undefined) return false;
          signal.removeEventListener("abort", leave);
          resolve(taken);
          return true;
        },
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(reasonOf(signal));
        // The next one may need less.
        this.wake();
      };
      this.#waiting.push(turn);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}
