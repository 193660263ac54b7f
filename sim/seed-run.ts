// Runs one seed, with all that the command line may say of it.
import { createWriteStream } from "node:fs";
import { CheckError } from "./check-error.ts";
import { runCluster } from "./cluster/cluster-run.ts";
import { faultNames as clusterFaultNames } from "./cluster/fault.ts";
import { type ClusterPlan, drawClusterPlan } from "./cluster/plan.ts";
import { runNode } from "./node-run.ts";
import { drawPlan, faultNames, operationNames, type Plan } from "./plan.ts";
import { type Cut, cutDown, type Schedule, scheduleOf } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { type Run, SimulationError, simulate, simulateTwice, World } from "./world.ts";

/** What is asked for beyond a seed, which draws the rest. */
export interface SeedOptions extends Cut {
  nodeCount?: number | undefined;
  /** Gets every line of the trace. */
  traceFile?: string | undefined;
}

/** How often a fault happened, and how often that made a difference. */
export interface FaultCount {
  fired: number;
  effective: number;
}

/** What a run came to. */
export interface SeedReport {
  nodeCount: number;
  bootCount: number;
  answered: ReadonlyMap<string, number>;
  faults: ReadonlyMap<string, FaultCount>;
  /** How often nodes told of each event: the probes are among them. */
  told: ReadonlyMap<string, number>;
}

/** What became of a seed. */
export type SeedOutcome =
  | { kind: "passed"; seed: number; run: Run<SeedReport>; isTwice: boolean }
  | { kind: "failed"; seed: number; promise: string; details: string; events: readonly string[] };

/** All names that `--workload` and `--faults` may say. */
export const workloadNames: readonly string[] = operationNames;
export const allFaultNames: readonly string[] = [
  ...new Set<string>([...faultNames, ...clusterFaultNames]),
];

/** One seed in so many runs twice, so that what does not come from the seed is found. */
const twiceEvery = 20;
/** A run of this many events is taken for one that never ends. */
const eventsMax = 5_000_000;
/** One seed in so many is one of a lone node, where nobody asks for a number of nodes. */
const loneEvery = 8;

/** Runs a seed. */
export async function runSeed(
  seed: number,
  options: SeedOptions,
  isTwice: boolean = seed % twiceEvery === 0,
): Promise<SeedOutcome> {
  const { traceFile } = options;
  const stream = traceFile === undefined ? undefined : createWriteStream(traceFile);
  const traceSink = stream && ((line: string): void => void stream.write(`${line}\n`));
  const once = isTwice ? simulateTwice : simulate;
  try {
    const body = (world: World): Promise<SeedReport> => runDrawn(world, options);
    const run = await once(seed, body, { traceSink, limits: { eventsMax } });
    return { kind: "passed", seed, run, isTwice };
  } catch (error) {
    const cause = error instanceof SimulationError ? error.cause : error;
    const promise = cause instanceof CheckError ? cause.promise : "a run ends";
    const details = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    const events = error instanceof SimulationError ? error.recentLines : [];
    return { kind: "failed", seed, promise, details, events };
  } finally {
    stream?.end();
  }
}

/**
 * Finds a shorter schedule of a seed that fails by the same promise.
 *
 * @param isEnough whether there was enough trying
 */
export async function shrinkSeed(
  { seed, promise }: Extract<SeedOutcome, { kind: "failed" }>,
  options: SeedOptions,
  isEnough: () => boolean,
): Promise<Schedule> {
  const drawn = drawRun(new World(seed), options);
  const whole =
    drawn.kind === "lone"
      ? scheduleOf(drawn.plan, drawn.plan.faults, 1)
      : scheduleOf(drawn.plan.traffic, drawn.plan.faults, drawn.plan.zones.length);
  return shrink(whole, async (shorter) => {
    if (isEnough()) return false;
    const outcome = await runSeed(seed, shorter, false);
    return outcome.kind === "failed" && outcome.promise === promise;
  });
}

/** What a seed draws, and what of it is asked for. */
type Drawn =
  | { readonly kind: "lone"; readonly plan: Plan }
  | { readonly kind: "cluster"; readonly plan: ClusterPlan };

function drawRun({ seed, prng }: World, options: SeedOptions): Drawn {
  const { nodeCount = seed % loneEvery === 0 ? 1 : undefined } = options;
  if (nodeCount === 1) {
    const plan = drawPlan(prng);
    cutDown(plan, plan.faults, options);
    return { kind: "lone", plan };
  }
  const plan = drawClusterPlan(prng, { nodeCount });
  cutDown(plan.traffic, plan.faults, options);
  return { kind: "cluster", plan };
}

/** A lone node, or a cluster. */
async function runDrawn(world: World, options: SeedOptions): Promise<SeedReport> {
  const drawn = drawRun(world, options);
  if (drawn.kind === "lone") {
    const { answered, bootCount, faultsFired } = await runNode(world, { plan: drawn.plan });
    const counts = [...faultsFired].map(([name, fired]): [string, FaultCount] => [
      name,
      { fired, effective: fired },
    ]);
    const { told } = world.trace;
    return { nodeCount: 1, bootCount, answered, faults: new Map(counts), told };
  }
  const { plan } = drawn;
  const { disturbedMs } = options;
  const { answered, bootCount, faults } = await runCluster(world, plan, disturbedMs);
  const { told } = world.trace;
  return { nodeCount: plan.zones.length, bootCount, answered, faults, told };
}
