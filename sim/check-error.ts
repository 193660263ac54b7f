/** A simulated run broke a promise of the store. */
export class CheckError extends Error {
  override readonly name: string = "CheckError";
  /** The promise, in short. */
  readonly promise: string;

  constructor(promise: string, details: string) {
    super(`${promise}: ${details}`);
    this.promise = promise;
  }
}

/**
 * Checks a promise of the store from outside.
 *
 * @throws CheckError
 */
export function check(condition: boolean, promise: string, details: string): asserts condition {
  if (!condition) throw new CheckError(promise, details);
}
