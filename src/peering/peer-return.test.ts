import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyBytes } from "#base/bytes.ts";
import { simulate, type World } from "#sim/index.ts";
import { type RigNode, RigRegistry, startPeer, startPeers } from "#sim/peer-rig.ts";

/** From its first word on, a node that came back must be spoken with within so long. */
const welcomeMsMax = 100;
const timeoutMs = 2000;

/** Lets one node ask another, on the connections for calls and for bulk. */
async function ask({ peers }: RigNode, node: number): Promise<void> {
  await peers.call(node, "echo", emptyBytes, { timeoutMs });
  const stream = await peers.openStream(node, "echo", emptyBytes, { timeoutMs });
  await stream.end();
  assert.equal(await stream.read(), undefined);
}

async function untilThere(world: World, { peers }: RigNode, node: number): Promise<number> {
  const sinceMs = world.nowMs;
  while (peers.liveness(node) === "down") await world.sleep(1);
  return world.nowMs - sinceMs;
}

/** What a node goes on wanting of one that is away, so that every dial fails in its turn. */
async function pester(
  world: World,
  { peers }: RigNode,
  { node, until }: { node: number; until: () => boolean },
): Promise<void> {
  while (!until()) {
    await world.sleep(20);
    peers.sendRaft(node, emptyBytes);
    const opening = peers.openStream(node, "echo", emptyBytes, { timeoutMs });
    await opening.then((stream) => stream.abort("enough")).catch(() => undefined);
    await peers.call(node, "echo", emptyBytes, { timeoutMs }).catch(() => undefined);
  }
}

for (const [what, end] of [
  ["whose process ended", (node: RigNode) => node.machine.kill()],
  ["whose power was cut", (node: RigNode) => node.machine.crash()],
] as const) {
  test(`a node ${what} is spoken with as soon as it is back`, async () => {
    // By then the silence of what a power cut left hanging was noticed.
    for (let awayMs = 3_500; awayMs < 9_000; awayMs += 190) {
      await simulate(awayMs, async (world) => {
        const registry = new RigRegistry();
        const [a, b] = await startPeers(world, 2, registry);
        assert.ok(a !== undefined && b !== undefined);
        await ask(a, 2);
        await world.sleep(1_500);
        await end(b);
        let isBack = false;
        const pestering = pester(world, a, { node: 2, until: () => isBack });
        const downForMs = world.nowMs + awayMs;
        while (world.nowMs < downForMs) await world.sleep(10);
        await startPeer(b.machine, 2, registry);
        isBack = true;
        const waitedMs = await untilThere(world, a, 2);
        assert.ok(waitedMs <= welcomeMsMax, `away for ${awayMs} ms, missed for ${waitedMs}`);
        await ask(a, 2);
        await pestering;
      });
    }
  });
}

test("who is spoken of as up can be asked, though it was started again and again", async () => {
  await simulate(1, async (world) => {
    const registry = new RigRegistry();
    const [a, b] = await startPeers(world, 2, registry);
    assert.ok(a !== undefined && b !== undefined);
    for (let i = 0; i < 60; i++) {
      await b.machine.kill();
      await world.sleep(world.prng.below(i < 30 ? 100 : 3_000));
      await startPeer(b.machine, 2, registry);
      // The other end of what broke knows within a moment.
      await world.sleep(5 + world.prng.below(900));
      if (a.peers.liveness(2) !== "down") await ask(a, 2);
    }
    assert.ok((await untilThere(world, a, 2)) <= welcomeMsMax);
  });
});
