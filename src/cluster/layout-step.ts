import type { ChangeLayout } from "#format/index.ts";
import {
  layoutOf,
  membersOf,
  nodesOf,
  profileCounts,
  sessionOf,
  tablesOf,
} from "#metadata/index.ts";
import { type LayoutChange, planChange } from "#placement/index.ts";
import type { MembershipParts } from "./membership.ts";

/**
 * Gives nodes that have come their part of the shards, all that wait at once, as soon as no other
 * change is under way.
 */
export async function changeLayoutOnce({ ports, replica, peers }: MembershipParts): Promise<void> {
  const { reader } = replica;
  const current = layoutOf(reader);
  if (current === undefined || current.open.length > 1) return;
  const ready = [...nodesOf(reader)].filter(({ id, node: { state, session } }) => {
    const isOpen = session !== undefined && sessionOf(reader, session) !== undefined;
    return state === "joining" && isOpen && peers.liveness(id) !== "down";
  });
  if (ready.length === 0) return;
  const change: LayoutChange = { kind: "grow", nodes: ready.map(({ id }) => id) };
  const isEmpty = [...profileCounts(reader)].every(({ units }) => units === 0);
  const planned = planChange({
    members: membersOf(reader),
    open: tablesOf(reader),
    change,
    isEmpty,
  });
  if (planned.kind !== "planned") return;
  const { width, homes } = planned.table;
  const value: ChangeLayout = {
    baseVersion: current.version,
    kind: "grow",
    nodes: [...change.nodes],
    width,
    homes: [...homes],
    amends: false,
  };
  const { outcome } = await replica.propose({ kind: "changeLayout", value });
  const isDone = outcome?.kind === "done";
  ports.trace.write(isDone ? "info" : "warn", isDone ? "layoutChanged" : "layoutNotChanged", {
    nodes: change.nodes.join(" "),
    width,
    reason: outcome?.kind === "refusal" ? outcome.value.detail : undefined,
  });
}
