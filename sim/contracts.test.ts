import { diskContract } from "#test/contracts/disk.ts";
import { keyValueContract } from "#test/contracts/key-value.ts";
import { simulate } from "./index.ts";

diskContract("simulated", async (use) => {
  await simulate(5, (world) => use(world.machine.boot().disk));
});

keyValueContract("simulated", async (use) => {
  await simulate(5, (world) => use(world.machine.boot().stores));
});
