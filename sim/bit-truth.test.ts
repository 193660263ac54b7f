// A sample of what `npm run sim:bit-truth` does in full.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Moment, type Outcome, takeTour } from "./bit-truth.ts";
import { tinySizes } from "./bit-truth-shop.ts";

const tours: readonly [part: RegExp, moment: Moment, outcomes: readonly Outcome[]][] = [
  [/^shelf\//, "live", ["detected", "harmless"]],
  [/^shelf\//, "at rest", ["detected", "harmless"]],
  [/^shelf\//, "without index", ["detected", "harmless"]],
  [/^(log|checkpoints|replica|node)/, "at rest", ["harmless", "refused"]],
  [/^(store|shelf-index)/, "at rest", ["harmless", "healed"]],
];

for (const [part, moment, outcomes] of tours) {
  test(`a bit of ${part.source} that flips ${moment}: the truth is read, or an error`, async () => {
    const counts = await takeTour({ sizes: tinySizes, moment, part, everyNth: 331 });
    assert.deepEqual([...counts.keys()].sort(), outcomes);
  });
}
