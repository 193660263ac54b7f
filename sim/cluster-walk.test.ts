// Whole nodes whose shelves follow the layout: a store with data grows, loses disks, and heals.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterStatus } from "#cluster/index.ts";
import { contentOf } from "#objects/rig.ts";
import { Member, three } from "./cluster-rig.ts";
import { checkPlacement } from "./checkers/placement.ts";
import { type Machine, simulate, type World } from "./index.ts";
import { pathOf } from "./workload/client.ts";

const sizes = [0, 1, 5000, 70_000, 130_000, 300_000, 1_000_000];

/** Until what belongs elsewhere is dropped, also where it was not confirmed at first. */
const tidyMs = 150_000;

type Objects = ReadonlyMap<string, Uint8Array>;

/** A founder with objects of all sizes. */
async function founded(world: World): Promise<{ a: Member; objects: Map<string, Uint8Array> }> {
  const a = new Member(world, "a");
  await a.start();
  await a.succeed({ method: "PUT", path: pathOf("bucket") });
  const objects = new Map<string, Uint8Array>();
  await grow(a, objects, "first");
  return { a, objects };
}

async function grow(member: Member, objects: Map<string, Uint8Array>, name: string): Promise<void> {
  for (const size of sizes) {
    const key = `${name}-${size}`;
    objects.set(key, contentOf(size, size));
    await member.put(key, contentOf(size, size));
  }
}

async function readAll(member: Member, objects: Objects): Promise<void> {
  for (const [key, content] of objects) await member.get(key, content);
}

/** Whether so many nodes take shards and nothing moves. */
function isSettled(nodeCount: number): (status: ClusterStatus) => boolean {
  return ({ nodes, layout }) =>
    nodes.filter(({ state }) => state === "up").length === nodeCount &&
    layout.transition === undefined;
}

/** Every shard is where the layout says. The members are numbered in the order of their joins. */
async function stopAndCheck(world: World, members: readonly Member[]): Promise<void> {
  await world.sleep(tidyMs);
  await Promise.all(members.map((member) => member.stop()));
  const machines = new Map(members.map(({ machine }, i) => [i + 1, machine]));
  assert.ok((await checkPlacement(machines)) > 0, "there are shards");
}

test("U7 a store with data grows in place, and every transition closes", async () => {
  await simulate(21, async (world) => {
    const { a, objects } = await founded(world);
    const members = [a];
    for (const name of ["b", "c", "d"]) {
      const joiner = new Member(world, name);
      await joiner.start(await a.token());
      members.push(joiner);
      await a.until(`${name} has its part`, isSettled(members.length));
      for (const member of members) await readAll(member, objects);
      await grow(joiner, objects, name);
    }
    for (const member of members) await readAll(member, objects);
    await stopAndCheck(world, members);
  });
});

/** Flips a bit in the middle of each shard that a machine keeps as a file; gives their paths. */
function rot({ disk }: Machine): string[] {
  const paths = disk.files("shelf/files").map(({ path, file }) => {
    disk.flipBit(path, Math.floor(file.seen.sizeBytes / 2), 3);
    return path;
  });
  assert.ok(paths.length > 0, "there are shards in files");
  return paths;
}

/** How many of these files are still there. */
function countOf({ disk }: Machine, paths: readonly string[]): number {
  const all = new Set(disk.files("shelf/files").map(({ path }) => path));
  return paths.filter((path) => all.has(path)).length;
}

test("U9 what rots is made anew as soon as it is read, and the rest when it is scrubbed", async () => {
  await simulate(22, async (world) => {
    const members = await three(world);
    const [a, b, c] = members;
    const objects = new Map<string, Uint8Array>();
    await grow(a, objects, "first");
    const rotten = rot(b.machine);
    for (const member of [a, c]) await readAll(member, objects);
    await world.sleep(5_000);
    const left = countOf(b.machine, rotten);
    assert.ok(left < rotten.length, "what was read is made anew");
    await b.ask("scrub", { now: true });
    await world.sleep(60_000);
    assert.equal(countOf(b.machine, rotten), 0, "nothing of it is left");
    await stopAndCheck(world, members);
  });
});

test("U7 a node whose shelf is gone refills it, while all can be read", async () => {
  await simulate(23, async (world) => {
    const members = await three(world);
    const [a, b, c] = members;
    const objects = new Map<string, Uint8Array>();
    await grow(a, objects, "first");
    await b.stop();
    await grow(c, objects, "while-away");
    for (const { path } of b.machine.disk.files("shelf")) b.machine.disk.remove(path);
    await b.start();
    for (const member of members) await readAll(member, objects);
    await stopAndCheck(world, members);
    assert.ok(b.machine.disk.files("shelf").length > 0, "it has its shards again");
  });
});

test("U7 what needs nodes that are down is waited for, with the reason, until they return", async () => {
  await simulate(24, async (world) => {
    const members = [...(await three(world))];
    const [a, b] = members;
    assert.ok(a && b);
    const d = new Member(world, "d");
    await d.start(await a.token());
    await a.until("d has its part", isSettled(4));
    const objects = new Map<string, Uint8Array>();
    await grow(a, objects, "first");
    await grow(d, objects, "second");
    for (const member of [b, d]) await member.machine.crash();
    await a.stop();
    for (const { path } of a.machine.disk.files("shelf")) a.machine.disk.remove(path);
    await a.start();
    const e = new Member(world, "e");
    await e.start(await a.token());
    const isHeldByA = ({ layout, warnings }: ClusterStatus): boolean => {
      const waits = warnings.some((text) =>
        /\(a\) lacks \d+ shards: node 2, node 4 must/.test(text),
      );
      return waits && layout.transition?.waitingNodes.includes(1) === true;
    };
    await a.until("the reason is shown", isHeldByA);
    await world.sleep(30_000);
    await a.until("it is waited for as long as it takes", isHeldByA);
    for (const member of [b, d]) await member.start();
    await a.until("the transition closes", isSettled(5));
    for (const member of [a, b, d, e]) await readAll(member, objects);
    await stopAndCheck(world, [...members, d, e]);
  });
});

test("U7 crashes, pauses and breaks at any step of a walk leave nothing undone", async () => {
  let cutCount = 0;
  for (let seed = 31; seed <= 35; seed++) {
    await simulate(seed, async (world) => {
      const { a, objects } = await founded(world);
      const members = [a];
      for (const name of ["b", "c"]) {
        const joiner = new Member(world, name);
        await joiner.start(await a.token());
        members.push(joiner);
        await grow(joiner, objects, name);
        world.network.breaksPerMillion = world.prng.below(2_000);
        const victim = members[world.prng.below(members.length)] ?? a;
        cutCount += await crashSoon(world, victim, 150);
        if (!victim.machine.isUp) await victim.start();
        const paused = members[world.prng.below(members.length)] ?? a;
        paused.machine.pause(world.prng.below(3_000));
        await world.sleep(5_000);
        world.network.healAll();
        await a.until(`${name} has its part`, isSettled(members.length));
      }
      for (const member of members) await readAll(member, objects);
      await stopAndCheck(world, members);
    });
  }
  assert.ok(cutCount >= 3, `${cutCount} of 10 were cut`);
});

/** Crashes a machine at a drawn step that may come in the next seconds; gives how often it did. */
async function crashSoon(world: World, { machine }: Member, stepsMax: number): Promise<number> {
  const step = machine.stepCount + 1 + world.prng.below(stepsMax);
  machine.crashAt({ step, when: "after", remains: "some" });
  await Promise.race([machine.died, world.sleep(20_000)]);
  machine.crashAt(undefined);
  return machine.isUp ? 0 : 1;
}

test("U7 what was written around a node that was cut off comes to it, by the marks it left", async () => {
  await simulate(25, async (world) => {
    const members = [...(await three(world))];
    const [a, b, c] = members;
    assert.ok(a && b && c);
    // With two shards to spare a write may skip one.
    for (const name of ["d", "e"]) {
      const joiner = new Member(world, name);
      await joiner.start(await a.token());
      members.push(joiner);
    }
    await a.until("all take shards", isSettled(5));
    const objects = new Map<string, Uint8Array>();
    world.network.isolate(b.machine.name);
    await a.until("b is missed", ({ nodes }) => nodes[1]?.state === "down");
    for (const name of ["first", "second"]) await grow(c, objects, name);
    world.network.healAll();
    await a.until("b is back", isSettled(5));
    for (const member of members) await readAll(member, objects);
    // Long before everything is looked at again.
    await stopAndCheck(world, members);
  });
});

test("U9 a damaged shard is kept as long as it cannot be made anew", async () => {
  await simulate(26, async (world) => {
    const members = await three(world);
    const [a, b, c] = members;
    const objects = new Map<string, Uint8Array>();
    await grow(a, objects, "first");
    // It knows of all of them by then.
    await readAll(b, objects);
    for (const member of [a, c]) await member.machine.crash();
    const rotten = rot(b.machine);
    await b.ask("scrub", { now: true });
    await world.sleep(30_000);
    assert.equal(countOf(b.machine, rotten), rotten.length, "others may need what is left of it");
    for (const member of [a, c]) await member.start();
    await world.sleep(60_000);
    assert.equal(countOf(b.machine, rotten), 0, "it is made anew once they are back");
    await stopAndCheck(world, members);
  });
});
