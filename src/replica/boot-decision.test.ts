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
  mayFound?: true;
  then: string;
}

/** What each boot comes to: the decision's kind, with its reason or its checkpoint. */
const table: Row[] = [
  // The log is intact and the store too.
  { log: log(1, 100), store: intact(100), then: "start" },
  { log: log(1, 100), store: intact(70), then: "start" },
  { log: log(61, 100), store: intact(60), then: "start" },
  { log: log(61, 100), store: intact(60), checkpoints: [at(80)], then: "start" },
  { log: log(1, 0), store: missing, then: "rebuild-from-log" },
  { log: log(1, 100), store: intact(100), mayFound: true, then: "start" },
  // The store is lost.
  { log: log(1, 100), store: missing, then: "rebuild-from-log" },
  { log: log(1, 100), store: damaged, then: "rebuild-from-log" },
  { log: log(1, 100), store: damaged, checkpoints: [at(60)], then: "rebuild-from-checkpoint 60" },
  {
    log: log(1, 100),
    store: missing,
    checkpoints: [at(60), at(30)],
    then: "rebuild-from-checkpoint 60",
  },
  {
    log: log(31, 100),
    store: missing,
    checkpoints: [at(60), at(30)],
    then: "rebuild-from-checkpoint 60",
  },
  { log: log(31, 100), store: damaged, checkpoints: [at(30)], then: "rebuild-from-checkpoint 30" },
  { log: log(32, 100), store: damaged, checkpoints: [at(30)], then: "refuse log-begins-too-late" },
  { log: log(31, 100), store: missing, then: "refuse log-begins-too-late" },
  { log: log(31, 100), store: damaged, cleanStop: 100, then: "refuse log-begins-too-late" },
  // The store is older than the log, or of another one.
  {
    log: log(31, 100),
    store: intact(20),
    checkpoints: [at(60)],
    then: "rebuild-from-checkpoint 60",
  },
  { log: log(31, 100), store: intact(20), then: "refuse log-begins-too-late" },
  {
    log: log(1, 100),
    store: { kind: "intact", applied: { index: 60, term: 9 } },
    then: "rebuild-from-log",
  },
  // A checkpoint of another log is none.
  {
    log: log(31, 100),
    store: damaged,
    checkpoints: [{ index: 60, term: 9 }, at(40)],
    then: "rebuild-from-checkpoint 40",
  },
  // The log's end is gone.
  { log: log(1, 100), store: intact(101), then: "refuse log-behind-store" },
  { log: log(1, 0), store: intact(5), then: "refuse log-behind-store" },
  {
    log: log(1, 100),
    store: intact(90),
    checkpoints: [at(101)],
    then: "refuse log-behind-checkpoint",
  },
  {
    log: log(1, 100),
    store: missing,
    checkpoints: [at(101), at(60)],
    then: "refuse log-behind-checkpoint",
  },
  // The log is gone.
  { log: missing, store: missing, mayFound: true, then: "found" },
  { log: missing, store: missing, then: "refuse all-missing" },
  { log: missing, store: missing, checkpoints: [at(60)], then: "refuse log-missing" },
  {
    log: missing,
    store: missing,
    checkpoints: [at(60)],
    cleanStop: 60,
    then: "refuse log-missing",
  },
  { log: missing, store: damaged, mayFound: true, then: "refuse log-missing" },
  { log: missing, store: intact(100), then: "refuse log-missing" },
  { log: missing, store: intact(100), mayFound: true, then: "refuse log-missing" },
  { log: missing, store: intact(100), cleanStop: 100, then: "reset-log" },
  { log: missing, store: intact(99), cleanStop: 100, then: "refuse log-missing" },
  // The log is damaged.
  { log: corrupt, store: intact(100), then: "refuse log-corrupt" },
  { log: corrupt, store: missing, checkpoints: [at(60)], then: "refuse log-corrupt" },
  { log: corrupt, store: missing, mayFound: true, then: "refuse log-corrupt" },
  { log: corrupt, store: intact(100), cleanStop: 100, then: "reset-log" },
  { log: corrupt, store: intact(99), cleanStop: 100, then: "refuse log-corrupt" },
  {
    log: corrupt,
    store: damaged,
    checkpoints: [at(100)],
    cleanStop: 100,
    then: "refuse log-corrupt",
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
    { log, store, checkpoints = [], cleanStop, mayFound, then },
  ] of table.entries()) {
    const decision = decideBoot({
      log,
      store,
      checkpoints,
      cleanStop: cleanStop === undefined ? undefined : at(cleanStop),
      mayFound: mayFound === true,
    });
    assert.equal(shown(decision), then, `row ${row}`);
  }
});
