import { type Profile, profileFor } from "#erasure/index.ts";
import type { ProfileCount } from "#metadata/index.ts";
import { rowOf, type Table } from "#placement/index.ts";

/** Units of a profile in a partition, and what a change makes of them. */
export interface Spread extends ProfileCount {
  /** The profile that they are coded anew by, where they are. */
  readonly next: Profile | undefined;
}

/** What a change of tables costs. */
export interface Cost {
  /** Shards that go to other nodes, and their bytes. */
  readonly moved: { readonly shards: number; readonly bytes: number };
  /** What the node that leaves has: no table without it would move less. */
  readonly leastBytes: number;
  /** Units that are coded anew, their bytes, and what is written for them. */
  readonly recoded: { readonly units: number; readonly bytes: number; readonly written: number };
}

/** What units are coded anew by for a table of so many homes; their sizes are taken to be even. */
export function spreadOf(
  counts: Iterable<ProfileCount>,
  { width, widens }: { width: number; widens: boolean },
): Spread[] {
  return [...counts].map((count) => {
    const wanted = profileFor(Math.max(width, 1), count.bytes / Math.max(count.units, 1));
    const { k, m } = count;
    const isBetter = wanted.m > m || (wanted.m === m && wanted.k > k);
    const isBare = m === 0 && width > 1;
    const isDue = isBare || k + m > width || (widens && isBetter);
    return { ...count, next: isDue ? wanted : undefined };
  });
}

/**
 * Estimates what it costs to come from one table to another.
 *
 * @param change.leaving the node that the new table does without, if there is one
 * @param change.recodedMove units that are coded anew are written to the old table's homes
 */
export function costOf(
  spread: Iterable<Spread>,
  change: { from: Table; to: Table; leaving?: number | undefined; recodedMove: boolean },
): Cost {
  const { from, to, leaving, recodedMove } = change;
  const moved = { shards: 0, bytes: 0 };
  const recoded = { units: 0, bytes: 0, written: 0 };
  let leastBytes = 0;
  for (const { k, m, partition, units, bytes, next } of spread) {
    const profile = next ?? { k, m };
    if (next !== undefined) {
      recoded.units += units;
      recoded.bytes += bytes;
      recoded.written += (bytes * (next.k + next.m)) / next.k;
    }
    if (next !== undefined && !recodedMove) continue;
    const before = rowOf(from, partition);
    const after = rowOf(to, partition);
    for (let index = 0; index < Math.min(profile.k + profile.m, after.length); index++) {
      const shardBytes = bytes / profile.k;
      if (before[index] === leaving) leastBytes += shardBytes;
      if (before[index] === after[index]) continue;
      moved.shards += units;
      moved.bytes += shardBytes;
    }
  }
  const round = Math.round;
  return {
    moved: { shards: moved.shards, bytes: round(moved.bytes) },
    leastBytes: round(leastBytes),
    recoded: { ...recoded, written: round(recoded.written) },
  };
}

/** `4+2`. */
export function profileText({ k, m }: Profile): string {
  return `${k}+${m}`;
}

/** What a change of profile means for whoever stores: what may fail, and what it takes. */
export function tradeText(from: Profile, to: Profile): string {
  const space = ({ k, m }: Profile): string => ((k + m) / k).toFixed(2);
  const failures = ({ m }: Profile): string =>
    m === 0 ? "no node may fail" : `any ${m === 1 ? "node" : `${m} nodes`} may fail`;
  const kept = from.m === to.m ? `${failures(to)}, as before` : `${failures(to)}; it was ${from.m}`;
  return (
    `large objects are kept as ${profileText(to)} instead of ${profileText(from)}: ${kept}; ` +
    `each byte takes ${space(to)} bytes instead of ${space(from)}`
  );
}
