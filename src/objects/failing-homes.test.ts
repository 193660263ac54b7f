// Where bodies go when nodes are down, full or slow, or fail in the middle.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { kib, mib } from "#base/bytes.ts";
import { assertNothingHeld, assertNothingLeft, readAll, store, type Stored } from "./body-rig.ts";
import { contentOf, makeRig, type Rig } from "./rig.ts";
import { NoRoomError } from "./shard-store.ts";

const large = 400 * kib;

/** `k+m`, and how many shards were skipped, of a body's first unit. */
function shapeOf({ kind, units }: Stored): string {
  const [unit] = units;
  if (unit === undefined) return kind;
  return `${unit.encoding.k}+${unit.encoding.m} -${unit.skipped.length}`;
}

function makeDown(rig: Rig, count: number): void {
  for (let node = 1; node <= count; node++) {
    rig.shards.down.add(node);
    rig.shards.standings.set(node, "down");
  }
}

// Nodes, of which so many are known to be down; what a large and a small body come to.
const table = [
  { nodes: 1, down: 0, large: "1+0 -0", small: "1+0 -0" },
  { nodes: 2, down: 0, large: "1+1 -0", small: "1+1 -0" },
  { nodes: 2, down: 1, large: "unavailable", small: "unavailable" },
  { nodes: 3, down: 0, large: "2+1 -0", small: "1+1 -0" },
  { nodes: 3, down: 1, large: "1+1 -0", small: "1+1 -0" },
  { nodes: 3, down: 2, large: "unavailable", small: "unavailable" },
  { nodes: 5, down: 0, large: "3+2 -0", small: "1+2 -0" },
  { nodes: 5, down: 1, large: "3+2 -1", small: "1+2 -0" },
  { nodes: 5, down: 2, large: "2+1 -0", small: "1+2 -0" },
  { nodes: 6, down: 0, large: "4+2 -0", small: "1+2 -0" },
  { nodes: 6, down: 1, large: "4+2 -1", small: "1+2 -0" },
  { nodes: 6, down: 2, large: "3+2 -1", small: "1+2 -0" },
  { nodes: 6, down: 3, large: "2+1 -0", small: "1+2 -0" },
  { nodes: 6, down: 4, large: "1+1 -0", small: "1+2 -1" },
  { nodes: 6, down: 5, large: "unavailable", small: "unavailable" },
  { nodes: 7, down: 1, large: "4+2 -0", small: "1+2 -0" },
  { nodes: 9, down: 2, large: "4+2 -0", small: "1+2 -0" },
];

for (const { nodes, down, ...expected } of table) {
  test(`O8 the widest profile that the nodes up allow: ${nodes} nodes, ${down} down`, async () => {
    const rig = makeRig(nodes);
    makeDown(rig, down);
    for (const [size, shape] of [
      [large, expected.large],
      [1000, expected.small],
    ] as const) {
      const bytes = contentOf(size, 1);
      const stored = await store(rig, bytes);
      assert.equal(shapeOf(stored), shape);
      assertNothingHeld(rig);
      if (stored.kind === "done") assert.deepEqual(await readAll(rig, stored), bytes);
    }
  });
}

test("O8 as long as no partition has all homes up, few numbers are drawn for one", async () => {
  const rig = makeRig(6);
  makeDown(rig, 1);
  for (let i = 0; i < 10; i++) await store(rig, contentOf(large, i));
  assert.equal(rig.context.draws.count, 4);
  rig.shards.standings.clear();
  rig.shards.down.clear();
  assert.equal(shapeOf(await store(rig, contentOf(large, 1))), "4+2 -0");
  assert.equal(rig.context.draws.count, 64);
});

test("O8 a body is kept wherever a partition will do, however few numbers were worth drawing", async () => {
  const rig = makeRig(3);
  makeDown(rig, 1);
  // Of all partitions a third has the two that are up for its first homes.
  for (let i = 0; i < 60; i++) {
    assert.equal(shapeOf(await store(rig, contentOf(large, i))), "1+1 -0");
  }
});

test("slow homes are passed over while there are others", async () => {
  const rig = makeRig(9);
  rig.shards.standings.set(3, "slow");
  for (let i = 0; i < 20; i++) {
    const { units } = await store(rig, contentOf(large, i));
    assert.ok(units[0]?.homes.includes(3) === false);
  }
  for (let node = 1; node <= 9; node++) rig.shards.standings.set(node, "slow");
  assert.equal(shapeOf(await store(rig, contentOf(large, 1))), "4+2 -0");
});

test("a home without room is exchanged for another, and done without where there is none", async () => {
  const seven = makeRig(7);
  seven.shards.full.add(4);
  for (let i = 0; i < 30; i++)
    assert.equal(shapeOf(await store(seven, contentOf(large, i))), "4+2 -0");
  const six = makeRig(6);
  six.shards.full.add(4);
  assert.equal(shapeOf(await store(six, contentOf(large, 1))), "4+2 -1");
  six.shards.full.add(5);
  assert.equal(shapeOf(await store(six, contentOf(large, 1))), "3+2 -1");
  six.shards.knownFull.add(4).add(5);
  assert.equal(shapeOf(await store(six, contentOf(large, 1))), "3+2 -1");
  for (const node of [1, 2, 3, 6]) six.shards.knownFull.add(node);
  assert.equal((await store(six, contentOf(large, 1))).kind, "full");
  assertNothingHeld(six);
});

test("a home that turns out full in the middle is no full cluster: the next try goes elsewhere", async () => {
  const rig = makeRig(3);
  rig.shards.beforeOperation = async (operation, node) => {
    if (operation === "write" && node === 2) throw new NoRoomError("node 2 has no room");
  };
  assert.equal((await store(rig, contentOf(large, 1))).kind, "unavailable");
  assertNothingLeft(rig);
  rig.shards.knownFull.add(2);
  assert.equal(shapeOf(await store(rig, contentOf(large, 1))), "1+1 -0");
  rig.shards.knownFull.clear();
  rig.shards.beforeOperation = async (operation) => {
    if (operation === "write") throw new NoRoomError("no node has room");
  };
  assert.equal((await store(rig, contentOf(large, 2))).kind, "full");
});

test("O8 a small body goes to other homes where too few take it, and is skipped down to the floor", async () => {
  const rig = makeRig(4);
  const asked: number[] = [];
  rig.shards.beforeOperation = async (operation, node) => {
    if (operation !== "put") return;
    asked.push(node);
    if (asked.length === 1) throw new Error("the disk failed");
  };
  const bytes = contentOf(1000, 1);
  const stored = await store(rig, bytes);
  assert.equal(shapeOf(stored), "1+1 -0");
  assert.equal(stored.units[0]?.homes.includes(asked[0] ?? 0), false, "not asked again");
  assert.equal(rig.shards.sealed.size, 2, "what the first homes had is taken back");
  assert.deepEqual(await readAll(rig, stored), bytes);

  const wide = makeRig(6);
  let puts = 0;
  wide.shards.beforeOperation = async (operation) => {
    if (operation === "put" && ++puts === 2) throw new Error("the disk failed");
  };
  assert.equal(shapeOf(await store(wide, bytes)), "1+2 -1");
  assertNothingHeld(wide);

  const none = makeRig(2);
  none.shards.beforeOperation = async (operation, node) => {
    if (operation === "put" && node === 2) throw new Error("the disk failed");
  };
  assert.equal((await store(none, bytes)).kind, "unavailable");
  assertNothingLeft(none);
});

test("O2 a client that goes away while a small body is sealed is not told of the nodes", async () => {
  const rig = makeRig(3);
  const gone = new AbortController();
  rig.shards.beforeOperation = async () => {
    gone.abort(new Error("the client went away"));
    throw new Error("the shard was dropped");
  };
  await assert.rejects(store(rig, contentOf(1000, 1), { signal: gone.signal }), /went away/);
  assertNothingLeft(rig);
});

test("a home that fails one unit of a body is not asked to take the next", async () => {
  const rig = makeRig(6);
  const asked: string[] = [];
  rig.shards.beforeOperation = async (operation, node) => {
    if (node !== 3 || operation === "read") return;
    asked.push(operation);
    if (operation !== "stage") throw new Error("the disk failed");
  };
  const bytes = contentOf(5 * 768 * kib, 1);
  const stored = await store(rig, bytes);
  assert.ok(stored.units.every(({ skipped }) => skipped.length === 1));
  assert.deepEqual(asked, ["stage", "write"]);
  assert.deepEqual(await readAll(rig, stored), bytes);
});

test("O1 O2 O8 nodes that die at any step leave a readable body or nothing", async () => {
  const cases = fc.record({
    nodeCount: fc.integer({ min: 2, max: 8 }),
    size: fc.oneof(fc.integer({ min: 1, max: 64 * kib }), fc.integer({ min: 1, max: 2 * mib })),
    deaths: fc.array(
      fc.record({ step: fc.oneof(fc.nat(6), fc.nat(120)), node: fc.integer({ min: 1, max: 8 }) }),
      {
        maxLength: 3,
      },
    ),
  });
  const property = fc.asyncProperty(cases, async ({ nodeCount, size, deaths }) => {
    const rig = makeRig(nodeCount);
    let step = 0;
    rig.shards.beforeOperation = async (operation) => {
      await Promise.resolve();
      if (operation === "read") return;
      for (const death of deaths) if (death.step === step) rig.shards.down.add(death.node);
      step++;
    };
    const bytes = contentOf(size, 1);
    const stored = await store(rig, bytes);
    if (stored.kind !== "done") {
      assert.ok(stored.kind === "unavailable" && rig.shards.down.size > 0);
      return assertNothingLeft(rig);
    }
    assertNothingHeld(rig);
    // One loss that came too late to be skipped must not take a body of a profile with a spare.
    const isReadable = stored.units.every(({ encoding, homes, skipped }) => {
      const left = homes.filter((node, i) => !skipped.includes(i) && !rig.shards.down.has(node));
      return left.length >= encoding.k;
    });
    assert.ok(isReadable || rig.shards.down.size > 1);
    if (isReadable) assert.deepEqual(await readAll(rig, stored), bytes);
  });
  await fc.assert(property, { numRuns: 200 });
});

test("O9 a body that a layout change overtakes moves to its new homes", async () => {
  for (const [nodeCount, size] of [
    [3, 1000],
    [6, large],
    [8, 1500 * kib],
  ] as const) {
    const rig = makeRig(nodeCount);
    const bytes = contentOf(size, 1);
    let changes = 2;
    const stored = await store(rig, bytes, {
      beforeCommit: () => {
        if (changes-- > 0) rig.layout.version++;
      },
    });
    assert.equal(stored.kind, "done");
    assert.deepEqual(await readAll(rig, stored), bytes);
    const count = stored.units.reduce((sum, { homes }) => sum + homes.length, 0);
    assert.equal(rig.shards.sealed.size, count, "nothing stays at the old homes");
    assertNothingHeld(rig);
  }
});

test("O9 what the new homes cannot copy is skipped down to the floor, and refused below", async () => {
  const move = (rig: Rig) => ({
    beforeCommit: () => {
      if (rig.layout.version > 0) return;
      rig.layout.version = 1;
    },
  });
  for (const [failing, kind] of [
    [1, "done"],
    [2, "refused"],
  ] as const) {
    const rig = makeRig(12);
    let failures = 0;
    rig.shards.beforeOperation = async (operation) => {
      if (operation === "adopt" && failures++ < failing) throw new Error("no copy");
    };
    const bytes = contentOf(large, 1);
    const stored = await store(rig, bytes, move(rig));
    assert.equal(stored.kind, kind);
    if (kind === "done") assert.deepEqual(await readAll(rig, stored), bytes);
    else assertNothingLeft(rig);
  }
});

test("O9 a body that is overtaken again and again is given up", async () => {
  const rig = makeRig(9);
  const stored = await store(rig, contentOf(large, 1), {
    beforeCommit: () => void rig.layout.version++,
  });
  assert.equal(stored.kind, "refused");
  assertNothingLeft(rig);
});

test("O2 a client that goes away while shards are written is not told of the nodes", async () => {
  const rig = makeRig(6);
  const gone = new AbortController();
  rig.shards.beforeOperation = async (operation) => {
    if (operation !== "write") return;
    gone.abort(new Error("the client went away"));
    throw new Error("the shard was dropped");
  };
  await assert.rejects(store(rig, contentOf(mib, 1), { signal: gone.signal }), /went away/);
  assertNothingLeft(rig);
});
