import type { Schedule } from "./schedule.ts";

/** What is left out of a schedule, one after the other, as long as it still fails. */
type Step = (schedule: Schedule) => Generator<Schedule>;

const nodeCountMin = 2;

/**
 * Finds a shorter schedule that fails as a longer one did: without faults, calls, clients, time and
 * nodes that it does not take. What is left cannot be made shorter by any one step.
 *
 * @param fails whether a schedule still fails; false as well once there was enough trying
 */
export async function shrink(
  schedule: Schedule,
  fails: (shorter: Schedule) => Promise<boolean>,
): Promise<Schedule> {
  let best = schedule;
  for (let isShorter = true; isShorter;) {
    isShorter = false;
    for (const step of steps) {
      for (;;) {
        const shorter = await firstFailing(step(best), fails);
        if (shorter === undefined) break;
        best = shorter;
        isShorter = true;
      }
    }
  }
  return best;
}

async function firstFailing(
  shorter: Iterable<Schedule>,
  fails: (shorter: Schedule) => Promise<boolean>,
): Promise<Schedule | undefined> {
  for (const schedule of shorter) if (await fails(schedule)) return schedule;
  return undefined;
}

/** The largest parts first; a run without faults is the shortest of all to read. */
const steps: readonly Step[] = [
  function* withoutFaults(schedule) {
    for (const faults of withoutSome(schedule.faults)) yield { ...schedule, faults };
  },
  function* withoutOperations(schedule) {
    for (const workload of withoutSome(schedule.workload)) {
      if (workload.length > 0) yield { ...schedule, workload };
    }
  },
  function* withFewerClients(schedule) {
    for (const clients of smaller(schedule.clients, 1)) yield { ...schedule, clients };
  },
  function* withFewerCalls(schedule) {
    for (const calls of smaller(schedule.calls, 1)) yield { ...schedule, calls };
  },
  function* withLessTime(schedule) {
    for (const disturbedMs of smaller(schedule.disturbedMs, 100))
      yield { ...schedule, disturbedMs };
  },
  function* withFewerNodes(schedule) {
    const { nodeCount } = schedule;
    if (nodeCount > nodeCountMin) yield { ...schedule, nodeCount: nodeCount - 1 };
  },
];

/** A list without all, without either half, and without each one in turn. */
function* withoutSome<T>(all: readonly T[]): Generator<readonly T[]> {
  if (all.length === 0) return;
  yield [];
  const half = all.length >> 1;
  if (half > 0) {
    yield all.slice(0, half);
    yield all.slice(half);
  }
  if (all.length > 2) for (const one of all) yield all.filter((other) => other !== one);
}

/** Less than `count`, the least first. */
function* smaller(count: number, least: number): Generator<number> {
  for (let next = least; next < count; next = Math.min(2 * next, next + count)) yield next;
}
