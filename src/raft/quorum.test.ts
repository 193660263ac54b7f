import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { committedIndex, voteResult, type VoteResult } from "./quorum.ts";

const unlimited = Number.MAX_SAFE_INTEGER;

/** Where members 1, 2, ... stand; undefined where nothing is known of one. */
function standing(...indexes: (number | undefined)[]): Map<number, number> {
  const known = new Map<number, number>();
  indexes.forEach((index, at) => {
    if (index !== undefined) known.set(at + 1, index);
  });
  return known;
}

/** Votes of members 1, 2, ...: y, n, or - for none yet. */
function ballot(text: string): Map<number, boolean> {
  const votes = new Map<number, boolean>();
  Array.from(text).forEach((vote, at) => {
    if (vote !== "-") votes.set(at + 1, vote === "y");
  });
  return votes;
}

test("R4 one majority: the index that more than half have reached", () => {
  const table: [voters: number[], match: Map<number, number>, committed: number][] = [
    [[], standing(), unlimited],
    [[1], standing(), 0],
    [[1], standing(7), 7],
    [[1, 2], standing(7), 0],
    [[1, 2], standing(7, 3), 3],
    [[1, 2, 3], standing(9), 0],
    [[1, 2, 3], standing(9, 4), 4],
    [[1, 2, 3], standing(9, 4, 5), 5],
    [[1, 2, 3], standing(4, 4, 4), 4],
    [[3, 1, 2], standing(4, 4, 9), 4],
    [[1, 2, 3, 4], standing(8, 7, 6), 6],
    [[1, 2, 3, 4], standing(8, 7, 6, 5), 6],
    [[1, 2, 3, 4, 5], standing(8, 7, 6), 6],
    [[1, 2, 3, 4, 5], standing(1, 9, 8, 8), 8],
    [[1, 2, 3], standing(5, 5, undefined, 99), 5],
  ];
  for (const [voters, match, committed] of table) {
    assert.equal(
      committedIndex(voters, [], match),
      committed,
      JSON.stringify([voters, [...match]]),
    );
  }
});

test("R8 two majorities: the lesser of both, whichever way round", () => {
  const table: [voters: number[], outgoing: number[], match: Map<number, number>, number][] = [
    [[], [], standing(), unlimited],
    [[1, 2, 3], [], standing(100, 101, 99), 100],
    [[1], [2], standing(), 0],
    [[1], [2], standing(100), 0],
    [[1], [2], standing(13, 100), 13],
    [[1], [1], standing(100), 100],
    [[1, 3], [2], standing(100, undefined, 50), 0],
    [[1, 3], [2], standing(100, 45, 50), 45],
    [[1, 2], [2], standing(50, 100), 50],
    [[1, 2], [3, 4], standing(50, 48, 49, 47), 47],
    [[1, 2, 3], [3, 4, 5], standing(9, 8, 2, 7, 1), 2],
    [[1, 2, 3], [1, 2, 3], standing(50, 51, 52), 51],
  ];
  for (const [voters, outgoing, match, committed] of table) {
    const what = JSON.stringify([voters, outgoing, [...match]]);
    assert.equal(committedIndex(voters, outgoing, match), committed, what);
    assert.equal(committedIndex(outgoing, voters, match), committed, `turned: ${what}`);
  }
});

test("R1 one majority of votes: won, lost or still open", () => {
  const table: [voters: number[], votes: string, result: VoteResult][] = [
    [[], "", "won"],
    [[], "n", "won"],
    [[1], "-", "pending"],
    [[1], "y", "won"],
    [[1], "n", "lost"],
    [[1, 2], "y-", "pending"],
    [[1, 2], "yn", "lost"],
    [[1, 2], "n-", "lost"],
    [[1, 2], "yy", "won"],
    [[1, 2, 3], "y--", "pending"],
    [[1, 2, 3], "yn-", "pending"],
    [[1, 2, 3], "nn-", "lost"],
    [[1, 2, 3], "yny", "won"],
    [[1, 2, 3, 4], "yy--", "pending"],
    [[1, 2, 3, 4], "yynn", "lost"],
    [[1, 2, 3, 4], "nn--", "lost"],
    [[1, 2, 3, 4], "yyyn", "won"],
    [[1, 2, 3, 4, 5], "yyy--", "won"],
    [[1, 2, 3, 4, 5], "nnyy-", "pending"],
    [[1, 2, 3], "y--yy", "pending"],
  ];
  for (const [voters, votes, result] of table) {
    assert.equal(voteResult(voters, [], ballot(votes)), result, JSON.stringify([voters, votes]));
  }
});

test("R8 two majorities of votes: both to win, one to lose", () => {
  const table: [voters: number[], outgoing: number[], votes: string, result: VoteResult][] = [
    [[1], [2], "--", "pending"],
    [[1], [2], "y-", "pending"],
    [[1], [2], "-n", "lost"],
    [[1], [2], "yn", "lost"],
    [[1], [2], "yy", "won"],
    [[1, 2], [3, 4], "yyy-", "pending"],
    [[1, 2], [3, 4], "yyn-", "lost"],
    [[1, 2], [3, 4], "yyyy", "won"],
    [[1, 2], [2, 3], "yyn", "lost"],
    [[1, 2], [1], "y-", "pending"],
    [[1, 2], [1], "yn", "lost"],
    [[1, 2, 3], [3, 4, 5], "yy-y-", "pending"],
    [[1, 2, 3], [3, 4, 5], "yyy-y", "won"],
    [[1, 2, 3], [3, 4, 5], "yynnn", "lost"],
  ];
  for (const [voters, outgoing, votes, result] of table) {
    const what = JSON.stringify([voters, outgoing, votes]);
    assert.equal(voteResult(voters, outgoing, ballot(votes)), result, what);
    assert.equal(voteResult(outgoing, voters, ballot(votes)), result, `turned: ${what}`);
  }
});

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 9 });
const matches = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 20 })))
  .map((pairs) => new Map(pairs));

test("R4 the committed index is the highest that a vote on it would win", () => {
  fc.assert(
    fc.property(ids, ids, matches, (voters, outgoing, match) => {
      const committed = committedIndex(voters, outgoing, match);
      const reaches = (index: number): boolean => {
        const votes = new Map(
          [...voters, ...outgoing].map((id) => [id, (match.get(id) ?? 0) >= index]),
        );
        return voteResult(voters, outgoing, votes) === "won";
      };
      assert.ok(reaches(committed));
      if (voters.length + outgoing.length > 0) assert.ok(!reaches(committed + 1));
    }),
  );
});
