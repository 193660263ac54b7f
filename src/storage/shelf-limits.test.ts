import assert from "node:assert/strict";
import { test } from "node:test";
import { type Machine, simulate, type World } from "#sim/index.ts";
import { Shelf, ShelfError } from "./index.ts";
import { lookAt, putShard, rigConfig, rigShard, scanAll } from "./shelf-rig.ts";

async function onShelf(
  story: (shelf: Shelf, machine: Machine, world: World) => Promise<void>,
): Promise<void> {
  await simulate(11, async (world) => {
    const shelf = await Shelf.open(world.machine.boot(), rigConfig);
    await story(shelf, world.machine, world);
  });
}

/** Leaves so much of the disk free. */
function leaveFree(machine: Machine, freeBytes: number): void {
  machine.disk.foreignBytes = 0;
  machine.disk.foreignBytes = machine.disk.freeBytes - freeBytes;
}

test("below the reserve shards are refused; reads, removals and compaction go on", async () => {
  await onShelf(async (shelf, machine, world) => {
    const shards = Array.from({ length: 12 }, (_, number) => rigShard(number, 6000));
    for (const shard of shards) await putShard(shelf, shard);
    const reserveBytes = machine.disk.totalBytes * 0.05;
    leaveFree(machine, reserveBytes + 50_000);
    await world.sleep(2000);
    const one = await shelf.stage(rigShard(50, 40_000).description);
    assert.ok(!("kind" in one), "what fits above the reserve is taken");
    // What is being staged counts, though it is not on the disk yet.
    assert.deepEqual(await shelf.stage(rigShard(51, 40_000).description), { kind: "full" });
    assert.equal(await lookAt(shelf, shards[0] ?? rigShard(0, 6000)), "exact");
    await shelf.remove(shards.slice(0, 6).map(({ name }) => name));
    assert.equal((await shelf.compact()).kind, "compacted");
    await one.abort();
    await world.sleep(2000);
    await putShard(shelf, rigShard(51, 40_000));
  });
});

test("a disk that fills in mid-write fails that shard, and the others go on", async () => {
  await onShelf(async (shelf, machine) => {
    const before = rigShard(1, 1000);
    await putShard(shelf, before);
    const large = await shelf.stage(rigShard(2, 300_000).description);
    const fits = await shelf.stage(rigShard(3, 500).description);
    const tooLong = await shelf.stage(rigShard(4, 7000).description);
    assert.ok(!("kind" in large) && !("kind" in fits) && !("kind" in tooLong));
    await fits.write(rigShard(3, 500).data);
    await tooLong.write(rigShard(4, 7000).data);
    leaveFree(machine, 4000);
    const isFull = (error: unknown): boolean =>
      error instanceof ShelfError && error.code === "full";
    await assert.rejects(large.write(rigShard(2, 300_000).data), isFull);
    await large.abort();
    leaveFree(machine, 4000);
    const outcomes = await Promise.allSettled([
      tooLong.seal(rigShard(4, 7000).footer),
      fits.seal(rigShard(3, 500).footer),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "fulfilled"],
    );
    assert.equal(await lookAt(shelf, before), "exact");
    assert.equal(await lookAt(shelf, rigShard(3, 500)), "exact");
    const { packs } = shelf.usage();
    const packBytes = packs.headerBytes + packs.liveBytes + packs.removalBytes + packs.deadBytes;
    const [pack] = machine.disk.files("shelf/packs");
    assert.equal(pack?.file.seen.sizeBytes, packBytes, "what was cut off is taken back");
    // Room comes back, also by removal on the full disk.
    leaveFree(machine, 0);
    await shelf.remove([before.name]);
    assert.equal(await lookAt(shelf, before), "missing");
    leaveFree(machine, 1_000_000);
    await putShard(shelf, rigShard(5, 1000));
    await machine.crash("nothing");
    const again = await Shelf.open(machine.boot(), rigConfig);
    assert.equal(await lookAt(again, rigShard(3, 500)), "exact");
    assert.equal(await lookAt(again, rigShard(5, 1000)), "exact");
    assert.equal(again.usage().stagedBytes, 0);
  });
});

test("S9 after a failed sync the pack is left, and what was durable is served", async () => {
  await onShelf(async (shelf, machine) => {
    const durable = rigShard(1, 1000);
    await putShard(shelf, durable);
    machine.faults.failNext("sync", /packs/);
    const failed = rigShard(2, 1000);
    await assert.rejects(
      putShard(shelf, failed),
      (error) => error instanceof ShelfError && error.code === "io",
    );
    assert.equal(await lookAt(shelf, failed), "missing");
    assert.equal(await lookAt(shelf, durable), "exact");
    await putShard(shelf, failed);
    assert.deepEqual(
      machine.disk.list("shelf/packs").map(({ name }) => name),
      ["00000000000001.pack", "00000000000002.pack"],
    );
    await machine.crash("nothing");
    const again = await Shelf.open(machine.boot(), rigConfig);
    assert.deepEqual(
      [...(await scanAll(again)).keys()].toSorted((a, b) => a - b),
      [1, 2],
    );
  });
});

test("S9 a large shard whose sync fails leaves nothing", async () => {
  await onShelf(async (shelf, machine) => {
    for (const [kind, path] of [
      ["sync", /staged/],
      ["rename", /staged/],
      ["syncDirectory", /files\//],
    ] as const) {
      machine.faults.failNext(kind, path);
      await assert.rejects(putShard(shelf, rigShard(1, 100_000)), ShelfError);
      assert.deepEqual(machine.disk.list("shelf/staged"), []);
      assert.equal(shelf.has(rigShard(1, 100_000).name), false);
      assert.equal(shelf.usage().stagedBytes, 0);
    }
    await putShard(shelf, rigShard(1, 100_000));
    assert.equal(await lookAt(shelf, rigShard(1, 100_000)), "exact");
  });
});

test("many small shards share a sync", async () => {
  await onShelf(async (shelf, machine) => {
    await putShard(shelf, rigShard(1000, 100));
    let syncCount = 0;
    machine.onStep = ({ kind, target }) => {
      if (kind === "sync" && target.startsWith("shelf/packs")) syncCount++;
    };
    await Promise.all(Array.from({ length: 40 }, (_, i) => putShard(shelf, rigShard(i, 100))));
    assert.ok(syncCount <= 2, `${syncCount} syncs for 40 shards`);
  });
});

test("S8 a small shard is read by one read of the disk", async () => {
  await simulate(3, async (world) => {
    const shelf = await Shelf.open(world.machine.boot(), rigConfig);
    await putShard(shelf, rigShard(1, 4096));
    await lookAt(shelf, rigShard(1, 4096));
    const before = world.trace.recentLines().length;
    assert.equal(await lookAt(shelf, rigShard(1, 4096)), "exact");
    const operations = world.trace.recentLines().slice(before);
    const touching = operations.filter((line) => line.includes("shelf"));
    assert.equal(touching.length, 1, touching.join("\n"));
    assert.ok(touching[0]?.includes(" read "));
  });
});

test("S6 readers read on while packs are compacted and files removed", async () => {
  await onShelf(async (shelf) => {
    const large = rigShard(100, 200_000);
    await putShard(shelf, large);
    const shards = Array.from({ length: 12 }, (_, number) => rigShard(number, 6000));
    for (const shard of shards) await putShard(shelf, shard);
    const reader = await shelf.reader(large.name, large.root);
    assert.ok(reader?.kind === "reader");
    await shelf.remove([large.name, ...shards.slice(0, 4).map(({ name }) => name)]);
    const [reads] = await Promise.all([
      Promise.all(shards.slice(4).map((shard) => lookAt(shelf, shard))),
      shelf.compact(),
    ]);
    assert.deepEqual(new Set(reads), new Set(["exact"]));
    const read = await reader.read({ offsetBytes: 100_000, lengthBytes: 100_000 });
    assert.ok(read.kind === "bytes");
    assert.deepEqual(read.bytes, large.data.subarray(100_000));
    await reader.close();
    assert.equal(await lookAt(shelf, large), "missing");
  });
});
