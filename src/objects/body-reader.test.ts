import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import { BodyReader, BodySizeError } from "./body-reader.ts";

interface Source extends AsyncIterable<Uint8Array> {
  returned: boolean;
  ended: boolean;
}

function sourceOf(chunks: readonly Uint8Array[]): Source {
  const source: Source = {
    returned: false,
    ended: false,
    async *[Symbol.asyncIterator]() {
      try {
        for (const chunk of chunks) yield chunk;
        source.ended = true;
      } finally {
        source.returned = true;
      }
    },
  };
  return source;
}

test("bytes come through in order whatever the chunks and the buffers", async () => {
  const arrays = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 12 });
  const property = fc.asyncProperty(
    arrays,
    fc.integer({ min: 1, max: 30 }),
    async (chunks, size) => {
      const whole = concatBytes(chunks);
      const reader = new BodyReader(sourceOf(chunks));
      const read: Uint8Array[] = [];
      for (let left = whole.length; left > 0; left -= size) {
        const target = new Uint8Array(Math.min(size, left));
        await reader.readInto(target);
        read.push(target);
      }
      await reader.finish();
      assert.deepEqual(concatBytes(read), whole);
    },
  );
  await fc.assert(property);
});

test("O4 a body that is shorter or longer than declared is told", async () => {
  const code = (expected: string) => (error: unknown) =>
    error instanceof BodySizeError && error.code === expected;
  const short = new BodyReader(sourceOf([new Uint8Array(3), new Uint8Array(4)]));
  await assert.rejects(short.readInto(new Uint8Array(8)), code("short"));
  const long = new BodyReader(sourceOf([new Uint8Array(3), new Uint8Array(0), new Uint8Array(1)]));
  await long.readInto(new Uint8Array(3));
  await assert.rejects(long.finish(), code("long"));
});

test("the body is pulled to its end, where it makes its own checks", async () => {
  const source = sourceOf([new Uint8Array(3)]);
  const reader = new BodyReader(source);
  await reader.readInto(new Uint8Array(3));
  assert.ok(!source.ended);
  await reader.finish();
  assert.ok(source.ended);
});

test("a body that nobody will pull any more is told so, once", async () => {
  const source = sourceOf([new Uint8Array(3), new Uint8Array(3)]);
  const reader = new BodyReader(source);
  await reader.readInto(new Uint8Array(1));
  await reader.close();
  await reader.close();
  assert.ok(source.returned && !source.ended);
});
