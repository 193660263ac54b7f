import { assert } from "#base/assert.ts";
import { partitionCount } from "#base/partition.ts";
import type { Member } from "./member.ts";

/*
 * How many cells of a table each member is to hold: by weight, within what the spread over zones
 * and hosts allows. Whole numbers throughout.
 */

/** What one of several takes of a whole. */
export interface Claim {
  weight: number;
  least: number;
  most: number;
}

/**
 * Divides a whole by weight, each within its bounds, to the last unit.
 *
 * @param total from the sum of all `least` to the sum of all `most`
 */
export function divide(total: number, claims: readonly Claim[]): number[] {
  const shares = claims.map(({ least }) => least);
  let free = claims.map((_, i) => i);
  let rest = total;
  for (;;) {
    const weight = sum(free.map((i) => claims[i]?.weight ?? 0));
    const settled = settle(free, claims, { rest, weight });
    if (settled.size === 0) {
      divideFreely(free, claims, { rest, weight, shares });
      break;
    }
    for (const [i, share] of settled) {
      shares[i] = share;
      rest -= share;
    }
    free = free.filter((i) => !settled.has(i));
  }
  assert(sum(shares) === total, "A4: what is divided is given out, and no more");
  return shares;
}

/**
 * Which claims come to stand at a bound: those above their `most` or those below their `least`,
 * whichever miss more, for what these give back may bring the others within theirs.
 */
function settle(
  free: readonly number[],
  claims: readonly Claim[],
  { rest, weight }: { rest: number; weight: number },
): Map<number, number> {
  const low = new Map<number, number>();
  const high = new Map<number, number>();
  let missing = 0;
  for (const i of free) {
    const { weight: own, least, most } = claims[i] ?? nothing;
    const below = least * weight - rest * own;
    const above = rest * own - most * weight;
    if (below > 0) low.set(i, least);
    if (above > 0) high.set(i, most);
    missing += Math.max(below, 0) - Math.max(above, 0);
  }
  return low.size > 0 && (missing >= 0 || high.size === 0) ? low : high;
}

const nothing: Claim = { weight: 0, least: 0, most: 0 };

function divideFreely(
  free: readonly number[],
  claims: readonly Claim[],
  { rest, weight, shares }: { rest: number; weight: number; shares: number[] },
): void {
  const remainders = new Map<number, number>();
  let left = rest;
  for (const i of free) {
    const product = rest * (claims[i]?.weight ?? 0);
    const remainder = product % weight;
    const share = (product - remainder) / weight;
    shares[i] = share;
    left -= share;
    remainders.set(i, remainder);
  }
  const largestFirst = [...remainders].sort(([i, a], [j, b]) => b - a || i - j);
  for (const [i] of largestFirst.slice(0, left)) shares[i] = (shares[i] ?? 0) + 1;
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/** Some members, and those of them that fail together. */
interface Group {
  members: number[];
  weight: number;
}

/** Fewest and most shards of one row that each group gets when `count` are spread evenly. */
function evenBounds(count: number, groups: readonly Group[]): { least: number[]; most: number[] } {
  const capped = (level: number): number[] =>
    groups.map(({ members }) => Math.min(members.length, level));
  let level = 0;
  while (level < count && sum(capped(level + 1)) <= count) level++;
  const least = capped(level);
  return { least, most: sum(least) === count ? least : capped(level + 1) };
}

function groupBy(
  members: readonly Member[],
  among: readonly number[],
  nameOf: (member: Member) => string,
): Group[] {
  const groups = new Map<string, Group>();
  for (const i of among) {
    const member = members[i];
    assert(member !== undefined, "a group is of members there are");
    const group = groups.get(nameOf(member)) ?? { members: [], weight: 0 };
    group.members.push(i);
    group.weight += member.weight;
    groups.set(nameOf(member), group);
  }
  return [...groups.values()];
}

/**
 * How many cells each member is to hold within the first `width` indices of a table, by its
 * position in `members`.
 */
export function quotasOf(members: readonly Member[], width: number): number[] {
  const quotas = members.map(() => 0);
  const everyone = members.map((_, i) => i);
  const zones = groupBy(members, everyone, ({ zone }) => zone);
  const bounds = evenBounds(width, zones);
  const total = partitionCount * width;
  const claims = zones.map(({ weight }, z) => ({
    weight,
    least: (bounds.least[z] ?? 0) * partitionCount,
    most: (bounds.most[z] ?? 0) * partitionCount,
  }));
  const shares = divide(total, claims);
  for (const [z, zone] of zones.entries()) {
    const perRow = { least: bounds.least[z] ?? 0, most: bounds.most[z] ?? 0 };
    divideZone(members, { zone, share: shares[z] ?? 0, perRow, quotas });
  }
  return quotas;
}

function divideZone(
  members: readonly Member[],
  given: {
    zone: Group;
    share: number;
    perRow: { least: number; most: number };
    quotas: number[];
  },
): void {
  const { zone, share, perRow, quotas } = given;
  // A row has the fewest or the most shards in the zone: so many rows have the most.
  const fullRows = share - perRow.least * partitionCount;
  const lessRows = partitionCount - fullRows;
  const hosts = groupBy(members, zone.members, ({ host }) => host);
  const few = evenBounds(perRow.least, hosts);
  const many = evenBounds(perRow.most, hosts);
  const claims = hosts.map(({ weight }, h) => ({
    weight,
    least: (few.least[h] ?? 0) * lessRows + (many.least[h] ?? 0) * fullRows,
    most: (few.most[h] ?? 0) * lessRows + (many.most[h] ?? 0) * fullRows,
  }));
  for (const [h, hostShare] of divide(share, claims).entries()) {
    const nodes = hosts[h]?.members ?? [];
    const each = nodes.map((i) => ({
      weight: members[i]?.weight ?? 0,
      least: 0,
      most: partitionCount,
    }));
    for (const [n, quota] of divide(hostShare, each).entries()) quotas[nodes[n] ?? 0] = quota;
  }
}
