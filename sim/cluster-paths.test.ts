// What becomes of calls in whose middle nodes die, stall and come.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Member, three } from "./cluster-rig.ts";
import { simulate, type World } from "./index.ts";

const large: Uint8Array = new Uint8Array(2_000_000).map((_, i) => i * 31);

async function untilWhole(asked: Member, count: number): Promise<void> {
  await asked.until("all take shards", ({ nodes, layout }) => {
    const areUp = nodes.length === count && nodes.every(({ state }) => state === "up");
    return areUp && layout.transition === undefined;
  });
}

/** Nodes in zones, by turns; units of `3+2` from five on, of `4+2` from six on. */
async function zoned(world: World, count: number, zones: number): Promise<readonly Member[]> {
  const members = Array.from({ length: count }, (_, i) => {
    return new Member(world, `n${i + 1}`, `zone-${i % zones}`);
  });
  const [founder, ...joiners] = members;
  assert.ok(founder !== undefined);
  await founder.start();
  for (const joiner of joiners) await joiner.start(await founder.token());
  await untilWhole(founder, count);
  await founder.succeed({ method: "PUT", path: "/bucket" });
  return members;
}

test("a home that dies in the middle of a PUT is done without", async () => {
  for (const seed of [71, 72]) {
    await simulate(seed, async (world) => {
      const [a, b, c, d, e] = await zoned(world, 5, 5);
      assert.ok(a && b && c && d && e);
      await a.put("warm-up", large);
      const putting = a.put("object", large);
      await world.sleep(world.prng.below(40));
      await e.machine.crash();
      await putting;
      for (const reader of [a, b, c, d]) await reader.get("object", large);
      await e.start();
      await e.get("object", large);
    });
  }
});

test("who dies over a PUT leaves all of it or nothing, and what it had before", async () => {
  for (const seed of [74, 75, 76]) {
    await simulate(seed, async (world) => {
      const [a, b, c] = await three(world);
      await c.put("object");
      const call = { method: "PUT", path: "/bucket/object", body: large } as const;
      void c.callOnce(call).catch(() => undefined);
      await world.sleep(world.prng.below(60));
      await c.machine.crash();
      const { body } = await a.succeed({ method: "GET", path: "/bucket/object" });
      if (body.length === large.length) await b.get("object", large);
      else await b.get("object");
      await c.start();
      await c.get("object", body.length === large.length ? large : undefined);
    });
  }
});

test("a node joins in the middle of PUTs, which its layout overtakes, and of GETs", async () => {
  await simulate(78, async (world) => {
    const [a, b, c] = await three(world);
    const over = new AbortController();
    const keys: string[] = [];
    const client = async (by: Member): Promise<void> => {
      for (let i = 0; !over.signal.aborted; i++) {
        const key = `${by.machine.name}-${i}`;
        await by.put(key);
        keys.push(key);
        await c.get(keys[world.prng.below(keys.length)] ?? key);
      }
    };
    const clients = [client(a), client(b)];
    const joiner = new Member(world, "d");
    await joiner.start(await a.token());
    await untilWhole(a, 4);
    over.abort();
    await Promise.all(clients);
    for (const key of keys) await joiner.get(key);
  });
});

test("a GET does not wait for a node that has become slow: others make up for its shards", async () => {
  await simulate(79, async (world) => {
    const [a, b, c, d, e] = await zoned(world, 5, 5);
    assert.ok(a && b && c && d && e);
    for (let i = 0; i < 8; i++) await a.put(`object-${i}`, large);
    e.machine.pace.slowness = 3_000;
    for (let i = 0; i < 8; i++) {
      const startUs = world.scheduler.nowUs;
      await b.get(`object-${i}`, large);
      const tookMs = (world.scheduler.nowUs - startUs) / 1000;
      assert.ok(tookMs < 1_500, `object-${i} took ${tookMs} ms`);
    }
  });
});

test("nine nodes in three zones: a zone dies in the middle of PUTs and GETs, and is back", async () => {
  await simulate(80, async (world) => {
    const members = await zoned(world, 9, 3);
    const [a, b, c] = members;
    assert.ok(a && b && c);
    for (let i = 0; i < 3; i++) await a.put(`before-${i}`, large);
    const working = [a, b].map(async (by, which) => {
      for (let i = 0; i < 3; i++) {
        await by.put(`during-${which}-${i}`, large);
        await by.get(`before-${i}`, large);
      }
    });
    await world.sleep(world.prng.below(100));
    const zone = members.filter((_, i) => i % 3 === 2);
    await Promise.all(zone.map(({ machine }) => machine.crash()));
    await Promise.all(working);
    for (const member of zone) await member.start();
    await untilWhole(a, 9);
    for (let i = 0; i < 3; i++) await c.get(`during-1-${i}`, large);
  });
});
