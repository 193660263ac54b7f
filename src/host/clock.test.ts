import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";

test("a sleep lasts as long as it should, and ends early when it is told to", async () => {
  const start = systemClock.monotonicMs();
  await systemClock.sleep(20);
  assert.ok(systemClock.monotonicMs() - start >= 19);

  const controller = new AbortController();
  const reason = new Error("enough");
  const long = systemClock.sleep(2 ** 40, controller.signal);
  controller.abort(reason);
  await assert.rejects(long, reason);
  await assert.rejects(systemClock.sleep(0, controller.signal), reason);
});
