import assert from "node:assert/strict";
import { test } from "node:test";
import { type Candidate, nextLayoutChange, replacedNodes } from "./layout-plan.ts";

type State = Candidate["node"]["state"];

function candidate(
  id: number,
  state: State,
  more: { replaces?: number; isServing?: boolean; isDown?: boolean } = {},
): Candidate {
  const { replaces, isServing = true, isDown = false } = more;
  return { id, node: { state, replaces }, isServing, isDown };
}

const [one, two] = [candidate(1, "up"), candidate(2, "up")];
const still = { isChanging: false };
const changing = { isChanging: true };

test("whoever has come and has its state takes its part, all that wait at once", () => {
  const waiting = [
    candidate(3, "joining"),
    candidate(4, "joining", { isServing: false }),
    candidate(5, "joining", { isDown: true }),
    candidate(6, "joining"),
  ];
  const expected = { change: { kind: "grow", nodes: [3, 6] }, amends: false };
  assert.deepEqual(nextLayoutChange([one, two, ...waiting], still), expected);
  assert.equal(nextLayoutChange([one, two, ...waiting], changing), undefined);
  assert.equal(nextLayoutChange([one, two], still), undefined);
});

test("who came for another's place takes it before others take their part", () => {
  const waiting = [candidate(3, "joining"), candidate(4, "joining", { replaces: 2 })];
  const expected = { change: { kind: "replace", from: 2, to: 4 }, amends: false };
  assert.deepEqual(nextLayoutChange([one, two, ...waiting], still), expected);
  assert.equal(nextLayoutChange([one, two, ...waiting], changing), undefined, "2 is there still");
  const dead = [one, candidate(2, "up", { isDown: true }), ...waiting];
  const amending = { change: { kind: "replace", from: 2, to: 4 }, amends: true };
  assert.deepEqual(nextLayoutChange(dead, changing), amending);
});

test("who finds no place to take over takes a part of its own", () => {
  for (const gone of [[], [candidate(2, "draining")], [candidate(2, "joining")]]) {
    const next = nextLayoutChange([one, ...gone, candidate(4, "joining", { replaces: 2 })], still);
    const kinds = next?.change.kind === "grow" ? next.change.nodes : [];
    assert.ok(kinds.includes(4));
  }
});

test("whose place was taken can go, and nobody else", () => {
  const leaving = candidate(2, "draining");
  assert.deepEqual(replacedNodes([one, leaving, candidate(4, "up", { replaces: 2 })]), [2]);
  // Drained by its operator, or its successor is not there yet.
  assert.deepEqual(replacedNodes([one, leaving, candidate(4, "up")]), []);
  assert.deepEqual(replacedNodes([one, leaving, candidate(4, "joining", { replaces: 2 })]), []);
  assert.deepEqual(replacedNodes([one, two, candidate(4, "up", { replaces: 2 })]), []);
});
