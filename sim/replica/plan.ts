import type { Prng } from "#base/prng.ts";
import { nodesMax } from "./group.ts";

/** What clients ask for. */
export const callNames = ["put", "putIfAbsent", "putIfMatch", "delete", "get"] as const;
export type CallName = (typeof callNames)[number];

/** What happens to a machine, or between two, or to all. */
export const faultNames = [
  "powerCut",
  "powerCutAtStep",
  "powerCutOfAll",
  "powerCutAtInstall",
  "powerCutAtOverwrite",
  "kill",
  "cleanRestart",
  "pause",
  "storeLost",
  "storeDamaged",
  "rowFlipped",
  "clockJump",
  "clockDrift",
  "slowDisk",
  "diskFull",
  "writeErrors",
  "syncErrors",
  "flushErrors",
  "fillErrors",
  "burst",
  "sessionClosed",
  "lateOpening",
  "isolate",
  "cutOneWay",
  "partition",
  "heal",
  "breakConnections",
  "halfOpen",
  "lossyNetwork",
  "slowNetwork",
] as const;
export type FaultName = (typeof faultNames)[number];

/** What is done with who belongs. */
export const changeNames = [
  "promote",
  "demote",
  "exchange",
  "remove",
  "rejoin",
  "transfer",
  "wipe",
  "loseLog",
] as const;
export type ChangeName = (typeof changeNames)[number];

/** What one run is like: all of it drawn from its seed, so that runs differ in kind. */
export interface Plan {
  nodeCount: number;
  /** How many of the nodes vote to begin with. */
  voterCount: number;
  clientCount: number;
  keyCount: number;
  /** The longest pause of a client between two calls, in milliseconds. */
  thinkMsMax: number;
  /** How long there are faults, in milliseconds. */
  disturbedMs: number;
  /** How often each call is drawn, relative to the others. */
  mix: Record<CallName, number>;
  /** Faults of this run, each with the mean time between two of them, in milliseconds. */
  faults: Partial<Record<FaultName, number>>;
  /** The mean time between two changes of who belongs, in milliseconds; none: they stay. */
  changeMs: number | undefined;
  /** Whether the log is let go of after a few entries. */
  isLogShort: boolean;
  /** Whether replicas are compared again and again, or hardly ever. */
  areCompared: boolean;
  /** Whether the bucket keeps all versions, by which it shows that each write ran once. */
  isVersioned: boolean;
}

/** How many vote, where there are so many nodes. */
const voterCounts = [1, 2, 3, 3, 3, 4, 5, 5];

/** Draws what a run is like. */
export function drawPlan(prng: Prng, given: { voterCount?: number | undefined }): Plan {
  const drawn = prng.below(4) === 0 ? 1 + prng.below(2) : 3 + prng.below(nodesMax - 2);
  const nodeCount = Math.max(given.voterCount ?? 1, drawn);
  const mix = {} as Record<CallName, number>;
  for (const name of callNames) mix[name] = 1 + prng.below(10);
  mix.put += 3;
  mix.get += 5;
  const faults: Plan["faults"] = {};
  // Few kinds of faults let more come of what each does; many meet each other.
  const oneOf = [2, 4, 8][prng.below(3)] ?? 4;
  for (const name of faultNames) {
    if (prng.below(oneOf) === 0) faults[name] = 500 + prng.below(8000);
  }
  return {
    nodeCount,
    voterCount: given.voterCount ?? Math.min(nodeCount, voterCounts[prng.below(8)] ?? 3),
    clientCount: 2 + prng.below(6),
    keyCount: 1 + prng.below(6),
    thinkMsMax: prng.below(4) === 0 ? 2 : 5 + prng.below(150),
    disturbedMs: 5000 + prng.below(15_000),
    mix,
    faults,
    changeMs: prng.below(3) === 0 ? undefined : 150 + prng.below(1500),
    isLogShort: prng.below(2) === 0,
    areCompared: prng.below(2) === 0,
    isVersioned: prng.below(2) === 0,
  };
}
