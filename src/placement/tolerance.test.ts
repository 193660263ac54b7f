import assert from "node:assert/strict";
import { test } from "node:test";
import { planTable } from "./plan.ts";
import { cluster, made } from "./rig.ts";
import { foundingTable } from "./table.ts";
import { toleranceOf } from "./tolerance.ts";

const wide = { k: 4, m: 2 };

test("six nodes in three zones: any two nodes, or one zone", () => {
  const members = cluster({ nodes: 6, zones: 3 });
  const table = made(planTable({ members, width: 6, open: [] }));
  assert.deepEqual(toleranceOf([table], members, wide), { nodes: 2, hosts: 2, zones: 1 });
  assert.deepEqual(toleranceOf([table], members, { k: 1, m: 2 }), { nodes: 2, hosts: 2, zones: 2 });
});

test("six nodes on one host: any two nodes, and no host", () => {
  const zoned = cluster({ nodes: 6, zones: 3 }).map((member) => ({ ...member, host: "only" }));
  const table = made(planTable({ members: zoned, width: 6, open: [] }));
  assert.deepEqual(toleranceOf([table], zoned, wide), { nodes: 2, hosts: 0, zones: 1 });
});

test("one node, and a unit that no table has room for, tolerate nothing", () => {
  const members = cluster({ nodes: 1 });
  const none = { nodes: 0, hosts: 0, zones: 0 };
  assert.deepEqual(toleranceOf([foundingTable(1)], members, { k: 1, m: 0 }), none);
  assert.deepEqual(toleranceOf([foundingTable(1)], members, wide), none);
});

test("while a transition is open, the weaker table counts", () => {
  const before = cluster({ nodes: 6 });
  const after = cluster({ nodes: 6, zones: 3 });
  const old = made(planTable({ members: before, width: 6, open: [] }));
  // As if zones had been named only now: the old rows do not spread over them.
  const flat = { ...old, homes: old.homes.map((_, i) => [1, 4, 2, 5, 3, 6][i % 6] ?? 0) };
  const skewed = { ...old, homes: old.homes.map((_, i) => [1, 2, 3, 4, 5, 6][i % 6] ?? 0) };
  assert.equal(toleranceOf([skewed], after, { k: 1, m: 1 }).zones, 1);
  assert.equal(toleranceOf([flat, skewed], after, { k: 1, m: 1 }).zones, 0);
});

test("a node that is no member any more fails by itself", () => {
  const members = cluster({ nodes: 2 });
  const table = made(planTable({ members, width: 2, open: [] }));
  const rest = members.filter(({ id }) => id === 1);
  assert.deepEqual(toleranceOf([table], rest, { k: 1, m: 1 }), { nodes: 1, hosts: 1, zones: 1 });
});
