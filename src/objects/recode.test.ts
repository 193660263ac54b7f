// Units that are coded anew while homes are away, others do the same, or the layout changes.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { kib } from "#base/bytes.ts";
import type { Profile } from "#erasure/index.ts";
import type { EncodingSwap } from "#format/index.ts";
import { assertNothingHeld, readAll, store, type Stored } from "./body-rig.ts";
import { recodeUnits, type RecodingOutcome } from "./recode.ts";
import { contentOf, makeRig, type Rig } from "./rig.ts";

const never = new AbortController().signal;
const profiles: readonly Profile[] = [
  { k: 1, m: 1 },
  { k: 1, m: 2 },
  { k: 2, m: 1 },
  { k: 3, m: 2 },
  { k: 4, m: 2 },
];

/** Codes all units of a body anew. */
function recode(rig: Rig, { units }: Stored, profile: Profile): Promise<RecodingOutcome[]> {
  const recodings = units.map(({ id }) => ({ id, profile }));
  return recodeUnits(rig.context, recodings, never);
}

function kindsOf(outcomes: readonly RecodingOutcome[]): string {
  const texts = outcomes.map((one) => (one.kind === "held" ? `held: ${one.by}` : one.kind));
  return [...new Set(texts)].join(", ");
}

/** All new shards are sealed where the swap says, each on its own node. */
function assertDurable(rig: Rig, { unit, encoding, homes, skipped }: EncodingSwap): void {
  for (const [index, node] of homes.entries()) {
    if (skipped.includes(index)) continue;
    assert.ok(rig.holds(node, { unit, encoding: encoding.id, index }), "O11: sealed before");
  }
  assert.equal(new Set(homes).size, homes.length);
}

/** Shards of encodings that no row names. */
function orphansOf({ shards, rows }: Rig): number {
  const named = new Set([...rows.values()].map(({ encoding }) => encoding.id.number));
  return [...shards.sealed.values()].filter(({ name }) => !named.has(name.encoding.number)).length;
}

test("O11 a body coded anew again and again is the same, under any profile", async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 2_000_000 }),
    fc.array(fc.constantFrom(...profiles), { minLength: 1, maxLength: 4 }),
    async (size, chain) => {
      const rig = makeRig(6);
      const bytes = contentOf(size, size);
      const stored = await store(rig, bytes);
      rig.beforeSwap = async (swaps) => {
        for (const swap of swaps) assertDurable(rig, swap);
        assert.deepEqual(await readAll(rig, stored), bytes);
      };
      for (const profile of chain) {
        assert.equal(kindsOf(await recode(rig, stored, profile)), "recoded");
        assert.deepEqual(await readAll(rig, stored), bytes);
        assertNothingHeld(rig);
        for (const { encoding } of rig.rows.values()) assert.equal(encoding.k, profile.k);
      }
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

test("O11 of two nodes that code a unit anew one is too late, and takes back what it wrote", async () => {
  const rig = makeRig(6);
  const bytes = contentOf(1_500_000, 1);
  const stored = await store(rig, bytes);
  const before = rig.shards.sealed.size;
  const outcomes = await Promise.all([
    recode(rig, stored, { k: 2, m: 1 }),
    recode(rig, stored, { k: 3, m: 2 }),
  ]);
  assert.deepEqual(outcomes.map(kindsOf).sort(), ["overtaken", "recoded"]);
  assert.equal(orphansOf(rig), before, "only the old shards are left to be forgotten");
  assertNothingHeld(rig);
  assert.deepEqual(await readAll(rig, stored), bytes);
});

test("O11 a layout change before the swap leaves the old encoding, and nothing of the new", async () => {
  const rig = makeRig(9);
  const stored = await store(rig, contentOf(700_000, 1));
  rig.beforeSwap = () => Promise.resolve(void rig.layout.version++);
  assert.equal(kindsOf(await recode(rig, stored, { k: 2, m: 1 })), "overtaken");
  assert.equal(orphansOf(rig), 0);
  assertNothingHeld(rig);
});

test("O11 a unit is coded anew only where it keeps at least what it has to spare", async () => {
  const rig = makeRig(6);
  const bytes = contentOf(700_000, 1);
  const stored = await store(rig, bytes);
  const [node] = stored.units[0]?.homes ?? [];
  assert.ok(node !== undefined);
  const wide = { k: 4, m: 2 };
  for (const [why, makeIt] of [
    ["unavailable", () => rig.shards.standings.set(node, "down")],
    ["full", () => (rig.shards.standings.clear(), rig.shards.knownFull.add(node))],
    ["full", () => (rig.shards.knownFull.clear(), rig.shards.full.add(node))],
    ["unavailable", () => (rig.shards.full.clear(), rig.shards.down.add(node))],
  ] as const) {
    makeIt();
    assert.equal(kindsOf(await recode(rig, stored, wide)), `held: ${why}`);
    assert.equal(orphansOf(rig), 0);
    assertNothingHeld(rig);
  }
  rig.shards.down.clear();
  assert.equal(kindsOf(await recode(rig, stored, { k: 1, m: 1 })), "recoded");
  // Two to spare less the one that is away are no more than it has.
  rig.shards.standings.set(node, "down");
  rig.shards.down.add(node);
  const isHome = stored.units[0]?.homes.slice(0, 2).includes(node) === true;
  assert.ok(isHome);
  assert.equal(kindsOf(await recode(rig, stored, { k: 1, m: 2 })), "held: unavailable");
});

test("O11 what fails in the middle of being coded anew leaves nothing behind", async () => {
  for (let failAt = 1; failAt < 60; failAt++) {
    const rig = makeRig(6);
    const bytes = contentOf(1000 * kib, failAt);
    const stored = await store(rig, bytes);
    let count = 0;
    rig.shards.beforeOperation = (operation) => {
      const isHit = operation !== "read" && ++count === failAt;
      return isHit ? Promise.reject(new Error("hit")) : Promise.resolve();
    };
    const outcomes = await recode(rig, stored, { k: 2, m: 1 });
    const isOver = count < failAt;
    assert.match(kindsOf(outcomes), isOver ? /^recoded$/ : /held: unavailable/);
    rig.shards.beforeOperation = () => Promise.resolve();
    assertNothingHeld(rig);
    assert.deepEqual(await readAll(rig, stored), bytes);
    if (isOver) return;
    if (!kindsOf(outcomes).includes("recoded")) assert.equal(orphansOf(rig), 0);
  }
  assert.fail("it never got through");
});

test("O3 a unit that cannot be read is not coded anew", async () => {
  const rig = makeRig(3);
  const stored = await store(rig, contentOf(600_000, 1));
  for (const index of [0, 1]) rig.shards.shardAt(index).data.fill(0, 100, 200);
  assert.equal(kindsOf(await recode(rig, stored, { k: 1, m: 1 })), "held: unreadable");
  assertNothingHeld(rig);
});
