import assert from "node:assert/strict";
import { test } from "node:test";
import { compareBytes, utf8 } from "#base/bytes.ts";
import { seededPrng } from "#base/prng.ts";
import type { KeyRange, KeyValue, KeyValueReader, KeyValueStores } from "#ports/index.ts";

/** Calls `use` with the stores of an empty data directory, and clears away behind it. */
export type WithStores = (use: (stores: KeyValueStores) => Promise<void>) => Promise<void>;

/**
 * What every KeyValueStores does while power stays on; run for the real one and the simulated one.
 *
 * @param world named in the tests
 */
export function keyValueContract(world: string, withStores: WithStores): void {
  const storesTest: StoresTest = (name, use) => {
    test(`key-value (${world}): ${name}`, () => withStores(use));
  };
  batchContract(storesTest);
  scanContract(storesTest);
  storesContract(storesTest);
}

type StoresTest = (name: string, use: (stores: KeyValueStores) => Promise<void>) => void;

function batchContract(storesTest: StoresTest): void {
  storesTest("a batch is visible when write returns, and stays", async (stores) => {
    const store = await stores.open("store");
    const { flushed } = put(store, "a", "1");
    assert.equal(textAt(store, "a"), "1");
    await flushed;
    assert.equal(textAt(store, "a"), "1");
    assert.equal(textAt(store, "b"), undefined);
    await store.close();
    const again = await stores.open("store");
    assert.equal(textAt(again, "a"), "1");
    await again.close();
  });

  storesTest("later changes of a batch win, and undefined removes", async (stores) => {
    const store = await stores.open("store");
    put(store, "gone", "x");
    const { flushed } = store.write([
      { key: utf8("a"), value: utf8("1") },
      { key: utf8("a"), value: utf8("2") },
      { key: utf8("gone"), value: undefined },
      { key: utf8("never"), value: undefined },
      { key: utf8("empty"), value: new Uint8Array(0) },
    ]);
    assert.deepEqual(pairs(store), ["a=2", "empty="]);
    await flushed;
    assert.deepEqual(pairs(store), ["a=2", "empty="]);
    await store.close();
  });

  storesTest("what was read does not change", async (stores) => {
    const store = await stores.open("store");
    put(store, "key", "before");
    const read = store.get(utf8("key"));
    await store.flush();
    const readFlushed = store.get(utf8("key"));
    put(store, "key", "after!");
    for (let i = 0; i < 200; i++) put(store, `other${i}`, "x".repeat(100));
    await store.flush();
    for (let i = 0; i < 200; i++) store.get(utf8(`other${i}`));
    assert.equal(new TextDecoder().decode(read), "before");
    assert.equal(new TextDecoder().decode(readFlushed), "before");
    await store.close();
  });

  storesTest("a flush covers every batch before it, and asks for no more", async (stores) => {
    const store = await stores.open("store");
    await store.flush();
    let isFlushed = false;
    void put(store, "a", "1").flushed.then(() => (isFlushed = true));
    await store.flush();
    assert.ok(isFlushed);
    await store.close();
  });

  storesTest("an empty batch resolves, after those before it", async (stores) => {
    const store = await stores.open("store");
    let isFlushed = false;
    void put(store, "a", "1").flushed.then(() => (isFlushed = true));
    await store.write([]).flushed;
    assert.ok(isFlushed);
    await store.close();
  });

  storesTest("keys of 1 and of 1,900 bytes and large values are kept", async (stores) => {
    const store = await stores.open("store");
    const long = new Uint8Array(1900).fill(255);
    const large = new Uint8Array(300_000).fill(3);
    const { flushed } = store.write([
      { key: new Uint8Array([0]), value: utf8("zero") },
      { key: long, value: large },
    ]);
    assert.equal(store.get(long)?.length, 300_000);
    await flushed;
    assert.deepEqual(store.get(long), large);
    assert.deepEqual(store.get(new Uint8Array([0])), utf8("zero"));
    assert.throws(() => store.write([{ key: new Uint8Array(1901), value: utf8("") }]));
    assert.throws(() => store.write([{ key: new Uint8Array(0), value: utf8("") }]));
    await store.close();
  });
}

function scanContract(storesTest: StoresTest): void {
  storesTest("ranges are half open, in both directions and limited", async (stores) => {
    const store = await stores.open("store");
    for (const key of ["a", "b", "b\0", "c", "d"]) put(store, key, key);
    const keys = (range: KeyRange): string[] =>
      pairs(store, range).map((p) => p.split("=")[0] ?? "");
    for (const isFlushed of [false, true]) {
      if (isFlushed) await store.write([]).flushed;
      assert.deepEqual(keys({ start: utf8("b") }), ["b", "b\0", "c", "d"]);
      assert.deepEqual(keys({ start: utf8("b"), end: utf8("d") }), ["b", "b\0", "c"]);
      assert.deepEqual(keys({ start: utf8("b"), end: utf8("d"), reverse: true }), [
        "c",
        "b\0",
        "b",
      ]);
      assert.deepEqual(keys({ start: utf8("aa"), reverse: true, limit: 2 }), ["d", "c"]);
      assert.deepEqual(keys({ start: utf8("a"), limit: 0 }), []);
      assert.deepEqual(keys({ start: utf8("c"), end: utf8("b") }), []);
      assert.deepEqual(keys({ start: utf8("x") }), []);
    }
    await store.close();
  });

  storesTest("a scan shows the store as it was when it was begun", async (stores) => {
    const store = await stores.open("store");
    for (let i = 10; i < 30; i++) put(store, `k${i}`, "old");
    const scan = store.scan({ start: utf8("k") });
    const { flushed } = store.write([
      { key: utf8("k15"), value: undefined },
      { key: utf8("k16"), value: utf8("new") },
      { key: utf8("k9"), value: utf8("new") },
    ]);
    await flushed;
    const seen = [...scan].map(([, value]) => new TextDecoder().decode(value));
    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, () => "old"),
    );
    await store.close();
  });

  storesTest(
    "a snapshot stays as it was, while batches are written and flushed",
    async (stores) => {
      const store = await stores.open("store");
      put(store, "a", "1");
      const snapshot = store.snapshot();
      await put(store, "a", "2").flushed;
      await store.write([{ key: utf8("b"), value: utf8("2") }]).flushed;
      assert.deepEqual(pairs(snapshot), ["a=1"]);
      assert.equal(textAt(snapshot, "b"), undefined);
      assert.deepEqual(pairs(store), ["a=2", "b=2"]);
      snapshot.close();
      await store.close();
    },
  );

  storesTest("random batches and reads agree with a plain map", async (stores) => {
    const store = await stores.open("store");
    const model = new Map<string, string>();
    const prng = seededPrng(11);
    for (let round = 0; round < 120; round++) {
      const batch = Array.from({ length: prng.below(8) }, () => ({
        key: `k${prng.below(60)}`,
        value: prng.below(3) === 0 ? undefined : `v${prng.below(1000)}`,
      }));
      for (const { key, value } of batch) {
        if (value === undefined) model.delete(key);
        else model.set(key, value);
      }
      const { flushed } = store.write(
        batch.map(({ key, value }) => ({
          key: utf8(key),
          value: value === undefined ? undefined : utf8(value),
        })),
      );
      if (prng.below(4) === 0) await flushed;
      const start = `k${prng.below(60)}`;
      const end = `k${prng.below(60)}`;
      const reverse = prng.below(2) === 0;
      const limit = prng.below(30);
      const keys = [...model.keys()].filter((key) => key >= start && key < end).sort();
      if (reverse) keys.reverse();
      assert.deepEqual(
        pairs(store, { start: utf8(start), end: utf8(end), reverse, limit }),
        keys.slice(0, limit).map((key) => `${key}=${model.get(key)}`),
      );
    }
    await store.close();
  });
}

function storesContract(storesTest: StoresTest): void {
  storesTest("stores exist by name, apart from each other", async (stores) => {
    assert.equal(await stores.exists("one"), false);
    const one = await stores.open("one");
    const two = await stores.open("two");
    assert.equal(await stores.exists("one"), true);
    put(one, "a", "1");
    put(two, "a", "2");
    assert.equal(textAt(one, "a"), "1");
    await one.close();
    await two.close();
    assert.equal(await stores.exists("one"), true);
  });

  storesTest("rename replaces a closed store, remove takes it away", async (stores) => {
    for (const name of ["one", "two"]) {
      const store = await stores.open(name);
      put(store, "name", name);
      await store.close();
    }
    await stores.rename("two", "one");
    assert.equal(await stores.exists("two"), false);
    const store = await stores.open("one");
    assert.equal(textAt(store, "name"), "two");
    await store.close();
    await stores.remove("one");
    await stores.remove("one");
    assert.equal(await stores.exists("one"), false);
    const fresh = await stores.open("one");
    assert.deepEqual(pairs(fresh), []);
    await fresh.close();
  });

  storesTest("inspect tells what is there", async (stores) => {
    assert.equal(await stores.inspect("one", 1000), "missing");
    const store = await stores.open("one");
    for (let i = 0; i < 500; i++) put(store, `k${i}`, "v".repeat(i));
    await store.close();
    assert.equal(await stores.inspect("one", 10_000), "intact");
    assert.equal(await stores.inspect("one", 0), "intact");
    assert.equal(await stores.inspect("two", 1000), "missing");
  });

  storesTest("close makes everything last, also what nobody waited for", async (stores) => {
    const store = await stores.open("store");
    const flushes: Promise<void>[] = [];
    for (let i = 0; i < 300; i++) flushes.push(put(store, `k${i}`, `v${i}`).flushed);
    await store.close();
    await Promise.all(flushes);
    const again = await stores.open("store");
    assert.equal(pairs(again).length, 300);
    assert.ok(again.sizeBytes() > 0);
    await again.close();
  });
}

function put(store: KeyValue, key: string, value: string): { flushed: Promise<void> } {
  return store.write([{ key: utf8(key), value: utf8(value) }]);
}

function textAt(reader: KeyValueReader, key: string): string | undefined {
  const value = reader.get(utf8(key));
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

/** The pairs of a range as `key=value`, which must come in byte order. */
function pairs(reader: KeyValueReader, range: KeyRange = { start: new Uint8Array(0) }): string[] {
  const decoder = new TextDecoder();
  const found: string[] = [];
  let last: Uint8Array | undefined;
  for (const [key, value] of reader.scan(range)) {
    const order = last === undefined ? 0 : compareBytes(last, key) * (range.reverse ? -1 : 1);
    assert.ok(last === undefined || order < 0, "pairs come in order");
    last = key;
    found.push(`${decoder.decode(key)}=${decoder.decode(value)}`);
  }
  return found;
}
