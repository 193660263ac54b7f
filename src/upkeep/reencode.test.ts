import assert from "node:assert/strict";
import { test } from "node:test";
import { kib, mib } from "#base/bytes.ts";
import { partitionCount } from "#base/partition.ts";
import { unitsOf } from "#metadata/index.ts";
import { recodeUnits } from "#objects/index.ts";
import {
  get,
  heldBytes,
  never,
  type NodeRig,
  put,
  startNode,
  stopNode,
} from "#objects/node-rig.ts";
import { contentOf } from "#objects/rig.ts";
import { simulate } from "#sim/index.ts";
import { Reclaim } from "./reclaim.ts";

const hourMs = 60 * 60 * 1000;
const sizes = [100, 5000, 100 * kib, 300 * kib, 2 * mib + 7];

/** Codes everything anew that a lone node has, by the profile that it has. */
async function recodeAll({ context, replica }: NodeRig): Promise<void> {
  for (let partition = 0; partition < partitionCount; partition++) {
    const units = [...unitsOf(replica.reader, partition)];
    const recodings = units.map(({ id }) => ({ id, profile: { k: 1, m: 0 } }));
    if (recodings.length > 0) await recodeUnits(context, recodings, never);
  }
}

async function reclaimAll({ ports, replica, shelf }: NodeRig): Promise<void> {
  const reclaim = new Reclaim({ ports, replica, shelf });
  while ((await reclaim.work()) === "busy");
}

async function putAll(node: NodeRig): Promise<void> {
  for (const size of sizes) await put(node, `key-${size}`, contentOf(size, size));
}

/** Longer numbers in the shards' headers apart. */
function assertSame(bytes: number, before: number): void {
  assert.ok(bytes >= before && bytes - before < 200, `${bytes} bytes, not ${before}`);
}

async function checkAll(node: NodeRig): Promise<void> {
  for (const size of sizes) assert.deepEqual(await get(node, `key-${size}`), contentOf(size, size));
}

test("U1 U2 what units were kept by is given back an hour after they were coded anew", async () => {
  await simulate(1, async (world) => {
    const node = await startNode(world.machine.boot());
    await putAll(node);
    const before = heldBytes(node);
    await recodeAll(node);
    await reclaimAll(node);
    assert.ok(heldBytes(node) > 1.9 * before, "readers that began before can read on");
    await checkAll(node);
    await node.ports.clock.sleep(hourMs + 60_000);
    await reclaimAll(node);
    assertSame(heldBytes(node), before);
    await checkAll(node);
    await stopNode(node);
  });
});

test("U1 a crash at any step of coding anew leaves nothing behind in the end", async () => {
  for (let step = 1; step <= 40; step += 3) {
    await simulate(step, async (world) => {
      const { machine } = world;
      const node = await startNode(machine.boot());
      await putAll(node);
      const before = heldBytes(node);
      machine.crashAt({ step: machine.stepCount + step, when: "after", remains: "some" });
      await Promise.race([machine.died, recodeAll(node)]);
      machine.crashAt(undefined);
      if (machine.isUp) await stopNode(node);
      if (machine.isUp) await machine.shutDown();
      const again = await startNode(machine.boot());
      await checkAll(again);
      await again.ports.clock.sleep(hourMs + 60_000);
      await reclaimAll(again);
      assertSame(heldBytes(again), before);
      await checkAll(again);
    });
  }
});
