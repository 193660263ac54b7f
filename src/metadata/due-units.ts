import { assert } from "#base/assert.ts";
import type { UnitId } from "#format/index.ts";
import { parseQueueKey, parseUnitKey, queueRange } from "./keyspace.ts";
import { graceMs } from "./limits.ts";
import type { Reader } from "./reader.ts";

/**
 * The units that a ForgetUnits would drop, the longest waiting first.
 *
 * @param nowUnixMs the time that the command would be stamped with
 */
export function* dueUnits(reader: Reader, nowUnixMs: number, limit: number): Generator<UnitId> {
  const range = queueRange("x/g", nowUnixMs - graceMs);
  for (const [key] of reader.scan({ ...range, limit })) {
    const entry = parseQueueKey(key);
    assert(entry.kind === "row", "M4: units wait for being forgotten");
    yield parseUnitKey(entry.key).unit;
  }
}
