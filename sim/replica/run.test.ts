import assert from "node:assert/strict";
import { test } from "node:test";
import { mutants } from "./mutant-list.ts";
import { keptSeeds, patched } from "./mutants.ts";
import { runSeed, type SeedOptions } from "./run.ts";

async function mustPass(seed: number, options: SeedOptions): Promise<void> {
  const outcome = await runSeed(seed, options);
  if ("promise" in outcome) assert.fail(`seed ${seed}: ${outcome.promise}\n${outcome.text}`);
}

for (const voterCount of [1, 3, 5]) {
  test(`R1 R2 R3 R5 R7 R8 ${voterCount} voters through faults and changes of who belongs`, async () => {
    for (let seed = 1; seed <= 2; seed++) await mustPass(seed, { voterCount });
  });
}

test("seeds that once failed, and a few more", async () => {
  for (const seed of [...keptSeeds(), 3, 4]) await mustPass(seed, { isTwice: false });
});

test("W1 a run of a group is a function of its seed", () => mustPass(7, { isTwice: true }));

test("every mutant still fits the program", () => {
  assert.ok(mutants.length >= 10);
  for (const mutant of mutants) assert.ok(patched(mutant).size > 0);
});
