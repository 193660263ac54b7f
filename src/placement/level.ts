import { partitionCount } from "#base/partition.ts";
import { type Draft, nobody } from "./draft.ts";
import { mix } from "./rendezvous.ts";

/** Which cells are handed over, and to whom, while loads are levelled. */
interface Terms {
  /** Only cells that move anyway. */
  onlyMoved: boolean;
  /** Only by members that have too many cells in all, and to those that lack some. */
  levels: boolean;
  /** Only where the receiver lacks cells at the index. */
  receiverLacks: boolean;
  /** Only where the donor has too many cells at the index. */
  donorExceeds: boolean;
}

/** What costs nothing comes first, then what mends most widths. */
const allTerms: readonly Terms[] = [true, false].flatMap((onlyMoved) => [
  { onlyMoved, levels: true, receiverLacks: true, donorExceeds: true },
  { onlyMoved, levels: true, receiverLacks: true, donorExceeds: false },
  { onlyMoved, levels: true, receiverLacks: false, donorExceeds: true },
  { onlyMoved, levels: true, receiverLacks: false, donorExceeds: false },
]);

/** Every index is given its shares, whatever members hold in all: what follows makes that right. */
const rebalancing: Terms = {
  onlyMoved: false,
  levels: false,
  receiverLacks: true,
  donorExceeds: true,
};

/**
 * Brings every member to its quota, as far as no row gets worse, with as few moves as it can.
 *
 * @param rebalance brings it to its share of every narrower width too, by moves of their own
 */
export function levelLoads(draft: Draft, rebalance: boolean): void {
  const order = scatteredPartitions(draft);
  if (rebalance) handOver(draft, order, rebalancing);
  for (const terms of allTerms) handOver(draft, order, terms);
  for (let donor = 0; donor < draft.members.length; donor++) {
    while (draft.need(donor) < 0 && relay(draft, donor, order));
  }
}

/** An order of its own for each set of members, so that changes do not all meet the same rows. */
function scatteredPartitions(draft: Draft): number[] {
  let seed = 0;
  for (const { id } of draft.members) seed = mix(seed + id);
  const keys = Array.from({ length: partitionCount }, (_, partition) => mix(partition ^ seed));
  return keys.map((_, i) => i).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
}

function handOver(draft: Draft, order: readonly number[], terms: Terms): void {
  const everyone = draft.members.map((_, i) => i);
  const mayTake = everyone.filter((member) => !terms.levels || draft.need(member) > 0);
  if (mayTake.length === 0) return;
  for (const partition of order) {
    for (let index = 0; index < draft.width; index++) {
      const donor = draft.at(partition, index);
      if (terms.levels && draft.need(donor) >= 0) continue;
      if (terms.onlyMoved && draft.keptAt(partition, index) === donor) continue;
      if (terms.donorExceeds && draft.columnNeed(index, donor) >= 0) continue;
      const takers = mayTake.filter((member) => {
        if (terms.levels && draft.need(member) <= 0) return false;
        return !terms.receiverLacks || draft.columnNeed(index, member) > 0;
      });
      const receiver = receiverOf(draft, { partition, index }, takers);
      if (receiver !== nobody) draft.set(partition, index, receiver);
    }
  }
}

interface Cell {
  partition: number;
  index: number;
}

/** Of those that may stand at a cell and make no row worse, the one that the partition prefers. */
function receiverOf(draft: Draft, cell: Cell, takers: readonly number[]): number {
  const { partition, index } = cell;
  const seat = draft.seat(partition, index);
  const costNow = seat.cost(draft.at(partition, index));
  let best = nobody;
  for (const member of takers) {
    if (!seat.isFree(member) || seat.cost(member) > costNow) continue;
    if (best === nobody || draft.rank(partition, member) < draft.rank(partition, best)) {
      best = member;
    }
  }
  return best;
}

/**
 * Brings cells of a member that has too many to one that lacks some, by way of others: each takes a
 * cell of the one before it.
 *
 * @returns whether there was a way
 */
function relay(draft: Draft, donor: number, order: readonly number[]): boolean {
  const cellsOf = cellsByMember(draft, order);
  const way = wayFrom(draft, donor, cellsOf);
  if (way === undefined) return false;
  let passed = 0;
  while (draft.need(donor) < 0 && draft.need(way.at(-1) ?? nobody) > 0) {
    if (!passOn(draft, way, cellsOf)) break;
    passed++;
  }
  return passed > 0;
}

/** The members on the shortest way from a donor to one that lacks cells, both included. */
function wayFrom(
  draft: Draft,
  donor: number,
  cellsOf: readonly (readonly Cell[])[],
): number[] | undefined {
  const before = new Map<number, number>([[donor, nobody]]);
  const queue = [donor];
  for (const from of queue) {
    for (const { partition, index } of cellsOf[from] ?? []) {
      const seat = draft.seat(partition, index);
      const costNow = seat.cost(from);
      for (let member = 0; member < draft.members.length; member++) {
        if (before.has(member) || !seat.isFree(member) || seat.cost(member) > costNow) continue;
        before.set(member, from);
        if (draft.need(member) > 0) return wayTo(member, before);
        queue.push(member);
      }
    }
  }
  return undefined;
}

function wayTo(last: number, before: ReadonlyMap<number, number>): number[] {
  const way: number[] = [];
  for (let member = last; member !== nobody; member = before.get(member) ?? nobody) {
    way.unshift(member);
  }
  return way;
}

function cellsByMember(draft: Draft, order: readonly number[]): Cell[][] {
  const cells: Cell[][] = draft.members.map(() => []);
  for (const partition of order) {
    for (let index = 0; index < draft.width; index++) {
      cells[draft.at(partition, index)]?.push({ partition, index });
    }
  }
  return cells;
}

/** Hands one cell on at each step of a way; each in a row of its own. */
function passOn(
  draft: Draft,
  way: readonly number[],
  cellsOf: readonly (readonly Cell[])[],
): boolean {
  const chosen: Cell[] = [];
  for (let step = 0; step + 1 < way.length; step++) {
    const from = way[step] ?? nobody;
    const to = way[step + 1] ?? nobody;
    const cell = cellsOf[from]?.find(({ partition, index }) => {
      const isOwn = draft.at(partition, index) === from;
      if (!isOwn || chosen.some((other) => other.partition === partition)) return false;
      return receiverOf(draft, { partition, index }, [to]) === to;
    });
    if (cell === undefined) return false;
    chosen.push(cell);
  }
  for (const [step, { partition, index }] of chosen.entries()) {
    draft.set(partition, index, way[step + 1] ?? nobody);
  }
  return true;
}
