import { type Profile, profileFor, smallObjectSizeBytes } from "#erasure/index.ts";
import { layoutOf, type Reader, upkeepOf } from "#metadata/index.ts";

/** How units are to be kept, as far as that decides about coding them anew. */
export interface Aim {
  /** Shards that a partition has homes for in the newest layout; 0 where there is none. */
  readonly width: number;
  /** What could be kept by a wider profile is: an operator has asked for it. */
  readonly widens: boolean;
  /** Only what has nothing to spare is dealt with. */
  readonly isPaused: boolean;
}

/** What the state aims at now. */
export function aimOf(reader: Reader): Aim {
  const { isPaused, operation } = upkeepOf(reader);
  const width = layoutOf(reader)?.open[0]?.width ?? 0;
  return { width, widens: operation?.kind === "optimize", isPaused };
}

/** A unit as far as its target depends on it. */
interface UnitShape {
  readonly encoding: Profile;
  readonly lengthBytes: number;
  readonly references: number;
}

/** The profile of so small an object is one of copies. */
const copiedSizeBytes = 1;

/**
 * The profile that a unit has to be coded anew by; undefined where it can stay as it is.
 *
 * - Wider than the newest layout: it keeps an older one open.
 * - Narrower than it could be, where that is aimed at: more to spare first, then less space.
 * - With nothing to spare, as soon as there is a second home: copies, which cost one read.
 */
export function targetOf(unit: UnitShape, { width, widens, isPaused }: Aim): Profile | undefined {
  const { encoding, lengthBytes, references } = unit;
  const isBare = encoding.m === 0 && width > 1;
  if (width < 1 || (isPaused && !isBare)) return undefined;
  const wanted = profileFor(width, lengthBytes);
  // One that nothing names any more counts too, for as long as it has a row.
  if (encoding.k + encoding.m > width) return wanted;
  if (references === 0) return undefined;
  if (widens && !isPaused && isBetter(wanted, encoding)) return wanted;
  return isBare ? profileFor(width, copiedSizeBytes) : undefined;
}

function isBetter(wanted: Profile, now: Profile): boolean {
  return wanted.m > now.m || (wanted.m === now.m && wanted.k > now.k);
}

/**
 * Whether units of a profile may have a target at all, so that only partitions with such units are
 * looked through. What has the least to spare comes first.
 */
export function dueProfiles(inUse: readonly Profile[], aim: Aim): Profile[] {
  const due = inUse.filter((encoding) =>
    [1, smallObjectSizeBytes].some(
      (lengthBytes) => targetOf({ encoding, lengthBytes, references: 1 }, aim) !== undefined,
    ),
  );
  return due.sort((a, b) => a.m - b.m || a.k - b.k);
}
