import type { Operation } from "#format/index.ts";
import { layoutOf, type Reader, upkeepOf } from "#metadata/index.ts";
import { AdminRefusedError } from "./admin.ts";
import { nodeText } from "./node-text.ts";

/** An operation, for people. */
export function operationText(
  reader: Reader,
  { kind, node }: Pick<Operation, "kind" | "node">,
): string {
  return kind === "drain" ? `a drain of ${nodeText(reader, node)}` : "an optimization";
}

const advice =
  "One at a time: wait for its end, which hamster cluster layout shows, or use hamster cluster abort.";

/**
 * Says whether something can be begun now; apply says so again.
 *
 * @param options.mayTurnRound an open transition is what it is about
 * @param options.deadNode it may go on top of what waits for this node
 * @throws AdminRefusedError
 */
export function refuseIfBusy(
  reader: Reader,
  { mayTurnRound, deadNode }: { mayTurnRound: boolean; deadNode?: number | undefined },
): void {
  const { operation } = upkeepOf(reader);
  const current = layoutOf(reader);
  const isChanging = (current?.open.length ?? 1) > 1;
  if (isChanging && deadNode !== undefined) return;
  if (operation !== undefined) {
    throw new AdminRefusedError(`${operationText(reader, operation)} is under way`, advice);
  }
  if (isChanging && !mayTurnRound) {
    throw new AdminRefusedError(`a ${current?.layout.kind} is under way`, advice);
  }
}
