import type { UnitId } from "#format/index.ts";
import { profileCounts, profilesInUse, type Reader, unitsOf } from "#metadata/index.ts";
import { aimOf, dueProfiles, targetOf } from "./reencode-target.ts";

/** Rows that one look takes in: some tens of milliseconds. */
const rowsPerLook = 4_000;

/**
 * Looks through all units, a stretch at a time, for one that is to be coded anew. It stays at the
 * first that it finds until that is done.
 */
export class DueScan {
  readonly #reader: Reader;
  /** Those that are left, the next one last. */
  #partitions: number[];
  #after: UnitId | undefined;

  constructor(reader: Reader) {
    this.#reader = reader;
    const partitions = new Set<number>();
    for (const profile of dueProfiles(profilesInUse(reader), aimOf(reader))) {
      for (const { partition } of profileCounts(reader, profile)) partitions.add(partition);
    }
    this.#partitions = [...partitions];
  }

  /** `none`: every unit has been looked at. `more`: look again, later. */
  look(): "due" | "more" | "none" {
    const aim = aimOf(this.#reader);
    for (let rows = 0; rows < rowsPerLook;) {
      const partition = this.#partitions.at(-1);
      if (partition === undefined) return "none";
      const limit = rowsPerLook - rows;
      let seen = 0;
      for (const { id, unit } of unitsOf(this.#reader, partition, { after: this.#after, limit })) {
        if (targetOf(unit, aim) !== undefined) return "due";
        this.#after = id;
        seen++;
      }
      rows += seen;
      if (seen < limit) {
        this.#partitions.pop();
        this.#after = undefined;
      }
    }
    return "more";
  }
}
