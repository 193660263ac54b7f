import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MemoryState } from "./rig.ts";
import { RowCache } from "./row-cache.ts";
import { readRow, StateBatch, type Table } from "./state-batch.ts";

const words: Table<{ text: string }> = {
  encode: ({ text }) => new TextEncoder().encode(text),
  decode: (bytes) => ({ text: new TextDecoder("utf-8").decode(bytes) }),
  isKept: true,
};
const passing: Table<{ text: string }> = { ...words, isKept: false };

/** Few keys, so that they come again; more than the cache keeps in the last test. */
const key = fc.uint8Array({ minLength: 1, maxLength: 2, max: 3 });
const step = fc.record({
  key,
  write: fc.option(fc.option(fc.string({ maxLength: 3 }), { nil: undefined }), { nil: "none" }),
});

function stateOf(): { state: MemoryState; cache: RowCache } {
  const state = new MemoryState();
  return { state, cache: new RowCache(state) };
}

test("what the cache reads is what the state holds, whatever is written between", () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { state, cache } = stateOf();
      for (const { key: at, write } of steps) {
        if (write !== "none") {
          const value = write === undefined ? undefined : words.encode({ text: write });
          cache.forget(at);
          state.write([{ key: at, value }]);
        }
        const expected = readRow(state, words, at);
        assert.deepEqual(readRow(cache, words, at), expected);
        assert.deepEqual(new StateBatch(cache).read(words, at), expected);
        assert.deepEqual(cache.get(at), state.get(at));
      }
    }),
  );
});

test("rows of a kept table are decoded once, others each time", () => {
  const { state, cache } = stateOf();
  const at = Uint8Array.of(1);
  state.write([{ key: at, value: words.encode({ text: "row" }) }]);
  assert.equal(cache.read(words, at), cache.read(words, at));
  assert.notEqual(cache.read(passing, at), cache.read(passing, at));
});

test("the rows kept are bounded", () => {
  const { state, cache } = stateOf();
  const keyOf = (n: number): Uint8Array => Uint8Array.of(n >>> 8, n & 0xff);
  for (let n = 0; n < 3000; n++) {
    state.write([{ key: keyOf(n), value: words.encode({ text: `${n}` }) }]);
  }
  const first = cache.read(words, keyOf(0));
  for (let n = 0; n < 3000; n++) assert.equal(cache.read(words, keyOf(n))?.text, `${n}`);
  assert.notEqual(cache.read(words, keyOf(0)), first);
});
