import { partitionCount } from "#base/partition.ts";
import { clusterKey, layoutBlockKey, layoutKey } from "./keyspace.ts";
import { partitionsPerLayoutBlock } from "./limits.ts";
import type { Reader } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import type { Step } from "./step.ts";
import { clusters, layoutBlocks, layouts } from "./tables.ts";

/** Writes the first layout: one node is home to every partition. */
export function foundLayout(step: Step, version: number, node: number): void {
  step.batch.put(layouts, layoutKey(version), { logIndex: step.index, width: 1 });
  const homes = Array.from({ length: partitionsPerLayoutBlock }, () => node);
  for (let first = 0; first < partitionCount; first += partitionsPerLayoutBlock) {
    step.batch.put(layoutBlocks, layoutBlockKey(version, first), { homes });
  }
}

/**
 * The nodes that new shards of a partition go to, by shard index; a unit of k + m shards takes the
 * first k + m. None before the cluster is founded.
 */
export function homesOf(reader: Reader, partition: number): readonly number[] {
  const version = readRow(reader, clusters, clusterKey)?.layoutVersion;
  if (version === undefined) return [];
  const block = readRow(reader, layoutBlocks, layoutBlockKey(version, partition));
  if (block === undefined) return [];
  const width = block.homes.length / partitionsPerLayoutBlock;
  const first = (partition % partitionsPerLayoutBlock) * width;
  return block.homes.slice(first, first + width);
}
