import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterStatus } from "#cluster/index.ts";
import { RecoverRefusedError } from "#replica/index.ts";
import { Member, three, voterCount } from "./cluster-rig.ts";
import { simulate, type World } from "./index.ts";

/** Five nodes that all vote, on each of which an object was put. */
async function five(world: World): Promise<readonly Member[]> {
  const members: Member[] = [...(await three(world))];
  for (const name of ["d", "e"]) {
    const member = new Member(world, name);
    const [founder] = members;
    assert.ok(founder !== undefined);
    await member.start(await founder.token());
    members.push(member);
  }
  await members[0]?.until("five vote", (status) => voterCount(status) === 5);
  for (const member of members) await member.put(`by-${member.machine.name}`);
  return members;
}

test("the survivor of three goes on; another one comes back later and brings its shards", async () => {
  await simulate(41, async (world) => {
    const [a, b, c] = await three(world);
    for (const member of [a, b, c]) await member.put(`by-${member.machine.name}`);
    await world.sleep(2_000);
    for (const member of [a, b, c]) await member.machine.crash();
    const { node, epoch, leftBehind } = await a.recover();
    assert.equal(epoch, 1 + node);
    assert.equal(leftBehind.length, 2);
    await a.start();
    const alone = await a.ask<ClusterStatus>("status");
    assert.match(alone.warnings.join("\n"), /goes on from what one survivor had/);
    await b.start();
    await a.until("both vote", (status) => voterCount(status) === 2);
    for (const member of [a, b]) {
      for (const key of ["by-a", "by-b", "by-c"]) await member.get(key);
    }
    await b.put("afterwards");
    await a.get("afterwards");
    await a.ask("confirm-recovery");
    const { warnings } = await b.ask<ClusterStatus>("status");
    assert.doesNotMatch(warnings.join("\n"), /survivor/);
    // By what is on disk they are of the new epoch.
    for (const member of [a, b]) await member.machine.crash();
    await Promise.all([a.start(), b.start()]);
    await b.get("by-c");
  });
});

test("a survivor that runs begins anew by itself when another went on without it", async () => {
  await simulate(42, async (world) => {
    const [a, b, c, d, e] = await five(world);
    assert.ok(a && b && c && d && e);
    await world.sleep(3_000);
    for (const member of [a, b, c]) await member.machine.crash();
    await d.machine.crash();
    await d.recover(true);
    await d.start();
    await d.until("e is back", ({ nodes }) => {
      const back = nodes.find(({ name }) => name === "e");
      return back?.role === "voter" && back.state === "up";
    });
    await a.start();
    await b.start();
    await e.put("by-e-again");
    for (const member of [a, b, d, e]) {
      for (const key of ["by-c", "by-e", "by-e-again"]) await member.get(key);
    }
  });
});

test("a survivor does not go on alone where a majority answers", async () => {
  await simulate(43, async (world) => {
    const [a, b, c] = await three(world);
    await c.put("before");
    await c.machine.crash();
    const isRefused = (error: unknown): boolean =>
      error instanceof RecoverRefusedError && error.reason === "has-majority";
    await assert.rejects(c.recover(), isRefused);
    await c.machine.shutDown();
    await c.start();
    await c.get("before");
    await a.put("after");
    await b.get("after");
  });
});
