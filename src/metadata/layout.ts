import { assert } from "#base/assert.ts";
import { partitionCount } from "#base/partition.ts";
import type { Layout, OpenTable } from "#format/index.ts";
import { foundingTable, type Table } from "#placement/index.ts";
import { clusterKey, layoutBlockKey, layoutBlocksRange, layoutKey } from "./keyspace.ts";
import { partitionsPerLayoutBlock } from "./limits.ts";
import type { Reader } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import type { Step } from "./step.ts";
import { clusters, layoutBlocks, layouts } from "./tables.ts";

/** Writes the first layout: one node is home to every partition. */
export function foundLayout(step: Step, version: number, node: number): void {
  const table = foundingTable(node);
  writeTable(step, version, table);
  step.batch.put(layouts, layoutKey(version), {
    logIndex: step.index,
    width: table.width,
    open: [],
    kind: "found",
    steps: [],
    awaited: [],
    begunUnixMs: 0,
    isUndone: false,
  });
}

/** Writes a table's homes as those of a layout version. */
export function writeTable(step: Step, version: number, table: Table): void {
  for (let first = 0; first < partitionCount; first += partitionsPerLayoutBlock) {
    const from = first * table.width;
    const homes = [...table.homes.subarray(from, from + partitionsPerLayoutBlock * table.width)];
    step.batch.put(layoutBlocks, layoutBlockKey(version, first), { homes });
  }
}

/** Removes the homes of a layout version. */
export function dropTable(step: Step, version: number): void {
  const keys = [...step.batch.scan(layoutBlocksRange(version))].map(([key]) => key);
  for (const key of keys) step.batch.remove(key);
}

/** The newest layout. */
export interface CurrentLayout {
  version: number;
  layout: Layout;
  /** The tables that are open, newest first; more than one while a transition is. */
  open: readonly OpenTable[];
}

/** The newest layout; undefined before the cluster is founded. */
export function layoutOf(reader: Reader): CurrentLayout | undefined {
  const version = readRow(reader, clusters, clusterKey)?.layoutVersion;
  if (version === undefined) return undefined;
  const layout = readRow(reader, layouts, layoutKey(version));
  assert(layout !== undefined, "M10: the newest layout has a head");
  const open = layout.open.length > 0 ? layout.open : [{ version, width: layout.width }];
  return { version, layout, open };
}

/**
 * The nodes that new shards of a partition go to, by shard index; a unit of k + m shards takes the
 * first k + m. None before the cluster is founded.
 */
export function homesOf(reader: Reader, partition: number): readonly number[] {
  const newest = layoutOf(reader)?.open[0];
  return newest === undefined ? [] : homesIn(reader, newest, partition);
}

/** A partition's homes in all open tables, newest first: shards may be at any of them. */
export function rowsOf(reader: Reader, partition: number): (readonly number[])[] {
  const open = layoutOf(reader)?.open ?? [];
  return open.map((table) => homesIn(reader, table, partition));
}

function homesIn(reader: Reader, { version, width }: OpenTable, partition: number): number[] {
  const first = (partition % partitionsPerLayoutBlock) * width;
  return blockAt(reader, version, partition).slice(first, first + width);
}

/** The homes of the partitions in the block of one. */
function blockAt(reader: Reader, version: number, partition: number): readonly number[] {
  const block = readRow(reader, layoutBlocks, layoutBlockKey(version, partition));
  assert(block !== undefined, "M10: an open table has all its homes");
  return block.homes;
}

/** The tables that are open, whole, newest first. */
export function tablesOf(reader: Reader): Table[] {
  return (layoutOf(reader)?.open ?? []).map(({ version, width }) => {
    const homes = new Uint32Array(partitionCount * width);
    for (let first = 0; first < partitionCount; first += partitionsPerLayoutBlock) {
      homes.set(blockAt(reader, version, first), first * width);
    }
    return { width, homes };
  });
}
