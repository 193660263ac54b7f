import { CheckError } from "#sim/check-error.ts";
import {
  type History,
  type KeyAction,
  type KeyOperation,
  type KeyState,
  absent,
  stateAfter,
} from "#sim/workload/history.ts";

/** What clients saw of a key fits no order in which its operations can have happened. */
export class NotLinearizableError extends CheckError {
  override readonly name = "NotLinearizableError";

  constructor(details: string) {
    super("a key behaves as if calls on it came one at a time", details);
  }
}

/** What a key's states are, and what calls do to them. */
export interface KeyModel<Action> {
  /** What a key is before any call. */
  readonly initial: KeyState;
  /** Whether a write leaves no trace of what was before it. */
  readonly forgets: boolean;
  /** The state after an action on `before`, or undefined where it cannot have happened there. */
  after(action: Action, before: KeyState): KeyState | undefined;
  /** Whether it changes nothing. */
  showsOnly(action: Action): boolean;
  /** The same history with less to search. */
  simplify(operations: readonly KeyOperation<Action>[]): KeyOperation<Action>[];
}

const objectModel: KeyModel<KeyAction> = {
  initial: absent,
  forgets: true,
  after: stateAfter,
  showsOnly: ({ kind }) => kind === "read" || kind === "present" || kind === "differs",
  simplify,
};

/** More states than this of one stretch of a key's history are not searched. */
const searchStatesMax = 300_000;

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
  checkAgainst(history, objectModel);
}

/**
 * The same, of keys that are not what objects are.
 *
 * @throws NotLinearizableError
 */
export function checkAgainst<Action>(history: History<Action>, model: KeyModel<Action>): void {
  for (const key of history.keys()) checkKey(key, history.of(key), model);
}

function checkKey<Action>(
  key: string,
  operations: readonly KeyOperation<Action>[],
  model: KeyModel<Action>,
): void {
  const inOrder = model.simplify(operations).sort((a, b) => a.begun - b.begun);
  let states: ReadonlySet<KeyState> = new Set([model.initial]);
  for (const stretch of stretchesOf(inOrder)) {
    const after = statesAfter(stretch, states, model);
    if (after.size === 0) throw new NotLinearizableError(report(key, stretch, states));
    states = after;
  }
}

/** Cuts a history where nothing is under way. */
function stretchesOf<Action>(
  operations: readonly KeyOperation<Action>[],
): KeyOperation<Action>[][] {
  const stretches: KeyOperation<Action>[][] = [];
  let end = -1;
  for (const operation of operations) {
    const last = stretches.at(-1);
    if (last === undefined || operation.begun > end) stretches.push([operation]);
    else last.push(operation);
    end = Math.max(end, operation.ended);
  }
  return stretches;
}

/** A point of the search: which operations of the stretch have happened, and the state by then. */
interface Point {
  done: bigint;
  state: KeyState;
  /** The latest beginning among those that happened: what ended before can happen no more. */
  latestBegun: number;
}

/**
 * The states a key may be in once a stretch is over; none where no order explains what was read.
 * What nobody knows the outcome of need not happen.
 */
function statesAfter<Action>(
  stretch: readonly KeyOperation<Action>[],
  before: ReadonlySet<KeyState>,
  model: KeyModel<Action>,
): Set<KeyState> {
  const certain = stretch.reduce(
    (mask, { isCertain }, i) => (isCertain ? mask | bit(i) : mask),
    0n,
  );
  const after = new Set<KeyState>();
  const seen = new Set<string>();
  const open: Point[] = [];
  const visit = (point: Point): void => {
    const name = `${point.done.toString(36)} ${point.state}`;
    if (seen.has(name)) return;
    seen.add(name);
    if (seen.size > searchStatesMax) throw new Error("too many states to search");
    open.push(point);
  };
  for (const state of before) visit({ done: 0n, state, latestBegun: -1 });
  for (let point = open.pop(); point !== undefined; point = open.pop()) {
    if ((point.done & certain) === certain) after.add(point.state);
    for (const next of nextPoints(stretch, point, model)) visit(next);
  }
  return after;
}

/** The points that can follow one. */
function nextPoints<Action>(
  stretch: readonly KeyOperation<Action>[],
  { done, state, latestBegun }: Point,
  model: KeyModel<Action>,
): Point[] {
  const { open, lastChance } = openAt(stretch, done, latestBegun);
  const blocked = open.filter(({ action }) => model.after(action, state) === undefined);
  const points: Point[] = [];
  /** When what does the same must have happened. */
  const uncertain = new Map<string, number>();
  for (const operation of open) {
    const { action, begun, ended, isCertain, at } = operation;
    if (ended < latestBegun) continue;
    const reached = model.after(action, state);
    if (reached === undefined) continue;
    const point = {
      done: done | bit(at),
      state: reached,
      latestBegun: Math.max(latestBegun, begun),
    };
    // What only shows the state may as well happen at once, unless it began when something that
    // may have happened had ended: that would be too late then.
    if (model.showsOnly(action) && begun <= lastChance) return [point];
    if (!isCertain) {
      // What may happen at any later time too need not happen before something waits for the state
      // that it leads to: before a write it leaves no trace, and with what only shows the state it
      // may change places.
      const isNeeded =
        !model.forgets ||
        ended < Infinity ||
        blocked.some((one) => model.after(one.action, reached) !== undefined);
      if (!isNeeded) continue;
      // Of several that do the same, one that began and must happen sooner leaves most to the rest.
      const name = JSON.stringify(action);
      const soonest = uncertain.get(name);
      if (soonest !== undefined && soonest <= ended) continue;
      uncertain.set(name, ended);
    }
    points.push(point);
  }
  return points;
}

/** What has not happened by a point, and has begun before anything must have happened. */
function openAt<Action>(
  stretch: readonly KeyOperation<Action>[],
  done: bigint,
  latestBegun: number,
): { open: (KeyOperation<Action> & { at: number })[]; lastChance: number } {
  const open: (KeyOperation<Action> & { at: number })[] = [];
  // What is certain and not done yet must begin before anything that begins after its end.
  let horizon = Infinity;
  // What is not certain is lost with the first that begins after its end.
  let lastChance = Infinity;
  for (const [at, operation] of stretch.entries()) {
    const { isCertain, begun, ended } = operation;
    // They are in the order of their beginning: what is left begins and ends later still.
    if (begun > horizon) break;
    if ((done & bit(at)) !== 0n) continue;
    if (isCertain) horizon = Math.min(horizon, ended);
    else if (ended >= latestBegun) lastChance = Math.min(lastChance, ended);
    open.push({ ...operation, at });
  }
  return { open: open.filter(({ begun }) => begun <= horizon), lastChance };
}

const bits: bigint[] = [];

function bit(index: number): bigint {
  return (bits[index] ??= 1n << BigInt(index));
}

/** What all states count as that nobody read: they differ in nothing. */
const unseen: KeyState = "?";

/**
 * Makes the search smaller: states that nobody read become one, and writes of it that perhaps never
 * happened are left out, unless something showed that there was an object.
 */
function simplify(operations: readonly KeyOperation[]): KeyOperation[] {
  const seen = new Set<KeyState>([absent]);
  let isPresenceSeen = false;
  for (const { action } of operations) {
    if (action.kind === "read" || action.kind === "differs") seen.add(action.state);
    if (action.kind === "replace") seen.add(action.expected);
    if (action.kind === "present" || action.kind === "differs") isPresenceSeen = true;
  }
  const simple: KeyOperation[] = [];
  for (const operation of operations) {
    const { action, isCertain } = operation;
    if (action.kind === "present" || seen.has(action.state)) simple.push(operation);
    else if (isCertain || isPresenceSeen) {
      simple.push({ ...operation, action: { ...action, state: unseen } });
    }
  }
  return simple;
}

function report<Action>(
  key: string,
  stretch: readonly KeyOperation<Action>[],
  before: ReadonlySet<KeyState>,
): string {
  const lines = stretch.map(({ name, action, begun, ended, isCertain }) => {
    const outcome = isCertain ? "" : " (outcome unknown)";
    return `    ${begun}..${ended} ${name}: ${JSON.stringify(action)}${outcome}`;
  });
  return `key ${key}, which held ${[...before].join(" or ")}:\n${lines.join("\n")}`;
}
