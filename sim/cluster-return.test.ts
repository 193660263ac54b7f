import assert from "node:assert/strict";
import { test } from "node:test";
import { three } from "./cluster-rig.ts";
import { simulate } from "./index.ts";

test("a node that is back is written to at once, where nobody else could take the shard", async () => {
  for (const awayMs of [5_000, 8_000]) {
    await simulate(awayMs, async (world) => {
      const [a, b, c] = await three(world);
      const { disk } = c.machine;
      disk.foreignBytes += disk.freeBytes - 2 * 1024 * 1024;
      await b.machine.crash();
      const missed = {
        method: "PUT" as const,
        path: "/bucket/missed",
        body: new Uint8Array(2_000_000),
      };
      // What is wanted of it meanwhile is dialled for, ever more seldom.
      for (const endMs = world.nowMs + awayMs; world.nowMs < endMs; await world.sleep(100)) {
        const { status } = await a.callOnce(missed);
        assert.notEqual(status, 200);
      }
      await b.start();
      // Tried once: nobody is told to come again.
      for (const member of [a, b, c]) {
        const path = `/bucket/by-${member.machine.name}`;
        for (const sizeBytes of [1_000, 2_000_000]) {
          const call = { method: "PUT" as const, path, body: new Uint8Array(sizeBytes) };
          const { status } = await member.callOnce(call);
          assert.equal(status, 200, `${sizeBytes} ${path}, ${awayMs} ms away`);
        }
      }
    });
  }
});
