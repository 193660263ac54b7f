import assert from "node:assert/strict";
import { test } from "node:test";
import { type LayoutChange, planChange, type Planned } from "./change.ts";
import type { Member, MemberState } from "./member.ts";
import { checkTable, cluster, fullness } from "./rig.ts";
import { loadsOf, movesBetween, narrowTable, type Table } from "./table.ts";

function stated(nodes: number, states: Record<number, MemberState>): Member[] {
  return cluster({ nodes }).map((member) => ({
    ...member,
    state: states[member.id] ?? "up",
  }));
}

function plan(
  members: readonly Member[],
  open: readonly Table[],
  change: LayoutChange,
  isEmpty = false,
): Planned {
  return planChange({ members, open, change, isEmpty });
}

function tableOf(planned: Planned): Table {
  assert.equal(planned.kind, "planned");
  return planned.kind === "planned" ? planned.table : assert.fail();
}

/** The table of a cluster without units, all of whose nodes take shards. */
function settled(nodes: number): Table {
  return tableOf(plan(cluster({ nodes }), [], { kind: "resize", width: Math.min(nodes, 6) }, true));
}

test("growing takes in who has joined, several at once", () => {
  const before = settled(7);
  const members = stated(9, { 8: "joining", 9: "joining" });
  const planned = plan(members, [before], { kind: "grow", nodes: [8, 9] });
  const table = tableOf(planned);
  checkTable(table, cluster({ nodes: 9 }), [before]);
  assert.ok(fullness(table, cluster({ nodes: 9 }), 6) <= 1.01);
  const gained = new Set(movesBetween(before, table).gained.keys());
  assert.deepEqual(gained, new Set([8, 9]));
});

test("a cluster without units is laid out anew, so that every width is level", () => {
  const before = settled(5);
  const members = stated(6, { 6: "joining" });
  const anew = tableOf(plan(members, [before], { kind: "grow", nodes: [6] }, true));
  for (const width of [1, 2, 3, 5, 6]) {
    assert.ok(fullness(anew, cluster({ nodes: 6 }), width) <= 1.01);
  }
  // With units in it, elders keep their indices, and the newcomer gets the last.
  const beside = tableOf(plan(members, [before], { kind: "grow", nodes: [6] }));
  assert.equal(loadsOf(beside, 5).get(6), undefined);
});

test("a change begins from the right state", () => {
  const open = [settled(7)];
  const wrong = (change: LayoutChange, states: Record<number, MemberState> = {}): void => {
    assert.equal(plan(stated(7, states), open, change).kind, "wrong-state");
  };
  wrong({ kind: "grow", nodes: [7] });
  wrong({ kind: "grow", nodes: [9] });
  wrong({ kind: "drain", node: 7 }, { 7: "draining" });
  wrong({ kind: "undrain", node: 7 });
  wrong({ kind: "replace", from: 1, to: 7 });
  wrong({ kind: "replace", from: 1, to: 7 }, { 1: "removed", 7: "joining" });
});

test("draining moves what the node held and no more; undraining brings it back in", () => {
  const before = settled(8);
  const drained = tableOf(plan(stated(8, {}), [before], { kind: "drain", node: 3 }));
  assert.equal(loadsOf(drained).get(3), undefined);
  assert.equal(movesBetween(before, drained).count, loadsOf(before).get(3));
  const members = stated(8, { 3: "draining" });
  const back = tableOf(plan(members, [drained], { kind: "undrain", node: 3 }));
  assert.deepEqual([...movesBetween(drained, back).gained.keys()], [3]);
});

test("draining past a profile's boundary needs narrower rows first", () => {
  const six = settled(6);
  const drain = { kind: "drain", node: 2 } as const;
  assert.deepEqual(plan(stated(6, {}), [six], drain), { kind: "too-wide", resizeTo: 5 });
  const narrow = tableOf(plan(stated(6, {}), [six], { kind: "resize", width: 5 }));
  assert.deepEqual(narrow, narrowTable(six, 5));
  // While the wide table is open, who stood at its last index cannot come in at another.
  assert.equal(plan(stated(6, {}), [narrow, six], drain).kind, "no-room");
  const drained = tableOf(plan(stated(6, {}), [narrow], drain));
  assert.equal(drained.width, 5);
  const five = stated(6, { 2: "draining" });
  checkTable(drained, five, [narrow]);
  assert.deepEqual(plan(five, [drained], { kind: "drain", node: 1 }), {
    kind: "too-wide",
    resizeTo: 3,
  });
  // And up again.
  const back = tableOf(plan(five, [drained], { kind: "undrain", node: 2 }));
  assert.equal(back.width, 6);
  checkTable(back, cluster({ nodes: 6 }), [drained]);
});

test("replacing is pure migration, also where every node bears load, also on top of a drain", () => {
  const before = settled(6);
  const members = stated(7, { 7: "joining" });
  const replaced = tableOf(plan(members, [before], { kind: "replace", from: 4, to: 7 }));
  assert.deepEqual(
    replaced.homes,
    before.homes.map((node) => (node === 4 ? 7 : node)),
  );
  const eight = settled(8);
  const drained = tableOf(plan(stated(8, {}), [eight], { kind: "drain", node: 1 }));
  const amended = plan(stated(9, { 1: "draining", 9: "joining" }), [drained, eight], {
    kind: "replace",
    from: 2,
    to: 9,
  });
  checkTable(tableOf(amended), stated(9, { 1: "draining", 2: "draining" }), [drained, eight]);
});

test("rows are not wider than there are members, nor without any", () => {
  const open = [settled(4)];
  const resize = (width: number): string =>
    plan(stated(4, {}), open, { kind: "resize", width }).kind;
  assert.equal(resize(5), "too-wide");
  assert.equal(resize(0), "too-wide");
  assert.equal(resize(4), "planned");
});
