// Whole nodes that lose shelves, rot, are cut off or wait for the dead, and have all again.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterStatus } from "#cluster/index.ts";
import { Member, three } from "./cluster-rig.ts";
import { type Machine, simulate } from "./index.ts";
import { grow, isSettled, readAll, stopAndCheck } from "./walk-rig.ts";

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
        /\(a\) lacks \d+ shards: node 2 \(b\) and node 4 \(d\) must/.test(text),
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
