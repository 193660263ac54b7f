import assert from "node:assert/strict";
import { test } from "node:test";
import { kib, mib } from "#base/bytes.ts";
import { type Machine, simulate, simulateTwice } from "../../sim/index.ts";
import { deleteObjects, findObject, readObject } from "#objects/index.ts";
import {
  collect,
  get,
  heldBytes,
  never,
  type NodeRig,
  put,
  startNode,
  stopNode,
} from "#objects/node-rig.ts";
import { contentOf } from "#objects/rig.ts";
import { recoverReplica } from "#replica/index.ts";
import { Reclaim } from "./reclaim.ts";

const hourMs = 60 * 60 * 1000;

function reclaimOf({ ports, replica, shelf }: NodeRig): Reclaim {
  return new Reclaim({ ports, replica, shelf });
}

/** Works until nothing is left to do. */
async function workAll(reclaim: Reclaim): Promise<void> {
  while ((await reclaim.work()) === "busy");
}

async function remove(node: NodeRig, keys: readonly string[]): Promise<void> {
  const deletions = keys.map((key) => ({ key }));
  const request = { bucket: "b", deletions, bypassGovernance: false };
  await deleteObjects(node.context, request);
}

/** Live, dead and staged bytes: all that the shelf takes. */
function usedBytes({ shelf }: NodeRig): number {
  const { packs, files, stagedBytes } = shelf.usage();
  return packs.liveBytes + packs.deadBytes + packs.removalBytes + files.bytes + stagedBytes;
}

const sizes = [100, 5000, 100 * kib, 300 * kib, 2 * mib + 7];

test("U2 what is deleted gives its space back after the grace period, and not before", async () => {
  await simulateTwice(1, async (world) => {
    const node = await startNode(world.machine.boot());
    const reclaim = reclaimOf(node);
    for (const size of sizes) await put(node, `key-${size}`, contentOf(size, size));
    await put(node, "kept", contentOf(50_000, 1));
    const before = heldBytes(node);
    const found = await findObject(node.context, { bucket: "b", key: "key-5000", signal: never });
    await remove(
      node,
      sizes.map((size) => `key-${size}`),
    );
    await node.ports.clock.sleep(hourMs - 60_000);
    await workAll(reclaim);
    assert.equal(heldBytes(node), before);
    assert.ok(found.kind === "found");
    const late = await collect(await readObject(node.context, found, { signal: never }));
    assert.deepEqual(late, contentOf(5000, 5000), "who began before the removal can read on");

    await node.ports.clock.sleep(120_000);
    await workAll(reclaim);
    assert.ok(heldBytes(node) < 60_000, `${heldBytes(node)} bytes`);
    assert.deepEqual(await get(node, "kept"), contentOf(50_000, 1));
    await stopNode(node);
  });
});

test("U1 after a recovery nothing is reclaimed until the operator confirms", async () => {
  await simulate(4, async (world) => {
    const { machine } = world;
    const first = await startNode(machine.boot());
    await put(first, "gone", contentOf(50_000, 1));
    await remove(first, ["gone"]);
    await stopNode(first);
    await machine.shutDown();
    await recoverReplica(machine.boot(), { nodeId: 1, isForced: true });
    await machine.shutDown();
    const node = await startNode(machine.boot());
    await node.ports.clock.sleep(2 * hourMs);
    await workAll(reclaimOf(node));
    assert.ok(heldBytes(node) > 50_000);
    await node.replica.propose({ kind: "confirmRecovery", value: {} });
    await workAll(reclaimOf(node));
    assert.equal(heldBytes(node), 0);
    await stopNode(node);
  });
});

test("U1 shards that a crash left without a commit are removed at the next boot", async () => {
  let orphans = 0;
  for (let step = 1; step <= 60; step += 3) {
    await simulate(step, async (world) => {
      const { machine } = world;
      const node = await startNode(machine.boot());
      await put(node, "kept", contentOf(3000, 1));
      machine.crashAt({ step: machine.stepCount + step, when: "after", remains: "everything" });
      const unfinished = Promise.all([
        put(node, "small", contentOf(2000, 2)),
        put(node, "large", contentOf(1.5 * mib, 3)),
      ]);
      await Promise.race([unfinished, machine.died]);
      // The plan may be for a step that never came.
      machine.crashAt({ step: 0, when: "after", remains: "everything" });
      if (machine.isUp) await machine.crash("nothing");
      orphans += await checkAfterCrash(machine);
    });
  }
  assert.ok(orphans > 0, "some crash came between seal and commit");
});

/** Boots, reclaims, and compares what the shelf holds with what the objects need. */
async function checkAfterCrash(machine: Machine): Promise<number> {
  const node = await startNode(machine.boot());
  const before = heldBytes(node);
  await workAll(reclaimOf(node));
  const objects = new Map([
    ["kept", contentOf(3000, 1)],
    ["small", contentOf(2000, 2)],
    ["large", contentOf(1.5 * mib, 3)],
  ]);
  let neededBytes = 0;
  for (const [key, bytes] of objects) {
    const read = await get(node, key);
    if (read === undefined) {
      assert.notEqual(key, "kept");
      continue;
    }
    assert.deepEqual(read, bytes);
    neededBytes += bytes.length;
  }
  const held = heldBytes(node);
  const frames = 3 * 4 * kib;
  assert.ok(held >= neededBytes && held < neededBytes + frames, `${held} of ${neededBytes} bytes`);
  await stopNode(node);
  return before > held ? 1 : 0;
}

test("U1 garbage is judged behind a barrier that was made after it was found", async () => {
  await simulate(2, async (world) => {
    const node = await startNode(world.machine.boot());
    await put(node, "deleted", contentOf(5000, 1));
    await remove(node, ["deleted"]);
    await node.ports.clock.sleep(2 * hourMs);
    const { replica, shelf, ports } = node;
    const steps: string[] = [];
    const reclaim = new Reclaim({
      ports,
      replica: {
        reader: replica.reader,
        propose: (body) => replica.propose(body),
        readBarrier: (options) => {
          steps.push("barrier");
          return replica.readBarrier(options);
        },
      },
      shelf: {
        compact: () => shelf.compact(),
        page: (after, count) => {
          steps.push("found");
          return shelf.page(after, count);
        },
        remove: (names) => {
          steps.push("removed");
          return shelf.remove(names);
        },
      },
    });
    while (!steps.includes("removed")) await reclaim.work();
    // Rows that were forgotten name what is removed at once; the walk finds the rest.
    const before = steps.slice(0, steps.indexOf("removed"));
    assert.deepEqual(before.slice(-2), ["barrier", "barrier"]);
    await stopNode(node);
  });
});

test("U1 shards of writes that are under way are left alone", async () => {
  await simulate(3, async (world) => {
    const node = await startNode(world.machine.boot());
    const reclaim = reclaimOf(node);
    const gate = Promise.withResolvers<void>();
    const bytes = contentOf(2.5 * mib, 1);
    const slow = put(node, "slow", bytes, {
      finish: async () => {
        await gate.promise;
        return { etag: "e", checksums: [] };
      },
    });
    await node.ports.clock.sleep(1000);
    assert.ok(node.shelf.usage().files.count >= 2, "the first units are sealed");
    await put(node, "other", contentOf(10, 1));
    await workAll(reclaim);
    gate.resolve();
    assert.equal((await slow).kind, "done");
    assert.deepEqual(await get(node, "slow"), bytes);
    await stopNode(node);
  });
});

test("U3 the loop gives back all space in time, and stops when it is told", async () => {
  await simulate(4, async (world) => {
    const node = await startNode(world.machine.boot());
    const stop = new AbortController();
    const running = reclaimOf(node).run(stop.signal);
    const keys = Array.from({ length: 300 }, (_, i) => `key-${i}`);
    for (const [i, key] of keys.entries()) await put(node, key, contentOf(20_000 + i, i));
    const full = usedBytes(node);
    await remove(node, keys);
    await node.ports.clock.sleep(3 * hourMs);
    assert.equal(heldBytes(node), 0);
    assert.ok(usedBytes(node) < full / 10, `${usedBytes(node)} of ${full} bytes`);
    stop.abort();
    await running;
    await stopNode(node);
  });
});

test("U2 a manifest of many units is let go of and its units forgotten", async () => {
  await simulate(5, async (world) => {
    const node = await startNode(world.machine.boot());
    await put(node, "wide", contentOf(4 * mib, 1));
    await remove(node, ["wide"]);
    await node.ports.clock.sleep(hourMs + 1000);
    await workAll(reclaimOf(node));
    assert.equal(heldBytes(node), 0);
    await stopNode(node);
  });
});
