import { type Row, unitRow } from "#placement/index.ts";

/** What of a partition's shards is where, beyond its rows. */
export interface PartitionState {
  isUp(node: number): boolean;
  /** It has not looked through the partition since the rows changed: it may lack what is new. */
  awaits(node: number): boolean;
  /** Shards for it were skipped, and nobody knows of which units. */
  isMarked(node: number): boolean;
  /** The rows have changed places: what was being left is the aim again. */
  readonly isUndone: boolean;
}

/**
 * Where each shard of a partition's units may be: nodes that answer, of which any may be the only
 * one that has it. None where it is out of reach, or may be.
 *
 * @param rows the partition's rows in all open tables, newest first
 */
export function shardPlaces(
  rows: readonly Row[],
  shardCount: number,
  state: PartitionState,
): readonly (readonly number[])[] {
  const row = unitRow(rows, shardCount);
  const older = row === undefined ? [] : rows.slice(rows.indexOf(row) + 1);
  return Array.from({ length: shardCount }, (_, index) => {
    const home = row?.[index];
    if (home === undefined || state.isMarked(home)) return [];
    const before = older.map((one) => one[index]).filter((node) => node !== undefined);
    if (!state.awaits(home) || before.every((node) => node === home)) {
      return state.isUp(home) ? [home] : [];
    }
    // It is where it was, or has come already and is there no more.
    const sure = state.isUndone ? [home] : before;
    if (!sure.some((node) => state.isUp(node))) return [];
    return [...new Set([...before, home])].filter((node) => state.isUp(node));
  });
}
