import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "#sim/index.ts";
import { Replica } from "./index.ts";
import { createBucket, hasBucket, isDone, rigConfig } from "./replica-rig.ts";

test("a replica takes commands, tells their results, and knows them at the next boot", async () => {
  await simulate(1, async ({ machine }) => {
    const first = await Replica.open(machine.boot(), rigConfig());
    assert.equal(first.session.epoch, 1);
    assert.ok(isDone(await first.propose(createBucket("bucket-one"))));
    const again = await first.propose(createBucket("bucket-one"));
    assert.equal(again.outcome?.kind, "refusal");
    await first.readBarrier();
    assert.ok(hasBucket(first.reader, "bucket-one"));
    await first.close();
    await assert.rejects(first.propose(createBucket("late")), { code: "stopped" });
    await machine.shutDown();

    const second = await Replica.open(machine.boot(), rigConfig());
    assert.ok(hasBucket(second.reader, "bucket-one"));
    assert.ok(second.session.session > first.session.session);
    assert.equal(second.status().term, first.status().term + 1);
    for (let from = 0; from < 500; from += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, i) => second.propose(createBucket(`bucket-${from + i}`))),
      );
    }
    assert.ok(hasBucket(second.reader, "bucket-499"));
    await machine.crash();

    const third = await Replica.open(machine.boot(), rigConfig());
    assert.ok(hasBucket(third.reader, "bucket-499"));
    await third.close();
  });
});
