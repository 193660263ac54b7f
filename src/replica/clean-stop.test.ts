import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { simulate } from "#sim/index.ts";
import { readCleanStop, removeCleanStop, writeCleanStop } from "./clean-stop.ts";
import { StateStore } from "./state-store.ts";

const stop = {
  last: { index: 300, term: 2 },
  hardState: { term: 2, vote: 1, commit: 290 },
  segment: 3,
  offsetBytes: 5000,
};

test("R7 the mark of a clean stop has these bytes, and is none where damaged", async () => {
  await simulate(1, async ({ machine }) => {
    const { disk } = machine.boot();
    await disk.makeDirectory("replica");
    await writeCleanStop(disk, stop);
    const bytes = machine.disk.file("replica/clean-stop").seen.bytes();
    assert.equal(
      bytes.toHex(),
      "48414d5354434c4e010000008d848f020a0508ac02100212070802100118a2021803208827",
    );
    assert.deepEqual(await readCleanStop(disk), stop);
    machine.disk.flipBit("replica/clean-stop", 20, 1);
    assert.equal(await readCleanStop(disk), undefined);
    await writeCleanStop(disk, stop);
    await removeCleanStop(disk);
    assert.equal(await readCleanStop(disk), undefined);
    assert.deepEqual(machine.disk.list("replica"), []);
  });
});

test("R3 the store says up to which entry it is applied, in this row", async () => {
  await simulate(2, async ({ machine }) => {
    const { stores } = machine.boot();
    const store = await StateStore.open(stores, "store");
    await store.write([], { index: 300, term: 2 }, 1_800_000_000_000);
    assert.equal(store.reader.get(utf8("r/applied"))?.toHex(), "0a0508ac0210021080a0f1c2b134");
    assert.equal(store.flushedIndex, 300);
    assert.throws(() => void store.write([], { index: 300, term: 2 }, 1_800_000_000_000), /R3/);
  });
});

test("R4 nothing counts as flushed at boot", async () => {
  await simulate(3, async ({ machine }) => {
    const ports = machine.boot();
    const store = await StateStore.open(ports.stores, "store");
    await store.write([], { index: 7, term: 1 }, 5);
    await store.close();
    const again = await StateStore.open(ports.stores, "store");
    assert.deepEqual([again.applied.index, again.timeUnixMs, again.flushedIndex], [7, 5, 0]);
  });
});
