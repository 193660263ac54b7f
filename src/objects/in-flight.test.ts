import assert from "node:assert/strict";
import { test } from "node:test";
import { InFlight } from "./in-flight.ts";

test("no more tasks are under way than were allowed", async () => {
  const inFlight = new InFlight(3);
  let running = 0;
  let peak = 0;
  const task = async (turns: number): Promise<void> => {
    peak = Math.max(peak, ++running);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    running--;
  };
  for (let i = 0; i < 20; i++) await inFlight.add(task((i * 7) % 11));
  await inFlight.finish();
  assert.equal(peak, 3);
  assert.equal(running, 0);
});

test("the first failure is told to the next who adds, and at the end", async () => {
  const inFlight = new InFlight(2);
  await inFlight.add(Promise.reject(new Error("first"))).catch(() => undefined);
  await assert.rejects(async () => {
    for (let i = 0; i < 5; i++) await inFlight.add(Promise.resolve());
  }, /first/);
  await inFlight.settle();
  await assert.rejects(inFlight.finish(), /first/);
});

test("finish waits for all tasks, also where one has failed", async () => {
  const inFlight = new InFlight(4);
  const slow = Promise.withResolvers<void>();
  let ended = false;
  await inFlight.add(slow.promise.then(() => void (ended = true)));
  await inFlight.add(Promise.reject(new Error("failed")));
  const finished = inFlight.finish();
  slow.resolve();
  await assert.rejects(finished, /failed/);
  assert.ok(ended);
});
