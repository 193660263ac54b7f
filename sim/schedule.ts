import { operationNames, type TrafficPlan } from "./plan.ts";

/** What of a drawn run is run, so that a part of a schedule can be looked at by itself. */
export interface Cut {
  /** Operations of clients; all where none are named. */
  workload?: readonly string[] | undefined;
  /** Faults by name; all that were drawn where none are named. */
  faults?: readonly string[] | undefined;
  /** The faults that are named happen in every run, whatever was drawn. */
  isForced?: boolean | undefined;
  /** So many clients at most. */
  clients?: number | undefined;
  /** So many calls of each client at most. */
  calls?: number | undefined;
  /** No fault begins later, in milliseconds from the first call on. */
  disturbedMs?: number | undefined;
}

/** A schedule from which things can be left out. */
export type Schedule = {
  readonly [Name in Exclude<keyof Cut, "isForced">]-?: NonNullable<Cut[Name]>;
} & { readonly nodeCount: number };

/** Between two faults of a kind that was not drawn, and is asked for. */
const forcedFaultMs = 1_500;

/** Faults end after so long at the latest, even where clients are not done. */
export const disturbedMsMax = 120_000;

/** Leaves out of a plan what is not asked for. */
export function cutDown(
  traffic: TrafficPlan,
  faults: Record<string, number | undefined>,
  cut: Cut,
): void {
  if (cut.workload !== undefined) {
    for (const name of operationNames) {
      traffic.mix[name] = cut.workload.includes(name) ? Math.max(1, traffic.mix[name]) : 0;
    }
  }
  for (const name of Object.keys(faults)) {
    if (cut.faults?.includes(name) === false) delete faults[name];
  }
  if (cut.isForced === true) {
    for (const name of cut.faults ?? []) faults[name] ??= forcedFaultMs;
  }
  traffic.clientCount = Math.min(traffic.clientCount, cut.clients ?? Infinity);
  traffic.callCount = Math.min(traffic.callCount, cut.calls ?? Infinity);
}

/** What a plan comes to, whole. */
export function scheduleOf(
  traffic: TrafficPlan,
  faults: Record<string, number | undefined>,
  nodeCount: number,
): Schedule {
  return {
    nodeCount,
    workload: operationNames.filter((name) => traffic.mix[name] > 0),
    faults: Object.keys(faults),
    clients: traffic.clientCount,
    calls: traffic.callCount,
    disturbedMs: disturbedMsMax,
  };
}

/** A schedule as the command line says it. */
export function scheduleText(schedule: Schedule): string {
  const { nodeCount, workload, faults, clients, calls, disturbedMs } = schedule;
  const named = faults.length === 0 ? "none" : faults.join(",");
  return (
    ` --nodes ${nodeCount} --workload ${workload.join(",")} --faults ${named}` +
    ` --clients ${clients} --calls ${calls} --disturbed-ms ${disturbedMs}`
  );
}
