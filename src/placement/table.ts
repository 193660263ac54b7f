import { assert } from "#base/assert.ts";
import { partitionCount } from "#base/partition.ts";

/** Which node is home to which shard: partition x shard index -> node id. */
export interface Table {
  /** Shards that a partition has homes for. */
  readonly width: number;
  /** Partition by partition, index by index. */
  readonly homes: Uint32Array;
}

/** The homes of a partition, by shard index. */
export type Row = ArrayLike<number>;

/** The table in which one node is home to everything. */
export function foundingTable(node: number): Table {
  return { width: 1, homes: new Uint32Array(partitionCount).fill(node) };
}

/** A partition's homes. */
export function rowOf(table: Table, partition: number): Uint32Array {
  return table.homes.subarray(partition * table.width, (partition + 1) * table.width);
}

/** The same rows, cut to their first `width` homes. */
export function narrowTable(table: Table, width: number): Table {
  assert(width >= 1 && width <= table.width, "A2: a table is cut to fewer homes, not to more");
  const homes = new Uint32Array(partitionCount * width);
  for (let partition = 0; partition < partitionCount; partition++) {
    homes.set(rowOf(table, partition).subarray(0, width), partition * width);
  }
  return { width, homes };
}

/** How many cells each node holds, by node id. */
export function loadsOf(table: Table, width: number = table.width): Map<number, number> {
  const loads = new Map<number, number>();
  for (let partition = 0; partition < partitionCount; partition++) {
    for (const node of rowOf(table, partition).subarray(0, width)) {
      loads.set(node, (loads.get(node) ?? 0) + 1);
    }
  }
  return loads;
}

/** What a change of tables moves. */
export interface Moves {
  /** Cells of the new table whose home is another than before, or had none. */
  count: number;
  /** How many of them each node gains, by node id. */
  gained: Map<number, number>;
  /** How many cells of the old table each node loses, by node id. */
  lost: Map<number, number>;
}

/** What has to move from one table to another. */
export function movesBetween(from: Table, to: Table): Moves {
  const gained = new Map<number, number>();
  const lost = new Map<number, number>();
  let count = 0;
  for (let partition = 0; partition < partitionCount; partition++) {
    const before = rowOf(from, partition);
    const after = rowOf(to, partition);
    for (let index = 0; index < Math.max(from.width, to.width); index++) {
      const [old, home] = [before[index], after[index]];
      if (old === home) continue;
      if (home !== undefined) gained.set(home, (gained.get(home) ?? 0) + 1);
      if (old !== undefined) lost.set(old, (lost.get(old) ?? 0) + 1);
      if (home !== undefined) count++;
    }
  }
  return { count, gained, lost };
}
