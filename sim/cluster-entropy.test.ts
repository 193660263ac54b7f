import { test } from "node:test";
import { three } from "./cluster-rig.ts";
import { simulate } from "./index.ts";

test("nodes that are given no secrets go on with what they do", async () => {
  await simulate(51, async (world) => {
    const members = await three(world);
    for (const { machine } of members) machine.lacksEntropy = true;
    // Long enough for replicas to be compared.
    await world.sleep(60_000);
    for (const member of members) await member.put(`by-${member.machine.name}`);
    for (const member of members) await member.get("by-a");
    for (const { machine } of members) machine.lacksEntropy = false;
  });
});
