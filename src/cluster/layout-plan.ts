import type { Node } from "#format/index.ts";
import type { LayoutChange } from "#placement/index.ts";

/** A node as the next change of the layout is decided by. */
export interface Candidate {
  readonly id: number;
  readonly node: Pick<Node, "state" | "replaces">;
  /** It has its state, so that it can take shards. */
  readonly isServing: boolean;
  readonly isDown: boolean;
}

/** A change of the layout, and whether it comes on top of one that is under way. */
export interface NextChange {
  readonly change: LayoutChange;
  readonly amends: boolean;
}

/**
 * What nodes that have come make of the layout: who came for another's place takes it, one after
 * another; the rest take their part, all that wait at once. A change that is under way is waited
 * for, but not by who takes the place of one that is down: that one may be waited for in vain.
 */
export function nextLayoutChange(
  candidates: readonly Candidate[],
  { isChanging }: { isChanging: boolean },
): NextChange | undefined {
  const byId = new Map(candidates.map((one) => [one.id, one]));
  const growing: number[] = [];
  for (const { id, node, isServing, isDown } of candidates) {
    if (node.state !== "joining" || !isServing || isDown) continue;
    const from = byId.get(node.replaces ?? 0);
    // Who gives its shards away already, or is gone, has no place to take over.
    if (from?.node.state !== "up") growing.push(id);
    else if (!isChanging || from.isDown) {
      return { change: { kind: "replace", from: from.id, to: id }, amends: isChanging };
    }
  }
  if (growing.length === 0 || isChanging) return undefined;
  return { change: { kind: "grow", nodes: growing }, amends: false };
}

/** The nodes whose places others have taken: they can go once nothing is under way. */
export function replacedNodes(candidates: readonly Candidate[]): readonly number[] {
  const taken = new Set(
    candidates.filter(({ node }) => node.state === "up").map(({ node }) => node.replaces),
  );
  return candidates
    .filter(({ id, node }) => node.state === "draining" && taken.has(id))
    .map(({ id }) => id);
}
