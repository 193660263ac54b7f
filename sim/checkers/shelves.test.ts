import assert from "node:assert/strict";
import { test } from "node:test";
import { kib } from "#base/bytes.ts";
import { Member, three } from "#sim/cluster-rig.ts";
import { simulate } from "#sim/index.ts";
import type { Machine } from "#sim/machine.ts";
import { nodeConfig } from "#sim/node-run.ts";
import { pathOf } from "#sim/workload/client.ts";
import { checkPlacement } from "./placement.ts";
import { checkSpaces } from "./space.ts";

/** Three nodes that were stopped in good order, with one large object. */
async function stopped(
  members: readonly Member[],
): Promise<{ machines: Machine[]; numbered: Map<number, Machine> }> {
  const [a] = members;
  await a?.succeed({ method: "PUT", path: pathOf("bucket") });
  await a?.put("large", new Uint8Array(300 * kib).fill(7));
  await Promise.all(members.map((member) => member.stop()));
  const machines = members.map(({ machine }) => machine);
  return { machines, numbered: new Map(machines.map((machine, i) => [i + 1, machine])) };
}

test("what is at home and named passes, and each thing wrong with a shelf is noticed", async () => {
  await simulate(1, async (world) => {
    const { machines, numbered } = await stopped(await three(world));
    assert.ok((await checkPlacement(numbered)) > 0);
    await checkSpaces(machines, nodeConfig);

    const [first, second] = machines;
    assert.ok(first !== undefined && second !== undefined);
    // Each has the other's shards.
    const swapped = new Map([...numbered, [1, second], [2, first]] as const);
    await assert.rejects(checkPlacement(swapped), { promise: "every shard is at its home" });
    for (const machine of machines) if (machine.isUp) await machine.kill();

    const file = first.disk.files("shelf/files")[0] ?? first.disk.files("shelf")[0];
    assert.ok(file !== undefined);
    first.disk.flipBit(file.path, file.file.seen.sizeBytes - 1, 3);
    await assert.rejects(checkSpaces(machines, nodeConfig), { promise: /every/ });
  });
});

test("garbage that was never let go of is noticed", async () => {
  await simulate(2, async (world) => {
    const members = await three(world);
    const [a] = members;
    await a.succeed({ method: "PUT", path: pathOf("bucket") });
    await a.put("gone", new Uint8Array(300 * kib).fill(7));
    await a.succeed({ method: "DELETE", path: pathOf("bucket", "gone") });
    // The first grace period is over, and the second is not.
    for (const { machine } of members) machine.clock.jump(2 * 3_600_000);
    await world.sleep(25_000);
    await Promise.all(members.map((member) => member.stop()));
    const machines = members.map(({ machine }) => machine);
    await assert.rejects(checkSpaces(machines, nodeConfig), { promise: /nothing names/ });
  });
});
