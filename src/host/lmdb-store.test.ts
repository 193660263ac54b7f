import assert from "node:assert/strict";
import {
  mkdtempSync,
  rmSync,
  truncateSync,
  openSync,
  writeSync,
  closeSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { compareBytes, toHex, utf8 } from "#base/bytes.ts";
import type { KeyRange, KeyValue, KeyValueChange, KeyValueReader } from "#ports/index.ts";
import { lmdbStores } from "./key-value.ts";

async function withDirectory(run: (root: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "hamster-store-"));
  try {
    await run(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

type Model = Map<string, Uint8Array>;

function modelRange(model: Model, range: KeyRange): string[] {
  const pairs = [...model]
    .map(([key, value]) => [Uint8Array.fromHex(key), value] as const)
    .filter(([key]) => compareBytes(key, range.start) >= 0)
    .filter(([key]) => range.end === undefined || compareBytes(key, range.end) < 0)
    .sort((a, b) => compareBytes(a[0], b[0]));
  if (range.reverse === true) pairs.reverse();
  return pairs.slice(0, range.limit ?? pairs.length).map(([k, v]) => `${toHex(k)}=${toHex(v)}`);
}

function readerRange(reader: KeyValueReader, range: KeyRange): string[] {
  return [...reader.scan(range)].map(([k, v]) => `${toHex(k)}=${toHex(v)}`);
}

const key = fc.uint8Array({ minLength: 1, maxLength: 3, max: 4 });
const change = fc.record({
  key,
  value: fc.option(fc.uint8Array({ maxLength: 5 }), { nil: undefined, freq: 3 }),
});
const range = fc.record({
  start: fc.uint8Array({ maxLength: 3, max: 4 }),
  end: fc.option(fc.uint8Array({ maxLength: 3, max: 4 }), { nil: undefined }),
  reverse: fc.boolean(),
  limit: fc.option(fc.nat(6), { nil: undefined }),
});
const step = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), batch: fc.array(change, { maxLength: 6 }) }),
  fc.record({ kind: fc.constant("scan" as const), range }),
  fc.record({ kind: fc.constant("hold" as const), range }),
  fc.record({ kind: fc.constant("get" as const), key }),
  fc.record({ kind: fc.constant("snapshot" as const) }),
  fc.record({ kind: fc.constant("turn" as const), turns: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ kind: fc.constant("flush" as const) }),
);

test("reads, scans and snapshots show all batches so far, also those on their way", async () => {
  await withDirectory(async (root) => {
    const stores = lmdbStores(root);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const store = await stores.open(`run-${run++}`);
        const model: Model = new Map();
        const later: (() => void)[] = [];
        for (const each of steps) {
          if (each.kind === "write") {
            store.write(each.batch);
            applyTo(model, each.batch);
          } else if (each.kind === "get") {
            assert.deepEqual(store.get(each.key), model.get(toHex(each.key)));
          } else if (each.kind === "scan") {
            assert.deepEqual(readerRange(store, each.range), modelRange(model, each.range));
          } else if (each.kind === "hold") {
            const scan = store.scan(each.range);
            const expected = modelRange(model, each.range);
            later.push(() => {
              assert.deepEqual(
                [...scan].map(([k, v]) => `${toHex(k)}=${toHex(v)}`),
                expected,
              );
            });
          } else if (each.kind === "snapshot") {
            later.push(heldSnapshot(store, model));
          } else if (each.kind === "turn") {
            for (let i = 0; i < each.turns; i++) await new Promise((done) => setImmediate(done));
          } else {
            await store.flush();
          }
        }
        for (const check of later) check();
        await store.close();
      }),
      { numRuns: 60 },
    );
  });
});

function heldSnapshot(store: KeyValue, model: Model): () => void {
  const snapshot = store.snapshot();
  const copy = new Map(model);
  const whole = { start: new Uint8Array(0) };
  return () => {
    assert.deepEqual(readerRange(snapshot, whole), modelRange(copy, whole));
    for (const [key, value] of copy) assert.deepEqual(snapshot.get(Uint8Array.fromHex(key)), value);
    snapshot.close();
    snapshot.close();
  };
}

function applyTo(model: Model, batch: readonly KeyValueChange[]): void {
  for (const { key, value } of batch) {
    if (value === undefined) model.delete(toHex(key));
    else model.set(toHex(key), value);
  }
}

test("values are stable arrays of their own, of any size", async () => {
  await withDirectory(async (root) => {
    const store = await lmdbStores(root).open("store");
    const values = [0, 1, 200, 5_000, 70_000, 3_000_000].map((size) =>
      new Uint8Array(size).fill(size % 251),
    );
    await store.write(values.map((value, i) => ({ key: utf8(`k${i}`), value }))).flushed;
    const read = values.map((_, i) => store.get(utf8(`k${i}`)));
    const scanned = [...store.scan({ start: utf8("k") })];
    assert.deepEqual(read, values);
    assert.deepEqual(
      scanned.map(([, value]) => value),
      values,
    );
    assert.equal(Object.getPrototypeOf(read[2]), Uint8Array.prototype);
    assert.equal(Object.getPrototypeOf(scanned[2]?.[0]), Uint8Array.prototype);
    await store.close();
  });
});

test("keys of 1 to 1,900 bytes are kept, others refused; bounds may be longer", async () => {
  await withDirectory(async (root) => {
    const store = await lmdbStores(root).open("store");
    const longest = new Uint8Array(1900).fill(0xff);
    await store.write([{ key: longest, value: utf8("v") }]).flushed;
    assert.deepEqual(store.get(longest), utf8("v"));
    assert.equal(readerRange(store, { start: longest }).length, 1);
    assert.equal(readerRange(store, { start: new Uint8Array(5000).fill(0xff) }).length, 0);
    const end = new Uint8Array(5000).fill(0xff);
    assert.equal(readerRange(store, { start: new Uint8Array(0), end, reverse: true }).length, 1);
    for (const size of [0, 1901]) {
      assert.throws(() => store.write([{ key: new Uint8Array(size), value: utf8("v") }]));
    }
    await store.close();
  });
});

test("a store is renamed over another, removed, and told to exist", async () => {
  await withDirectory(async (root) => {
    const stores = lmdbStores(root);
    for (const name of ["old", "new"]) {
      const store = await stores.open(name);
      store.write([{ key: utf8("name"), value: utf8(name) }]);
      await store.close();
    }
    await stores.rename("new", "old");
    assert.equal(await stores.exists("new"), false);
    const store = await stores.open("old");
    assert.deepEqual(store.get(utf8("name")), utf8("new"));
    await assert.rejects(stores.remove("old"), /closed/);
    await store.close();
    await stores.remove("old");
    await stores.remove("old");
    assert.equal(await stores.exists("old"), false);
    assert.equal(await stores.inspect("old", 1000), "missing");
  });
});

test("inspection finds damage that would kill the process, and passes a sound store", async () => {
  await withDirectory(async (root) => {
    const stores = lmdbStores(root);
    const file = join(root, "store", "data.mdb");
    const refill = async (): Promise<void> => {
      await stores.remove("store");
      const store = await stores.open("store");
      const batch = Array.from({ length: 5000 }, (_, i) => ({
        key: utf8(`key-${String(i).padStart(6, "0")}`),
        value: new Uint8Array(300),
      }));
      store.write(batch);
      await store.close();
    };
    await refill();
    assert.equal(await stores.inspect("store", 10_000), "intact");

    truncateSync(file, statSync(file).size / 2);
    assert.equal(await stores.inspect("store", 10_000), "damaged");
    await assert.rejects(stores.open("store"), { name: "StoreDamagedError" });

    await refill();
    truncateSync(file, 100);
    assert.equal(await stores.inspect("store", 10_000), "damaged");
    await assert.rejects(stores.open("store"), { name: "StoreDamagedError" });

    await refill();
    overwrite(file, 0, 8192, 0xa5);
    assert.equal(await stores.inspect("store", 10_000), "damaged");
    await assert.rejects(stores.open("store"), { name: "StoreDamagedError" });

    await refill();
    overwrite(file, 8192, statSync(file).size - 8192, 0xa5);
    assert.equal(await stores.inspect("store", 10_000), "damaged");
  });
});

function overwrite(file: string, offset: number, length: number, byte: number): void {
  const fd = openSync(file, "r+");
  writeSync(fd, new Uint8Array(length).fill(byte), 0, length, offset);
  closeSync(fd);
}
