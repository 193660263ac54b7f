import assert from "node:assert/strict";
import { test } from "node:test";
import { type Machine, simulate, type World } from "#sim/index.ts";
import { Shelf } from "./index.ts";
import { entryKey } from "./shelf-keys.ts";
import { lookAt, putShard, rigConfig, type RigShard, rigShard, scanAll } from "./shelf-rig.ts";

async function onShelf(
  story: (shelf: Shelf, machine: Machine, run: { lines: string[]; world: World }) => Promise<void>,
): Promise<void> {
  const lines: string[] = [];
  await simulate(
    11,
    async (world) => {
      const shelf = await Shelf.open(world.machine.boot(), rigConfig);
      await story(shelf, world.machine, { lines, world });
    },
    { traceSink: (line) => lines.push(line) },
  );
}

/** Where the bytes of a shard lie: in which file and from where. */
function locate(machine: Machine, shard: RigShard): { path: string; offset: number } {
  for (const { path, file } of machine.disk.files("shelf")) {
    const at = Buffer.from(file.seen.bytes()).indexOf(shard.data.subarray(0, 64));
    if (at >= 0) return { path, offset: at };
  }
  throw new Error("the shard's bytes are nowhere");
}

test("S8 a flipped bit gives an error and a log line, never wrong bytes", async () => {
  await onShelf(async (shelf, machine, { lines }) => {
    for (const [number, sizeBytes] of [1000, 200_000].entries()) {
      const shard = rigShard(number, sizeBytes);
      await putShard(shelf, shard);
      const { path, offset } = locate(machine, shard);
      const block = Math.floor((sizeBytes - 1) / 65_536);
      machine.disk.flipBit(path, offset + sizeBytes - 1, 3);
      const reader = await shelf.reader(shard.name, shard.root);
      assert.ok(reader?.kind === "reader");
      const last = await reader.read({ offsetBytes: sizeBytes - 10, lengthBytes: 5 });
      assert.deepEqual([last.kind, "block" in last && last.block], ["corrupt", block]);
      if (block > 0) {
        const first = await reader.read({ offsetBytes: 0, lengthBytes: 65_536 });
        assert.ok(first.kind === "bytes");
        assert.deepEqual(first.bytes, shard.data.subarray(0, 65_536));
      }
      await reader.close();
      assert.equal((await shelf.verify(shard.name)).kind, "corrupt");
      assert.equal((await scanAll(shelf)).get(number)?.kind, "corrupt");
      assert.ok(lines.some((line) => line.includes("shardCorrupt") && line.includes(path)));
    }
  });
});

test("S8 damage to any byte of a shard's record or file is told", async () => {
  await onShelf(async (shelf, machine) => {
    const shard = rigShard(1, 200);
    await putShard(shelf, shard);
    const { path, offset } = locate(machine, shard);
    for (let at = offset - 30; at < offset + 200 + 64; at++) {
      machine.disk.flipBit(path, at, at % 8);
      assert.equal(await lookAt(shelf, shard), "corrupt", `byte ${at}`);
      machine.disk.flipBit(path, at, at % 8);
    }
    assert.equal(await lookAt(shelf, shard), "exact");
  });
});

test("S8 a shard that is not the one that was committed is told", async () => {
  await onShelf(async (shelf) => {
    const shard = rigShard(1, 1000);
    await putShard(shelf, shard);
    const stale = await shelf.reader(shard.name, rigShard(1, 1000, 99).root);
    assert.equal(stale?.kind, "corrupt");
  });
});

test("S8 an unreadable sector is told as damage", async () => {
  await onShelf(async (shelf, machine) => {
    for (const [number, sizeBytes] of [1000, 200_000].entries()) {
      const shard = rigShard(number, sizeBytes);
      await putShard(shelf, shard);
      machine.faults.failNext("read", /^shelf/);
      assert.equal(await lookAt(shelf, shard), "corrupt");
      assert.equal(await lookAt(shelf, shard), "exact");
    }
  });
});

test("S5 damage below a known durable end is corruption, above it a torn tail", async () => {
  await onShelf(async (shelf, machine, { lines }) => {
    const shards = [1, 2, 3].map((number) => rigShard(number, 1000));
    for (const shard of shards) await putShard(shelf, shard);
    await shelf.close();
    await machine.shutDown();
    const [first, , last] = shards;
    assert.ok(first !== undefined && last !== undefined);
    for (const shard of [first, last]) {
      const { path, offset } = locate(machine, shard);
      // In the head of the shard, which the frame of the record covers.
      machine.disk.flipBit(path, offset - 40, 1);
    }
    machine.stores.lose("shelf-index");
    const again = await Shelf.open(machine.boot(), rigConfig);
    assert.ok(lines.some((line) => line.includes("error packDamaged")));
    assert.ok(lines.some((line) => line.includes("info packTailTorn")));
    assert.deepEqual(
      [...(await scanAll(again)).keys()].toSorted((a, b) => a - b),
      [2],
    );
    // The pack is not appended to behind damage, and what follows is found again.
    const next = rigShard(4, 1000);
    await putShard(again, next);
    await machine.crash("nothing");
    const third = await Shelf.open(machine.boot(), rigConfig);
    assert.equal(await lookAt(third, next), "exact");
  });
});

test("S5 a shard whose data alone is damaged stays listed when the index is rebuilt", async () => {
  await onShelf(async (shelf, machine) => {
    const shard = rigShard(1, 1000);
    await putShard(shelf, shard);
    await putShard(shelf, rigShard(2, 1000));
    const { path, offset } = locate(machine, shard);
    machine.disk.flipBit(path, offset + 5, 0);
    await machine.crash("everything");
    machine.stores.lose("shelf-index");
    const again = await Shelf.open(machine.boot(), rigConfig);
    assert.equal((await again.verify(shard.name)).kind, "corrupt");
  });
});

test("S6 damage is not copied: compaction leaves the pack until the shard is removed", async () => {
  await onShelf(async (shelf, machine) => {
    const shards = Array.from({ length: 8 }, (_, number) => rigShard(number, 6000));
    for (const shard of shards) await putShard(shelf, shard);
    const [kept, ...others] = shards;
    assert.ok(kept !== undefined);
    await shelf.remove(others.slice(0, 3).map(({ name }) => name));
    const { path, offset } = locate(machine, kept);
    machine.disk.flipBit(path, offset, 0);
    assert.equal((await shelf.compact()).kind, "blocked");
    assert.equal((await shelf.compact()).kind, "idle");
    assert.equal(await lookAt(shelf, kept), "corrupt");
    for (const shard of others.slice(3)) assert.equal(await lookAt(shelf, shard), "exact");
    await shelf.remove([kept.name]);
    assert.equal((await shelf.compact()).kind, "compacted");
    await putShard(shelf, kept);
    assert.equal(await lookAt(shelf, kept), "exact");
  });
});

test("S5 a damaged value of the index has the next start build it anew", async () => {
  await onShelf(async (shelf, machine, { lines, world }) => {
    const shards = [1, 2, 3].map((number) => rigShard(number, 1000));
    for (const shard of shards) await putShard(shelf, shard);
    await shelf.close();
    await machine.shutDown();
    machine.stores.flipBit("shelf-index", entryKey(rigShard(2, 1000).name), 9);
    const again = await Shelf.open(machine.boot(), rigConfig);
    await assert.rejects(async () => {
      for (const shard of shards) await lookAt(again, shard);
    }, /checksum/);
    await world.sleep(50);
    await machine.crash("everything");
    const third = await Shelf.open(machine.boot(), rigConfig);
    assert.ok(lines.some((line) => line.includes("shelfIndexDamaged")));
    for (const shard of shards) assert.equal(await lookAt(third, shard), "exact");
  });
});

test("S5 an index that tells of packs that are gone is built anew", async () => {
  await onShelf(async (shelf, machine) => {
    const shards = Array.from({ length: 12 }, (_, number) => rigShard(number, 6000));
    for (const shard of shards) await putShard(shelf, shard);
    await shelf.close();
    await machine.shutDown();
    machine.disk.remove("shelf/packs/00000000000001.pack");
    const again = await Shelf.open(machine.boot(), rigConfig);
    const found = await scanAll(again);
    assert.ok(found.size > 0 && found.size < shards.length);
    for (const shard of shards) {
      const expected = found.has(shard.name.unit.number) ? "exact" : "missing";
      assert.equal(await lookAt(again, shard), expected);
    }
  });
});
