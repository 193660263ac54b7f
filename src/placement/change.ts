import { unreachable } from "#base/assert.ts";
import { activeMembers, type Member, type MemberState, widthFor } from "./member.ts";
import { planTable } from "./plan.ts";
import { narrowTable, type Table } from "./table.ts";

/** What the operator wants of the layout. */
export type LayoutChange =
  /** Members that have joined take shards. */
  | { kind: "grow"; nodes: readonly number[] }
  /** A member gives its shards away. */
  | { kind: "drain"; node: number }
  /** A member that gives its shards away, or has done so, takes shards again. */
  | { kind: "undrain"; node: number }
  /** A member that has joined takes the place of another. */
  | { kind: "replace"; from: number; to: number }
  /** Partitions get homes for more or fewer shards; at the same width, shares are made right. */
  | { kind: "resize"; width: number };

/** A member's state before a change and after it; the other way round where it is undone. */
export interface MemberStep {
  node: number;
  before: MemberState;
  after: MemberState;
}

/** What a change makes of which member. */
export function memberSteps(change: LayoutChange): MemberStep[] {
  switch (change.kind) {
    case "grow":
      return change.nodes.map((node) => ({ node, before: "joining", after: "up" }));
    case "drain":
      return [{ node: change.node, before: "up", after: "draining" }];
    case "undrain":
      return [{ node: change.node, before: "draining", after: "up" }];
    case "replace":
      return [
        { node: change.from, before: "up", after: "draining" },
        { node: change.to, before: "joining", after: "up" },
      ];
    case "resize":
      return [];
    default:
      return unreachable(change);
  }
}

/** What was made of a change, or why nothing was. */
export type Planned =
  | { kind: "planned"; steps: MemberStep[]; table: Table }
  /** A member is not in the state that the change begins from. */
  | { kind: "wrong-state"; node: number; state: MemberState | undefined }
  /** Too few members would be left for the rows: resize to this width first, and re-encode. */
  | { kind: "too-wide"; resizeTo: number }
  /** Who would have to come in has another index in an open table: let that be closed first. */
  | { kind: "no-room" };

/** What a change is planned from. */
export interface ChangeRequest {
  members: readonly Member[];
  /** The tables that are open, newest first. */
  open: readonly Table[];
  change: LayoutChange;
  /** There is no unit at all: nothing has to move, and nothing need stay. */
  isEmpty: boolean;
}

/** Makes the table that a change leads to. */
export function planChange({ members, open, change, isEmpty }: ChangeRequest): Planned {
  const steps = memberSteps(change);
  const after = new Map(members.map((member) => [member.id, member]));
  for (const { node, before, after: state } of steps) {
    const member = after.get(node);
    if (member?.state !== before) return { kind: "wrong-state", node, state: member?.state };
    after.set(node, { ...member, state });
  }
  const changed = [...after.values()];
  const activeCount = activeMembers(changed).length;
  const width = widthAfter(change, activeCount, open[0]?.width ?? 1);
  if (width > activeCount || width < 1) {
    return { kind: "too-wide", resizeTo: widthFor(activeCount) };
  }
  const [newest] = open;
  if (change.kind === "resize" && newest !== undefined && width < newest.width) {
    return { kind: "planned", steps, table: narrowTable(newest, width) };
  }
  const replace = change.kind === "replace" && !isEmpty ? change : undefined;
  const rebalance = change.kind === "resize";
  const kept = isEmpty ? [] : open;
  const table = planTable({ members: changed, width, open: kept, replace, rebalance });
  return table === undefined ? { kind: "no-room" } : { kind: "planned", steps, table };
}

function widthAfter(change: LayoutChange, activeCount: number, widthNow: number): number {
  if (change.kind === "resize") return change.width;
  // A table never gets narrower beside the moving of shards: indices could not stay what they are.
  return Math.max(widthFor(activeCount), widthNow);
}
