import { check } from "#sim/check-error.ts";

/**
 * What is done exactly once: a write that was acknowledged, however often it was sent on its way,
 * made one version, which keeps its id; and an id is that of one version.
 */
export class VersionIds {
  readonly #names = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  /**
   * Notes that a version was seen.
   *
   * @param name tells what clients wrote apart
   * @throws CheckError
   */
  note(id: string, name: string): void {
    const knownName = this.#names.get(id) ?? name;
    const knownId = this.#ids.get(name) ?? id;
    check(knownId === id, "what was acknowledged once happened once", `${name}: ${knownId}, ${id}`);
    check(knownName === name, "a version's id is its own", `${id}: ${knownName}, ${name}`);
    this.#names.set(id, name);
    this.#ids.set(name, id);
  }

  /** What the version with this id was seen as. */
  nameOf(id: string): string | undefined {
    return this.#names.get(id);
  }
}
