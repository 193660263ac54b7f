import { diskContract } from "#test/contracts/disk.ts";
import { keyValueContract } from "#test/contracts/key-value.ts";
import { networkContract } from "#test/contracts/network.ts";
import { simulate } from "./index.ts";

diskContract("simulated", async (use) => {
  await simulate(5, (world) => use(world.machine.boot().disk));
});

keyValueContract("simulated", async (use) => {
  await simulate(5, (world) => use(world.machine.boot().stores));
});

networkContract("simulated", async (use) => {
  await simulate(5, (world) => {
    const [here, there] = ["here", "there"].map((name) => ({
      ...world.addMachine(name).boot(),
      address: `${name}:0`,
    }));
    if (here === undefined || there === undefined) throw new Error("there are two machines");
    return use({ here, there });
  });
});
