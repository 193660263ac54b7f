/**
 * The simulated world: the ports over virtual time, with every fault and crash drawn from one seed.
 *
 * W1. A run is a function of its seed and the code: the same trace, byte for byte.
 * W2. Between two events every promise job runs that can.
 * W3. A crash is exact: a boot's ports never settle again, and do nothing more.
 * W4. What was synced and not written since survives a crash; anything else may not (the Disk
 *     port).
 * W5. After a crash a store holds a prefix of its batches that includes every flushed one.
 * W6. A run that touches the real world (I/O, timers, threads, ambient time and chance) fails.
 *
 * W7. What a connection delivers is a prefix of the frames that were sent, whole and in order.
 *
 * It does not decide what is right: checkers do.
 */
export { type CrashPlan, Machine, type Step } from "./machine.ts";
export {
  CrashPointError,
  type CrashReport,
  type CrashScenario,
  type CrashTrial,
  type CrashVariants,
  enumerateCrashPoints,
  tryCrash,
} from "./crash-points.ts";
export { DiskMedia, FileNode, type Remains } from "./disk-media.ts";
export { type Operation, type OperationKind, changingKinds } from "./boot.ts";
export { ClockDrift } from "./clock.ts";
export { Faults } from "./faults.ts";
export { Keys } from "./identity.ts";
export type { LinkPace } from "./network-link.ts";
export { SimulatedNetwork, type Way } from "./network.ts";
export { StoresMedia } from "./store-media.ts";
export {
  DivergenceError,
  type Run,
  type RunOptions,
  SimulationError,
  World,
  simulate,
  simulateTwice,
} from "./world.ts";
export { DeadlockError, RunawayError } from "./scheduler.ts";
export { RealWorldError } from "./tripwire.ts";
