import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trace } from "#ports/index.ts";
import { withLinesHeldBack } from "./held-back-lines.ts";

test("what strangers can cause does not fill the log; how often it was is told", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const lines: string[] = [];
  const trace: Trace = withLinesHeldBack({
    write: (_, event, fields) => lines.push(`${event} ${JSON.stringify(fields ?? {})}`),
  });
  const countOf = (event: string): number =>
    lines.filter((line) => line.startsWith(`${event} `)).length;
  for (let i = 0; i < 1000; i++) trace.write("warn", "connectionRefused", { i });
  trace.write("warn", "joinRefused");
  for (let i = 0; i < 100; i++) trace.write("info", "requestAnswered");
  assert.equal(countOf("connectionRefused"), 20);
  assert.equal(countOf("joinRefused"), 1, "each kind has lines of its own");
  assert.equal(countOf("requestAnswered"), 100);
  t.mock.timers.tick(60_000);
  assert.deepEqual(lines.at(-1), 'linesHeldBack {"of":"connectionRefused","count":980}');
  assert.equal(countOf("linesHeldBack"), 1);
  trace.write("warn", "connectionRefused");
  assert.equal(countOf("connectionRefused"), 21, "later they are written again");
});
