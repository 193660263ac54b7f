import assert from "node:assert/strict";
import { test } from "node:test";
import { NotLinearizableError } from "./checkers/linearizable.ts";
import { runNode } from "./node-run.ts";
import { drawPlan } from "./plan.ts";
import { cutDown, type Schedule, scheduleText } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { toyServer } from "./toy-server.ts";
import { simulate } from "./world.ts";

const powerFaults = { powerCut: 60, kill: 100, cleanRestart: 100, clockJump: 50 };
/** What the server knows. */
const workload = ["put", "get", "getRange", "head", "list", "delete"];
const seedsMax = 30;

/** Whether a run of a server with a planted mistake fails of it by this schedule. */
async function fails(seed: number, schedule: Schedule): Promise<boolean> {
  try {
    await simulate(seed, async (world) => {
      const plan = drawPlan(world.prng);
      plan.faults = { ...powerFaults };
      cutDown(plan, plan.faults, schedule);
      await runNode(world, { start: toyServer({ answersPutBeforeFlush: true }), plan });
    });
    return false;
  } catch (error) {
    return (error as Error).cause instanceof NotLinearizableError;
  }
}

/** What there is to read in a schedule. */
function sizeOf({ faults, workload: operations, clients, calls }: Schedule): number {
  return faults.length + operations.length + clients * calls;
}

test("a schedule that fails of a planted mistake shrinks to what the mistake takes", async () => {
  const whole: Schedule = {
    nodeCount: 1,
    faults: Object.keys(powerFaults),
    workload,
    clients: 4,
    calls: 60,
    disturbedMs: 120_000,
  };
  let seed = 1;
  while (!(await fails(seed, whole))) assert.ok(++seed < seedsMax, "the mistake shows itself");
  const shortest = await shrink(whole, (shorter) => fails(seed, shorter));
  assert.ok(await fails(seed, shortest));
  assert.ok(sizeOf(shortest) < sizeOf(whole) / 2, scheduleText(shortest));
});

test("what shrinking ends with is as short as any one step makes it", async () => {
  const whole: Schedule = {
    nodeCount: 5,
    faults: ["powerCut", "partition", "kill", "pause", "jitter"],
    workload: ["put", "get", "list", "delete"],
    clients: 6,
    calls: 40,
    disturbedMs: 120_000,
  };
  let tryCount = 0;
  const shortest = await shrink(whole, ({ faults, workload, clients, calls, nodeCount }) => {
    tryCount++;
    const isEnough = clients >= 2 && calls >= 7 && nodeCount >= 3;
    const areThere = ["partition", "jitter"].every((name) => faults.includes(name));
    return Promise.resolve(isEnough && areThere && workload.includes("list"));
  });
  assert.deepEqual(shortest, {
    nodeCount: 3,
    faults: ["partition", "jitter"],
    workload: ["list"],
    clients: 2,
    calls: 8,
    disturbedMs: 100,
  });
  assert.ok(tryCount < 120, `${tryCount} runs`);
  assert.equal(
    scheduleText(shortest),
    " --nodes 3 --workload list --faults partition,jitter --clients 2 --calls 8 --disturbed-ms 100",
  );
});
