import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeCommand } from "#format/index.ts";
import { applyCommand } from "./apply.ts";
import { kindRange } from "./keyspace.ts";
import { type Action, actionKinds, pick, Trial } from "./rig-trial.ts";
import { MemoryState } from "./rig.ts";
import { StateBatch } from "./state-batch.ts";

const actions = fc.array(
  fc.record({
    kind: fc.constantFrom(...actionKinds),
    a: fc.nat(1000),
    b: fc.nat(1000),
    c: fc.nat(1000),
    d: fc.nat(1000),
  }),
  { minLength: 1, maxLength: 150, size: "max" },
);

const beginnings: Action[] = [
  { kind: "createBucket", a: 0, b: 3, c: 0, d: 0 },
  { kind: "createBucket", a: 1, b: 1, c: 0, d: 0 },
];

test("M1 to M9: whatever is done, S3's rules and every count hold after each step", () => {
  fc.assert(
    fc.property(actions, (steps) => {
      const trial = new Trial();
      for (const action of [...beginnings, ...steps]) trial.run(action);
    }),
    { numRuns: 100 },
  );
});

test("M3, M4: once everything is deleted and its time is over, no row of a body is left", () => {
  fc.assert(
    fc.property(actions, (steps) => {
      const trial = new Trial();
      for (const action of [...beginnings, ...steps]) trial.run(action);
      trial.clear();
      const kinds = ["v/", "c/", "m/", "d/", "u/", "x/p", "x/q", "x/g", "x/e"];
      const left = kinds.filter((kind) => [...trial.rig.state.scan(kindRange(kind))].length > 0);
      assert.deepEqual(left, []);
    }),
    { numRuns: 30 },
  );
});

test("M2: the same commands give the same rows, however they are batched", () => {
  fc.assert(
    fc.property(actions, fc.array(fc.integer({ min: 1, max: 20 })), (steps, sizes) => {
      const trial = new Trial();
      for (const action of [...beginnings, ...steps]) trial.run(action);
      const { log } = trial.rig;
      const state = new MemoryState();
      for (let first = 0, turn = 0; first < log.length; turn++) {
        const batch = new StateBatch(state);
        const size = sizes.length === 0 ? log.length : pick(sizes, turn);
        for (const [i, bytes] of log.slice(first, first + size).entries()) {
          applyCommand(batch, decodeCommand(bytes), { index: first + i + 1 });
        }
        state.write(batch.changes());
        first += size;
      }
      assert.deepEqual(state.dump(), trial.rig.state.dump());
    }),
    { numRuns: 40 },
  );
});
