import type { Prng } from "#base/prng.ts";
import type { World } from "#sim/world.ts";
import type { SimulatedCluster } from "./cluster.ts";
import type { Member } from "./member.ts";

/** What happens to the machines that nodes run on. */
export const machineFaultNames = [
  "powerCut",
  "powerCutOfAll",
  "powerCutAtStep",
  "kill",
  "restartLoop",
  "cleanRestart",
  "pause",
  "clockJump",
  "clockDrift",
  "slowDisk",
  "entropyFails",
] as const;
export type MachineFaultName = (typeof machineFaultNames)[number];

/** What happens between nodes. */
export const networkFaultNames = [
  "connectionsBroken",
  "halfOpenLink",
  "breakingConnections",
  "slowNetwork",
  "slowLink",
  "jitter",
  "oneWayCut",
  "isolation",
  "partition",
  "ringPartition",
] as const;
export type NetworkFaultName = (typeof networkFaultNames)[number];

/** What disks do besides keeping data: errors, and no room. */
export const diskFaultNames = [
  "readErrors",
  "writeErrors",
  "syncErrors",
  "flushErrors",
  "diskFull",
] as const;
export type DiskFaultName = (typeof diskFaultNames)[number];

/** What harms data that was durable. */
export const dataFaultNames = [
  "shelfRot",
  "storeLost",
  "storeDamaged",
  "indexLost",
  "indexDamaged",
  "logLost",
  "logRot",
  "storeRot",
  "misdirectedReads",
  "staleReads",
  "diskWiped",
] as const;
export type DataFaultName = (typeof dataFaultNames)[number];

/** What operators ask for while clients call. */
export const operatorFaultNames = [
  "drain",
  "undrain",
  "optimize",
  "pauseUpkeep",
  "abortOperation",
  "scrubNow",
  "repairNow",
  "doctor",
  "keyRotation",
  "removal",
  "joinUnderLoad",
  "replacement",
] as const;
export type OperatorFaultName = (typeof operatorFaultNames)[number];

/** What clients do that others have to bear. */
export const clientFaultNames = ["readerStalls", "writerStalls", "requestTwice"] as const;
export type ClientFaultName = (typeof clientFaultNames)[number];

/** Everything that can happen to a cluster. */
export type FaultName =
  | MachineFaultName
  | NetworkFaultName
  | DiskFaultName
  | DataFaultName
  | ClientFaultName
  | OperatorFaultName;
export const faultNames: readonly FaultName[] = [
  ...machineFaultNames,
  ...networkFaultNames,
  ...diskFaultNames,
  ...dataFaultNames,
  ...clientFaultNames,
  ...operatorFaultNames,
];

/** What a fault works on. */
export interface Scene {
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly prng: Prng;
  /** A member, drawn. */
  readonly drawMember: () => Member;
  /** The one whose durable data may be harmed. */
  victim: Member;
}

/** What came of it: nothing to do it to, done without anybody noticing, or noticed. */
export type FaultOutcome = "missed" | "fired" | "effective";

/** One thing that can happen. Where it lasts, it ends before it resolves. */
export type Fault = (scene: Scene) => FaultOutcome | Promise<FaultOutcome>;
