import {
  type History,
  type KeyOperation,
  type KeyState,
  absent,
  stateAfter,
} from "#sim/workload/history.ts";

/** What clients saw of a key fits no order in which its operations can have happened. */
export class NotLinearizableError extends Error {
  override readonly name = "NotLinearizableError";
}

/** More states than this of one stretch of a key's history are not searched. */
const searchStatesMax = 2_000_000;

/**
 * Checks that each key behaves as if its operations had happened one at a time, each at some moment
 * between its beginning and its end; a write nobody knows the outcome of, then or never.
 *
 * Source: Wing and Gong, "Testing and verifying concurrent objects"; Lowe, "Testing for
 * linearizability" (the memory of states seen); keys are checked apart, as they may be.
 *
 * @throws NotLinearizableError
 */
export function checkLinearizable(history: History): void {
  for (const key of history.keys()) checkKey(key, history.of(key));
}

function checkKey(key: string, operations: readonly KeyOperation[]): void {
  const inOrder = operations.toSorted((a, b) => a.begun - b.begun);
  let states: ReadonlySet<KeyState> = new Set([absent]);
  for (const stretch of stretchesOf(inOrder)) {
    const after = statesAfter(stretch, states);
    if (after.size === 0) throw new NotLinearizableError(report(key, stretch, states));
    states = after;
  }
}

/** Cuts a history where nothing is under way. */
function stretchesOf(operations: readonly KeyOperation[]): KeyOperation[][] {
  const stretches: KeyOperation[][] = [];
  let end = -1;
  for (const operation of operations) {
    const last = stretches.at(-1);
    if (last === undefined || operation.begun > end) stretches.push([operation]);
    else last.push(operation);
    end = Math.max(end, operation.ended);
  }
  return stretches;
}

/** The states a key may be in once a stretch is over; none where no order explains what was read. */
function statesAfter(
  stretch: readonly KeyOperation[],
  before: ReadonlySet<KeyState>,
): Set<KeyState> {
  const after = new Set<KeyState>();
  const seen = new Set<string>();
  const open: { done: bigint; state: KeyState }[] = [];
  const visit = (done: bigint, state: KeyState): void => {
    const name = `${done.toString(36)} ${state}`;
    if (seen.has(name)) return;
    seen.add(name);
    if (seen.size > searchStatesMax) throw new Error("too many states to search");
    open.push({ done, state });
  };
  for (const state of before) visit(0n, state);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { done, state } = next;
    const rest = stretch.map((_, i) => i).filter((i) => ((done >> BigInt(i)) & 1n) === 0n);
    if (rest.every((i) => stretch[i]?.isCertain === false)) after.add(state);
    // What is certain and not done yet must begin before anything that begins after its end.
    let horizon = Infinity;
    for (const i of rest) horizon = Math.min(horizon, (stretch[i] as KeyOperation).ended);
    for (const i of rest) {
      const operation = stretch[i] as KeyOperation;
      if (operation.begun > horizon) break;
      const doneWithIt = done | (1n << BigInt(i));
      if (!operation.isCertain) visit(doneWithIt, state);
      const reached = stateAfter(operation.action, state);
      if (reached !== undefined) visit(doneWithIt, reached);
    }
  }
  return after;
}

function report(
  key: string,
  stretch: readonly KeyOperation[],
  before: ReadonlySet<KeyState>,
): string {
  const lines = stretch.map(({ name, action, begun, ended, isCertain }) => {
    const outcome = isCertain ? "" : " (outcome unknown)";
    const state = action.kind === "present" ? "" : ` ${action.state}`;
    return `    ${begun}..${ended} ${name}: ${action.kind}${state}${outcome}`;
  });
  return `key ${key}, which held ${[...before].join(" or ")}:\n${lines.join("\n")}`;
}
