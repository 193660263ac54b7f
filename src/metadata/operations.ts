import type {
  BeginOperation,
  ChangeLayout,
  CommandResult,
  EndOperation,
  Operation,
  PauseUpkeep,
  Refusal,
  Upkeep,
} from "#format/index.ts";
import { upkeepKey } from "./keyspace.ts";
import { type CurrentLayout, layoutOf } from "./layout.ts";
import { nodeOf } from "./queries.ts";
import type { Reader } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import { type Step, done, refusal, refused, resultOf } from "./step.ts";
import { upkeeps } from "./tables.ts";

/** What operators want of upkeep; nothing to begin with. */
export function upkeepOf(reader: Reader): Upkeep {
  return readRow(reader, upkeeps, upkeepKey) ?? { isPaused: false };
}

/** Applies BeginOperation: one at a time, and only as it was planned. */
export function beginOperation(step: Step, command: BeginOperation): CommandResult {
  const { baseVersion, kind, node, mayNarrow } = command;
  const current = layoutOf(step.batch);
  if (current === undefined) return refused("not-founded", "there is no cluster");
  const upkeep = upkeepOf(step.batch);
  if (upkeep.operation !== undefined) {
    return refused("operation-open", `${operationText(upkeep.operation)} is under way`);
  }
  if (baseVersion !== current.version) {
    return refused("layout-changed", `it is version ${current.version} by now`);
  }
  const fault = kind === "drain" ? drainRefusal(step.batch, node) : undefined;
  if (fault !== undefined) return resultOf(fault);
  if (current.open.length > 1 && !(kind === "drain" && isWayBack(current, node))) {
    return refused("transition-open", `${current.layout.kind} is under way`);
  }
  const operation: Operation = {
    logIndex: step.index,
    kind,
    node: kind === "drain" ? node : 0,
    mayNarrow,
    begunUnixMs: step.nowUnixMs,
  };
  step.batch.put(upkeeps, upkeepKey, { ...upkeep, operation });
  return done();
}

function drainRefusal(reader: Reader, node: number): Refusal | undefined {
  const state = nodeOf(reader, node)?.state;
  if (state === undefined) return refusal("no-such-node", String(node));
  return state === "up" ? undefined : refusal("wrong-node-state", `node ${node} is ${state}`);
}

/** Whether the open transition gives a node its shards back that were being moved away. */
function isWayBack({ layout, open }: CurrentLayout, node: number): boolean {
  const [only, ...others] = layout.steps;
  const isIt = only?.node === node && only.before === "draining" && only.after === "up";
  return open.length === 2 && others.length === 0 && isIt;
}

/** The node that the open transition gives its shards back to, if it does no more than that. */
export function returningNode(current: CurrentLayout): number | undefined {
  const node = current.layout.steps[0]?.node ?? 0;
  return isWayBack(current, node) ? node : undefined;
}

/** Applies EndOperation. */
export function endOperation(step: Step, { logIndex }: EndOperation): CommandResult {
  const upkeep = upkeepOf(step.batch);
  if (upkeep.operation?.logIndex !== logIndex) {
    return refused("no-operation", "it is over already");
  }
  step.batch.put(upkeeps, upkeepKey, { ...upkeep, operation: undefined });
  return done();
}

/** Applies PauseUpkeep. */
export function pauseUpkeep(step: Step, { isPaused }: PauseUpkeep): CommandResult {
  step.batch.put(upkeeps, upkeepKey, { ...upkeepOf(step.batch), isPaused });
  return done();
}

/** Why a layout change has to wait for an operation, unless it is one of its steps. */
export function operationRefusal(reader: Reader, command: ChangeLayout): Refusal | undefined {
  const { operation } = upkeepOf(reader);
  if (operation === undefined || command.amends || command.kind === "resize") return undefined;
  const isItsDrain = operation.kind === "drain" && command.kind === "drain";
  if (isItsDrain && command.nodes[0] === operation.node) return undefined;
  return refusal("operation-open", `${operationText(operation)} is under way`);
}

function operationText({ kind, node }: Operation): string {
  return kind === "drain" ? `a drain of node ${node}` : "an optimization";
}
