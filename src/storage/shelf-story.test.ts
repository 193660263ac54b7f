import assert from "node:assert/strict";
import { test } from "node:test";
import { type Machine, simulate, type World } from "#sim/index.ts";
import { Shelf } from "./index.ts";
import { pendingRange } from "./shelf-keys.ts";
import { lookAt, putShard, rigConfig, rigShard, scanAll } from "./shelf-rig.ts";

async function onShelf(
  story: (shelf: Shelf, machine: Machine, world: World) => Promise<void>,
  seed = 11,
): Promise<void> {
  await simulate(seed, async (world) => {
    const shelf = await Shelf.open(world.machine.boot(), rigConfig);
    await story(shelf, world.machine, world);
  });
}

test("S4 what a killed process had written is durable before the index tells of it", async () => {
  await onShelf(async (shelf, machine, world) => {
    await putShard(shelf, rigShard(1, 1000));
    for (let number = 2; number < 40; number++) {
      void putShard(shelf, rigShard(number, 1000)).catch(() => undefined);
    }
    // Until a write is done and its sync is not.
    await new Promise<void>((resolve) => {
      machine.onStep = ({ kind }) => void (kind === "write" && resolve());
    });
    machine.onStep = undefined;
    await machine.kill();
    const second = await Shelf.open(machine.boot(), rigConfig);
    const found = await scanAll(second);
    assert.ok(found.size > 1, "what was written is there, though nobody was told so");
    await world.sleep(500);
    await machine.crash("nothing");
    const third = await Shelf.open(machine.boot(), rigConfig);
    assert.deepEqual(await scanAll(third), found);
  });
});

test("S5 a removal outlives its record's pack as long as what it removed is there", async () => {
  await onShelf(async (shelf, machine) => {
    // Pack 1: shards. Pack 2: the record of one's removal among shards that go.
    const first = Array.from({ length: 6 }, (_, number) => rigShard(number, 6000));
    for (const shard of first) await putShard(shelf, shard);
    const gone = first[0];
    assert.ok(gone !== undefined);
    await shelf.remove([gone.name]);
    const second = Array.from({ length: 6 }, (_, i) => rigShard(10 + i, 6000));
    for (const shard of second) await putShard(shelf, shard);
    await shelf.remove(second.map(({ name }) => name));
    await putShard(shelf, rigShard(20, 100));
    const packs = (): string[] => machine.disk.list("shelf/packs").map(({ name }) => name);
    assert.equal((await shelf.compact({ deadFractionMin: 0.5 })).kind, "compacted");
    assert.ok(packs().includes("00000000000001.pack"), "the removed shard's bytes are there");
    assert.ok(!packs().includes("00000000000002.pack"), "the pack of its removal is gone");
    const usage = shelf.usage();
    assert.ok(usage.packs.removalBytes > 0);
    await machine.crash("nothing");
    machine.stores.lose("shelf-index");
    const again = await Shelf.open(machine.boot(), rigConfig);
    assert.equal(await lookAt(again, gone), "missing");
    assert.deepEqual(again.usage(), usage);
    // With the last pack that it is about the removal's record is dead too.
    while ((await again.compact({ deadFractionMin: 0.000_1 })).kind === "compacted");
    assert.equal(again.usage().packs.removalBytes, 0);
  });
});

test("S6 a shard that is removed while compaction moves it is gone", async () => {
  for (let delayUs = 0; delayUs < 4000; delayUs += 100) {
    await onShelf(async (shelf, machine, world) => {
      const shards = Array.from({ length: 6 }, (_, number) => rigShard(number, 6000));
      for (const shard of shards) await putShard(shelf, shard);
      await shelf.remove(shards.slice(0, 3).map(({ name }) => name));
      const compacting = shelf.compact();
      await world.sleep(delayUs / 1000);
      await shelf.remove(shards.slice(3, 5).map(({ name }) => name));
      assert.deepEqual(await Promise.all(shards.map((shard) => lookAt(shelf, shard))), [
        ...Array.from({ length: 5 }, () => "missing"),
        "exact",
      ]);
      assert.equal((await compacting).kind, "compacted");
      for (const losesIndex of [false, true]) {
        await machine.crash("nothing");
        if (losesIndex) machine.stores.lose("shelf-index");
        const again = await Shelf.open(machine.boot(), rigConfig);
        assert.deepEqual([...(await scanAll(again)).keys()], [5]);
      }
    }, delayUs);
  }
});

test("S7 nothing stays pending when the shelf is at rest", async () => {
  await onShelf(async (shelf, machine) => {
    for (let number = 0; number < 4; number++) await putShard(shelf, rigShard(number, 50_000));
    await shelf.remove([rigShard(0, 50_000).name, rigShard(1, 50_000).name]);
    await shelf.close();
    await machine.shutDown();
    const store = await machine.boot().stores.open("shelf-index");
    assert.deepEqual([...store.scan(pendingRange)], []);
  });
});

test("the shelf goes on with the pack that a clean stop left", async () => {
  await onShelf(async (shelf, machine) => {
    await putShard(shelf, rigShard(1, 100));
    await shelf.close();
    await shelf.close();
    await assert.rejects(putShard(shelf, rigShard(2, 100)), /closed/);
    await machine.shutDown();
    const again = await Shelf.open(machine.boot(), rigConfig);
    await putShard(again, rigShard(2, 100));
    assert.equal(again.usage().packs.count, 1);
    assert.deepEqual(
      [...(await scanAll(again)).keys()].toSorted((a, b) => a - b),
      [1, 2],
    );
    const listed = [];
    for (let partition = 0; partition < 4096; partition++) listed.push(...again.list(partition));
    assert.equal(listed.length, 2);
  });
});

test("a walk goes on where an earlier one stopped", async () => {
  await onShelf(async (shelf) => {
    for (let number = 0; number < 100; number++) await putShard(shelf, rigShard(number, 50));
    const whole = [];
    for await (const { name } of shelf.scan()) whole.push(name);
    assert.equal(whole.length, 100);
    const rest = [];
    for await (const { name } of shelf.scan(whole[69])) rest.push(name);
    assert.deepEqual(rest, whole.slice(70));
  });
});
