import type { ChangeLayout, CommandResult } from "#format/index.ts";
import {
  layoutOf,
  membersOf,
  nodesOf,
  profilesInUse,
  sessionOf,
  tablesOf,
  upkeepOf,
} from "#metadata/index.ts";
import { type LayoutChange, planChange } from "#placement/index.ts";
import { type Candidate, type NextChange, nextLayoutChange, replacedNodes } from "./layout-plan.ts";
import type { Replica } from "#replica/index.ts";
import type { MembershipParts } from "./membership.ts";

/** Takes the next step of the layout that nodes ask for which have come or gone, if any. */
export async function changeLayoutOnce(parts: MembershipParts): Promise<void> {
  const current = layoutOf(parts.replica.reader);
  if (current === undefined) return;
  const candidates = candidatesOf(parts);
  const isChanging = current.open.length > 1;
  const next = nextLayoutChange(candidates, { isChanging });
  // An operation has the layout to itself, and a pause is for everyone.
  const { operation, isPaused } = upkeepOf(parts.replica.reader);
  if (next !== undefined && (next.amends || (operation === undefined && !isPaused))) {
    await commitChange(parts, current.version, next);
    return;
  }
  const [replaced] = isChanging ? [] : replacedNodes(candidates);
  if (replaced !== undefined) await removeNode(parts, replaced);
}

function candidatesOf({ replica: { reader }, peers }: MembershipParts): readonly Candidate[] {
  return [...nodesOf(reader)]
    .filter(({ node }) => node.state !== "removed")
    .map(({ id, node }) => ({
      id,
      node,
      isServing: node.session !== undefined && sessionOf(reader, node.session) !== undefined,
      isDown: id !== peers.self && peers.liveness(id) === "down",
    }));
}

/**
 * Plans a change from what is there, and commits it.
 *
 * @returns why not, where it was not
 */
export async function commitChange(
  {
    ports,
    replica,
  }: Pick<MembershipParts, "ports"> & { replica: Pick<Replica, "propose" | "reader"> },
  baseVersion: number,
  { change, amends }: NextChange,
): Promise<string | undefined> {
  const { reader } = replica;
  const isEmpty = profilesInUse(reader).length === 0;
  const open = tablesOf(reader);
  const planned = planChange({ members: membersOf(reader), open, change, isEmpty });
  if (planned.kind !== "planned") {
    ports.trace.write("debug", "layoutNotPlanned", { change: change.kind, reason: planned.kind });
    return planned.kind;
  }
  const { width, homes } = planned.table;
  const { kind } = change;
  const nodes = namedNodes(change);
  const value: ChangeLayout = { baseVersion, kind, nodes, width, homes: [...homes], amends };
  const { outcome } = await replica.propose({ kind: "changeLayout", value });
  const isDone = outcome?.kind === "done";
  const reason = reasonOf(outcome);
  ports.trace.write(isDone ? "info" : "warn", isDone ? "layoutChanged" : "layoutNotChanged", {
    change: kind,
    nodes: nodes.join(" "),
    width,
    reason,
  });
  return reason;
}

/** The nodes that a change names, in the order in which its command does. */
function namedNodes(change: LayoutChange): number[] {
  if (change.kind === "grow") return [...change.nodes];
  if (change.kind === "replace") return [change.from, change.to];
  return change.kind === "resize" ? [] : [change.node];
}

/** Nothing is left of the node but its name: neither its keys nor its ids come again. */
async function removeNode({ ports, replica }: MembershipParts, node: number): Promise<void> {
  const { outcome } = await replica.propose({ kind: "removeNode", value: { node } });
  const isDone = outcome?.kind === "done";
  ports.trace.write(isDone ? "info" : "warn", isDone ? "nodeRemoved" : "nodeNotRemoved", {
    node,
    reason: reasonOf(outcome),
  });
}

function reasonOf(outcome: CommandResult["outcome"]): string | undefined {
  return outcome?.kind === "refusal" ? outcome.value.detail : undefined;
}
