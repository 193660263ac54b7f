import assert from "node:assert/strict";
import { test } from "node:test";
import { type CrashScenario, enumerateCrashPoints } from "#sim/index.ts";
import type { Log } from "./index.ts";
import { emptyModel, holds, type ModelState, openRigLog, rigEntries } from "./log-rig.ts";

/** A log, and what it may hold if power is cut now. */
interface State {
  log: Log | undefined;
  /** The last state that is surely durable, and those since. */
  states: ModelState[];
}

async function append(state: State, count: number, term: number, from?: number): Promise<void> {
  const { log } = state;
  assert.ok(log !== undefined);
  const now = state.states.at(-1) ?? emptyModel;
  const first = from ?? now.entries.length + 1;
  const added = rigEntries(first, count, term);
  const entries = [...now.entries.slice(0, first - 1), ...added];
  for (let end = first - 1; end < entries.length; end++) {
    state.states.push({ ...now, entries: entries.slice(0, end) });
  }
  state.states.push({ ...now, entries });
  log.append({ entries: added });
  await log.sync();
  state.states = [{ ...now, entries }];
}

const scenarios: Record<string, (state: State) => Promise<void>> = {
  "entries are appended over two rotations": async (state) => {
    for (let round = 0; round < 7; round++) await append(state, 8, 1 + (round >> 1));
  },
  "a batch larger than a segment is appended": (state) => append(state, 70, 1),
  "a tail that reaches into an older segment is replaced": async (state) => {
    await append(state, 60, 1);
    await append(state, 3, 2, 20);
    await append(state, 5, 2);
  },
  "segments are let go of while the log grows": async (state) => {
    for (let round = 0; round < 8; round++) {
      const letGo = round < 3 ? undefined : state.log?.truncateBefore(8 * (round - 2));
      await append(state, 8, 1);
      await letGo;
    }
  },
  "a log is closed": async (state) => {
    await append(state, 30, 1);
    await state.log?.close();
  },
};

for (const [name, run] of Object.entries(scenarios)) {
  test(`L2 L3 power is cut at any step while ${name}`, async () => {
    const scenario: CrashScenario<State> = {
      name,
      seed: 3,
      prepare: async () => ({ log: undefined, states: [emptyModel] }),
      run: async (ports, state) => {
        state.log = await openRigLog(ports);
        await run(state);
      },
      check: async (ports, state) => {
        const log = await openRigLog(ports);
        let found: ModelState | undefined;
        for (const model of state.states) if (await holds(log, model)) found = model;
        assert.ok(found !== undefined, `${log.lastIndex} entries are no state since the last sync`);
        state.states = [found];
        // And it goes on from there.
        state.log = log;
        await append(state, 9, 9);
      },
    };
    const { points } = await enumerateCrashPoints(scenario, { crashInCheck: true });
    assert.ok(points.length > 10, `${points.length} crash points`);
  });
}
