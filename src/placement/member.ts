/**
 * `joining`: registered, holds no shards yet. `up`: takes shards. `draining`: gives its shards away,
 * or has given them. `removed`: never comes back under this id.
 */
export type MemberState = "joining" | "up" | "draining" | "removed";

/** A node as far as placement knows it. */
export interface Member {
  readonly id: number;
  readonly host: string;
  readonly zone: string;
  /** Its share of the shards, from 1 to `weightMax`: by default GiB. */
  readonly weight: number;
  readonly state: MemberState;
}

/** 16 PiB. Keeps every product of this room's arithmetic below 2^53. */
export const weightMax: number = 2 ** 24;
/** Members of a cluster. As `weightMax`. */
export const memberCountMax = 1_024;

const widths: readonly number[] = [0, 1, 2, 3, 3, 5];
/** Shards of a unit of the widest profile that clusters choose by themselves. */
export const tableWidthMax = 6;

/** Shards that a partition has homes for, given how many nodes take shards. */
export function widthFor(activeNodeCount: number): number {
  return widths[activeNodeCount] ?? tableWidthMax;
}

/** Members that take shards, in the order of their ids. */
export function activeMembers(members: readonly Member[]): Member[] {
  return members.filter(({ state }) => state === "up").sort((a, b) => a.id - b.id);
}
