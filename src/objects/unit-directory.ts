import { partitionOf } from "#base/partition.ts";
import type { ShardName, Unit, UnitId } from "#format/index.ts";
import { homesOf, nodesOf, type Reader, rowsOf, unitOf } from "#metadata/index.ts";

/** What the state says, at the moment of the call, of where units are and go. */
export interface UnitDirectory {
  /** How a unit is kept now; undefined where it was forgotten. */
  unit(id: UnitId): Unit | undefined;
  /** The nodes of a partition by shard index; a unit of k + m shards takes the first k + m. */
  homes(partition: number): readonly number[];
  /** The nodes that may have the shards of an index, by the newest layout first. */
  holders(partition: number, index: number): readonly number[];
  /** All nodes. */
  members(): readonly number[];
}

/** The directory that the replicated state is. */
export function unitDirectory(reader: Reader): UnitDirectory {
  return {
    unit: (id) => unitOf(reader, id),
    homes: (partition) => homesOf(reader, partition),
    holders: (partition, index) => {
      const nodes = rowsOf(reader, partition).map((homes) => homes[index]);
      return [...new Set(nodes)].filter((node) => node !== undefined);
    },
    members: () =>
      [...nodesOf(reader)].flatMap(({ id, node }) => (node.state === "removed" ? [] : [id])),
  };
}

/** Whether a shard is one that its unit is kept by, and belongs on a node by any open layout. */
export function isHomeOf(
  units: Pick<UnitDirectory, "holders" | "unit">,
  { node, name }: { node: number; name: ShardName },
): boolean {
  const id = units.unit(name.unit)?.encoding.id;
  const { epoch, session, number } = name.encoding;
  if (id?.epoch !== epoch || id.session !== session || id.number !== number) return false;
  return units.holders(partitionOf(name.unit), name.index).includes(node);
}
