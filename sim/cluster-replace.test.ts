import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClusterStatus, JoinRefusedError, NodeRemovedError } from "#cluster/index.ts";
import { Member, three, voterCount } from "./cluster-rig.ts";
import { simulate } from "./index.ts";

/** Whether exactly these nodes are left, all take shards and three of them vote. */
function isLeft(names: readonly string[]): (status: ClusterStatus) => boolean {
  return (status) => {
    const { nodes } = status;
    const left = nodes.map(({ name }) => name).sort();
    const areUp = nodes.every(({ state }) => state === "up");
    return areUp && left.join() === names.join() && voterCount(status) === 3;
  };
}

async function numberOf(asked: Member, name: string): Promise<number> {
  const { nodes } = await asked.ask<ClusterStatus>("status");
  const found = nodes.find((node) => node.name === name);
  assert.ok(found, `${name} is a member`);
  return found.node;
}

/** A node that was removed says so and stops. */
async function isSentAway({ node }: Member): Promise<void> {
  const failure = await node?.failure;
  assert.ok(failure instanceof NodeRemovedError, String(failure));
  assert.match(failure.message, /node \d was removed/);
  await node?.close();
}

test("a joiner takes the place of a node that runs, which leaves for good", async () => {
  await simulate(11, async (world) => {
    const [a, b, c] = await three(world);
    const d = new Member(world, "d");
    await d.start(await a.token(), { replaces: await numberOf(a, "a") });
    await b.until("d stands where a stood", isLeft(["b", "c", "d"]));
    for (const member of [b, c, d]) await member.put(`by-${member.machine.name}`);
    for (const member of [b, c, d]) await member.get("by-d");
    await isSentAway(a);
  });
});

test("a joiner takes the place of a node that died, and is refused one that nobody has", async () => {
  await simulate(12, async (world) => {
    const [a, b, c] = await three(world);
    const number = await numberOf(a, "c");
    await c.machine.crash();
    const d = new Member(world, "d");
    const isRefused = (error: unknown): boolean =>
      error instanceof JoinRefusedError && error.code === "invalid";
    const token = await a.token();
    await assert.rejects(d.start(token, { replaces: 9 }), isRefused);
    await d.machine.shutDown();
    // The token was not used up.
    await d.start(token, { replaces: number });
    await a.until("d stands where c stood", isLeft(["a", "b", "d"]));
    await d.put("by-d");
    await b.get("by-d");
    // It was down meanwhile, and is told by the first that it asks.
    await c.boot();
    await isSentAway(c);
  });
});

test("what a node had is moved to its successor; one that died is made up for", async () => {
  for (const [seed, isDead] of [
    [13, false],
    [14, true],
  ] as const) {
    await simulate(seed, async (world) => {
      const [a, b, c] = await three(world);
      const keys = Array.from({ length: 12 }, (_, i) => `key-${i}`);
      for (const key of keys) await c.put(key);
      await world.sleep(2_000);
      if (isDead) await c.machine.crash();
      const d = new Member(world, "d");
      await d.start(await a.token(), { replaces: await numberOf(a, "c") });
      await a.until("d stands where c stood", isLeft(["a", "b", "d"]));
      await a.until("all is safe again", ({ tolerances }) => tolerances[0]?.reads === 1);
      // Each of the three can be missed: d has all that c had.
      await b.machine.crash();
      for (const key of keys) await d.get(key);
    });
  }
});

test("who dies while a change waits for it is replaced on top of that change", async () => {
  await simulate(15, async (world) => {
    const [a, b, c] = await three(world);
    const keys = Array.from({ length: 12 }, (_, i) => `key-${i}`);
    for (const key of keys) await c.put(key);
    const d = new Member(world, "d");
    await d.start(await a.token());
    await a.until("d gets shards", ({ layout }) => layout.transition !== undefined);
    await d.machine.crash();
    const number = await numberOf(a, "d");
    const { layout } = await a.ask<ClusterStatus>("status");
    assert.ok(layout.transition !== undefined, "it waits for d");
    const e = new Member(world, "e");
    await e.start(await b.token(), { replaces: number });
    await a.until("e stands where d stood", ({ nodes }) => {
      const areUp = nodes.every(({ state }) => state === "up");
      return areUp && nodes.map(({ name }) => name).join("") === "abce";
    });
    await a.until("nothing moves", (status) => status.layout.transition === undefined);
    for (const key of keys) await e.get(key);
  });
});
