import type { Prng } from "#base/prng.ts";
import { drawMix, drawTraffic, type TrafficPlan } from "#sim/plan.ts";
import { type FaultName, faultNames, operatorFaultNames } from "./fault.ts";

/** What a run of several nodes is like: all of it drawn from its seed, so that runs differ. */
export interface ClusterPlan {
  /** The zone of each node; as many nodes as zones are named. */
  zones: readonly string[];
  traffic: TrafficPlan;
  /** Faults of this run, each with the mean time between two of them, in milliseconds. */
  faults: Partial<Record<FaultName, number>>;
  /** How the faults end: who loses power when all else is well again. */
  ending: "everybody" | "one after the other" | "nobody";
  /**
   * Whether the nodes are then left in peace until all shards are at home, and nothing that was
   * deleted takes up space any more.
   */
  isLeftInPeace: boolean;
}

/** What the command line asks for; the seed draws the rest. */
export interface ClusterPlanOptions {
  nodeCount?: number | undefined;
}

/** Peace takes minutes of virtual time: one run in so many has it. */
const peaceEvery = 4;
/** So many are drawn at most where nobody asks for more. */
const nodeCountMax = 9;
/** Operators are at work in one run of so many. */
const operatorsEvery = 3;
const operatorNames: ReadonlySet<FaultName> = new Set<FaultName>(operatorFaultNames);

/** Draws what a run is like. */
export function drawClusterPlan(prng: Prng, options: ClusterPlanOptions = {}): ClusterPlan {
  const drawnCount = 2 + prng.below(prng.below(3) === 0 ? nodeCountMax - 1 : 4);
  const nodeCount = options.nodeCount ?? drawnCount;
  const zoneCount = 1 + prng.below(nodeCount);
  const zones = Array.from({ length: nodeCount }, (_, i) => `zone-${i % zoneCount}`);
  const traffic = drawTraffic(prng, drawMix(prng));
  // Each call costs the more the more nodes take part in it.
  traffic.callCount = Math.ceil(traffic.callCount / 3);
  traffic.thinkMsMax *= 1 + prng.below(20);
  const faults: ClusterPlan["faults"] = {};
  // Layout changes make a run long: most runs do without.
  const hasOperators = prng.below(operatorsEvery) === 0;
  for (const name of faultNames) {
    if (!hasOperators && operatorNames.has(name)) continue;
    if (prng.below(4) === 0) faults[name] = 200 + prng.below(8_000);
  }
  const endings = ["everybody", "one after the other", "nobody"] as const;
  const ending = endings[prng.below(endings.length)] ?? "everybody";
  // What has rotted unseen is nobody's to find until the next scrub, a week later.
  const isDrawnForPeace = prng.below(peaceEvery) === 0;
  // What operators began may go on for longer than anybody waits.
  const isLeftInPeace = isDrawnForPeace && !hasOperators && faults.shelfRot === undefined;
  return { zones, traffic, faults, ending, isLeftInPeace };
}
