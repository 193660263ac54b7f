import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "#sim/index.ts";
import { openRigLog, readAll, rigEntries } from "./log-rig.ts";

test("L1 a log whose last sync failed is durable again once it is opened", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    await simulate(seed, async ({ machine }) => {
      const log = await openRigLog(machine.boot());
      log.append({ entries: rigEntries(1, 4, 1) });
      await log.sync();
      machine.faults.failNext("sync", /log\/0/);
      log.append({ entries: rigEntries(5, 4, 1) });
      await assert.rejects(log.sync());
      // Only the process ends: the system's cache still shows what the disk may not have.
      await machine.kill();

      const again = await openRigLog(machine.boot());
      const kept = again.lastIndex;
      again.append({ entries: rigEntries(kept + 1, 3, 2) });
      await again.sync();
      await machine.crash("nothing");
      const last = await openRigLog(machine.boot());
      assert.equal((await readAll(last)).length, kept + 3);
    });
  }
});
