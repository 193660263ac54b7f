import assert from "node:assert/strict";
import { test } from "node:test";
import { planTable } from "./plan.ts";
import { cluster, made } from "./rig.ts";
import { foundingTable, loadsOf, narrowTable, rowOf } from "./table.ts";
import {
  awaitedNodes,
  closeTransition,
  homesToTry,
  type Layout,
  openTransition,
  undoTransition,
  unitRow,
} from "./transition.ts";

test("tables are opened on top, undone by changing places, and closed but for the newest", () => {
  const founded = { version: 1, open: ["a"] };
  const grown = openTransition(founded, "b");
  assert.deepEqual(grown, { version: 2, open: ["b", "a"] });
  const undone = undoTransition(grown);
  assert.deepEqual(undone, { version: 3, open: ["a", "b"] });
  assert.deepEqual(undoTransition(undone), { version: 4, open: ["b", "a"] });
  assert.deepEqual(closeTransition(undone), { version: 3, open: ["a"] });
});

test("A2: no more than four tables are open, and only a plain transition is undone", () => {
  let amended: Layout<string> = { version: 1, open: ["a"] };
  for (const table of ["b", "c", "d"]) amended = openTransition(amended, table);
  assert.equal(amended.open.length, 4);
  assert.throws(() => openTransition(amended, "e"), /A2/);
  assert.throws(() => undoTransition(amended), /A2/);
  assert.throws(() => undoTransition({ version: 1, open: ["a"] }), /A2/);
});

test("a transition waits for those that gain shards, in any open table", () => {
  const before = made(planTable({ members: cluster({ nodes: 7 }), width: 6, open: [] }));
  const after = made(planTable({ members: cluster({ nodes: 8 }), width: 6, open: [before] }));
  assert.deepEqual(awaitedNodes([after, before]), new Set([8]));
  // Undone, those wait that had given shards to it.
  assert.deepEqual(awaitedNodes([before, after]), new Set([1, 2, 3, 4, 5, 6, 7]));
  assert.deepEqual(awaitedNodes([after]), new Set());
  const narrow = narrowTable(before, 5);
  assert.deepEqual(awaitedNodes([narrow, before]), new Set());
});

test("a unit stands at the newest row that has room for it, and is sought in all", () => {
  const rows = [
    [7, 8, 3],
    [1, 2, 3, 4, 5],
    [6, 2, 3, 4, 5],
  ];
  assert.deepEqual(unitRow(rows, 3), rows[0]);
  assert.deepEqual(unitRow(rows, 5), rows[1]);
  assert.equal(unitRow(rows, 6), undefined);
  assert.deepEqual(homesToTry(rows, { shardCount: 3, index: 0 }), [7, 1, 6]);
  assert.deepEqual(homesToTry(rows, { shardCount: 3, index: 2 }), [3]);
  // A wider unit is at the older table first.
  assert.deepEqual(homesToTry(rows, { shardCount: 5, index: 1 }), [2, 8]);
  assert.deepEqual(homesToTry(rows, { shardCount: 6, index: 4 }), [5]);
});

test("a narrower table is the first homes of each row", () => {
  const table = made(planTable({ members: cluster({ nodes: 6 }), width: 6, open: [] }));
  const narrow = narrowTable(table, 3);
  assert.deepEqual(rowOf(narrow, 4_095), rowOf(table, 4_095).subarray(0, 3));
  assert.deepEqual(loadsOf(narrow), loadsOf(table, 3));
  assert.throws(() => narrowTable(foundingTable(1), 2), /A2/);
});
