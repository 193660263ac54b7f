import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import type { StoreDamagedError } from "#base/store-damaged-error.ts";
import { simulate, type World } from "#sim/index.ts";
import { CheckedStore } from "./index.ts";

const key = utf8("key");

async function run(body: (world: World) => Promise<void>): Promise<void> {
  await simulate(1, body);
}

test("C2 a value ends in the CRC32C of key and value", () =>
  run(async ({ machine }) => {
    const store = await machine.boot().stores.open("s");
    new CheckedStore(store, "s").write([{ key, value: utf8("value") }]);
    // crc32c("keyvalue"), little-endian.
    assert.equal(store.get(key)?.toHex(), "76616c7565" + "448900e8");
  }));

test("C2 what was put is given back, by get, scan and snapshot", () =>
  run(async ({ machine }) => {
    const store = new CheckedStore(await machine.boot().stores.open("s"), "s");
    store.write([
      { key, value: utf8("one") },
      { key: utf8("kez"), value: new Uint8Array(0) },
    ]);
    const snapshot = store.snapshot();
    await store.write([{ key, value: undefined }]).flushed;
    assert.equal(store.get(key), undefined);
    assert.deepEqual(snapshot.get(key), utf8("one"));
    assert.deepEqual(
      [...snapshot.scan({ start: key })].map(([, value]) => value.length),
      [3, 0],
    );
    assert.deepEqual(
      [...store.scan({ start: key })].map(([found]) => found),
      [utf8("kez")],
    );
    snapshot.close();
    assert.ok(store.sizeBytes() > 0);
    await store.close();
  }));

test("C2 any flipped bit is noticed by every way to read, and its owner is told", () =>
  run(async ({ machine }) => {
    const below = await machine.boot().stores.open("s");
    const told: StoreDamagedError[] = [];
    const store = new CheckedStore(below, "s", (error) => told.push(error));
    await store.write([{ key, value: utf8("value") }]).flushed;
    for (let bit = 0; bit < 9 * 8; bit++) {
      machine.stores.flipBit("s", key, bit);
      assert.throws(() => store.get(key), { name: "StoreDamagedError", store: "s" });
      assert.throws(() => [...store.scan({ start: key })], { name: "StoreDamagedError" });
      const snapshot = store.snapshot();
      assert.throws(() => snapshot.get(key), { name: "StoreDamagedError" });
      machine.stores.flipBit("s", key, bit);
    }
    assert.equal(told.length, 3 * 9 * 8);
    assert.deepEqual(store.get(key), utf8("value"));
  }));

test("C2 a value of another key, and one too short to be checked, are noticed", () =>
  run(async ({ machine }) => {
    const below = await machine.boot().stores.open("s");
    const store = new CheckedStore(below, "s");
    store.write([{ key, value: utf8("value") }]);
    const stored = below.get(key) ?? new Uint8Array(0);
    below.write([
      { key: utf8("kez"), value: stored },
      { key: utf8("short"), value: Uint8Array.of(1, 2, 3) },
    ]);
    assert.throws(() => store.get(utf8("kez")), { name: "StoreDamagedError" });
    assert.throws(() => store.get(utf8("short")), { name: "StoreDamagedError" });
  }));
