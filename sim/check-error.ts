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
 * @param details what was found instead; a function where it costs something to say
 * @throws CheckError
 */
export function check(
  condition: boolean,
  promise: string,
  details: string | (() => string),
): asserts condition {
  if (condition) return;
  throw new CheckError(promise, typeof details === "string" ? details : details());
}
