// What a reader gets of coded bodies when nodes are away, have lost or damaged their shards, or are
// slow.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { kib, mib } from "#base/bytes.ts";
import { assertNothingHeld, collect, read, readAll, store, type Stored } from "./body-rig.ts";
import { contentOf, makeRig, type Rig } from "./rig.ts";
import type { UnreadableError } from "./unreadable-error.ts";

/** Every choice of up to `count` of the indexes below `width`. */
function choices(width: number, count: number): number[][] {
  const all: number[][] = [[]];
  for (let index = 0; index < width; index++) {
    const shorter = all.filter((chosen) => chosen.length < count);
    all.push(...shorter.map((chosen) => [...chosen, index]));
  }
  return all;
}

type Damage = "gone" | "away" | "known to be away" | "rotten" | "another";

const damages: readonly Damage[] = ["gone", "away", "known to be away", "rotten", "another"];

/** Damages the shard of an index of every unit. */
function damage(rig: Rig, { units }: Stored, index: number, how: Damage): void {
  const { sealed, down, standings } = rig.shards;
  for (const [key, shard] of sealed) {
    const isMeant = units.some(({ id }) => id.number === shard.name.unit.number);
    if (!isMeant || shard.name.index !== index) continue;
    if (how === "gone") sealed.delete(key);
    if (how === "away" || how === "known to be away") down.add(shard.node);
    if (how === "known to be away") standings.set(shard.node, "down");
    if (how === "rotten") flipEachBlock(shard.data);
    if (how === "another") shard.footer.fill(7);
  }
}

function flipEachBlock(data: Uint8Array): void {
  for (let at = 0; at < data.length; at += 64 * kib) data[at] = (data[at] ?? 0) ^ 1;
}

const profiles = [
  { nodeCount: 2, sizeBytes: 100 * kib },
  { nodeCount: 3, sizeBytes: 400 * kib },
  { nodeCount: 5, sizeBytes: 400 * kib },
  { nodeCount: 6, sizeBytes: 64 * kib },
  { nodeCount: 6, sizeBytes: 500 * kib },
];

for (const { nodeCount, sizeBytes } of profiles) {
  test(`O3 any loss of up to m shards is made up for: ${nodeCount} nodes, ${sizeBytes} bytes`, async () => {
    const bytes = contentOf(sizeBytes, nodeCount);
    const { k, m } = (await store(makeRig(nodeCount), bytes)).units[0]?.encoding ?? { k: 0, m: 0 };
    for (const lost of choices(k + m, m)) {
      for (const how of damages) {
        const rig = makeRig(nodeCount);
        const stored = await store(rig, bytes);
        for (const index of lost) damage(rig, stored, index, how);
        assert.deepEqual(await readAll(rig, stored), bytes, `${how}: ${lost.join(", ")}`);
        for (const offset of [0, 65_530, 130_000, 300_000]) {
          for (const length of [1, 20, 100_000]) {
            if (offset + length > sizeBytes) continue;
            const part = await read(rig, stored.segments, { offset, length });
            assert.deepEqual(await collect(part), bytes.subarray(offset, offset + length));
          }
        }
        assertNothingHeld(rig);
      }
    }
  });
}

test("O3 fewer than k shards are an honest error, which says what became of them", async () => {
  const codes = { gone: "missing", away: "unavailable", rotten: "corrupt" } as const;
  for (const { nodeCount, sizeBytes } of profiles) {
    for (const how of ["gone", "away", "rotten"] as const) {
      const rig = makeRig(nodeCount);
      const stored = await store(rig, contentOf(sizeBytes, 1));
      const { k, m } = stored.units[0]?.encoding ?? { k: 0, m: 0 };
      for (let index = 0; index <= m; index++) damage(rig, stored, index, how);
      await assert.rejects(readAll(rig, stored), (error: UnreadableError) => {
        assert.equal(error.code, codes[how], `${k}+${m}`);
        return true;
      });
      assertNothingHeld(rig);
    }
  }
});

test("O3 blocks that rot in different stripes of more than m shards are all made up for", async () => {
  const rig = makeRig(3, { unitSizeBytes: mib, sliceSizeBytes: 64 * kib });
  const bytes = contentOf(mib, 3);
  const stored = await store(rig, bytes);
  // One block of each of the three shards, each in a stripe of its own.
  for (const index of [0, 1, 2]) {
    const { data } = rig.shards.shardAt(index);
    const at = index * 64 * kib + 100;
    data[at] = (data[at] ?? 0) ^ 4;
  }
  assert.deepEqual(await readAll(rig, stored), bytes);
  assert.deepEqual(
    new Set(rig.shards.suspects.map(({ name }) => name.index)),
    new Set([0, 1]),
    "parity that nothing reads is for scrubbing",
  );
});

test("a range reads the slices that it touches, and those it needs to make up for them", async () => {
  const rig = makeRig(6);
  const stored = await store(rig, contentOf(700 * kib, 1));
  const reads: number[] = [];
  rig.shards.beforeOperation = async (operation, node) => {
    if (operation === "read") reads.push(node);
  };
  await collect(await read(rig, stored.segments, { offset: 70_000, length: 1000 }));
  assert.equal(reads.length, 1);
  damage(rig, stored, 1, "known to be away");
  reads.length = 0;
  await collect(await read(rig, stored.segments, { offset: 70_000, length: 1000 }));
  assert.equal(reads.length, 4);
});

test("a shard that moved is found by asking every node, once", async () => {
  const rig = makeRig(6);
  const bytes = contentOf(700 * kib, 1);
  const stored = await store(rig, bytes);
  let asked = 0;
  rig.shards.beforeOperation = async (operation) => {
    if (operation === "find") asked++;
  };
  rig.layout.version++;
  assert.deepEqual(await readAll(rig, stored), bytes);
  assert.equal(asked, 6);
});

test("a shard that answers late is made up for, and not waited for in later stripes", async () => {
  const rig = makeRig(6);
  const bytes = contentOf(1500 * kib, 1);
  const stored = await store(rig, bytes);
  const frozen = stored.units[0]?.homes[2];
  let waits = 0;
  const forever = Promise.withResolvers<void>();
  rig.shards.beforeOperation = async (operation, node) => {
    if (operation !== "read" || node !== frozen) return;
    waits++;
    queueMicrotask(() => rig.clock.pass(200));
    await forever.promise;
  };
  const reading = readAll(rig, { ...stored, segments: stored.segments.slice(0, 1) });
  // Its reads end when the reader lets go of them; here nobody does.
  setImmediate(() => forever.reject(new Error("the reader gave up")));
  assert.deepEqual(await reading, bytes.subarray(0, 768 * kib));
  assert.equal(waits, 1);
});

test("where all shards are slow, no more is read in their stead than the bound allows", async () => {
  const rig = makeRig(6);
  const bytes = contentOf(300 * kib, 1);
  const stored = await store(rig, bytes);
  let reads = 0;
  const gates: (() => void)[] = [];
  rig.shards.beforeOperation = (operation) => {
    if (operation !== "read") return Promise.resolve();
    reads++;
    return new Promise((resolve) => gates.push(resolve));
  };
  const reading = Array.from({ length: 40 }, () => readAll(rig, stored));
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    rig.clock.pass(2000);
  }
  assert.ok(reads <= 40 * 4 + 16 * 2, `${reads} reads`);
  rig.shards.beforeOperation = () => Promise.resolve();
  for (const open of gates) open();
  for (const one of await Promise.all(reading)) assert.deepEqual(one, bytes);
  assertNothingHeld(rig);
});

test("a reader that gives up ends its waits", async () => {
  const rig = makeRig(6);
  const stored = await store(rig, contentOf(300 * kib, 1));
  const gone = new AbortController();
  const forever = Promise.withResolvers<void>();
  rig.shards.beforeOperation = async (operation) => {
    if (operation !== "read") return;
    queueMicrotask(() => gone.abort(new Error("the client went away")));
    setImmediate(() => forever.reject(new Error("the reader gave up")));
    await forever.promise;
  };
  const { signal } = gone;
  const range = { offset: 0, length: 300 * kib, signal };
  await assert.rejects(read(rig, stored.segments, range), /went away/);
  assertNothingHeld(rig);
});

test("O5 many reads that make up for lost shards stay within their budget", async () => {
  const rig = makeRig(6);
  const bodies = Array.from({ length: 30 }, (_, i) => contentOf(700 * kib + i, i));
  const stored: Stored[] = [];
  for (const bytes of bodies) stored.push(await store(rig, bytes));
  rig.shards.down.add(2).add(5);
  let peakBytes = 0;
  rig.shards.beforeOperation = async () => {
    peakBytes = Math.max(peakBytes, rig.context.rebuilds.takenBytes);
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  const all = await Promise.all(stored.map((one) => readAll(rig, one)));
  for (const [i, bytes] of bodies.entries()) assert.deepEqual(all[i], bytes);
  assert.ok(peakBytes > mib && peakBytes <= 2 * mib, `${peakBytes} bytes`);
  assertNothingHeld(rig);
});

test("O3 whatever fails of what is read, no wrong byte is given", async () => {
  const cases = fc.record({
    nodeCount: fc.integer({ min: 1, max: 9 }),
    size: fc.integer({ min: 1, max: mib }),
    seed: fc.nat(),
  });
  const property = fc.asyncProperty(cases, async ({ nodeCount, size, seed }) => {
    const rig = makeRig(nodeCount);
    const bytes = contentOf(size, seed);
    const stored = await store(rig, bytes);
    let lots = seed + 1;
    const draw = (below: number): number => {
      lots = (Math.imul(lots, 1_664_525) + 1_013_904_223) >>> 0;
      return (lots >>> 8) % below;
    };
    for (const shard of rig.shards.sealed.values()) if (draw(6) === 0) flipEachBlock(shard.data);
    rig.shards.beforeOperation = async (operation, node) => {
      if (draw(8) === 0) throw new Error(`node ${node} fails to ${operation}`);
      if (draw(8) === 0) queueMicrotask(() => rig.clock.pass(50));
    };
    const offset = draw(size);
    const length = 1 + draw(size - offset);
    const outcome = await read(rig, stored.segments, { offset, length })
      .then(collect)
      .catch((error: unknown) => error);
    if (outcome instanceof Uint8Array) {
      assert.deepEqual(outcome, bytes.subarray(offset, offset + length));
    } else assert.equal((outcome as Error).name, "UnreadableError");
    assertNothingHeld(rig);
  });
  await fc.assert(property, { numRuns: 150 });
});
