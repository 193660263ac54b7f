import assert from "node:assert/strict";
import { test } from "node:test";
import { enumerateCrashPoints, simulate, simulateTwice } from "./index.ts";
import { nodeCrashScenarios } from "./node-crash-points.ts";
import { runNode } from "./node-run.ts";
import { drawPlan, type OperationName } from "./plan.ts";
import { type Slips, toyServer } from "./toy-server.ts";

test("W1 a run of a whole node replays byte for byte", async () => {
  for (const seed of [3]) await simulateTwice(seed, (world) => runNode(world));
});

/** What each story must come to, so that its crash points are the ones it is about. */
const reached: Record<string, RegExp> = {
  "log rotation": /^rename log\//,
  checkpoints: /^rename checkpoints\//,
  "forgetting, removal and pack compaction": /^remove shelf\/packs\//,
  "a clean stop": /^rename replica\/clean-stop/,
};

for (const scenario of nodeCrashScenarios()) {
  test(`power is cut while a node does: ${scenario.name} (a sample of the steps)`, async () => {
    const steps = scenario.name.startsWith("forgetting") ? 13 : 17;
    await enumerateCrashPoints(scenario, { everyNth: steps, tornCount: 1, crashInCheck: true });
  });
}

test("the stories that are crashed come to what they are about", async () => {
  for (const scenario of nodeCrashScenarios()) {
    const wanted = reached[scenario.name];
    if (wanted === undefined) continue;
    const { points } = await enumerateCrashPoints(scenario, { everyNth: 1, kinds: new Set() });
    assert.deepEqual(points, []);
    const steps: string[] = [];
    await simulate(scenario.seed, async (world) => {
      const ports = world.machine.boot();
      const state = await scenario.prepare(ports, world);
      world.machine.onStep = ({ kind, target }) => steps.push(`${kind} ${target}`);
      await scenario.run(ports, state, world);
    });
    assert.ok(
      steps.some((step) => wanted.test(step)),
      `${scenario.name}: ${steps.join("\n")}`,
    );
  }
});

/** What a toy server cannot do. */
const beyondToys: readonly OperationName[] = [
  "putIfMatch",
  "deleteIfMatch",
  "copy",
  "deleteMany",
  "upload",
  "abortUpload",
  "putVersion",
  "uploadVersion",
  "putMarker",
  "removeVersion",
  "lockVersion",
  "readVersion",
  "listVersions",
];

/** Runs seeds of a toy server, with faults it can stand; what fails, or undefined. */
async function runToy(slips: Slips, seedsMax: number): Promise<string | undefined> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    try {
      await simulate(seed, async (world) => {
        const plan = drawPlan(world.prng);
        plan.faults = { powerCut: 60, powerCutAtStep: 50, kill: 100, cleanRestart: 100 };
        for (const name of ["put", "get", "getRange", "head", "list", "delete"] as const) {
          plan.mix[name] = Math.max(plan.mix[name], 3);
        }
        for (const name of beyondToys) plan.mix[name] = 0;
        plan.sizeBytesMax = Math.min(plan.sizeBytesMax, 40_000);
        await runNode(world, { start: toyServer(slips), plan });
      });
    } catch (error) {
      return String((error as Error).cause);
    }
  }
  return undefined;
}

test("a sound toy store passes the checkers", async () => {
  assert.equal(await runToy({ takesDamagedBodies: false }, 25), undefined);
});

/** What each slip shows itself by. */
const slips: Record<keyof Slips, RegExp> = {
  answersPutBeforeFlush: /NotLinearizable/,
  answersDeleteBeforeFlush: /NotLinearizable/,
  keepsWhatCameOfABody: /as declared is refused|NotLinearizable/,
  takesDamagedBodies: /as declared is refused/,
  rangeIsOneShort: /gives the bytes that were put/,
  writesRowsApart: /bytes that were put|tells the length|size and ETag/,
  listingLagsBehind: /NotLinearizable|listing is in order/,
  listingDropsAKey: /NotLinearizable/,
  forgetsOnOverwrite: /NotLinearizable|size and ETag/,
  ignoresConditions: /NotLinearizable/,
  showsWhatIsNotFlushed: /NotLinearizable/,
  flipsABit: /gives the bytes that were put/,
};

for (const [slip, symptom] of Object.entries(slips)) {
  test(`a toy store is caught that ${slip}`, async () => {
    assert.match((await runToy({ [slip]: true }, 25)) ?? "nothing", symptom);
  });
}
