import { assert } from "#base/assert.ts";
import type { Encoding, UnitId } from "#format/index.ts";
import { parseUnitKey, queueRange } from "./keyspace.ts";
import { graceMs } from "./limits.ts";
import { encodingsOf } from "./queries.ts";
import type { Reader } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import { units } from "./tables.ts";
import { isUnitOver, unitEntry } from "./units.ts";

/** A way a unit was kept that nothing will name any more. */
export interface DueEncoding {
  unit: UnitId;
  encoding: Encoding;
}

/**
 * The encodings that a ForgetUnits would drop, the longest waiting first.
 *
 * @param nowUnixMs the time that the command would be stamped with
 * @param limit units and encodings that the command would drop
 */
export function* dueEncodings(
  reader: Reader,
  nowUnixMs: number,
  limit: number,
): Generator<DueEncoding> {
  const range = queueRange("x/g", nowUnixMs - graceMs);
  for (const [queueKey] of reader.scan({ ...range, limit })) {
    const { key, sinceUnixMs } = unitEntry(queueKey);
    const row = readRow(reader, units, key);
    assert(row !== undefined, "M4: what waits has a row");
    const { unit } = parseUnitKey(key);
    const isOver = isUnitOver(row, sinceUnixMs);
    const over = (row.replaced?.encodings ?? []).filter((one) => one.sinceUnixMs <= sinceUnixMs);
    const encodings = isOver ? encodingsOf(row) : over.map(({ encoding }) => encoding);
    for (const encoding of encodings) yield { unit, encoding };
  }
}
