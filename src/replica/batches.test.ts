import assert from "node:assert/strict";
import { test } from "node:test";
import { Batches, type BatchesParts } from "./batches.ts";

test("R3 a batch for which there is no room waits for what is on its way to the disk", async () => {
  const synced = Promise.withResolvers<void>();
  const events: string[] = [];
  const woken = Promise.withResolvers<void>();
  const parts = {
    // A further segment is ready, and what was appended before takes all of it.
    state: {
      log: {
        prepareRoom: () => {
          events.push("prepared");
          return Promise.resolve(true);
        },
        sync: () => synced.promise,
      },
      store: { unflushedBytes: 0 },
    },
    limits: { unflushedBytesMax: 1 },
    wake: () => {
      events.push("woken");
      woken.resolve();
    },
    onFailure: (error: unknown) => assert.fail(String(error)),
  };
  const batches = new Batches(parts as unknown as BatchesParts);
  batches.awaitRoom();
  batches.awaitRoom();
  for (let i = 0; i < 20; i++) await Promise.resolve();
  assert.deepEqual(events, ["prepared"], "nobody goes round until then");
  synced.resolve();
  await woken.promise;
  assert.deepEqual(events, ["prepared", "woken"]);
});
