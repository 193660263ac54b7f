import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MemoryState } from "./rig.ts";
import { readRow, StateBatch, type Table } from "./state-batch.ts";

const words: Table<string> = {
  encode: (row) => new TextEncoder().encode(row),
  decode: (bytes) => new TextDecoder("utf-8").decode(bytes),
};
const other: Table<string> = { ...words };

const key = fc.uint8Array({ minLength: 1, maxLength: 2 }).map((bytes) => bytes.map((b) => b % 4));
const write = fc.record({
  key,
  row: fc.option(fc.string({ maxLength: 3 }), { nil: undefined }),
  ranges: fc.option(
    fc.record({
      start: key,
      end: fc.option(key, { nil: undefined }),
      reverse: fc.boolean(),
      limit: fc.option(fc.nat(4), { nil: undefined }),
    }),
    { nil: undefined },
  ),
});

function text(pairs: Iterable<readonly [Uint8Array, Uint8Array]>): string[] {
  return [...pairs].map(([at, value]) => `${at.toHex()}=${value.toHex()}`);
}

test("M2: a batch reads as the state will once it is written", () => {
  fc.assert(
    fc.property(fc.array(write), fc.array(write), (below, above) => {
      const state = new MemoryState();
      const merged = new MemoryState();
      for (const { key: at, row } of below) {
        const change = { key: at, value: row === undefined ? undefined : words.encode(row) };
        state.write([change]);
        merged.write([change]);
      }
      const batch = new StateBatch(state);
      for (const { key: at, row, ranges } of above) {
        if (row === undefined) batch.remove(at);
        else batch.put(words, at, row);
        merged.write([{ key: at, value: row === undefined ? undefined : words.encode(row) }]);
        assert.equal(batch.read(words, at), row);
        assert.deepEqual(batch.get(at)?.toHex(), merged.get(at)?.toHex());
        if (ranges === undefined) continue;
        assert.deepEqual(text(batch.scan(ranges)), text(merged.scan(ranges)));
      }
      const everything = { start: new Uint8Array(1) };
      assert.deepEqual(text(batch.scan(everything)), text(merged.scan(everything)));
      state.write(batch.changes());
      assert.deepEqual(state.dump(), merged.dump());
    }),
  );
});

test("a scan shows what was there when it began", () => {
  const batch = new StateBatch(new MemoryState());
  const at = (byte: number): Uint8Array => new Uint8Array([byte]);
  for (const byte of [1, 2, 3]) batch.put(words, at(byte), `row ${byte}`);
  const seen: number[] = [];
  for (const [rowKey] of batch.scan({ start: at(0) })) {
    seen.push(rowKey[0] ?? 0);
    batch.remove(at(2));
    batch.put(words, at(9), "later");
  }
  assert.deepEqual(seen, [1, 2, 3]);
});

test("M1: a row is read as what it was put as", () => {
  const batch = new StateBatch(new MemoryState());
  batch.put(words, new Uint8Array([1]), "row");
  assert.throws(() => readRow(batch, other, new Uint8Array([1])), /M1/);
});

test("keys whose hashes collide are told apart", () => {
  // Both have the FNV-1a hash 3440614938.
  const [a, b] = [words.encode("key-126wu"), words.encode("key-1dwfa")];
  const batch = new StateBatch(new MemoryState());
  batch.put(words, a, "first");
  batch.put(words, b, "second");
  batch.put(words, a, "third");
  assert.equal(batch.read(words, a), "third");
  assert.equal(batch.read(words, b), "second");
  assert.equal(batch.changes().length, 2);
});
