import assert from "node:assert/strict";
import { test } from "node:test";
import { type Machine, simulate } from "#sim/index.ts";
import { Shelf, ShelfError } from "./index.ts";
import { lookAt, putShard, rigConfig, rigShard, scanAll } from "./shelf-rig.ts";

/** Runs a story on a machine with an empty shelf. */
async function onShelf(story: (shelf: Shelf, machine: Machine) => Promise<void>): Promise<void> {
  await simulate(11, async (world) => {
    const shelf = await Shelf.open(world.machine.boot(), rigConfig);
    await story(shelf, world.machine);
  });
}

const small = 1000;
const large = 100_000;

test("a shard is staged, sealed, read and removed", async () => {
  await onShelf(async (shelf) => {
    for (const shard of [rigShard(1, small), rigShard(2, large)]) {
      assert.equal(await lookAt(shelf, shard), "missing");
      await putShard(shelf, shard);
      assert.equal(await lookAt(shelf, shard), "exact");
      assert.deepEqual(await shelf.verify(shard.name), { kind: "intact" });
      await shelf.remove([shard.name]);
      assert.equal(shelf.has(shard.name), false);
      assert.equal(await lookAt(shelf, shard), "missing");
    }
  });
});

test("S1 sealing a shard again changes nothing, another under its name fails", async () => {
  await onShelf(async (shelf) => {
    for (const sizeBytes of [small, large]) {
      const first = rigShard(1, sizeBytes);
      const other = rigShard(1, sizeBytes, 99);
      await putShard(shelf, first);
      const before = shelf.usage();
      await putShard(shelf, first);
      await assert.rejects(
        putShard(shelf, other),
        (error) => error instanceof ShelfError && error.code === "conflict",
      );
      assert.deepEqual(shelf.usage().files, before.files);
      assert.equal(await lookAt(shelf, first), "exact");
      await shelf.remove([first.name]);
    }
  });
});

test("S1 of two shards sealed under one name at once one wins", async () => {
  await onShelf(async (shelf) => {
    const one = rigShard(1, small);
    const other = rigShard(1, small, 99);
    const outcomes = await Promise.allSettled([putShard(shelf, one), putShard(shelf, other)]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    assert.equal(await lookAt(shelf, one), "exact");
  });
});

test("S3 what was never sealed vanishes", async () => {
  await onShelf(async (shelf, machine) => {
    for (const shard of [rigShard(1, small), rigShard(2, large)]) {
      const staged = await shelf.stage(shard.description);
      assert.ok(!("kind" in staged));
      await staged.write(shard.data);
    }
    const aborted = await shelf.stage(rigShard(3, large).description);
    assert.ok(!("kind" in aborted));
    await aborted.abort();
    assert.equal(machine.disk.list("shelf/staged").length, 1);
    await machine.crash("everything");
    const again = await Shelf.open(machine.boot(), rigConfig);
    assert.deepEqual(machine.disk.list("shelf/staged"), []);
    assert.equal((await scanAll(again)).size, 0);
    assert.equal(again.usage().stagedBytes, 0);
  });
});

test("S4 a start after a crash finds every sealed shard, and no other", async () => {
  await onShelf(async (shelf, machine) => {
    const shards = Array.from({ length: 40 }, (_, i) => rigShard(i, i % 5 === 0 ? large : small));
    await Promise.all(shards.map((shard) => putShard(shelf, shard)));
    await shelf.remove(shards.slice(0, 10).map(({ name }) => name));
    const usage = shelf.usage();
    await machine.crash("nothing");
    const again = await Shelf.open(machine.boot(), rigConfig);
    assert.deepEqual(again.usage(), usage);
    for (const [i, shard] of shards.entries()) {
      assert.equal(await lookAt(again, shard), i < 10 ? "missing" : "exact");
    }
  });
});

test("S5 a missing or damaged index is rebuilt from a full scan of packs and files", async () => {
  await onShelf(async (shelf, machine) => {
    const shards = Array.from({ length: 60 }, (_, i) => rigShard(i, i % 5 === 0 ? large : small));
    for (const shard of shards) await putShard(shelf, shard);
    await shelf.remove(shards.slice(0, 20).map(({ name }) => name));
    while ((await shelf.compact()).kind === "compacted");
    const usage = shelf.usage();
    const found = await scanAll(shelf);
    await shelf.close();
    for (const harm of ["removed", "damaged"]) {
      await machine.shutDown();
      if (harm === "removed") machine.stores.stores.delete("shelf-index");
      else machine.stores.damage("shelf-index");
      const again = await Shelf.open(machine.boot(), rigConfig);
      assert.deepEqual(await scanAll(again), found);
      assert.deepEqual(again.usage(), usage);
      for (const shard of shards.slice(20)) assert.equal(await lookAt(again, shard), "exact");
      await again.close();
    }
  });
});
