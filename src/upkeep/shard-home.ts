import type { ShardName, Unit } from "#format/index.ts";
import { type Reader, rowsOf, unitOf } from "#metadata/index.ts";
import { partitionOf } from "#base/partition.ts";
import { unitRow } from "#placement/index.ts";

/** Where a shard of a unit's encoding of now belongs. */
export interface ShardHome {
  readonly row: Unit;
  /** The node that it belongs to in the newest layout that has room for its unit. */
  readonly node: number;
  /** All nodes that it belongs to in a layout that is open, the newest first. */
  readonly nodes: readonly number[];
}

/** Undefined for a shard that its unit does not need: what becomes of it is reclaim's to say. */
export function homeOf(
  reader: Reader,
  { unit, encoding, index }: ShardName,
): ShardHome | undefined {
  const row = unitOf(reader, unit);
  if (row === undefined) return undefined;
  const { id, k, m } = row.encoding;
  const isOfNow =
    id.epoch === encoding.epoch && id.session === encoding.session && id.number === encoding.number;
  if (!isOfNow || index >= k + m) return undefined;
  const rows = rowsOf(reader, partitionOf(unit));
  const node = unitRow(rows, k + m)?.[index];
  if (node === undefined) return undefined;
  const nodes = rows.flatMap((homes) => homes[index] ?? []);
  return { row, node, nodes };
}
