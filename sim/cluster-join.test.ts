import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClusterStatus, JoinRefusedError } from "#cluster/index.ts";
import { Member, three, voterCount } from "./cluster-rig.ts";
import { simulate } from "./index.ts";

test("any of three nodes serves all, and the death of their leader takes nothing", async () => {
  await simulate(7, async (world) => {
    const members = await three(world);
    const [a, b, c] = members;
    for (const [i, member] of members.entries()) {
      await member.put(`key-${i}`);
      for (const other of members) await other.get(`key-${i}`);
    }
    await a.machine.crash();
    for (const member of [b, c]) {
      await member.put(`late-by-${member.machine.name}`);
      for (let i = 0; i < members.length; i++) await member.get(`key-${i}`);
    }
    await a.start();
    await a.get("late-by-c");
  });
});

test("a token lets one node join, in its time, and no other", async () => {
  await simulate(8, async (world) => {
    const [a, b, c] = [new Member(world, "a"), new Member(world, "b"), new Member(world, "c")];
    await a.start();
    const isRefused = (code: string) => (error: unknown) =>
      error instanceof JoinRefusedError && error.code === code;
    const expired = await a.token(1_000);
    await world.sleep(2_000);
    await assert.rejects(b.start(expired), isRefused("expired-token"));
    await b.machine.shutDown();
    const token = await a.token();
    await b.start(token);
    await a.until("two are warned of", ({ warnings }) =>
      warnings.join().includes("with two nodes"),
    );
    await assert.rejects(c.start(token), isRefused("unknown-token"));
  });
});

test("a member that lost its log comes back as itself, under a fresh Raft id", async () => {
  await simulate(9, async (world) => {
    const [a, b, c] = await three(world);
    await a.put("before");
    await c.machine.crash();
    for (const { path } of c.machine.disk.files("log")) c.machine.disk.remove(path);
    await c.start();
    await b.until("three vote again", (status) => voterCount(status) === 3);
    await c.get("before");
    await c.put("after");
    await a.get("after");
  });
});

test("a member that lost all but its key never votes again by the Raft id it had", async () => {
  for (const lost of ["a", "c"]) {
    await simulate(10, async (world) => {
      const members = await three(world);
      const wiped = members.find(({ machine }) => machine.name === lost) ?? assert.fail();
      const other = members.find((member) => member !== wiped) ?? assert.fail();
      await wiped.put("before");
      await wiped.machine.crash();
      const { disk, stores } = wiped.machine;
      for (const { path } of disk.files("")) if (path !== "node.hamster") disk.remove(path);
      stores.restore(new Map());
      await wiped.boot();
      await other.until("three vote again", (status) => voterCount(status) === 3);
      const { nodes } = await other.ask<ClusterStatus>("status");
      assert.equal(nodes.length, 3, "it is the same node");
      await wiped.get("before");
      await wiped.put("after");
      await other.get("after");
    });
  }
});
