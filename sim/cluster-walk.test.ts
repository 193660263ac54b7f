// Whole nodes whose shelves follow the layout: a store with data grows, undisturbed and disturbed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Member } from "./cluster-rig.ts";
import { simulate, type World } from "./index.ts";
import { founded, grow, isSettled, readAll, stopAndCheck } from "./walk-rig.ts";

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

test("U7 crashes, pauses and breaks at any step of a walk leave nothing undone", async () => {
  let cutCount = 0;
  for (let seed = 31; seed <= 33; seed++) {
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
  assert.ok(cutCount >= 2, `${cutCount} of 6 were cut`);
});

/** Crashes a machine at a drawn step that may come in the next seconds; gives how often it did. */
async function crashSoon(world: World, { machine }: Member, stepsMax: number): Promise<number> {
  const step = machine.stepCount + 1 + world.prng.below(stepsMax);
  machine.crashAt({ step, when: "after", remains: "some" });
  await Promise.race([machine.died, world.sleep(20_000)]);
  machine.crashAt(undefined);
  return machine.isUp ? 0 : 1;
}
