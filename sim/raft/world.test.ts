import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mutants } from "./mutant-list.ts";
import { patched, readCore } from "./mutants.ts";
import { runSeeds, seedsOf } from "./run.ts";
import { World } from "./world.ts";

/** What must have happened in the seeds the test runs, or they test less than they seem to. */
const mustBeSeen = [
  "compacted",
  "crashed",
  "joint entered",
  "leader removed",
  "membership changed",
  "read by a lease",
  "read served",
  "snapshot installed",
  "torn write",
];

test("R1 to R8 hold in every simulated group, and it goes on after healing", () => {
  const { failure, seen, seeds } = runSeeds(seedsOf("1-100"));
  assert.equal(failure, undefined);
  assert.equal(seeds, 100);
  for (const what of mustBeSeen) assert.ok((seen.get(what) ?? 0) > 0, `never seen: ${what}`);
});

test("seeds that once failed", () => {
  const lines = readFileSync(join(import.meta.dirname, "seeds.txt"), "utf8").split("\n");
  const seeds = lines.filter((line) => /^\d/.test(line)).map((line) => Number.parseInt(line, 10));
  assert.ok(seeds.length > 5);
  assert.equal(runSeeds(seeds).failure, undefined);
});

test("R10 a run is a function of its seed", () => {
  const first = new World(7).run();
  const second = new World(7).run();
  assert.equal(first.hash, second.hash);
  assert.equal(first.events, second.events);
  assert.notEqual(first.hash, new World(8).run().hash);
});

test("every mutant still fits the core", () => {
  assert.ok(mutants.length >= 12);
  for (const mutant of mutants) assert.ok(patched(mutant, readCore).size > 0);
});
