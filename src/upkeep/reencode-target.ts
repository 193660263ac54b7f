import { type Profile, profileFor } from "#erasure/index.ts";
import type { Unit } from "#format/index.ts";

/** How a unit is to be kept, as far as that decides about coding it anew. */
export interface Aim {
  /** Shards that a partition has homes for in the newest layout. */
  readonly width: number;
}

/**
 * The profile that a unit has to be coded anew by; undefined where it can stay as it is.
 *
 * - With nothing to spare, as soon as there is a second home: copies, which cost one read.
 * - Wider than the newest layout: it keeps an older one open.
 */
export function targetOf(
  { encoding: { k, m }, lengthBytes, references }: UnitShape,
  { width }: Aim,
): Profile | undefined {
  if (width < 2) return undefined;
  // One that nothing names any more counts too, for as long as it has a row.
  if (k + m > width) return profileFor(width, lengthBytes);
  return m === 0 && references > 0 ? profileFor(width, copiedSizeBytes) : undefined;
}

type UnitShape = Pick<Unit, "encoding" | "lengthBytes" | "references">;

/** The profile of so small an object is one of copies. */
const copiedSizeBytes = 1;

/**
 * Whether units of a profile may have a target at all, so that only partitions with such units are
 * looked through. What has the least to spare comes first.
 */
export function dueProfiles(inUse: readonly Profile[], aim: Aim): Profile[] {
  const due = inUse.filter(({ k, m }) => aim.width > 1 && (m === 0 || k + m > aim.width));
  return due.sort((a, b) => a.m - b.m || a.k - b.k);
}
