import type { Unit, UnitId } from "#format/index.ts";
import { homesOf, type Reader, unitOf } from "#metadata/index.ts";

/** What the state says, at the moment of the call, of where units are and go. */
export interface UnitDirectory {
  /** How a unit is kept now; undefined where it was forgotten. */
  unit(id: UnitId): Unit | undefined;
  /** The nodes of a partition by shard index; a unit of k + m shards takes the first k + m. */
  homes(partition: number): readonly number[];
}

/** The directory that the replicated state is. */
export function unitDirectory(reader: Reader): UnitDirectory {
  return {
    unit: (id) => unitOf(reader, id),
    homes: (partition) => homesOf(reader, partition),
  };
}
