import assert from "node:assert/strict";
import { test } from "node:test";
import { type PartitionState, shardPlaces } from "./shard-places.ts";

interface Numbers {
  down?: readonly number[];
  awaited?: readonly number[];
  marked?: readonly number[];
  isUndone?: boolean;
}

function stateOf({ down = [], awaited = [], marked = [], isUndone = false }: Numbers) {
  return {
    isUp: (node) => !down.includes(node),
    awaits: (node) => awaited.includes(node),
    isMarked: (node) => marked.includes(node),
    isUndone,
  } satisfies PartitionState;
}

function places(rows: readonly number[][], state: Numbers): readonly (readonly number[])[] {
  return shardPlaces(rows, 3, stateOf(state));
}

const still = [[1, 2, 3]];
/** 4 takes the place of 3. */
const moving = [
  [1, 2, 4],
  [1, 2, 3],
];

test("J4 where nothing moves a shard is at its home, or out of reach", () => {
  assert.deepEqual(places(still, {}), [[1], [2], [3]]);
  assert.deepEqual(places(still, { down: [2] }), [[1], [], [3]]);
  assert.deepEqual(places(still, { marked: [1] }), [[], [2], [3]], "it was skipped, maybe");
});

test("J4 a shard on its way is where it was, or where it goes", () => {
  const awaited = [4];
  assert.deepEqual(places(moving, { awaited }), [[1], [2], [3, 4]]);
  assert.deepEqual(places(moving, { awaited, down: [4] }), [[1], [2], [3]]);
  // The new home has nothing yet that would have to be computed from the others.
  assert.deepEqual(places(moving, { awaited, down: [3] }), [[1], [2], []]);
  assert.deepEqual(places(moving, { down: [3] }), [[1], [2], [4]], "it has come");
  assert.deepEqual(places(moving, { down: [4] }), [[1], [2], []], "it has come, and gone");
});

test("J4 a change that was undone goes back to where the shards were", () => {
  const rows = moving.toReversed();
  const awaited = [3];
  assert.deepEqual(places(rows, { awaited, isUndone: true }), [[1], [2], [4, 3]]);
  assert.deepEqual(places(rows, { awaited, isUndone: true, down: [3] }), [[1], [2], []]);
});

test("J4 a unit that is wider than the newest rows stays at older ones", () => {
  const rows = [
    [1, 2],
    [1, 2, 3],
  ];
  assert.deepEqual(places(rows, { awaited: [1, 2] }), [[1], [2], [3]]);
  assert.deepEqual(shardPlaces([[1, 2]], 3, stateOf({})), [[], [], []]);
});
