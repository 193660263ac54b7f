import type { Operation } from "#format/index.ts";
import type { LayoutChange, MemberState, Planned } from "#placement/index.ts";

/** What the next step of an operation is decided by. */
export interface OperationView {
  readonly operation: Operation;
  readonly isPaused: boolean;
  /** A transition is under way. */
  readonly isChanging: boolean;
  /** The node that the open transition gives its shards back to, if it does no more than that. */
  readonly returning: number | undefined;
  /** Of the node that drains. */
  readonly state: MemberState | undefined;
  /** Shares have been made right since the operation began. */
  readonly isResized: boolean;
  /** Shards that partitions should have homes for. */
  readonly width: number;
  plan(change: LayoutChange): Planned;
  /** Whether there are units to be coded anew. */
  hasDue(): boolean;
}

/** The next step of an operation. */
export type OperationStep =
  | { readonly kind: "change"; readonly change: LayoutChange }
  /** The open transition is turned round. */
  | { readonly kind: "undo" }
  | { readonly kind: "wait" }
  | { readonly kind: "end"; readonly reason: string };

const wait: OperationStep = { kind: "wait" };

function end(reason: string): OperationStep {
  return { kind: "end", reason };
}

/**
 * The next step of an operation, from what is there alone: whoever leads goes on with it.
 *
 * - A drain takes the node out of the table. Where too few are left for the table's width, the
 *   table is narrowed first, and stays open until the units are coded anew.
 * - An optimization makes shares right, and then waits for units to be coded anew.
 */
export function nextOperationStep(view: OperationView): OperationStep {
  const { operation, isPaused } = view;
  if (isPaused) return wait;
  return operation.kind === "drain" ? drainStep(view, operation) : optimizeStep(view);
}

function drainStep(view: OperationView, { node, mayNarrow }: Operation): OperationStep {
  const { state, isChanging, returning } = view;
  if (state !== "up" && state !== "draining") return end("the node is gone");
  if (isChanging) return state === "up" && returning === node ? { kind: "undo" } : wait;
  if (state === "draining") return end("the node is drained");
  const change: LayoutChange = { kind: "drain", node };
  const planned = view.plan(change);
  if (planned.kind === "planned") return { kind: "change", change };
  if (planned.kind !== "too-wide") return wait;
  const { resizeTo } = planned;
  if (!mayNarrow || resizeTo < 1) return end("too few nodes are left for the profile");
  return { kind: "change", change: { kind: "resize", width: resizeTo } };
}

function optimizeStep(view: OperationView): OperationStep {
  if (view.isChanging) return wait;
  const change: LayoutChange = { kind: "resize", width: view.width };
  if (!view.isResized && view.plan(change).kind === "planned") return { kind: "change", change };
  return view.hasDue() ? wait : end("everything is as it should be");
}
