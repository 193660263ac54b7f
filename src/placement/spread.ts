import { partitionCount } from "#base/partition.ts";
import { Draft, nobody } from "./draft.ts";

/**
 * Exchanges members of rows that could be spread better: one at a time, the one whose going mends
 * most, until none is left.
 */
export function spreadRows(draft: Draft): void {
  const least = leastCost(draft);
  for (let partition = 0; partition < partitionCount; partition++) {
    while (rowCost(draft, partition) > least && mend(draft, partition));
  }
}

/** What a row's spread costs: each pair counts twice, once from either side. */
export function rowCost(draft: Draft, partition: number): number {
  let cost = 0;
  for (let index = 0; index < draft.width; index++) {
    cost += draft.seat(partition, index).cost(draft.at(partition, index));
  }
  return cost;
}

/** What the best row there can be costs, whatever was there before. */
function leastCost({ members, width }: Draft): number {
  const blank = new Draft({ members, width, open: [] });
  for (let index = 0; index < width; index++) {
    const seat = blank.seat(0, index);
    let best = nobody;
    for (let member = 0; member < members.length; member++) {
      if (!seat.isFree(member)) continue;
      if (best === nobody || seat.cost(member) < seat.cost(best)) best = member;
    }
    blank.set(0, index, best);
  }
  return rowCost(blank, 0);
}

/** Makes the one exchange that mends a row most; of equals, the one that levels loads best. */
function mend(draft: Draft, partition: number): boolean {
  let best: { index: number; member: number; gain: number; levels: number } | undefined;
  for (let index = 0; index < draft.width; index++) {
    const present = draft.at(partition, index);
    const seat = draft.seat(partition, index);
    const costNow = seat.cost(present);
    if (costNow === 0) continue;
    for (let member = 0; member < draft.members.length; member++) {
      if (member === present || !seat.isFree(member)) continue;
      const gain = costNow - seat.cost(member);
      if (gain <= 0 || (best !== undefined && gain < best.gain)) continue;
      const levels = levelsOf(draft, { index, present, member });
      if (best !== undefined && gain === best.gain && levels <= best.levels) continue;
      best = { index, member, gain, levels };
    }
  }
  if (best === undefined) return false;
  draft.set(partition, best.index, best.member);
  return true;
}

/** How much nearer to their quotas an exchange brings the two, in all and at the index. */
function levelsOf(
  draft: Draft,
  { index, present, member }: { index: number; present: number; member: number },
): number {
  const inAll = draft.need(member) - draft.need(present);
  return inAll + draft.columnNeed(index, member) - draft.columnNeed(index, present);
}
