/** An invariant of the program does not hold. The node stops rather than risk the data. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/**
 * Checks an invariant the code leans on; stays on in production.
 *
 * @param condition what must hold
 * @param message the invariant that is broken, with its number where it has one
 * @throws InvariantError when `condition` is false
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/**
 * Marks a place that a complete switch cannot reach; the compiler checks that nothing is left over.
 *
 * @throws InvariantError always
 */
export function unreachable(rest: never): never {
  throw new InvariantError(`unreachable: ${String(rest)}`);
}
