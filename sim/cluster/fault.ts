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

/** Everything that can go wrong in a cluster. */
export type FaultName = MachineFaultName | NetworkFaultName;
export const faultNames: readonly FaultName[] = [...machineFaultNames, ...networkFaultNames];

/** What a fault works on. */
export interface Scene {
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly prng: Prng;
  /** A member, drawn. */
  readonly drawMember: () => Member;
}

/** What came of it: nothing to do it to, done without anybody noticing, or noticed. */
export type FaultOutcome = "missed" | "fired" | "effective";

/** One thing that can happen. Where it lasts, it ends before it resolves. */
export type Fault = (scene: Scene) => FaultOutcome | Promise<FaultOutcome>;
