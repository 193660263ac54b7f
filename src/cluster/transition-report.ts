import { layoutOf, type Reader, transitionWait } from "#metadata/index.ts";

/** A layout whose shards are not all where it wants them. */
export interface TransitionReport {
  /** Nodes that have all of theirs. */
  readonly walkedCount: number;
  readonly nodeCount: number;
  /** Those that do not yet. */
  readonly waitingNodes: readonly number[];
  /** Shards a unit that must be coded anew first: the layout has no room for so many. */
  readonly waitingWidths: readonly number[];
}

/** What the open transition has come to; undefined where none is open. */
export function transitionReport(reader: Reader): TransitionReport | undefined {
  const current = layoutOf(reader);
  if (current === undefined || current.open.length === 1) return undefined;
  const { nodes, widths } = transitionWait(reader);
  const nodeCount = current.layout.awaited.length;
  return {
    walkedCount: nodeCount - nodes.length,
    nodeCount,
    waitingNodes: nodes,
    waitingWidths: widths,
  };
}
