import { assert } from "#base/assert.ts";
import { partitionCount } from "#base/partition.ts";
import { type Row, rowOf, type Table } from "./table.ts";

/** Tables that may be open at once: more would leave reads too many places to try. */
export const openTablesMax = 4;

/** A version of the layout: what it places by, and what is not closed yet. */
export interface Layout<T> {
  readonly version: number;
  /** Newest first; one where no transition is open. */
  readonly open: readonly T[];
}

/** A new table goes on top. */
export function openTransition<T>({ version, open }: Layout<T>, table: T): Layout<T> {
  assert(open.length < openTablesMax, "A2: at most four tables are open");
  return { version: version + 1, open: [table, ...open] };
}

/** Only the newest table is left. */
export function closeTransition<T>({ version, open }: Layout<T>): Layout<T> {
  return { version, open: open.slice(0, 1) };
}

/** The two tables change places: what was being left is the aim again. Nothing is computed. */
export function undoTransition<T>({ version, open }: Layout<T>): Layout<T> {
  const [newest, older, ...more] = open;
  assert(newest !== undefined && older !== undefined, "A2: there is a transition to undo");
  assert(more.length === 0, "A2: a transition that was amended is not undone");
  return { version: version + 1, open: [older, newest] };
}

/**
 * The nodes that a transition waits for: whoever is to hold a shard that any open table gives to
 * another.
 *
 * @param open the tables, newest first
 */
export function awaitedNodes(open: readonly Table[]): Set<number> {
  const awaited = new Set<number>();
  const [newest, ...older] = open;
  if (newest === undefined) return awaited;
  for (let partition = 0; partition < partitionCount; partition++) {
    const before = older.map((table) => rowOf(table, partition));
    for (const [index, node] of rowOf(newest, partition).entries()) {
      if (before.some((row) => row[index] !== node)) awaited.add(node);
    }
  }
  return awaited;
}

/**
 * Where a unit's shards belong: the newest row that has room for all of them. A unit wider than
 * the newest table stays wholly at an older one.
 *
 * @param rows the rows of its partition in all open tables, newest first
 */
export function unitRow(rows: readonly Row[], shardCount: number): Row | undefined {
  return rows.find((row) => row.length >= shardCount);
}

/**
 * The nodes that may hold a unit's shard, in the order in which to ask them: where it belongs, then
 * the other tables' homes, newest first.
 */
export function homesToTry(
  rows: readonly Row[],
  { shardCount, index }: { shardCount: number; index: number },
): number[] {
  const belongs = unitRow(rows, shardCount);
  const homes = new Set<number>();
  for (const row of belongs === undefined ? rows : [belongs, ...rows]) {
    const home = row[index];
    if (home !== undefined) homes.add(home);
  }
  return [...homes];
}
