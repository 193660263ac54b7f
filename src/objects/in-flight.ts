/**
 * A few promises under way at once. The first failure is kept and told; none is left unobserved.
 */
export class InFlight {
  readonly #countMax: number;
  readonly #tasks = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /**
   * Adds a task, which has begun.
   *
   * @returns resolves when there is room for another
   * @throws the first failure so far
   */
  async add(task: Promise<unknown>): Promise<void> {
    const observed: Promise<void> = task.then(
      () => void this.#tasks.delete(observed),
      (error: unknown) => {
        this.#failure ??= { error };
        this.#tasks.delete(observed);
      },
    );
    this.#tasks.add(observed);
    while (this.#tasks.size >= this.#countMax) await Promise.race(this.#tasks);
    this.#throwFailure();
  }

  /**
   * Resolves when all tasks have succeeded.
   *
   * @throws the first failure, once all have ended
   */
  async finish(): Promise<void> {
    await this.settle();
    this.#throwFailure();
  }

  /** Resolves when all tasks have ended, one way or the other. */
  async settle(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
