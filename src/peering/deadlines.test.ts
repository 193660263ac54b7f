import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "#sim/index.ts";
import { Deadlines } from "./deadlines.ts";

test("deadlines come in time, none early, and not once cancelled", async () => {
  for (let seed = 0; seed < 20; seed++) {
    await simulate(seed, async (world) => {
      const { clock } = world.machine.boot();
      const deadlines = new Deadlines(clock);
      const { prng } = world;
      let pendingCount = 0;
      for (let i = 0; i < 300; i++) {
        const ms = prng.below(prng.below(2) === 0 ? 30 : 3000);
        const dueMs = clock.monotonicMs() + ms;
        const isCancelled = prng.below(3) === 0;
        const deadline = deadlines.after(ms, () => {
          assert.ok(!isCancelled, "a cancelled one does not come");
          const lateMs = clock.monotonicMs() - dueMs;
          assert.ok(lateMs >= -0.01 && lateMs < 10, `${lateMs} ms late`);
          pendingCount--;
        });
        if (isCancelled) deadline.cancel();
        else pendingCount++;
        if (prng.below(3) === 0) await clock.sleep(prng.below(20));
      }
      await clock.sleep(3020);
      assert.equal(pendingCount, 0);
    });
  }
});

test("deadlines that are closed do not come, and leave no timer", async () => {
  await simulate(1, async (world) => {
    const { clock } = world.machine.boot();
    const deadlines = new Deadlines(clock);
    deadlines.after(1000, () => assert.fail("it came"));
    deadlines.after(5, () => deadlines.close());
    await clock.sleep(2000);
  });
});
