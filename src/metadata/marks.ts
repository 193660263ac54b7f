import { partitionCount } from "#base/partition.ts";
import type { ClearMarks, CommandResult } from "#format/index.ts";
import { parseSkippedMarkKey, rangeOf, skippedMarkKey } from "./keyspace.ts";
import type { Reader } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import { type Step, refused } from "./step.ts";
import { skippedMarks } from "./tables.ts";

/** A partition in which shards for a node were skipped, the last time by this index of the log. */
export interface Mark {
  partition: number;
  logIndex: number;
}

/** The marks of a node, in the order of the partitions: its walk goes there first. */
export function* marksOf(reader: Reader, node: number): Generator<Mark> {
  for (const [key, value] of reader.scan(rangeOf(skippedMarkKey(node, 0).subarray(0, -2)))) {
    const { logIndex } = skippedMarks.decode(value);
    yield { partition: parseSkippedMarkKey(key).partition, logIndex };
  }
}

/**
 * Applies ClearMarks. A mark that another commit has renewed stays: its shard came after the walk
 * began.
 */
export function clearMarks(step: Step, { node, marks }: ClearMarks): CommandResult {
  if (marks.length > partitionCount) return refused("invalid-command", "too many marks");
  let count = 0;
  for (const { partition, logIndex } of marks) {
    const key = skippedMarkKey(node, partition);
    if (readRow(step.batch, skippedMarks, key)?.logIndex !== logIndex) continue;
    step.batch.remove(key);
    count++;
  }
  return { outcome: { kind: "upkeepDone", value: { count } } };
}
