// What the tests of the log share.
import { assert } from "#base/assert.ts";
import type { HardState, LogEntry } from "#format/index.ts";
import type { Ports } from "#ports/index.ts";
import { createLog, type Log, type LogConfig, openLog } from "./index.ts";

/** Small, so that short runs rotate. */
export const rigLogConfig: LogConfig = {
  directory: "log",
  segmentSizeBytes: 6 * 1024,
  cacheBytesMax: 600,
};

/** An entry whose data says which it is. */
export function rigEntry(index: number, term: number, sizeBytes = 40): LogEntry {
  const data = new Uint8Array(sizeBytes).fill(index * 31 + term);
  return { term, index, kind: index % 7 === 0 ? "conf" : "normal", data };
}

export function rigEntries(from: number, count: number, term: number, sizeBytes = 40): LogEntry[] {
  return Array.from({ length: count }, (_, i) => rigEntry(from + i, term, sizeBytes));
}

/** Opens the log, or makes it where there is none. */
export async function openRigLog(ports: Ports, config: LogConfig = rigLogConfig): Promise<Log> {
  const opened = await openLog(ports, config);
  if (opened.kind === "corrupt") throw opened.damage;
  return opened.kind === "intact" ? opened.log : createLog(ports, config);
}

/** All entries that the log has, from disk where they are not in memory. */
export async function readAll(log: Log): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  const end = log.lastIndex + 1;
  for (let next = log.firstIndex; next < end; next = (entries.at(-1)?.index ?? 0) + 1) {
    entries.push(...(await log.readEntries(next, end, 500)));
  }
  return entries;
}

/** What a log should hold: a state after each operation since the last that is surely durable. */
export interface ModelState {
  /** Of entry 1 and so on; what was let go of in front is kept here. */
  entries: readonly LogEntry[];
  hardState: HardState;
}

export const emptyModel: ModelState = { entries: [], hardState: { term: 0, vote: 0, commit: 0 } };

/** Whether the log holds just this state, from its own first entry on. */
export async function holds(log: Log, { entries, hardState }: ModelState): Promise<boolean> {
  const found = await readAll(log);
  const expected = entries.slice(log.firstIndex - 1);
  assert(log.hardState !== undefined, "a log has a hard state");
  return (
    sameHardState(log.hardState, hardState) &&
    log.lastIndex === entries.length &&
    found.length === expected.length &&
    found.every((entry, i) => sameEntry(entry, expected[i])) &&
    found.every(({ index, term }) => log.term(index) === term)
  );
}

function sameHardState(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote && a.commit === b.commit;
}

function sameEntry(a: LogEntry, b: LogEntry | undefined): boolean {
  return (
    b !== undefined &&
    a.index === b.index &&
    a.term === b.term &&
    a.kind === b.kind &&
    a.data.toHex() === b.data.toHex()
  );
}
