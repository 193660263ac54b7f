import assert from "node:assert/strict";
import { test } from "node:test";
import { verdictOf } from "./check-verdict.ts";

/** Hashes in short: one letter a node, from node 1 on; `-` for none. */
function hashes(text: string): Map<number, string> {
  const all = text.split("").map((hash, i) => [i + 1, hash] as const);
  return new Map(all.filter(([, hash]) => hash !== "-"));
}

test("R11 more than half of those that answer say what is right; short of that nobody does", () => {
  const table: [hashes: string, verdict: string][] = [
    ["", "agreed"],
    ["a", "agreed"],
    ["aa", "agreed"],
    ["a--a", "agreed"],
    ["aab", "3 wrong"],
    ["baa", "1 wrong"],
    ["aaabc", "4,5 wrong"],
    ["abbb-", "1 wrong"],
    ["ab", "undecided"],
    ["abc", "undecided"],
    ["aabb", "undecided"],
    ["aabbc", "undecided"],
  ];
  for (const [text, expected] of table) {
    const verdict = verdictOf(hashes(text));
    const isWrong = verdict.kind === "wrong";
    assert.equal(isWrong ? `${verdict.nodes.join()} wrong` : verdict.kind, expected, text);
    if (isWrong) assert.ok(["a", "b"].includes(verdict.right));
  }
});
