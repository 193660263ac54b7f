/** Wakes a loop that has nothing to do; a ring while it is at work keeps it from falling asleep. */
export class Alarm {
  #isRung = false;
  #wake: PromiseWithResolvers<void> | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.resolve();
  }

  /** Forgets the rings so far: what they stood for is looked at now. */
  reset(): void {
    this.#isRung = false;
  }

  /** Resolves with the first ring since `reset`. */
  async rung(): Promise<void> {
    if (this.#isRung) return;
    this.#wake = Promise.withResolvers();
    await this.#wake.promise;
    this.#wake = undefined;
  }
}
