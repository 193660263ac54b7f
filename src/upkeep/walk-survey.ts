import type { UnitId } from "#format/index.ts";
import { type Reader, rowsOf, unitsOf } from "#metadata/index.ts";
import { type ObjectsContext, shardSizeOf } from "#objects/index.ts";
import { homesToTry, unitRow } from "#placement/index.ts";
import type { Shelf } from "#storage/index.ts";
import type { ShardToPull } from "./pull.ts";

/** Rows that are looked at in one synchronous stretch: a few milliseconds. */
export const rowsPerStretch = 256;

/** A shard that belongs here and is not here. */
export interface MissingShard extends ShardToPull {
  readonly sizeBytes: number;
  /** How many of the unit's other shards may be lost yet, as far as nodes that answer have them. */
  readonly spare: number;
  /** A node that answers has it by an older layout, as far as that node lacks nothing itself. */
  readonly isMove: boolean;
}

/** A stretch of a partition's units. */
export interface Stretch {
  readonly missing: readonly MissingShard[];
  readonly rowCount: number;
  /** Where the next stretch begins; undefined behind the last. */
  readonly after: UnitId | undefined;
}

/** What a survey compares. */
export interface SurveyContext {
  readonly self: number;
  readonly reader: Reader;
  readonly shelf: Pick<Shelf, "has">;
  readonly shards: Pick<ObjectsContext["shards"], "standing">;
}

/** Compares units of a partition with the shelf's index; no body is read. */
export function surveyStretch(
  { self, reader, shelf, shards }: SurveyContext,
  partition: number,
  after?: UnitId,
): Stretch {
  const rows = rowsOf(reader, partition);
  if (!rows.some((row) => row.includes(self)))
    return { missing: [], rowCount: 0, after: undefined };
  const missing: MissingShard[] = [];
  let rowCount = 0;
  let last: UnitId | undefined;
  for (const { id: unit, unit: row } of unitsOf(reader, partition, {
    after,
    limit: rowsPerStretch,
  })) {
    rowCount++;
    last = unit;
    const { id: encoding, k, m } = row.encoding;
    const shardCount = k + m;
    const homes = Array.from(unitRow(rows, shardCount) ?? []).slice(0, shardCount);
    const index = homes.indexOf(self);
    if (index === -1 || shelf.has({ unit, encoding, index })) continue;
    const holders = homesToTry(rows, { shardCount, index }).filter((node) => node !== self);
    const others = homes.filter((node) => node !== self && shards.standing(node) !== "down");
    const isMove = rows.some(
      (nodes) => nodes.length >= shardCount && isAnswering(nodes[index], { self, shards }),
    );
    const sizeBytes = shardSizeOf(row, index);
    missing.push({ unit, row, index, holders, sizeBytes, isMove, spare: others.length - k });
  }
  return { missing, rowCount, after: rowCount < rowsPerStretch ? undefined : last };
}

function isAnswering(
  node: number | undefined,
  { self, shards }: Pick<SurveyContext, "self" | "shards">,
): boolean {
  return node !== undefined && node !== self && shards.standing(node) !== "down";
}
