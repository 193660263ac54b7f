import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterOf } from "#metadata/index.ts";
import { type CrashScenario, enumerateCrashPoints, simulate } from "#sim/index.ts";
import { RecoverRefusedError, recoverReplica, Replica } from "./index.ts";
import { createBucket, hasBucket, isDone, rigConfig } from "./replica-rig.ts";

const config = { nodeId: 1, limits: rigConfig().limits };

test("R10 a node that decides alone already, or has no state, is not recovered", async () => {
  await simulate(1, async ({ machine }) => {
    const ports = machine.boot();
    const empty = recoverReplica(ports, { ...config, isForced: true });
    await assert.rejects(empty, { name: "BootRefusedError", reason: "all-missing" });
    const replica = await Replica.open(ports, rigConfig());
    await replica.close();
    await assert.rejects(recoverReplica(ports, { ...config, isForced: false }), (error) => {
      assert.ok(error instanceof RecoverRefusedError);
      assert.equal(error.reason, "has-majority");
      return true;
    });
    const again = await Replica.open(ports, { ...rigConfig(), founding: undefined });
    assert.equal(again.session.epoch, 1);
    assert.equal(again.status().term, 2, "nothing was changed");
    await again.close();
  });
});

test("R10 power is cut at any step of a recovery: it is whole, or nothing has happened", async () => {
  const epochs = new Set<number>();
  const story: CrashScenario<{ epoch: number | undefined }> = {
    name: "a recovery",
    seed: 1,
    prepare: async (ports) => {
      const replica = await Replica.open(ports, rigConfig());
      for (const name of ["bucket-1", "bucket-2"]) {
        assert.ok(isDone(await replica.propose(createBucket(name))));
      }
      await replica.close();
      return { epoch: undefined };
    },
    run: async (ports, state) => {
      state.epoch = (await recoverReplica(ports, { ...config, isForced: true })).epoch;
    },
    check: async (ports, state) => {
      const replica = await Replica.open(ports, { ...rigConfig(), founding: undefined });
      const { epoch = 0, awaitsConfirmation } = clusterOf(replica.reader) ?? {};
      if (state.epoch !== undefined) assert.equal(epoch, state.epoch, "what was told is durable");
      epochs.add(epoch);
      assert.equal(awaitsConfirmation, epoch > 1);
      assert.equal(replica.session.epoch, epoch);
      assert.ok(hasBucket(replica.reader, "bucket-1") && hasBucket(replica.reader, "bucket-2"));
      assert.ok(isDone(await replica.propose(createBucket("bucket-3"))));
      await replica.close();
    },
  };
  await enumerateCrashPoints(story, { tornCount: 2 });
  assert.deepEqual(epochs, new Set([1, 2]));
});
