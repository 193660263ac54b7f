import { partitionCount } from "#base/partition.ts";
import { type Draft, nobody } from "./draft.ts";

/** So many cells a member may be ahead of an even pace while a column is filled. */
const aheadMax = 1;

/**
 * Fills the empty cells, column by column. Of the members that spread the row best, the one that
 * the partition prefers is taken, as long as it does not run ahead of its quota.
 *
 * @returns whether there was somebody for every cell
 */
export function fillDraft(draft: Draft): boolean {
  for (let index = 0; index < draft.width; index++) {
    const empty: number[] = [];
    for (let partition = 0; partition < partitionCount; partition++) {
      if (draft.at(partition, index) === nobody) empty.push(partition);
    }
    if (empty.length > 0 && !fillColumn(draft, index, empty)) return false;
  }
  return true;
}

function fillColumn(draft: Draft, index: number, empty: readonly number[]): boolean {
  const needs = draft.members.map((_, member) =>
    Math.max(Math.min(draft.prefixNeed(index + 1, member), draft.need(member)), 0),
  );
  const given = new Int32Array(draft.members.length);
  for (const [filled, partition] of empty.entries()) {
    const urgencyOf = (member: number): Urgency => {
      const need = needs[member] ?? 0;
      const own = given[member] ?? 0;
      const pace = need * (filled + 1) + aheadMax * empty.length;
      if (own < need) return (own + 1) * empty.length <= pace ? 0 : 1;
      return draft.need(member) > 0 ? 2 : 3;
    };
    const member = choose(draft, { partition, index, urgencyOf });
    if (member === nobody) return false;
    draft.set(partition, index, member);
    given[member] = (given[member] ?? 0) + 1;
  }
  return true;
}

/** 0: behind its pace; 1: ahead of it; 2: has its share of this column; 3: has all there are. */
type Urgency = 0 | 1 | 2 | 3;

/** The best member for a cell: by spread, then by urgency, then by the partition's preference. */
function choose(
  draft: Draft,
  cell: { partition: number; index: number; urgencyOf: (member: number) => Urgency },
): number {
  const { partition, index, urgencyOf } = cell;
  const seat = draft.seat(partition, index);
  let best = nobody;
  let bestCost = Number.MAX_SAFE_INTEGER;
  let bestUrgency: Urgency = 3;
  for (let member = 0; member < draft.members.length; member++) {
    if (!seat.isFree(member)) continue;
    const cost = seat.cost(member);
    if (cost > bestCost) continue;
    const urgency = urgencyOf(member);
    if (cost === bestCost) {
      if (urgency > bestUrgency) continue;
      const isPreferred = draft.rank(partition, member) < draft.rank(partition, best);
      if (urgency === bestUrgency && !isPreferred) continue;
    }
    best = member;
    bestCost = cost;
    bestUrgency = urgency;
  }
  return best;
}
