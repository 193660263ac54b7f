import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterStatus, NodeReport } from "#cluster/index.ts";
import { Member, three } from "./cluster-rig.ts";
import { simulate, type World } from "./index.ts";

/** Four nodes, so that writes of three shards have a choice; the last one is to be impaired. */
async function four(world: World): Promise<readonly [Member, Member, Member, Member]> {
  const [a, b, c] = await three(world);
  const d = new Member(world, "d");
  await d.start(await a.token());
  await a.until("all take shards", ({ nodes, layout }) => {
    return nodes.every(({ state }) => state === "up") && layout.transition === undefined;
  });
  await a.put("warm-up");
  return [a, b, c, d];
}

async function stateOf(asked: Member, name: string): Promise<NodeReport["state"] | undefined> {
  const { nodes } = await asked.ask<ClusterStatus>("status");
  return nodes.find((node) => node.name === name)?.state;
}

async function untilState(asked: Member, name: string, state: NodeReport["state"]): Promise<void> {
  await asked.until(`${name} is ${state}`, ({ nodes }) =>
    nodes.some((node) => node.name === name && node.state === state),
  );
}

/** What the shelf of a member holds, as its status has it. */
async function usedBytes(asked: Member, name: string): Promise<number> {
  const { nodes } = await asked.ask<ClusterStatus>("status");
  return nodes.find((node) => node.name === name)?.usedBytes ?? assert.fail();
}

/** How long a call takes at the most, in milliseconds of the simulation, over some puts. */
async function slowestPut(world: World, by: Member, prefix: string): Promise<number> {
  let slowestUs = 0;
  for (let i = 0; i < 8; i++) {
    const startUs = world.scheduler.nowUs;
    await by.put(`${prefix}-${i}`);
    slowestUs = Math.max(slowestUs, world.scheduler.nowUs - startUs);
  }
  return slowestUs / 1000;
}

test("a frozen process is down to the others: one write waits for it, the next ones do not", async () => {
  await simulate(51, async (world) => {
    const [a, , , d] = await four(world);
    d.machine.pause(60_000);
    const first = await slowestPut(world, a, "first");
    assert.ok(first < 6_000, `it is noticed in ${first} ms`);
    await untilState(a, "d", "down");
    const known = await slowestPut(world, a, "known");
    assert.ok(known < 1_000, `${known} ms: nobody waits for who is known to be down`);
    await untilState(a, "d", "up");
    await d.get("known-0");
  });
});

test("a link that is cut one way is down at both its ends, and at no others", async () => {
  for (const way of [
    { from: "b", to: "d" },
    { from: "d", to: "b" },
  ]) {
    await simulate(52, async (world) => {
      const [a, b, , d] = await four(world);
      world.network.cut(way);
      await untilState(b, "d", "down");
      await untilState(d, "b", "down");
      assert.equal(await stateOf(a, "d"), "up");
      const known = await slowestPut(world, b, "known");
      assert.ok(known < 1_000, `${known} ms: b does without d`);
      await a.put("by-a");
      await d.get("by-a");
      world.network.heal(way);
      await untilState(b, "d", "up");
      await untilState(d, "b", "up");
    });
  }
});

test("a full disk takes no new shards, and serves those that it has", async () => {
  await simulate(53, async (world) => {
    const [a, b, , d] = await four(world);
    const { disk } = d.machine;
    disk.foreignBytes += disk.freeBytes - 2 * 1024 * 1024;
    await untilState(a, "d", "full");
    const before = await usedBytes(a, "d");
    await slowestPut(world, a, "full");
    await d.put("by-d");
    assert.equal(await usedBytes(a, "d"), before);
    const { warnings } = await b.ask<ClusterStatus>("status");
    assert.match(warnings.join("\n"), /node 4 \(d\) has a full disk/);
    await d.get("warm-up");
    await b.get("by-d");
    disk.foreignBytes = 0;
    await untilState(a, "d", "up");
  });
});

test("a slow disk makes its node slow, and new shards go elsewhere meanwhile", async () => {
  await simulate(54, async (world) => {
    const [a, b, , d] = await four(world);
    d.machine.pace.slowness = 3_000;
    // It is noticed by those that have written to it.
    for (let i = 0; (await stateOf(a, "d")) !== "slow"; i++) {
      assert.ok(i < 50, "it is noticed");
      await a.put(`noticed-${i}`);
    }
    const before = await usedBytes(b, "d");
    const known = await slowestPut(world, a, "known");
    assert.ok(known < 1_000, `${known} ms: a does without d`);
    assert.equal(await usedBytes(b, "d"), before);
    d.machine.pace.slowness = 1;
    await untilState(a, "d", "up");
  });
});
