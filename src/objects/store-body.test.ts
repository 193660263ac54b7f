import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes, kib, mib } from "#base/bytes.ts";
import type { Segment } from "#format/index.ts";
import { BodySizeError } from "./body-reader.ts";
import {
  assertNothingHeld,
  assertNothingLeft,
  collect,
  read as readRange,
  readAll,
  store,
  type Stored,
} from "./body-rig.ts";
import type { BodyBytes } from "./body-stream.ts";
import { chunksOf, contentOf, makeRig, type Rig } from "./rig.ts";
import { storeBody } from "./store-body.ts";
import { UnreadableError } from "./unreadable-error.ts";

const never = new AbortController().signal;

function read(
  rig: Rig,
  segments: readonly Segment[],
  offset: number,
  length: number,
): Promise<BodyBytes> {
  return readRange(rig, segments, { offset, length });
}

const edges = [64 * kib, 128 * kib, 256 * kib, 768 * kib, 2 * 768 * kib];
const sizes = [0, 1, ...edges.flatMap((size) => [size - 1, size, size + 1]), mib, 2_500_000];

for (const nodeCount of [1, 2, 4, 5, 6]) {
  test(`O1 O3 bodies of all sizes come back whole and in part: ${nodeCount} nodes`, async () => {
    for (const size of sizes) {
      const rig = makeRig(nodeCount);
      const bytes = contentOf(size, size);
      const { kind, segments } = await store(rig, bytes);
      assert.equal(kind, "done");
      assert.deepEqual(await collect(await read(rig, segments, 0, size)), bytes, `${size} bytes`);
      for (const offset of [0, 1, 64 * kib - 1, 200_000, 768 * kib - 5]) {
        for (const length of [1, 10, 64 * kib, 300_000]) {
          if (offset + length > size) continue;
          const part = await collect(await read(rig, segments, offset, length));
          assert.deepEqual(part, bytes.subarray(offset, offset + length));
        }
      }
      assertNothingHeld(rig);
    }
  });
}

test("O4 a body of another length than declared leaves nothing", async () => {
  for (const size of [0, 10, 200_000, mib]) {
    const rig = makeRig(6);
    const bytes = contentOf(size, 1);
    const tooShort = store(rig, bytes, { declaredBytes: size + 1 });
    await assert.rejects(tooShort, (error: BodySizeError) => error.code === "short");
    assertNothingLeft(rig);
    if (size === 0) continue;
    const tooLong = store(rig, bytes, { declaredBytes: size - 1 });
    await assert.rejects(tooLong, (error: BodySizeError) => error.code === "long");
    assertNothingLeft(rig);
  }
});

test("O4 a body whose finish throws leaves nothing, and is not committed", async () => {
  for (const size of [0, 10, mib]) {
    const rig = makeRig(4);
    const finish = (): Promise<string> => Promise.reject(new Error("BadDigest"));
    await assert.rejects(store(rig, contentOf(size, 1), { finish }), /BadDigest/);
    assertNothingLeft(rig);
    assert.equal(rig.rows.size, 0);
  }
});

test("O2 a client that goes away in the middle leaves nothing", async () => {
  const rig = makeRig(5);
  const gone = new AbortController();
  const bytes = contentOf(2 * mib, 3);
  let writes = 0;
  rig.shards.beforeOperation = async () => {
    if (++writes === 7) gone.abort(new Error("the client went away"));
  };
  await assert.rejects(store(rig, bytes, { signal: gone.signal }), /went away/);
  assertNothingLeft(rig);
});

test("O2 whatever stage, write, seal or put fails, the body is there or nothing is left", async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 6 }),
    fc.oneof(fc.integer({ min: 1, max: 64 * kib }), fc.integer({ min: 1, max: 2 * mib })),
    fc.oneof(fc.nat(4), fc.nat(60)),
    async (nodeCount, size, failing) => {
      const rig = makeRig(nodeCount);
      let operations = 0;
      rig.shards.beforeOperation = async (operation) => {
        await Promise.resolve();
        if (operation === "read") return;
        if (operations++ === failing) throw new Error("the disk failed");
      };
      const bytes = contentOf(size, 1);
      const outcome = await store(rig, bytes).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        assert.match(String(outcome), /the disk failed/);
        assert.equal(nodeCount, 1, "what the only node fails of is told");
        return assertNothingLeft(rig);
      }
      const stored = outcome as Stored;
      if (stored.kind !== "done") return assertNothingLeft(rig);
      assertNothingHeld(rig);
      assert.deepEqual(await readAll(rig, stored), bytes);
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

test("nodes without room refuse the whole body, and nothing is left", async () => {
  for (const nodeCount of [1, 2, 6]) {
    const rig = makeRig(nodeCount);
    for (let node = 1; node <= nodeCount; node++) rig.shards.full.add(node);
    for (const size of [100, mib]) {
      assert.equal((await store(rig, contentOf(size, 1))).kind, "full");
      assertNothingLeft(rig);
    }
  }
});

test("O2 a refused commit takes its shards back; one of unknown outcome leaves them", async () => {
  const refused = makeRig(2);
  const refusal = { code: "no-such-bucket", detail: "" } as const;
  const body = (bytes: Uint8Array) => ({
    sizeBytes: bytes.length,
    bytes: chunksOf(bytes, 1),
    finish: () => Promise.resolve(0),
    signal: never,
  });
  const result = await storeBody(refused.context, body(contentOf(mib, 1)), () =>
    Promise.resolve({ kind: "refused" as const, refusal }),
  );
  assert.equal(result.kind, "refused");
  assertNothingLeft(refused);

  const unknown = makeRig(2);
  const lost = storeBody(unknown.context, body(contentOf(mib, 1)), () =>
    Promise.reject(new Error("timeout")),
  );
  await assert.rejects(lost, /timeout/);
  assertNothingHeld(unknown);
  assert.ok(unknown.shards.sealed.size > 0, "it may have been committed");
});

test("O3 a flipped bit in the first stripe is known before the body is given out", async () => {
  for (const size of [5000, 200_000, mib]) {
    const rig = makeRig(1);
    const { segments } = await store(rig, contentOf(size, 1));
    const { data } = rig.shards.shardAt(0);
    data[1234] = (data[1234] ?? 0) ^ 8;
    await assert.rejects(read(rig, segments, 0, size), (error: UnreadableError) => {
      return error instanceof UnreadableError && error.code === "corrupt";
    });
    const told = new Set(rig.events.filter((event) => !event.startsWith("debug")));
    assert.deepEqual([...told], ["error shardUnreadable", "error unitUnreadable"]);
    assert.equal(rig.shards.suspects.length, 1, "the node that has it is told once");
    assertNothingHeld(rig);
  }
});

test("O3 a flipped bit further on breaks the stream there; no wrong byte was given", async () => {
  const rig = makeRig(1);
  const bytes = contentOf(2 * mib, 1);
  const { segments } = await store(rig, bytes);
  const damaged = [...rig.shards.sealed.values()][1]?.data ?? new Uint8Array(0);
  damaged[400_000] = (damaged[400_000] ?? 0) ^ 1;
  const body = await read(rig, segments, 0, bytes.length);
  assert.ok(!(body instanceof Uint8Array));
  const given: Uint8Array[] = [];
  const reading = async (): Promise<void> => {
    for await (const part of body) given.push(part);
  };
  await assert.rejects(reading(), UnreadableError);
  const whole = concatBytes(given);
  assert.deepEqual(whole, bytes.subarray(0, whole.length));
  assert.equal(whole.length, 768 * kib, "all of the unit before the damaged one");
  assertNothingHeld(rig);
});

test("O3 a shard or a row that is gone is an error, never other bytes", async () => {
  const rig = makeRig(1);
  const { segments } = await store(rig, contentOf(100_000, 1));
  const row = [...rig.rows][0];
  rig.shards.sealed.clear();
  await assert.rejects(read(rig, segments, 0, 10), (error: UnreadableError) => {
    return error.code === "missing";
  });
  rig.rows.delete(row?.[0] ?? "");
  await assert.rejects(read(rig, segments, 0, 10), /no row/);
});

test("O5 a body that nobody reads to its end gives back what it holds", async () => {
  for (const pulls of [0, 1, 3]) {
    const rig = makeRig(4);
    const { segments } = await store(rig, contentOf(mib, 1));
    const body = await read(rig, segments, 0, mib);
    assert.ok(!(body instanceof Uint8Array));
    for (let i = 0; i < pulls; i++) await body.next();
    await body.return?.();
    assertNothingHeld(rig);
    assert.equal((await body.next()).done, true);
  }
});

test("O5 clients that have sent nothing yet hold no memory", async () => {
  const rig = makeRig(1);
  const gates = Array.from({ length: 200 }, () => Promise.withResolvers<void>());
  const putAfter = (gate: Promise<void>): Promise<{ kind: string }> => {
    const body = {
      sizeBytes: 100_000,
      bytes: (async function* () {
        await gate;
        yield contentOf(100_000, 1);
      })(),
      finish: () => Promise.resolve(0),
      signal: never,
    };
    return storeBody(rig.context, body, async () => ({ kind: "done" as const }));
  };
  const puts = gates.map((gate) => putAfter(gate.promise));
  for (let i = 0; i < 50; i++) await Promise.resolve();
  assert.equal(rig.context.stripes.takenBytes, 0);
  assert.equal((await putAfter(Promise.resolve())).kind, "done");
  for (const gate of gates) gate.resolve();
  await Promise.all(puts);
  assertNothingHeld(rig);
});

test("O5 many bodies at once stay within the budgets, and all come to their end", async () => {
  const rig = makeRig(6);
  let peakBytes = 0;
  rig.shards.beforeOperation = async () => {
    peakBytes = Math.max(peakBytes, rig.context.stripes.takenBytes);
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const bodies = Array.from({ length: 40 }, (_, i) => contentOf(500_000 + i * 20_000, i));
  const stored = await Promise.all(
    bodies.map(async (bytes) => {
      const { context } = rig;
      let segments: Segment[] = [];
      const body = {
        sizeBytes: bytes.length,
        bytes: chunksOf(bytes, 1),
        finish: () => Promise.resolve(0),
        signal: never,
      };
      await storeBody(context, body, async (units) => {
        segments = rig.commit(units);
        return { kind: "done" as const };
      });
      return segments;
    }),
  );
  assert.ok(peakBytes <= 8 * mib && peakBytes > 7 * mib, `${peakBytes} bytes`);
  const reads = stored.map(async (segments, i) => {
    const bytes = bodies[i] ?? new Uint8Array(0);
    assert.deepEqual(await collect(await read(rig, segments, 0, bytes.length)), bytes);
  });
  await Promise.all(reads);
  assertNothingHeld(rig);
});
