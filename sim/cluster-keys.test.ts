import assert from "node:assert/strict";
import { test } from "node:test";
import { equalBytes } from "#base/bytes.ts";
import { adminRequestLine, type RotatedKey } from "#cluster/index.ts";
import { Member, three } from "./cluster-rig.ts";
import { simulate, type World } from "./index.ts";

/** Puts and gets by a node until it is told to stop; says how many objects there are then. */
function trafficBy(world: World, member: Member): { stop(): Promise<number> } {
  const over = new AbortController();
  let count = 0;
  const running = (async () => {
    for (; !over.signal.aborted; count++) {
      await member.put(`${member.machine.name}-${count}`);
      await member.get(`${member.machine.name}-${count >> 1}`);
      await world.sleep(200);
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await running;
      return count;
    },
  };
}

async function rotate(member: Member): Promise<void> {
  const before = member.machine.keys.current;
  const { keyFingerprint } = await member.ask<RotatedKey>("rotate-key");
  const key = member.machine.keys.current;
  assert.equal(keyFingerprint, key.toHex());
  assert.ok(!equalBytes(key, before));
}

test("every node changes its key while all of them serve", async () => {
  await simulate(21, async (world) => {
    const members = await three(world);
    const traffic = members.map((member) => trafficBy(world, member));
    // Twice, so that keys that were retired are there too.
    for (const member of [...members, ...members]) {
      await rotate(member);
      await world.sleep(1_000);
    }
    const counts = await Promise.all(traffic.map((one) => one.stop()));
    assert.ok(
      counts.every((count) => count > 10),
      `there was traffic: ${counts.join(" ")}`,
    );
    // By what is on disk all of them know each other again.
    for (const member of members) await member.machine.crash();
    await Promise.all(members.map((member) => member.start()));
    for (const member of members) {
      for (const [i, other] of members.entries()) {
        await member.get(`${other.machine.name}-${(counts[i] ?? 1) - 1}`);
      }
    }
  });
});

test("a key that a member does not know yet is not used", async () => {
  await simulate(22, async (world) => {
    const [a, b, c] = await three(world);
    const before = a.machine.keys.current;
    await c.machine.crash();
    assert.ok(a.node !== undefined);
    const answer = await a.node.admin(adminRequestLine("rotate-key", {}));
    assert.match(answer, /"refused":"node \d does not know the next key yet/);
    assert.deepEqual(a.machine.keys.current, before);
    await b.put("meanwhile");
    await a.get("meanwhile");
    await c.start();
    await world.sleep(3_000);
    await rotate(a);
    await a.put("afterwards");
    await c.get("afterwards");
  });
});

test("a rotation that is cut short is done by the next one", async () => {
  await simulate(23, async (world) => {
    const [a, b, c] = await three(world);
    const rotation = rotate(a);
    rotation.catch(() => undefined);
    // Between the key's use and the end of the old one.
    const before = a.machine.keys.current;
    while (equalBytes(a.machine.keys.current, before)) await world.sleep(1);
    await a.machine.crash();
    await Promise.all([b.put("meanwhile"), a.start()]);
    await a.get("meanwhile");
    await rotate(a);
    await c.put("afterwards");
    await a.get("afterwards");
  });
});
