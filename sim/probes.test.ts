import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { probes } from "./probes.ts";
import { Tally } from "./tally.ts";

test("every probe is an event that the product tells of", () => {
  const root = join(import.meta.dirname, "../src");
  const files = globSync("**/*.ts", { cwd: root }).filter((file) => !file.endsWith(".test.ts"));
  const code = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
  const strange = probes.filter((name) => !code.includes(`"${name}"`));
  assert.deepEqual(strange, []);
});

test("many runs that never came to a probe say so, a few do not", () => {
  const tally = new Tally();
  const add = (told: ReadonlyMap<string, number>): void => {
    const value = { nodeCount: 3, bootCount: 3, answered: new Map(), faults: new Map(), told };
    const run = { value, seed: 1, traceHash: "", eventCount: 1, virtualMs: 1 };
    tally.add({ kind: "passed", seed: 1, run, isTwice: false });
  };
  add(new Map([["readHedged", 2]]));
  assert.deepEqual(tally.missedProbes(), []);
  for (let i = 0; i < 300; i++) add(new Map());
  assert.deepEqual(
    tally.missedProbes(),
    probes.filter((name) => name !== "readHedged"),
  );
});
