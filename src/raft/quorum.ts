import type { Id } from "./types.ts";

/** What votes amount to. */
export type VoteResult = "won" | "lost" | "pending";

/** The commit index of no voters at all: they hold nothing back. */
export const indexWithoutVoters: number = Number.MAX_SAFE_INTEGER;

/** How many of `count` voters are a majority. */
function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** Sorts in place, upwards. For a handful of numbers this beats the general sort. */
function insertionSort(values: number[]): void {
  for (let i = 1; i < values.length; i++) {
    const value = values[i] ?? 0;
    let at = i;
    for (; at > 0 && (values[at - 1] ?? 0) > value; at--) values[at] = values[at - 1] ?? 0;
    values[at] = value;
  }
}

/**
 * The highest index that a majority has reached. Sorts `reached` in place.
 *
 * @param reached for every voter the index up to which it holds the log; 0 where it is unknown
 */
export function majorityIndex(reached: number[]): number {
  if (reached.length === 0) return indexWithoutVoters;
  insertionSort(reached);
  return reached[reached.length - majorityOf(reached.length)] ?? 0;
}

/** What the votes of one majority amount to. No voters: won. */
export function majorityVote(votes: readonly (boolean | undefined)[]): VoteResult {
  if (votes.length === 0) return "won";
  let yes = 0;
  let missing = 0;
  for (const vote of votes) {
    if (vote === true) yes++;
    else if (vote === undefined) missing++;
  }
  const needed = majorityOf(votes.length);
  if (yes >= needed) return "won";
  return yes + missing >= needed ? "pending" : "lost";
}

/** What two majorities amount to together: both must be won, and one can lose for both. */
export function jointVote(incoming: VoteResult, outgoing: VoteResult): VoteResult {
  if (incoming === outgoing) return incoming;
  return incoming === "lost" || outgoing === "lost" ? "lost" : "pending";
}

/**
 * The highest index that is committed: reached by a majority of the voters and, in a joint phase,
 * by a majority of the outgoing ones. Dissertation, section 4.3.
 *
 * @param match up to where each voter holds the log; a missing voter holds nothing
 * @returns `Number.MAX_SAFE_INTEGER` where there are no voters
 */
export function committedIndex(
  voters: Iterable<Id>,
  outgoing: Iterable<Id>,
  match: ReadonlyMap<Id, number>,
): number {
  const reachedBy = (ids: Iterable<Id>): number[] =>
    [...new Set(ids)].map((id) => match.get(id) ?? 0);
  return Math.min(majorityIndex(reachedBy(voters)), majorityIndex(reachedBy(outgoing)));
}

/**
 * Whether an election is won, lost or still open. In a joint phase both majorities must be won.
 *
 * @param votes who has voted, and whether with yes; others than voters do not count
 * @returns `won` where there are no voters
 */
export function voteResult(
  voters: Iterable<Id>,
  outgoing: Iterable<Id>,
  votes: ReadonlyMap<Id, boolean>,
): VoteResult {
  const votesOf = (ids: Iterable<Id>): (boolean | undefined)[] =>
    [...new Set(ids)].map((id) => votes.get(id));
  return jointVote(majorityVote(votesOf(voters)), majorityVote(votesOf(outgoing)));
}
