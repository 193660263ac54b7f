// The coordinators on a whole simulated node: a story, then what clients rely on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kib, mib } from "#base/bytes.ts";
import { simulate, simulateTwice } from "../../sim/index.ts";
import { abortUpload, completeUpload, copyObject, createUpload, deleteObjects } from "./change.ts";
import { findObject } from "./get.ts";
import { get, heldBytes, never, plainHeaders, put, startNode, stopNode } from "./node-rig.ts";
import { putPart } from "./put.ts";
import { contentOf } from "./rig.ts";

const del = (key: string) => ({ bucket: "b", deletions: [{ key }], bypassGovernance: false });

test("a story: an object is put, read, overwritten, copied and deleted", async () => {
  await simulateTwice(1, async (world) => {
    const node = await startNode(world.machine.boot());
    const { context } = node;
    const first = contentOf(300_000, 1);
    const stored = await put(node, "photos/cat.jpg", first);
    assert.ok(stored.kind === "done");
    assert.equal(stored.value.sizeBytes, 300_000);

    const found = await findObject(context, { bucket: "b", key: "photos/cat.jpg", signal: never });
    assert.ok(found.kind === "found");
    assert.deepEqual(found.versionId, stored.value.versionId);
    assert.equal(found.object.etag, '"300000"');
    assert.deepEqual(await get(node, "photos/cat.jpg"), first);
    const range = { offsetBytes: 100_000, lengthBytes: 70_000 };
    const part = await get(node, "photos/cat.jpg", range);
    assert.deepEqual(part, first.subarray(100_000, 170_000));

    const second = contentOf(10, 2);
    await put(node, "photos/cat.jpg", second);
    assert.deepEqual(await get(node, "photos/cat.jpg"), second);

    const source = await findObject(context, { bucket: "b", key: "photos/cat.jpg", signal: never });
    assert.ok(source.kind === "found");
    const copied = await copyObject(context, {
      sourceBucket: "b",
      sourceKey: "photos/cat.jpg",
      sourceVersionId: source.versionId,
      bucket: "b",
      key: "copy",
      checksums: [],
    });
    assert.equal(copied.kind, "done");
    assert.deepEqual(await get(node, "copy"), second);

    await deleteObjects(context, del("photos/cat.jpg"));
    assert.equal(await get(node, "photos/cat.jpg"), undefined);
    assert.deepEqual(await get(node, "copy"), second);
    await stopNode(node);
  });
});

test("O1 what was acknowledged is there after a power cut", async () => {
  await simulate(2, async (world) => {
    const { machine } = world;
    const node = await startNode(machine.boot());
    const sizes = [0, 1, 4096, 64 * kib, 128 * kib + 1, 700_000, 2 * mib + 5];
    await Promise.all(sizes.map((size) => put(node, `key-${size}`, contentOf(size, size))));
    await deleteObjects(node.context, del("key-4096"));
    await machine.crash("nothing");
    const again = await startNode(machine.boot());
    for (const size of sizes) {
      const expected = size === 4096 ? undefined : contentOf(size, size);
      assert.deepEqual(await get(again, `key-${size}`), expected, `${size} bytes`);
    }
    await stopNode(again);
  });
});

test("O2 a write that the state refuses changes nothing and gives its space back", async () => {
  await simulate(3, async (world) => {
    const node = await startNode(world.machine.boot());
    await put(node, "a", contentOf(1000, 1));
    const before = heldBytes(node);
    for (const size of [100, 400_000, 2.5 * mib]) {
      const bytes = contentOf(size, 2);
      const conditions = { ifMatch: [], ifNoneMatch: ["*"] };
      const unmet = await put(node, "a", bytes, { conditions });
      assert.ok(unmet.kind === "refused");
      assert.equal(unmet.refusal.code, "precondition-failed");
      const nowhere = await put(node, "a", bytes, { bucket: "no-such-bucket" });
      assert.ok(nowhere.kind === "refused");
      assert.equal(nowhere.refusal.code, "no-such-bucket");
      assert.equal(heldBytes(node), before, `${size} bytes`);
    }
    assert.deepEqual(await get(node, "a"), contentOf(1000, 1));
    await stopNode(node);
  });
});

test("an object is uploaded in parts, out of order and one of them twice", async () => {
  await simulate(4, async (world) => {
    const node = await startNode(world.machine.boot());
    const { context } = node;
    const begun = await createUpload(context, {
      bucket: "b",
      key: "large",
      headers: plainHeaders,
      checksumType: "composite",
      owner: "account",
    });
    assert.ok(begun.kind === "done");
    const { uploadId } = begun.value;
    const partOf = async (partNumber: number, bytes: Uint8Array): Promise<void> => {
      const outcome = await putPart(context, {
        bucket: "b",
        key: "large",
        uploadId,
        partNumber,
        sizeBytes: bytes.length,
        body: (async function* () {
          yield bytes;
        })(),
        finish: () => Promise.resolve({ etag: `e${partNumber}`, checksums: [] }),
        signal: never,
      });
      assert.equal(outcome.kind, "done");
    };
    await partOf(2, contentOf(100, 9));
    await partOf(1, contentOf(5 * mib, 1));
    await partOf(2, contentOf(1000, 2));
    const complete = () =>
      completeUpload(context, {
        bucket: "b",
        key: "large",
        uploadId,
        parts: [
          { number: 1, etag: "e1" },
          { number: 2, etag: "e2" },
        ],
        etag: "composite-2",
        checksums: [],
      });
    const done = await complete();
    assert.ok(done.kind === "done");
    assert.equal(done.value.sizeBytes, 5 * mib + 1000);
    assert.deepEqual(await complete(), done, "a retried Complete gets the same answer");
    const border = await get(node, "large", { offsetBytes: 5 * mib - 3, lengthBytes: 10 });
    const expected = [...contentOf(5 * mib, 1).slice(-3), ...contentOf(1000, 2).slice(0, 7)];
    assert.deepEqual([...(border ?? [])], expected);
    await stopNode(node);
  });
});

test("a part of an upload that is gone is refused, and its space comes back", async () => {
  await simulate(5, async (world) => {
    const node = await startNode(world.machine.boot());
    const name = { bucket: "b", key: "k", uploadId: new Uint8Array(16).fill(1) };
    const refused = await putPart(node.context, {
      ...name,
      partNumber: 1,
      sizeBytes: 10,
      body: (async function* () {
        yield contentOf(10, 1);
      })(),
      finish: () => Promise.resolve({ etag: "e", checksums: [] }),
      signal: never,
    });
    assert.ok(refused.kind === "refused");
    assert.equal(refused.refusal.code, "no-such-upload");
    assert.equal(heldBytes(node), 0);
    const aborted = await abortUpload(node.context, name);
    assert.ok(aborted.kind === "refused");
    await stopNode(node);
  });
});

test("O4 the bytes of one key are never those of another, with many writers at once", async () => {
  await simulateTwice(6, async (world) => {
    const node = await startNode(world.machine.boot());
    const writers = Array.from({ length: 24 }, async (_, writer) => {
      for (let round = 0; round < 3; round++) {
        const bytes = contentOf(1000 + writer * 20_011 + round, writer);
        const outcome = await put(node, `key-${writer % 5}`, bytes);
        assert.equal(outcome.kind, "done");
        const read = await get(node, `key-${writer % 5}`);
        const owner = Math.floor(((read?.length ?? 0) - 1000) / 20_011);
        assert.deepEqual(read, contentOf(read?.length ?? 0, owner));
      }
    });
    await Promise.all(writers);
    assert.equal(node.context.stripes.takenBytes, 0);
    assert.equal(node.context.reads.takenBytes, 0);
    await stopNode(node);
  });
});
