import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogPoint } from "#format/index.ts";
import {
  type BootDecision,
  type BootFindings,
  decideBoot,
  type LogCondition,
} from "./boot-decision.ts";

/** Entries up to 50 are of term 1, those behind of term 2. */
function at(index: number): LogPoint {
  return { index, term: index === 0 ? 0 : index <= 50 ? 1 : 2 };
}

function log(first: number, last: number): LogCondition {
  const previous = at(first - 1);
  const term = (index: number): number | undefined =>
    index >= previous.index && index <= last ? at(index).term : undefined;
  return { kind: "intact", previous, last: at(last), term };
}

const missing = { kind: "missing" } as const;
const corrupt = { kind: "corrupt" } as const;
const damaged = { kind: "damaged" } as const;
const intact = (index: number): { kind: "intact"; applied: LogPoint } => ({
  kind: "intact",
  applied: at(index),
});

interface Row {
  log: LogCondition;
  store: BootFindings["store"];
  checkpoints?: LogPoint[];
  cleanStop?: number;
  installing?: number;
  mayFound?: true;
  decision: string;
}

/** What each boot comes to: the decision's kind, with its reason or its checkpoint. */
const table: Row[] = [
  // The log is intact and the store too.
  { log: log(1, 100), store: intact(100), decision: "start" },
  { log: log(1, 100), store: intact(70), decision: "start" },
  { log: log(61, 100), store: intact(60), decision: "start" },
  { log: log(61, 100), store: intact(60), checkpoints: [at(80)], decision: "start" },
  { log: log(1, 0), store: missing, decision: "rebuild-from-log" },
  { log: log(1, 100), store: intact(100), mayFound: true, decision: "start" },
  // The store is lost.
  { log: log(1, 100), store: missing, decision: "rebuild-from-log" },
  { log: log(1, 100), store: damaged, decision: "rebuild-from-log" },
  {
    log: log(1, 100),
    store: damaged,
    checkpoints: [at(60)],
    decision: "rebuild-from-checkpoint 60",
  },
  {
    log: log(1, 100),
    store: missing,
    checkpoints: [at(60), at(30)],
    decision: "rebuild-from-checkpoint 60",
  },
  {
    log: log(31, 100),
    store: missing,
    checkpoints: [at(60), at(30)],
    decision: "rebuild-from-checkpoint 60",
  },
  {
    log: log(31, 100),
    store: damaged,
    checkpoints: [at(30)],
    decision: "rebuild-from-checkpoint 30",
  },
  {
    log: log(32, 100),
    store: damaged,
    checkpoints: [at(30)],
    decision: "refuse log-begins-too-late",
  },
  { log: log(31, 100), store: missing, decision: "refuse log-begins-too-late" },
  { log: log(31, 100), store: damaged, cleanStop: 100, decision: "refuse log-begins-too-late" },
  // The store is older than the log, or of another one.
  {
    log: log(31, 100),
    store: intact(20),
    checkpoints: [at(60)],
    decision: "rebuild-from-checkpoint 60",
  },
  { log: log(31, 100), store: intact(20), decision: "refuse log-begins-too-late" },
  {
    log: log(1, 100),
    store: { kind: "intact", applied: { index: 60, term: 9 } },
    decision: "rebuild-from-log",
  },
  // A checkpoint of another log is none.
  {
    log: log(31, 100),
    store: damaged,
    checkpoints: [{ index: 60, term: 9 }, at(40)],
    decision: "rebuild-from-checkpoint 40",
  },
  // The log's end is gone.
  { log: log(1, 100), store: intact(101), decision: "refuse log-behind-store" },
  { log: log(1, 0), store: intact(5), decision: "refuse log-behind-store" },
  {
    log: log(1, 100),
    store: intact(90),
    checkpoints: [at(101)],
    decision: "refuse log-behind-checkpoint",
  },
  {
    log: log(1, 100),
    store: missing,
    checkpoints: [at(101), at(60)],
    decision: "refuse log-behind-checkpoint",
  },
  // A checkpoint was taking the place of both.
  { log: log(1, 40), store: intact(60), installing: 60, decision: "reset-log" },
  { log: log(1, 100), store: intact(60), installing: 60, decision: "reset-log" },
  { log: corrupt, store: intact(60), installing: 60, decision: "reset-log" },
  { log: missing, store: intact(60), installing: 60, decision: "reset-log" },
  { log: log(1, 40), store: intact(40), installing: 60, decision: "start" },
  { log: log(1, 40), store: intact(41), installing: 60, decision: "refuse log-behind-store" },
  { log: log(1, 40), store: missing, installing: 60, decision: "rebuild-from-log" },
  // The log is gone.
  { log: missing, store: missing, mayFound: true, decision: "found" },
  { log: missing, store: missing, decision: "refuse all-missing" },
  { log: missing, store: missing, checkpoints: [at(60)], decision: "refuse log-missing" },
  {
    log: missing,
    store: missing,
    checkpoints: [at(60)],
    cleanStop: 60,
    decision: "refuse log-missing",
  },
  { log: missing, store: damaged, mayFound: true, decision: "refuse log-missing" },
  { log: missing, store: intact(100), decision: "refuse log-missing" },
  { log: missing, store: intact(100), mayFound: true, decision: "refuse log-missing" },
  { log: missing, store: intact(100), cleanStop: 100, decision: "reset-log" },
  { log: missing, store: intact(99), cleanStop: 100, decision: "refuse log-missing" },
  // The log is damaged.
  { log: corrupt, store: intact(100), decision: "refuse log-corrupt" },
  { log: corrupt, store: missing, checkpoints: [at(60)], decision: "refuse log-corrupt" },
  { log: corrupt, store: missing, mayFound: true, decision: "refuse log-corrupt" },
  { log: corrupt, store: intact(100), cleanStop: 100, decision: "reset-log" },
  { log: corrupt, store: intact(99), cleanStop: 100, decision: "refuse log-corrupt" },
  {
    log: corrupt,
    store: damaged,
    checkpoints: [at(100)],
    cleanStop: 100,
    decision: "refuse log-corrupt",
  },
];

function shown(decision: BootDecision): string {
  if (decision.kind === "refuse") return `refuse ${decision.reason}`;
  if (decision.kind !== "rebuild-from-checkpoint") return decision.kind;
  return `${decision.kind} ${decision.checkpoint.index}`;
}

test("R7 a boot is decided by this table", () => {
  for (const [
    row,
    { log, store, checkpoints = [], cleanStop, installing, mayFound, decision: expected },
  ] of table.entries()) {
    const decision = decideBoot({
      log,
      store,
      checkpoints,
      cleanStop: cleanStop === undefined ? undefined : at(cleanStop),
      mayFound: mayFound === true,
      installing: installing === undefined ? undefined : at(installing),
    });
    assert.equal(shown(decision), expected, `row ${row}`);
  }
});
