import { unreachable } from "#base/assert.ts";
import type { OpenedLog } from "#storage/index.ts";
import type { BootDecision } from "./boot-decision.ts";
import { checkpointDirectory, logDirectory } from "./replica-config.ts";
import { BootRefusedError } from "./replica-error.ts";

const restore =
  "put back the missing or damaged files as they were when the node last ran (a copy of the " +
  "whole data directory, made while it was stopped), then start again. Nothing was changed";

/** The error for a refusal: what is wrong, what would be lost at most, and what to do. */
export function refusalOf(
  decision: Extract<BootDecision, { kind: "refuse" }>,
  opened: OpenedLog,
): BootRefusedError {
  const { reason } = decision;
  switch (reason) {
    case "all-missing":
      return new BootRefusedError({
        reason,
        path: logDirectory,
        finding: "this node has kept data here, and neither log, store nor checkpoint is left",
        lostAtMost: "all metadata, and with it all objects",
        nextStep: restore,
      });
    case "log-missing":
      return new BootRefusedError({
        reason,
        path: logDirectory,
        finding: "the log is missing, though the store or a checkpoint is here",
        lostAtMost: "the last acknowledged changes, those that only the log had",
        nextStep: restore,
      });
    case "log-corrupt": {
      const damage = opened.kind === "corrupt" ? opened.damage : undefined;
      return new BootRefusedError({
        reason,
        path: damage?.path ?? logDirectory,
        finding: damage?.message ?? "the log is damaged",
        lostAtMost: `the acknowledged changes behind entry ${damage?.lastIntact.index ?? 0}`,
        nextStep: restore,
        cause: damage,
      });
    }
    case "log-behind-store":
    case "log-behind-checkpoint": {
      const { ahead } = decision;
      const last = opened.kind === "intact" ? opened.log.lastIndex : 0;
      const isStore = reason === "log-behind-store";
      return new BootRefusedError({
        reason,
        path: logDirectory,
        finding:
          `the log ends with entry ${last}, but the ${isStore ? "store" : "newest checkpoint"} ` +
          `has entry ${ahead.index}: the log's end is gone`,
        lostAtMost: `the acknowledged changes behind entry ${isStore ? ahead.index : last}`,
        nextStep: restore,
      });
    }
    case "log-begins-too-late": {
      const first = opened.kind === "intact" ? opened.log.firstIndex : 0;
      return new BootRefusedError({
        reason,
        path: checkpointDirectory,
        finding:
          `the store is lost, the log begins with entry ${first}, and no intact checkpoint ` +
          "reaches up to there",
        lostAtMost: `all that was written before entry ${first}`,
        nextStep: restore,
      });
    }
    default:
      return unreachable(reason);
  }
}
