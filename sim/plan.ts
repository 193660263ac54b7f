import { kib, mib } from "#base/bytes.ts";
import type { Prng } from "#base/prng.ts";

/** What clients do. */
export const operationNames = [
  "put",
  "putIfAbsent",
  "putAndVanish",
  "putDamaged",
  "get",
  "getRange",
  "getAndStop",
  "head",
  "list",
  "delete",
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
] as const;
export type OperationName = (typeof operationNames)[number];

/** What happens to the machine under the node. */
export const faultNames = [
  "powerCut",
  "powerCutAtStep",
  "kill",
  "cleanRestart",
  "pause",
  "clockJump",
  "clockDrift",
  "slowDisk",
  "shelfFull",
  "diskFull",
  "readErrors",
  "writeErrors",
  "syncErrors",
  "flushErrors",
  "shelfRot",
  "storeLost",
  "storeDamaged",
  "indexLost",
  "indexDamaged",
] as const;
export type FaultName = (typeof faultNames)[number];

/** What clients do in one run. */
export interface TrafficPlan {
  clientCount: number;
  keyCount: number;
  /** Calls that each client makes. */
  callCount: number;
  sizeBytesMax: number;
  /** The longest pause of a client between two calls, in milliseconds. */
  thinkMsMax: number;
  /** How often each operation is drawn, relative to the others. */
  mix: Record<OperationName, number>;
}

/** What one run is like: all of it drawn from its seed, so that runs differ in kind. */
export interface Plan extends TrafficPlan {
  /** Faults of this run, each with the mean time between two of them, in milliseconds. */
  faults: Partial<Record<FaultName, number>>;
  /** The node is left in peace for so long that upkeep begins anew, twice. */
  isPatient: boolean;
}

/** Faults after which a node may answer with a server error, or not start, until they are over. */
const excusing: ReadonlySet<FaultName> = new Set<FaultName>([
  "shelfFull",
  "diskFull",
  "readErrors",
  "writeErrors",
  "syncErrors",
  "flushErrors",
  "shelfRot",
]);

/** Whether a run of this plan excuses server errors. */
export function excusesErrors(plan: Plan): boolean {
  return faultNames.some((name) => plan.faults[name] !== undefined && excusing.has(name));
}

/** One run of a lone node in so many is patient: it takes as long as three others. */
const patientEvery = 8;

/** Draws what a run is like. */
export function drawPlan(prng: Prng): Plan {
  const mix = drawMix(prng);
  const faults: Plan["faults"] = {};
  for (const name of faultNames) {
    if (prng.below(3) === 0) faults[name] = 20 + prng.below(400);
  }
  return { ...drawTraffic(prng, mix), faults, isPatient: prng.below(patientEvery) === 0 };
}

/** Draws how often clients do what; half of it is rare or missing in any one run. */
export function drawMix(prng: Prng): Record<OperationName, number> {
  const mix = {} as Record<OperationName, number>;
  for (const name of operationNames)
    mix[name] = prng.below(2) === 0 ? prng.below(3) : prng.below(20);
  mix.put = Math.max(mix.put, 4);
  return mix;
}

/** Draws what clients do, this often each. */
export function drawTraffic(prng: Prng, mix: TrafficPlan["mix"]): TrafficPlan {
  const sizes = [100, 5 * kib, 40 * kib, 300 * kib, 2 * mib];
  return {
    clientCount: 1 + prng.below(6),
    keyCount: 1 + prng.below(prng.below(2) === 0 ? 4 : 30),
    callCount: 10 + prng.below(120),
    sizeBytesMax: sizes[prng.below(sizes.length)] ?? kib,
    thinkMsMax: 1 + prng.below(30),
    mix,
  };
}
