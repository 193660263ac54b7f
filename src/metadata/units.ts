import { assert } from "#base/assert.ts";
import { partitionOf } from "#base/partition.ts";
import type { EncodingId, NewUnit, Refusal, Unit, UnitId } from "#format/index.ts";
import { closeIfOver } from "./change-layout.ts";
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
  const shape = shapeFault(unit) ?? encodingFault(unit);
  if (shape !== undefined) return refusal("invalid-command", shape);
  const fault = idRefusal(step, unit.id) ?? idRefusal(step, unit.encoding.id);
  if (fault !== undefined) return fault;
  if (readRow(step.batch, units, unitKey(unit.id)) !== undefined) {
    return refusal("invalid-command", "a unit was committed before");
  }
  return homesRefusal(step, partitionOf(unit.id), unit);
}

function shapeFault({ lengthBytes, contentRoot }: NewUnit): string | undefined {
  if (lengthBytes < 1 || lengthBytes > unitSizeBytesMax) return "a unit's length is wrong";
  return contentRoot.length === rootSizeBytes ? undefined : "a root has a wrong length";
}

/** Shards of one encoding, where they are and which of them are missing. */
type CodedUnit = Pick<NewUnit, "encoding" | "homes" | "skipped">;

/** What is wrong with an encoding by itself. */
export function encodingFault({ encoding, homes, skipped }: CodedUnit): string | undefined {
  const { k, m, roots } = encoding;
  const shards = k + m;
  if (k < 1 || shards > shardCountMax) return "a unit has an impossible profile";
  if (encoding.sliceSizeBytes < 1) return "a unit's slices are empty";
  if (roots.some((root) => root.length !== rootSizeBytes)) return "a root has a wrong length";
  if (roots.length !== shards) return "a unit lacks roots";
  if (homes.length !== shards) return "a unit lacks homes";
  if (skipped.some((index, i) => index >= shards || index <= (skipped[i - 1] ?? -1))) {
    return "skipped shards are out of order";
  }
  // One loss must not take the unit, unless the profile has nothing to spare.
  const durableMin = Math.min(k + 1, shards);
  return shards - skipped.length < durableMin ? "too few shards are durable" : undefined;
}

/** Why a unit's or an encoding's id cannot be taken. */
export function idRefusal(step: Step, id: UnitId | EncodingId): Refusal | undefined {
  if (id.epoch !== step.session.epoch || id.session !== step.session.session) {
    return refusal("stale-session", "a unit is of another session than its commit");
  }
  if (id.number >= step.unitLowWater) return undefined;
  return refusal("stale-number", "a unit is garbage by now");
}

/** Why shards cannot be taken as they were placed: the layout has moved on since. */
export function homesRefusal(
  step: Step,
  partition: number,
  { encoding, homes }: CodedUnit,
): Refusal | undefined {
  const row = homesOf(step.batch, partition);
  if (homes.some((node, index) => node !== row[index])) {
    return refusal("not-home", "a unit is not at its partition's homes");
  }
  // A lone node has no choice. Whoever it was alone for when it wrote has company by now.
  if (encoding.m === 0 && row.length > 1) return refusal("not-home", "one copy is not enough");
  return undefined;
}

/** Commits units that `newUnitsRefusal` let through, each with one reference. */
export function commitUnits(step: Step, newUnits: readonly NewUnit[]): void {
  for (const unit of newUnits) {
    const { id, lengthBytes, contentRoot, encoding } = unit;
    const partition = partitionOf(id);
    const row = { lengthBytes, contentRoot, encoding, references: 1, unreferencedUnixMs: 0 };
    step.batch.put(units, unitKey(id), row);
    count(step, { ...encoding, partition, units: 1, bytes: lengthBytes });
    markSkipped(step, partition, unit);
  }
}

/** Marks the nodes whose shards were skipped: they have to get them. */
export function markSkipped(step: Step, partition: number, { homes, skipped }: CodedUnit): void {
  for (const index of skipped) {
    const mark = skippedMarkKey(homes[index] ?? 0, partition);
    step.batch.put(skippedMarks, mark, { logIndex: step.index });
  }
}

/** What is counted of a profile and a partition. */
interface Growth {
  k: number;
  m: number;
  partition: number;
  units: number;
  bytes: number;
}

export function count(step: Step, growth: Growth): void {
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
 * Drops rows of units that nothing has named for the grace period, and encodings that were replaced
 * before it, the longest waiting first.
 *
 * @returns how many
 */
export function forgetUnits(step: Step, limit: number): number {
  const range = queueRange("x/g", step.nowUnixMs - graceMs);
  const due = [...step.batch.scan({ ...range, limit: Math.min(limit, upkeepRowsMax) })];
  let forgotten = 0;
  for (const [queueKey] of due) {
    // A unit that was dropped took its other entries with it.
    if (step.batch.get(queueKey) === undefined) continue;
    forgotten++;
    step.batch.remove(queueKey);
    const { key, sinceUnixMs } = unitEntry(queueKey);
    const unit = readRow(step.batch, units, key);
    assert(unit !== undefined, "M4: what waits has a row");
    if (isUnitOver(unit, sinceUnixMs)) dropUnit(step, key, unit);
    else dropReplaced(step, key, { unit, sinceUnixMs });
  }
  // The last unit that was too wide for the newest table may have gone with them.
  closeIfOver(step);
  return forgotten;
}

/** What an entry of the queue of units is about. */
export function unitEntry(queueKey: Uint8Array): { key: Uint8Array; sinceUnixMs: number } {
  const entry = parseQueueKey(queueKey);
  assert(entry.kind === "row", "M4: units wait for being forgotten");
  return entry;
}

/** Whether an entry since this time is for the unit as a whole, not for an encoding of it. */
export function isUnitOver({ references, unreferencedUnixMs }: Unit, sinceUnixMs: number): boolean {
  return references === 0 && unreferencedUnixMs === sinceUnixMs;
}

function dropUnit(step: Step, key: Uint8Array, unit: Unit): void {
  const { partition } = parseUnitKey(key);
  count(step, { ...unit.encoding, partition, units: -1, bytes: -unit.lengthBytes });
  step.batch.remove(key);
  for (const { sinceUnixMs } of unit.replaced?.encodings ?? []) {
    step.batch.remove(unreferencedUnitKey(sinceUnixMs, key));
  }
}

function dropReplaced(
  step: Step,
  key: Uint8Array,
  { unit, sinceUnixMs }: { unit: Unit; sinceUnixMs: number },
): void {
  const all = unit.replaced?.encodings ?? [];
  const encodings = all.filter((replaced) => replaced.sinceUnixMs > sinceUnixMs);
  assert(encodings.length < all.length, "M4: what waits was replaced");
  const replaced = encodings.length === 0 ? undefined : { encodings };
  step.batch.put(units, key, { ...unit, replaced });
}
