import { unreachable } from "#base/assert.ts";
import type { OpenedLog } from "#storage/index.ts";
import type { BootDecision } from "./boot-decision.ts";
import { checkpointDirectory, logDirectory } from "./replica-config.ts";
import { BootRefusedError } from "./replica-error.ts";

const restore =
  "put back the missing or damaged files as they were when the node last ran (a copy of the " +
  "whole data directory, made while it was stopped), then start again. Nothing was changed";

const rejoin =
  "let the node join anew under a fresh Raft id: the others have it all, and its shelf is kept. " +
  "Nothing was changed";

type Refused = Extract<BootDecision, { kind: "refuse" }>;

/** What is wrong, where, and what it may have cost. */
interface Finding {
  path: string;
  finding: string;
  lostAtMost: string;
  cause?: unknown;
}

/** The error for a refusal: what is wrong, what would be lost at most, and what to do. */
export function refusalOf(
  decision: Refused,
  opened: OpenedLog,
  remedy: "restore" | "rejoin",
): BootRefusedError {
  const { reason } = decision;
  const nextStep = remedy === "restore" ? restore : rejoin;
  return new BootRefusedError({ reason, remedy, nextStep, ...findingOf(decision, opened) });
}

function findingOf(decision: Refused, opened: OpenedLog): Finding {
  const { reason } = decision;
  switch (reason) {
    case "all-missing":
      return {
        path: logDirectory,
        finding: "this node has kept data here, and neither log, store nor checkpoint is left",
        lostAtMost: "all metadata, and with it all objects",
      };
    case "log-missing":
      return {
        path: logDirectory,
        finding: "the log is missing, though the store or a checkpoint is here",
        lostAtMost: "the last acknowledged changes, those that only the log had",
      };
    case "log-corrupt": {
      const damage = opened.kind === "corrupt" ? opened.damage : undefined;
      return {
        path: damage?.path ?? logDirectory,
        finding: damage?.message ?? "the log is damaged",
        lostAtMost: `the acknowledged changes behind entry ${damage?.lastIntact.index ?? 0}`,
        cause: damage,
      };
    }
    case "log-behind-store":
    case "log-behind-checkpoint": {
      const { ahead } = decision;
      const last = opened.kind === "intact" ? opened.log.lastIndex : 0;
      const isStore = reason === "log-behind-store";
      return {
        path: logDirectory,
        finding:
          `the log ends with entry ${last}, but the ${isStore ? "store" : "newest checkpoint"} ` +
          `has entry ${ahead.index}: the log's end is gone`,
        lostAtMost: `the acknowledged changes behind entry ${isStore ? ahead.index : last}`,
      };
    }
    case "log-begins-too-late": {
      const first = opened.kind === "intact" ? opened.log.firstIndex : 0;
      return {
        path: checkpointDirectory,
        finding:
          `the store is lost, the log begins with entry ${first}, and no intact checkpoint ` +
          "reaches up to there",
        lostAtMost: `all that was written before entry ${first}`,
      };
    }
    default:
      return unreachable(reason);
  }
}
