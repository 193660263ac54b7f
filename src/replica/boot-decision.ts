import type { LogPoint } from "#format/index.ts";

/** What was found of the log. */
export type LogCondition =
  | {
      kind: "intact";
      /** The entry before the first that is there. */
      previous: LogPoint;
      last: LogPoint;
      /** The term of an entry from `previous` to `last`; undefined elsewhere. */
      term: (index: number) => number | undefined;
    }
  | { kind: "missing" }
  | { kind: "corrupt" };

/** What was found of the store. An empty one counts as missing. */
export type StoreCondition =
  | { kind: "intact"; applied: LogPoint }
  | { kind: "missing" }
  | { kind: "damaged" };

/** All that a boot is decided by. */
export interface BootFindings {
  log: LogCondition;
  store: StoreCondition;
  /** The checkpoints that are there, newest first. */
  checkpoints: readonly LogPoint[];
  /** The log's last entry at the end of the last run, if that run ended cleanly. */
  cleanStop: LogPoint | undefined;
  /** The owner says that nothing was ever kept here. */
  mayFound: boolean;
  /** A checkpoint was being put in the place of store and log when the last run ended. */
  installing: LogPoint | undefined;
}

/** What a boot does. */
export type BootDecision =
  /** Nothing is there, and nothing should be: begin. */
  | { kind: "found" }
  /** Go on from the store; replay the log behind it. */
  | { kind: "start" }
  /**
   * The log is lost, but the last run ended cleanly and the store has all of it; or a checkpoint
   * has taken the place of the store, and the log is still the old one: begin a new log behind the
   * store.
   */
  | { kind: "reset-log" }
  /** Make a new store of this checkpoint; replay the log behind it. */
  | { kind: "rebuild-from-checkpoint"; checkpoint: LogPoint }
  /** Make a new store of nothing but the log, which is complete. */
  | { kind: "rebuild-from-log" }
  | { kind: "refuse"; reason: "all-missing" | "log-missing" | "log-corrupt" }
  /** The store or a checkpoint has entries that the log lacks, and maybe more were lost. */
  | { kind: "refuse"; reason: "log-behind-store" | "log-behind-checkpoint"; ahead: LogPoint }
  /** Nothing that is there reaches from the beginning to the log. */
  | { kind: "refuse"; reason: "log-begins-too-late" };

/**
 * Decides what a node boots on. The log is the truth: what it may have lost cannot be known to be
 * complete, unless the last run ended cleanly and the store says it has all of it. A member whose
 * log may be incomplete must not vote by its Raft id again.
 */
export function decideBoot(findings: BootFindings): BootDecision {
  const { log } = findings;
  if (isInstalled(findings)) return { kind: "reset-log" };
  if (log.kind !== "intact") return decideWithoutLog(findings, log.kind);
  const { store, checkpoints } = findings;
  const ahead = checkpoints.find(({ index }) => index > log.last.index);
  if (ahead !== undefined) return { kind: "refuse", reason: "log-behind-checkpoint", ahead };
  if (store.kind === "intact") {
    if (store.applied.index > log.last.index) {
      return { kind: "refuse", reason: "log-behind-store", ahead: store.applied };
    }
    if (log.term(store.applied.index) === store.applied.term) return { kind: "start" };
    // Too old for this log, or of another one: as good as none.
  }
  const checkpoint = checkpoints.find(({ index, term }) => log.term(index) === term);
  if (checkpoint !== undefined) return { kind: "rebuild-from-checkpoint", checkpoint };
  if (log.previous.index === 0) return { kind: "rebuild-from-log" };
  return { kind: "refuse", reason: "log-begins-too-late" };
}

function isInstalled({ store, installing }: BootFindings): boolean {
  if (store.kind !== "intact" || installing === undefined) return false;
  const { index, term } = store.applied;
  return index === installing.index && term === installing.term;
}

function decideWithoutLog(findings: BootFindings, log: "missing" | "corrupt"): BootDecision {
  const { store, checkpoints, cleanStop, mayFound } = findings;
  if (store.kind === "intact" && cleanStop !== undefined) {
    const { index, term } = store.applied;
    if (index === cleanStop.index && term === cleanStop.term) return { kind: "reset-log" };
  }
  if (log === "corrupt") return { kind: "refuse", reason: "log-corrupt" };
  const isEmpty = store.kind === "missing" && checkpoints.length === 0;
  if (!isEmpty) return { kind: "refuse", reason: "log-missing" };
  return mayFound ? { kind: "found" } : { kind: "refuse", reason: "all-missing" };
}
