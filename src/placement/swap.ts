import { partitionCount } from "#base/partition.ts";
import type { Draft } from "./draft.ts";
import { rowCost } from "./spread.ts";

/** Rounds of exchanges; each finds fewer, and a few find nearly all. */
const roundsMax = 8;

/**
 * Exchanges two members of a row where both are new to it and narrower widths are nearer to their
 * shares by it: it moves no more than before.
 */
export function swapWithinRows(draft: Draft): void {
  for (let round = 0; round < roundsMax; round++) {
    let swaps = 0;
    for (let partition = 0; partition < partitionCount; partition++) {
      for (let later = 1; later < draft.width; later++) {
        for (let earlier = 0; earlier < later; earlier++) {
          if (swap(draft, partition, { earlier, later })) swaps++;
        }
      }
    }
    if (swaps === 0) return;
  }
}

function swap(
  draft: Draft,
  partition: number,
  { earlier, later }: { earlier: number; later: number },
): boolean {
  const a = draft.at(partition, earlier);
  const b = draft.at(partition, later);
  if (!isNew(draft, partition, a) || !isNew(draft, partition, b)) return false;
  // Each width between the two loses a and gains b.
  let gain = 0;
  for (let width = earlier + 1; width <= later; width++) {
    gain += draft.prefixNeed(width, b) - draft.prefixNeed(width, a) - 1;
  }
  if (gain <= 0) return false;
  const before = rowCost(draft, partition);
  draft.set(partition, earlier, b);
  draft.set(partition, later, a);
  if (rowCost(draft, partition) <= before) return true;
  draft.set(partition, earlier, a);
  draft.set(partition, later, b);
  return false;
}

/** Whether a member stands in no open table's row, so that any index is as good to it. */
function isNew(draft: Draft, partition: number, member: number): boolean {
  return draft.open.every(({ width, cells }) => {
    for (let index = 0; index < width; index++) {
      if (cells[partition * width + index] === member) return false;
    }
    return true;
  });
}
