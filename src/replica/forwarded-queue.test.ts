import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCommand } from "#format/index.ts";
import { ForwardedQueue } from "./forwarded-queue.ts";
import { createBucket } from "./replica-rig.ts";

const envelope = { number: 1, lowWater: 1, unitLowWater: 1, timeUnixMs: 0, timeInDoubt: false };
const command = encodeCommand({ ...envelope, body: createBucket("b".repeat(40)) });

test("what never finds room in the log is pushed back at once, and the rest by bytes", async () => {
  const sizeBytes = command.length + 64;
  const limits = { queueBytesMax: 7 * sizeBytes };
  const queue = new ForwardedQueue(limits, { entryDataBytesMax: 4 * sizeBytes });
  assert.equal((await queue.add(Array.from({ length: 5 }, () => command))).outcome, "busy");
  assert.ok(queue.isEmpty);
  const waiting = [1, 2, 3].map(() => queue.add([command, command]));
  assert.equal((await queue.add([command, command])).outcome, "busy", "enough is waiting");
  assert.equal(queue.take(1).length, 1, "one in any case");
  queue.refuse("not-leader");
  const outcomes = await Promise.all(waiting.slice(1));
  assert.deepEqual(outcomes, [
    { outcome: "not-leader", term: 0 },
    { outcome: "not-leader", term: 0 },
  ]);
});
