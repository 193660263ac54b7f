import assert from "node:assert/strict";
import { test } from "node:test";
import type { Operation } from "#format/index.ts";
import type { Planned } from "#placement/index.ts";
import { nextOperationStep, type OperationView } from "./operation-step.ts";

const drain: Operation = {
  logIndex: 9,
  kind: "drain",
  node: 3,
  mayNarrow: false,
  begunUnixMs: 1,
};
const planned: Planned = {
  kind: "planned",
  steps: [],
  table: { width: 1, homes: new Uint32Array(0) },
};
const tooWide: Planned = { kind: "too-wide", resizeTo: 5 };

function view(more: Partial<OperationView> = {}): OperationView {
  return {
    operation: drain,
    isPaused: false,
    isChanging: false,
    returning: undefined,
    state: "up",
    isResized: false,
    width: 6,
    plan: () => planned,
    hasDue: () => false,
    ...more,
  };
}

test("a drain takes the node out of the table, waits, and is over", () => {
  const change = { kind: "drain", node: 3 };
  assert.deepEqual(nextOperationStep(view()), { kind: "change", change });
  assert.equal(nextOperationStep(view({ isChanging: true, state: "draining" })).kind, "wait");
  assert.equal(nextOperationStep(view({ state: "draining" })).kind, "end");
  assert.equal(nextOperationStep(view({ plan: () => ({ kind: "no-room" }) })).kind, "wait");
  for (const state of ["removed", undefined] as const) {
    assert.equal(nextOperationStep(view({ state })).kind, "end");
  }
});

test("a drain past what the profile needs narrows the table first, where that was accepted", () => {
  const narrows = { operation: { ...drain, mayNarrow: true }, plan: () => tooWide };
  const change = { kind: "resize", width: 5 };
  assert.deepEqual(nextOperationStep(view(narrows)), { kind: "change", change });
  assert.equal(nextOperationStep(view({ ...narrows, isChanging: true })).kind, "wait");
  assert.equal(nextOperationStep(view({ plan: () => tooWide })).kind, "end");
  const nobody: Planned = { kind: "too-wide", resizeTo: 0 };
  assert.equal(nextOperationStep(view({ ...narrows, plan: () => nobody })).kind, "end");
});

test("a drain of a node whose shards are on their way back turns them round", () => {
  const isBack = { isChanging: true, returning: 3 };
  assert.equal(nextOperationStep(view(isBack)).kind, "undo");
  assert.equal(nextOperationStep(view({ ...isBack, returning: 4 })).kind, "wait");
});

test("an optimization makes shares right once, and waits for what is to be coded anew", () => {
  const operation: Operation = { ...drain, kind: "optimize", node: 0 };
  const change = { kind: "resize", width: 6 };
  assert.deepEqual(nextOperationStep(view({ operation })), { kind: "change", change });
  assert.equal(nextOperationStep(view({ operation, isChanging: true })).kind, "wait");
  const resized = { operation, isResized: true };
  assert.equal(nextOperationStep(view({ ...resized, hasDue: () => true })).kind, "wait");
  assert.equal(nextOperationStep(view(resized)).kind, "end");
});

test("a pause holds up every step", () => {
  assert.equal(nextOperationStep(view({ isPaused: true })).kind, "wait");
});
