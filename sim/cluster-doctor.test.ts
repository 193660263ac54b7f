// Whole nodes that are examined: what is well, at risk, lost, and of which object.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DoctorReport } from "#cluster/index.ts";
import { contentOf } from "#objects/rig.ts";
import { type Member, three } from "./cluster-rig.ts";
import { simulate, type World } from "./index.ts";

const sizes = [1, 5000, 100_000, 300_000, 2_000_000];
/** Nodes of tests cut bodies at 768 KiB. */
const unitCount = 4 + 3;

async function examined(world: World, member: Member): Promise<DoctorReport> {
  let report = await member.ask<DoctorReport>("doctor", { begin: true });
  while (!report.isDone) {
    await world.sleep(1000);
    report = await member.ask<DoctorReport>("doctor");
  }
  assert.equal(report.failure, undefined);
  return report;
}

async function putAll(member: Member): Promise<void> {
  for (const size of sizes) await member.put(`key-${size}`, contentOf(size, size));
}

/** Takes all shards from a node that is down. */
function loseShards({ machine }: Member): void {
  for (const { path } of machine.disk.files("shelf")) machine.disk.remove(path);
  machine.stores.lose("shelf-index");
}

test("U6 what is whole is found whole, and what a node that is down has is at risk", async () => {
  await simulate(1, async (world) => {
    const [a, b, c] = await three(world);
    await putAll(a);
    const well = await examined(world, b);
    assert.equal(well.units, unitCount);
    assert.deepEqual(well.objects, []);
    assert.deepEqual(
      Object.values(well.ailing).map(({ units }) => units),
      [0, 0, 0],
    );

    await c.machine.crash();
    const ill = await examined(world, a);
    assert.deepEqual(ill.silentNodes, [3]);
    assert.ok(ill.ailing["at-risk"].units > 0 && ill.ailing.unavailable.units === 0);
    assert.ok(ill.objects.every(({ spare, reason }) => spare === 0 && reason.includes("node 3")));
    const keys = ill.objects.map(({ key }) => key);
    assert.ok(keys.includes("key-2000000"), "a node of three has a shard of each large object");
  });
});

test("U6 what no node has enough of is lost, by name, and what is left is kept", async () => {
  await simulate(2, async (world) => {
    const [a, b, c] = await three(world);
    await putAll(a);
    for (const victim of [b, c]) {
      await victim.machine.crash();
      loseShards(victim);
    }
    await Promise.all([b.start(), c.start()]);
    const report = await examined(world, c);
    assert.deepEqual(report.silentNodes, []);
    const lost = report.objects.filter(({ state }) => state === "lost");
    assert.ok(lost.length > 0 && lost.length <= report.ailing.lost.units);
    assert.ok(lost.some(({ key }) => key === "key-2000000"));
    assert.equal(report.objects[0]?.state, "lost", "the worst come first");
    for (const { reason } of lost) assert.match(reason, /shards? \d.* on no node/);
    for (const { key, state } of report.objects) {
      const reply = await a.call({ method: "GET", path: `/bucket/${key}` });
      assert.equal(reply.status < 300, state !== "lost", `${key}: ${state} ${reply.status}`);
    }
  });
});
