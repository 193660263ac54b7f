import assert from "node:assert/strict";
import { test } from "node:test";
import { type Prng, seededPrng } from "#base/prng.ts";
import {
  absent,
  History,
  type KeyAction,
  type KeyOperation,
  type KeyState,
  stateAfter,
} from "#sim/workload/history.ts";
import { checkLinearizable, NotLinearizableError } from "./linearizable.ts";

/** By trying every order: slow, and plain to see that it is right. */
function isLinearizable(operations: readonly KeyOperation[], state: KeyState): boolean {
  if (operations.every(({ isCertain }) => !isCertain)) return true;
  return operations.some((operation, at) => {
    const rest = operations.filter((_, other) => other !== at);
    // What has ended before it began must have happened, or never does.
    const isTooSoon = rest.some(({ isCertain, ended }) => isCertain && ended < operation.begun);
    const after = isTooSoon ? undefined : stateAfter(operation.action, state);
    if (after === undefined) return false;
    const left = rest.filter(({ ended }) => ended > operation.begun);
    return isLinearizable(left, after);
  });
}

function drawAction(prng: Prng, count: number): KeyAction {
  const states = [absent, "1", "2", "3"];
  const any = (): KeyState => states[prng.below(states.length)] ?? absent;
  switch (prng.below(8)) {
    case 0:
      return { kind: "create", state: String(count) };
    case 1:
      return { kind: "replace", expected: any(), state: String(count) };
    case 2:
      return { kind: "differs", state: any() };
    case 3:
      return { kind: "present" };
    case 4:
      return { kind: "write", state: absent };
    case 5:
    case 6:
      return { kind: "write", state: String(count) };
    default:
      return { kind: "read", state: any() };
  }
}

/** A few calls that overlap by lot, some of unknown outcome; no truth behind what they show. */
function drawHistory(prng: Prng): History {
  const history = new History();
  const open: (() => void)[] = [];
  const callCount = 2 + prng.below(6);
  for (let count = 1; count <= callCount; count++) {
    while (open.length > 0 && prng.below(3) > 0) open.splice(prng.below(open.length), 1)[0]?.();
    if (prng.below(12) === 0) history.nodeEnded();
    const action = drawAction(prng, Math.min(count, 3));
    if (action.kind === "read" || action.kind === "differs" || action.kind === "present") {
      const begun = history.tick();
      open.push(() => history.show("a", "GET", begun, action));
      continue;
    }
    const write = history.begin("a", "PUT", action);
    const isKnown = prng.below(3) > 0;
    open.push(() => (isKnown ? write.acknowledge() : write.leaveOpen()));
  }
  for (const end of open) end();
  return history;
}

test("the search finds an order where there is one, and only there", () => {
  const prng = seededPrng(1);
  const counts = { found: 0, missing: 0 };
  for (let i = 0; i < 20_000; i++) {
    const history = drawHistory(prng);
    const expected = isLinearizable(history.of("a"), absent);
    counts[expected ? "found" : "missing"]++;
    let isFound = true;
    try {
      checkLinearizable(history);
    } catch (error) {
      assert.ok(error instanceof NotLinearizableError, String(error));
      isFound = false;
    }
    assert.equal(isFound, expected, `history ${i}: ${JSON.stringify(history.of("a"))}`);
  }
  assert.ok(counts.found > 2000 && counts.missing > 2000, JSON.stringify(counts));
});
