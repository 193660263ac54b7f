import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterStatus } from "#cluster/index.ts";
import { Member, three, voterCount } from "./cluster-rig.ts";
import { simulate } from "./index.ts";

const minuteMs = 60_000;

function votersOf({ nodes }: ClusterStatus): string {
  const voters = nodes.filter(({ role }) => role === "leader" || role === "voter");
  return voters
    .map(({ name }) => name)
    .sort()
    .join("");
}

test("J3 a voter that is away for ten minutes loses its vote to one that is there", async () => {
  await simulate(31, async (world) => {
    const [a, b, c] = await three(world);
    const d = new Member(world, "d");
    await d.start(await a.token());
    await a.until("d follows", ({ nodes }) => nodes.every(({ role }) => role !== "joining"));
    await c.machine.crash();
    await world.sleep(9 * minuteMs);
    const early = await a.ask<ClusterStatus>("status");
    assert.equal(votersOf(early), "abc");
    await world.sleep(minuteMs);
    await a.until("d votes in its place", (status) => votersOf(status) === "abd");
    // It follows again, and the next loss is stood.
    await c.start();
    await b.machine.crash();
    await c.put("by-c");
    await d.get("by-c");
    assert.equal(voterCount(await d.ask<ClusterStatus>("status")), 3);
  });
});

test("a node that is cut off for ten minutes opens another session when it is back", async () => {
  await simulate(32, async (world) => {
    const [a, b, c] = await three(world);
    await c.put("before");
    world.network.isolate(c.machine.name);
    await world.sleep(11 * minuteMs);
    await a.put("meanwhile");
    world.network.healAll();
    await c.put("after");
    for (const member of [a, b, c]) {
      for (const key of ["before", "meanwhile", "after"]) await member.get(key);
    }
  });
});
