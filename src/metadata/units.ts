import { assert } from "#base/assert.ts";
import { partitionOf } from "#base/partition.ts";
import type { NewUnit, Refusal, UnitId } from "#format/index.ts";
import {
  parseQueueKey,
  parseUnitKey,
  partitionCountKey,
  queueRange,
  skippedMarkKey,
  unitKey,
  unreferencedUnitKey,
} from "./keyspace.ts";
import { homesOf } from "./layout.ts";
import {
  graceMs,
  rootSizeBytes,
  shardCountMax,
  unitSizeBytesMax,
  unitsPerCommandMax,
  upkeepRowsMax,
} from "./limits.ts";
import { readRow } from "./state-batch.ts";
import { type Step, refusal } from "./step.ts";
import { partitionCounts, queueEntries, skippedMarks, units } from "./tables.ts";

/**
 * Says whether new units may be committed.
 *
 * @param sizeBytes what they must hold together
 * @returns why not, or undefined
 */
export function newUnitsRefusal(
  step: Step,
  newUnits: readonly NewUnit[],
  sizeBytes: number,
): Refusal | undefined {
  if (newUnits.length > unitsPerCommandMax) return refusal("invalid-command", "too many units");
  const seen = new Set<number>();
  let sum = 0;
  for (const unit of newUnits) {
    const fault = newUnitRefusal(step, unit);
    if (fault !== undefined) return fault;
    seen.add(unit.id.number);
    sum += unit.lengthBytes;
  }
  if (seen.size < newUnits.length) return refusal("invalid-command", "a unit is named twice");
  if (sum !== sizeBytes) return refusal("invalid-command", "the units do not make up the size");
  return undefined;
}

function newUnitRefusal(step: Step, unit: NewUnit): Refusal | undefined {
  const shape = shapeFault(unit);
  if (shape !== undefined) return refusal("invalid-command", shape);
  for (const id of [unit.id, unit.encoding.id]) {
    if (id.epoch !== step.session.epoch || id.session !== step.session.session) {
      return refusal("invalid-command", "a unit is another session's");
    }
    if (id.number < step.unitLowWater) return refusal("stale-number", "a unit is garbage by now");
  }
  if (readRow(step.batch, units, unitKey(unit.id)) !== undefined) {
    return refusal("invalid-command", "a unit was committed before");
  }
  const homes = homesOf(step.batch, partitionOf(unit.id));
  const areHomes = unit.homes.every((node, i) => node === homes[i]);
  return areHomes ? undefined : refusal("not-home", "a unit is not at its partition's homes");
}

function shapeFault({ encoding, ...unit }: NewUnit): string | undefined {
  const { k, m, roots } = encoding;
  const shards = k + m;
  if (k < 1 || shards > shardCountMax) return "a unit has an impossible profile";
  if (unit.lengthBytes < 1 || unit.lengthBytes > unitSizeBytesMax)
    return "a unit's length is wrong";
  if (encoding.sliceSizeBytes < 1) return "a unit's slices are empty";
  const hashes = [unit.contentRoot, ...roots];
  if (hashes.some((root) => root.length !== rootSizeBytes)) return "a root has a wrong length";
  if (roots.length !== shards) return "a unit lacks roots";
  if (unit.homes.length !== shards) return "a unit lacks homes";
  const { skipped } = unit;
  if (skipped.some((index, i) => index >= shards || index <= (skipped[i - 1] ?? -1))) {
    return "skipped shards are out of order";
  }
  // One loss must not take the unit, unless the profile has nothing to spare.
  const durableMin = Math.min(k + 1, shards);
  return shards - skipped.length < durableMin ? "too few shards are durable" : undefined;
}

/** Commits units that `newUnitsRefusal` let through, each with one reference. */
export function commitUnits(step: Step, newUnits: readonly NewUnit[]): void {
  for (const { id, lengthBytes, contentRoot, encoding, homes, skipped } of newUnits) {
    const partition = partitionOf(id);
    const row = { lengthBytes, contentRoot, encoding, references: 1, unreferencedUnixMs: 0 };
    step.batch.put(units, unitKey(id), row);
    count(step, { ...encoding, partition, units: 1, bytes: lengthBytes });
    for (const index of skipped) {
      const mark = skippedMarkKey(homes[index] ?? 0, partition);
      step.batch.put(skippedMarks, mark, { logIndex: step.index });
    }
  }
}

interface Growth {
  k: number;
  m: number;
  partition: number;
  units: number;
  bytes: number;
}

function count(step: Step, growth: Growth): void {
  const key = partitionCountKey(growth.k, growth.m, growth.partition);
  const before = readRow(step.batch, partitionCounts, key);
  const after = {
    units: (before?.units ?? 0) + growth.units,
    bytes: (before?.bytes ?? 0) + growth.bytes,
  };
  assert(after.units >= 0 && after.bytes >= 0, "M5: no count is below nothing");
  if (after.units === 0) step.batch.remove(key);
  else step.batch.put(partitionCounts, key, after);
}

/** One more segment names the unit, which is not forgotten yet. */
export function referenceUnit(step: Step, id: UnitId): void {
  const key = unitKey(id);
  const unit = readRow(step.batch, units, key);
  assert(unit !== undefined && unit.references > 0, "M4: what is named is there");
  step.batch.put(units, key, { ...unit, references: unit.references + 1 });
}

/** One segment less names the unit; with none left it waits to be forgotten. */
export function dereferenceUnit(step: Step, id: UnitId, sinceUnixMs: number): void {
  const key = unitKey(id);
  const unit = readRow(step.batch, units, key);
  assert(unit !== undefined && unit.references > 0, "M4: what is named is there");
  const references = unit.references - 1;
  const unreferencedUnixMs = references === 0 ? sinceUnixMs : 0;
  step.batch.put(units, key, { ...unit, references, unreferencedUnixMs });
  if (references === 0) step.batch.put(queueEntries, unreferencedUnitKey(sinceUnixMs, key), true);
}

/**
 * Drops rows of units that nothing has named for the grace period, the longest waiting first.
 *
 * @returns how many
 */
export function forgetUnits(step: Step, limit: number): number {
  const range = queueRange("x/g", step.nowUnixMs - graceMs);
  const due = [...step.batch.scan({ ...range, limit: Math.min(limit, upkeepRowsMax) })];
  for (const [queueKey] of due) {
    const entry = parseQueueKey(queueKey);
    assert(entry.kind === "row", "M4: units wait for being forgotten");
    const unit = readRow(step.batch, units, entry.key);
    assert(unit !== undefined && unit.references === 0, "M4: what waits is named by nothing");
    const { partition } = parseUnitKey(entry.key);
    count(step, { ...unit.encoding, partition, units: -1, bytes: -unit.lengthBytes });
    step.batch.remove(entry.key);
    step.batch.remove(queueKey);
  }
  return due.length;
}
