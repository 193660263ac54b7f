import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "./manual-clock.ts";
import { ReadPace } from "./read-pace.ts";

/** Reads that take so long. */
function reads(pace: ReadPace, clock: ManualClock, count: number, tookMs: number): void {
  for (let i = 0; i < count; i++) {
    const ended = pace.begin();
    clock.pass(tookMs);
    ended();
  }
}

test("a read is late when it is slower than others were, within bounds", () => {
  const clock = new ManualClock();
  const pace = new ReadPace(clock);
  const delayMs = (): number => pace.hedgeDelayMs;
  assert.equal(delayMs(), 100);
  reads(pace, clock, 100, 1);
  assert.equal(delayMs(), 10);
  reads(pace, clock, 100, 50);
  assert.ok(delayMs() > 50 && delayMs() < 100, `${delayMs()} ms`);
  reads(pace, clock, 5, 3000);
  assert.equal(delayMs(), 1000);
});

test("O5 what is read in the stead of slow reads is one in ten, but for a burst", () => {
  const clock = new ManualClock();
  const pace = new ReadPace(clock);
  const hedges = (): number => {
    let count = 0;
    while (count < 100 && pace.tryHedge()) count++;
    return count;
  };
  assert.equal(hedges(), 16);
  reads(pace, clock, 100, 1);
  assert.ok(Math.abs(hedges() - 10) <= 1);
  reads(pace, clock, 1000, 1);
  assert.equal(hedges(), 16);
});
