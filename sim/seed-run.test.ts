import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runSeed } from "./seed-run.ts";

/** Each line of the list that is not a remark. */
const keptSeeds = readFileSync(join(import.meta.dirname, "seeds.txt"), "utf8")
  .split("\n")
  .map((line) => line.replace(/#.*/, "").trim())
  .filter((line) => line !== "");

test("every kept seed runs to its end", async () => {
  for (const line of keptSeeds) {
    const [seed = "", nodes = ""] = line.split(/\s+/);
    const nodeCount = nodes === "drawn" ? undefined : Number(nodes);
    const outcome = await runSeed(Number(seed), { nodeCount }, false);
    assert.equal(outcome.kind, "passed", `${line}: ${JSON.stringify(outcome)}`);
  }
});

test("W1 a run of a whole cluster replays byte for byte, and its faults have effects", async () => {
  const faults = ["powerCut", "partition", "slowNetwork", "kill", "clockJump"];
  const outcome = await runSeed(2, { nodeCount: 3, faults }, true);
  assert.ok(outcome.kind === "passed", JSON.stringify(outcome));
  const { nodeCount, answered } = outcome.run.value;
  assert.equal(nodeCount, 3);
  assert.ok((answered.get("put") ?? 0) > 0);
});

test("a run without faults needs no excuse", async () => {
  const outcome = await runSeed(3, { nodeCount: 4, faults: ["none"] }, false);
  assert.equal(outcome.kind, "passed", JSON.stringify(outcome));
});
