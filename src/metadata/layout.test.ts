import assert from "node:assert/strict";
import { test } from "node:test";
import { mib } from "#base/bytes.ts";
import { partitionOf } from "#base/partition.ts";
import type { ChangeLayout, CommandResult } from "#format/index.ts";
import { loadsOf, movesBetween } from "#placement/index.ts";
import { transitionWait } from "./change-layout.ts";
import { homesOf, layoutOf, rowsOf, tablesOf } from "./layout.ts";
import { graceMs } from "./limits.ts";
import { upkeepOf } from "./operations.ts";
import { nodeOf } from "./queries.ts";
import { ClusterRig } from "./rig-cluster.ts";
import { checkState } from "./rig-invariants.ts";
import { expectDone, objectInfo, refusalOf } from "./rig.ts";

const name = { bucket: "bucket-a", key: "k" };

/** A cluster with a unit in it, so that changes are transitions. */
function filled(nodes: number): ClusterRig {
  const rig = new ClusterRig();
  rig.createBucket(name.bucket);
  if (nodes > 1) rig.growBy(nodes - 1);
  const { homes } = rig.unitOf(mib, { k: 1, m: 0 });
  const m = homesOf(rig.state, 0).length > 1 ? 1 : 0;
  assert.equal(homes.length, 1);
  put(rig, "first", { k: 1, m });
  return rig;
}

function put(rig: ClusterRig, key: string, profile: { k: number; m: number }): void {
  const unit = rig.unitOf(mib, profile);
  const object = objectInfo({ sizeBytes: mib });
  const result = rig.put({ ...name, key }, [], { units: [unit], object });
  assert.equal(result.outcome?.kind, "versionPut", JSON.stringify(result.outcome));
}

test("a layout grows, waits for who gains shards, and closes by itself", () => {
  const rig = filled(1);
  const { node } = rig.join();
  assert.deepEqual(homesOf(rig.state, 7), [1]);
  expectDone(rig.change({ kind: "grow", nodes: [node] }));
  assert.equal(nodeOf(rig.state, node)?.state, "up");
  assert.deepEqual(homesOf(rig.state, 7), [1, 2]);
  assert.deepEqual(rowsOf(rig.state, 7), [[1, 2], [1]]);
  assert.deepEqual(transitionWait(rig.state), { nodes: [2], widths: [] });
  checkState(rig.state);
  // A walk begun before is of no use, and others are not waited for.
  expectDone(rig.walk(node, 1));
  expectDone(rig.walk(1));
  assert.equal(rig.openTables, 2);
  expectDone(rig.walk(node));
  assert.equal(rig.openTables, 1);
  assert.deepEqual(rowsOf(rig.state, 7), [[1, 2]]);
  checkState(rig.state);
});

test("a cluster without units changes at once", () => {
  const rig = new ClusterRig();
  rig.growBy(5);
  assert.equal(rig.openTables, 1);
  const [table] = tablesOf(rig.state);
  assert.ok(table);
  for (const [, load] of loadsOf(table, 3)) assert.equal(load, 2_048);
  checkState(rig.state);
});

test("M10: a change is refused unless it was planned from what is there", () => {
  const rig = filled(4);
  const joined = rig.join();
  const base = rig.layoutVersion;
  const [table] = tablesOf(rig.state);
  assert.ok(table);
  const change: ChangeLayout = {
    baseVersion: base,
    kind: "resize",
    nodes: [],
    width: table.width,
    homes: [...table.homes],
    amends: false,
  };
  const code = (more: Partial<ChangeLayout>): string =>
    refusalOf(rig.apply({ kind: "changeLayout", value: { ...change, ...more } })).code;
  const with0 = (...homes: number[]): number[] => [...homes, ...change.homes.slice(homes.length)];
  const [a = 0, b = 0, c = 0] = change.homes;
  assert.equal(code({ baseVersion: base - 1 }), "layout-changed");
  assert.equal(code({ baseVersion: base + 1 }), "layout-changed");
  assert.equal(code({ homes: change.homes.slice(1) }), "invalid-command");
  assert.equal(code({ width: 0, homes: [] }), "invalid-command");
  assert.equal(code({ homes: with0(a, b, a) }), "invalid-command");
  assert.equal(code({ homes: with0(b, a, c) }), "invalid-command");
  assert.equal(code({ homes: with0(joined.node) }), "invalid-command");
  assert.equal(code({ homes: with0(99) }), "invalid-command");
  assert.equal(code({ kind: "found" }), "invalid-command");
  assert.equal(code({ kind: "grow" }), "invalid-command");
  assert.equal(code({ kind: "grow", nodes: [joined.node, joined.node] }), "invalid-command");
  assert.equal(code({ kind: "grow", nodes: [2] }), "wrong-node-state");
  assert.equal(code({ kind: "grow", nodes: [99] }), "no-such-node");
  assert.equal(code({ kind: "drain", nodes: [1, 2] }), "invalid-command");
  // It drains a node that the table still names.
  assert.equal(code({ kind: "drain", nodes: [a] }), "invalid-command");
  assert.equal(code({ kind: "undrain", nodes: [a] }), "wrong-node-state");
  assert.equal(code({ kind: "replace", nodes: [a, a] }), "invalid-command");
  assert.equal(code({ kind: "replace", nodes: [a] }), "invalid-command");
  assert.equal(code({ kind: "resize", nodes: [a] }), "invalid-command");
  assert.equal(rig.layoutVersion, base);
  checkState(rig.state);
});

test("M10: one change at a time", () => {
  const rig = filled(4);
  const [first, second] = [rig.join(), rig.join()];
  expectDone(rig.change({ kind: "grow", nodes: [first.node] }));
  const both = rig.change({ kind: "grow", nodes: [second.node] });
  assert.equal(refusalOf(both).code, "transition-open");
  assert.equal(refusalOf(rig.change({ kind: "resize", width: 5 }, true)).code, "transition-open");
  rig.walkAll();
  expectDone(rig.change({ kind: "grow", nodes: [second.node] }));
  checkState(rig.state);
});

test("a drain is undone half-way, undone again, and ends", () => {
  const rig = filled(8);
  const before = tablesOf(rig.state)[0] ?? assert.fail();
  expectDone(rig.change({ kind: "drain", node: 3 }));
  const drained = tablesOf(rig.state)[0] ?? assert.fail();
  expectDone(rig.undo());
  assert.equal(nodeOf(rig.state, 3)?.state, "up");
  assert.deepEqual(tablesOf(rig.state), [before, drained]);
  assert.equal(layoutOf(rig.state)?.layout.isUndone, true);
  assert.deepEqual(layoutOf(rig.state)?.layout.awaited, [3]);
  checkState(rig.state);
  expectDone(rig.undo());
  assert.equal(nodeOf(rig.state, 3)?.state, "draining");
  assert.deepEqual(tablesOf(rig.state), [drained, before]);
  assert.equal(
    refusalOf(rig.apply({ kind: "undoLayout", value: { baseVersion: 1 } })).code,
    "layout-changed",
  );
  rig.walkAll();
  assert.equal(rig.openTables, 1);
  assert.equal(refusalOf(rig.undo()).code, "no-transition");
  // Once it is over, the node comes back in as a new one would.
  expectDone(rig.change({ kind: "undrain", node: 3 }));
  const moves = movesBetween(drained, tablesOf(rig.state)[0] ?? assert.fail());
  assert.deepEqual([...moves.gained.keys()], [3]);
  checkState(rig.state);
});

test("a grow that is undone leaves the newcomer outside", () => {
  const rig = filled(3);
  const { node } = rig.join();
  expectDone(rig.change({ kind: "grow", nodes: [node] }));
  put(rig, "meanwhile", { k: 2, m: 1 });
  expectDone(rig.undo());
  assert.equal(nodeOf(rig.state, node)?.state, "joining");
  // Until what was put meanwhile has come back, it may hold shards.
  assert.equal(
    refusalOf(rig.apply({ kind: "removeNode", value: { node } })).code,
    "node-not-empty",
  );
  rig.walkAll();
  expectDone(rig.apply({ kind: "removeNode", value: { node } }));
  checkState(rig.state);
});

test("a dead node is replaced on top of an open drain, which is then not undone", () => {
  const rig = filled(8);
  expectDone(rig.change({ kind: "drain", node: 3 }));
  const { node } = rig.join();
  const replace = { kind: "replace", from: 2, to: node } as const;
  assert.equal(refusalOf(rig.change(replace)).code, "transition-open");
  expectDone(rig.change(replace, true));
  assert.equal(rig.openTables, 3);
  assert.equal(refusalOf(rig.undo()).code, "transition-open");
  assert.ok(rowsOf(rig.state, 0).every((row) => row.length === 6));
  checkState(rig.state);
  rig.walkAll();
  assert.equal(rig.openTables, 1);
  for (const gone of [2, 3]) {
    expectDone(rig.apply({ kind: "removeNode", value: { node: gone } }));
  }
  checkState(rig.state);
});

test("no more than four tables are open", () => {
  const rig = filled(9);
  expectDone(rig.change({ kind: "drain", node: 1 }));
  expectDone(rig.change({ kind: "drain", node: 2 }, true));
  expectDone(rig.change({ kind: "drain", node: 3 }, true));
  assert.equal(rig.openTables, 4);
  const { node } = rig.join();
  const fifth = rig.change({ kind: "replace", from: 4, to: node }, true);
  assert.equal(refusalOf(fifth).code, "transition-open");
  checkState(rig.state);
});

test("a narrower table stays open while a unit is wider than it", () => {
  const rig = filled(6);
  put(rig, "wide", { k: 4, m: 2 });
  assert.deepEqual(rig.plan({ kind: "drain", node: 6 }), { kind: "too-wide", resizeTo: 5 });
  expectDone(rig.change({ kind: "resize", width: 5 }));
  assert.deepEqual(transitionWait(rig.state), { nodes: [], widths: [6] });
  assert.equal(rig.openTables, 2);
  put(rig, "narrow", { k: 3, m: 2 });
  // The wide unit is deleted, and forgotten in time.
  const deletions = [{ key: "wide", markerId: new Uint8Array(16) }];
  const value = { bucket: name.bucket, deletions, bypassGovernance: false };
  rig.apply({ kind: "deleteVersions", value });
  expectDone(rig.walk(1));
  assert.equal(rig.openTables, 2);
  rig.nowUnixMs += graceMs;
  rig.apply({ kind: "releaseBodies", value: { units: 10 } });
  rig.apply({ kind: "forgetUnits", value: { units: 10 } });
  assert.equal(rig.openTables, 1);
  expectDone(rig.change({ kind: "drain", node: 6 }));
  checkState(rig.state);
});

test("commits go to the newest table's homes, whatever is open", () => {
  const rig = filled(7);
  const late = rig.unitOf(mib, { k: 4, m: 2 });
  const [moved = 0] = late.homes;
  expectDone(rig.change({ kind: "drain", node: moved }));
  const object = objectInfo({ sizeBytes: mib });
  const refused = rig.put(name, [], { units: [late], object });
  assert.equal(refusalOf(refused).code, "not-home");
  const homes = homesOf(rig.state, partitionOf(late.id));
  const adopted = { ...late, homes: [...homes] };
  const result = rig.put(name, [], { units: [adopted], object });
  assert.equal(result.outcome?.kind, "versionPut");
});

test("a walk is reported by members, of layouts that there are", () => {
  const rig = filled(1);
  assert.equal(refusalOf(rig.walk(9)).code, "no-such-node");
  assert.equal(refusalOf(rig.walk(1, 99)).code, "invalid-command");
  expectDone(rig.walk(1, 1));
  assert.equal(nodeOf(rig.state, 1)?.layoutVersionWalked, 1);
  expectDone(rig.walk(1, 0));
  assert.equal(nodeOf(rig.state, 1)?.layoutVersionWalked, 1);
});

/** Begins an operation from the layout that there is. */
function begin(rig: ClusterRig, kind: "drain" | "optimize", node = 0): CommandResult {
  const value = { baseVersion: rig.layoutVersion, kind, node, mayNarrow: false };
  return rig.apply({ kind: "beginOperation", value });
}

test("M12 an operation has the layout to itself, but for what mends a transition", () => {
  const rig = filled(8);
  expectDone(begin(rig, "drain", 3));
  assert.equal(refusalOf(begin(rig, "optimize")).code, "operation-open");
  assert.equal(refusalOf(rig.change({ kind: "drain", node: 4 })).code, "operation-open");
  expectDone(rig.change({ kind: "drain", node: 3 }));
  expectDone(rig.change({ kind: "drain", node: 4 }, true));
  rig.walkAll();
  const { operation } = upkeepOf(rig.state);
  assert.deepEqual([operation?.kind, operation?.node], ["drain", 3]);
  const end = { kind: "endOperation", value: { logIndex: operation?.logIndex ?? 0 } } as const;
  expectDone(rig.apply(end));
  assert.equal(refusalOf(rig.apply(end)).code, "no-operation");
  expectDone(rig.change({ kind: "undrain", node: 3 }));
  checkState(rig.state);
});

test("M12 an operation begins from the layout that it was planned from, and from nothing else", () => {
  const rig = filled(6);
  assert.equal(refusalOf(begin(rig, "drain", 9)).code, "no-such-node");
  const early = {
    baseVersion: rig.layoutVersion,
    kind: "drain",
    node: 3,
    mayNarrow: true,
  } as const;
  expectDone(rig.change({ kind: "grow", nodes: [rig.join().node] }));
  assert.equal(
    refusalOf(rig.apply({ kind: "beginOperation", value: early })).code,
    "layout-changed",
  );
  assert.equal(refusalOf(begin(rig, "drain", 3)).code, "transition-open");
  rig.walkAll();
  expectDone(rig.change({ kind: "drain", node: 3 }));
  assert.equal(refusalOf(begin(rig, "drain", 3)).code, "wrong-node-state");
  // What is on its way back can be turned round once more.
  expectDone(rig.undo());
  assert.equal(refusalOf(begin(rig, "drain", 4)).code, "transition-open");
  expectDone(begin(rig, "drain", 3));
  expectDone(rig.undo());
  assert.equal(nodeOf(rig.state, 3)?.state, "draining");
  checkState(rig.state);
});

test("a pause outlasts operations", () => {
  const rig = filled(7);
  expectDone(rig.apply({ kind: "pauseUpkeep", value: { isPaused: true } }));
  expectDone(begin(rig, "optimize"));
  assert.equal(upkeepOf(rig.state).isPaused, true);
  const { logIndex = 0 } = upkeepOf(rig.state).operation ?? {};
  expectDone(rig.apply({ kind: "endOperation", value: { logIndex } }));
  assert.deepEqual(upkeepOf(rig.state), { isPaused: true });
});
