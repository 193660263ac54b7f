import assert from "node:assert/strict";
import { test } from "node:test";
import { kib, mib } from "#base/bytes.ts";
import { StripePool, stripeShape, unitGeometry } from "#erasure/index.ts";
import { FairQueue } from "./fair-queue.ts";
import { ByteBudget, StripeBudget } from "./memory-budget.ts";

const never = new AbortController().signal;

test("who waits is served in order, and nobody overtakes", async () => {
  const queue = new FairQueue();
  const served: string[] = [];
  let free = 0;
  const take = (name: string, count: number): Promise<void> =>
    queue
      .take(() => (free >= count ? ((free -= count), true as const) : undefined), never)
      .then(() => void served.push(name));
  const large = take("large", 3);
  const small = take("small", 1);
  free = 2;
  queue.wake();
  await Promise.resolve();
  assert.deepEqual(served, [], "the small one waits behind the large one");
  assert.equal(
    queue.tryTake(() => true),
    undefined,
    "and so does a third",
  );
  free = 4;
  queue.wake();
  await Promise.all([large, small]);
  assert.deepEqual(served, ["large", "small"]);
});

test("who gives up leaves the queue, and lets the next one pass", async () => {
  const queue = new FairQueue();
  const gone = new AbortController();
  let free = 1;
  const large = queue.take(() => (free >= 9 ? true : undefined), gone.signal);
  const small = queue.take(() => (free >= 1 ? ((free -= 1), true as const) : undefined), never);
  gone.abort(new Error("the client went away"));
  await assert.rejects(large, /went away/);
  await small;
  assert.equal(queue.waitingCount, 0);
  await assert.rejects(
    queue.take(() => true, gone.signal),
    /went away/,
  );
});

test("O5 bytes beyond the budget wait until others are given back", async () => {
  const budget = new ByteBudget(100);
  assert.ok(budget.tryTake(60));
  assert.ok(!budget.tryTake(60));
  const waiting = budget.take(60, never);
  budget.release(60);
  await waiting;
  assert.equal(budget.takenBytes, 60);
  budget.release(60);
  assert.throws(() => budget.release(1), /O5/);
});

test("O5 what is larger than the whole budget passes alone", async () => {
  const budget = new ByteBudget(100);
  await budget.take(500, never);
  assert.ok(!budget.tryTake(1));
  budget.release(500);
  assert.ok(budget.tryTake(1));
});

test("O5 stripes beyond the pool wait until others are released", async () => {
  const profile = { k: 4, m: 2 };
  const geometry = unitGeometry({ unitSizeBytes: mib, profile, sliceSizeBytes: 256 * kib });
  const shape = stripeShape(geometry, 0);
  const budget = new StripeBudget(new StripePool(2 * mib));
  const first = await budget.take(shape, profile, never);
  const second = budget.take(shape, profile, never);
  assert.equal(budget.takenBytes, 1.5 * mib);
  budget.release(first);
  budget.release(await second);
  assert.equal(budget.takenBytes, 0);
});
