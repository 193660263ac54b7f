// Runs one seed, with all that the command line may say of it.
import { createWriteStream } from "node:fs";
import { CheckError } from "./check-error.ts";
import { runCluster } from "./cluster/cluster-run.ts";
import { faultNames as clusterFaultNames } from "./cluster/fault.ts";
import { drawClusterPlan } from "./cluster/plan.ts";
import { runNode } from "./node-run.ts";
import { drawPlan, faultNames, operationNames, type TrafficPlan } from "./plan.ts";
import { type Run, SimulationError, simulate, simulateTwice, type World } from "./world.ts";

/** What is asked for beyond a seed, which draws the rest. */
export interface SeedOptions {
  nodeCount?: number | undefined;
  /** Operations of clients; all where none are named. */
  workload?: readonly string[] | undefined;
  /** Faults by name; all where none are named. */
  faults?: readonly string[] | undefined;
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

/** A lone node, or a cluster. */
async function runDrawn(world: World, options: SeedOptions): Promise<SeedReport> {
  const { nodeCount = world.seed % loneEvery === 0 ? 1 : undefined, workload, faults } = options;
  if (nodeCount === 1) {
    const plan = drawPlan(world.prng);
    keepOnly(plan, workload);
    for (const name of faultNames) {
      if (faults?.includes(name) === false) delete plan.faults[name];
    }
    const { answered, bootCount, faultsFired } = await runNode(world, { plan });
    const counts = [...faultsFired].map(([name, fired]): [string, FaultCount] => [
      name,
      { fired, effective: fired },
    ]);
    return { nodeCount: 1, bootCount, answered, faults: new Map(counts) };
  }
  const plan = drawClusterPlan(world.prng, { nodeCount });
  keepOnly(plan.traffic, workload);
  for (const name of clusterFaultNames) {
    if (faults?.includes(name) === false) delete plan.faults[name];
  }
  const report = await runCluster(world, plan);
  const { answered, bootCount } = report;
  return { nodeCount: plan.zones.length, bootCount, answered, faults: report.faults };
}

function keepOnly(plan: TrafficPlan, workload: readonly string[] | undefined): void {
  if (workload === undefined) return;
  for (const name of operationNames) {
    plan.mix[name] = workload.includes(name) ? Math.max(1, plan.mix[name]) : 0;
  }
}
