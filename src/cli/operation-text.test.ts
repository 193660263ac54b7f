import assert from "node:assert/strict";
import { test } from "node:test";
import { gib } from "#base/bytes.ts";
import type { LayoutReport, OperationPlan } from "#cluster/index.ts";
import { durationText, layoutText, planText, progressText } from "./operation-text.ts";

const plan: OperationPlan = {
  operation: "drain",
  node: 6,
  nodeName: "north",
  layoutVersion: 7,
  moved: { shards: 1200, bytes: 3 * gib },
  leastBytes: 2.5 * gib,
  recoded: { units: 400, bytes: 9 * gib, written: 15 * gib },
  profile: { before: "4+2", after: "3+2" },
  estimateMs: 288_000,
  tolerance: { before: 2, during: 2, after: 2 },
  trade: "large objects are kept as 3+2 instead of 4+2",
  warnings: ["node 2 is down: what belongs there waits until it is back"],
};

const report: LayoutReport = {
  version: 8,
  width: 5,
  isPaused: false,
  moving: { doneBytes: 0, totalBytes: 0, bytesPerSecond: 0 },
  recoding: { units: 0, bytes: 0 },
  ever: { pulledBytes: 0, recodedBytes: 0 },
  nodes: [{ node: 1, name: "north", state: "up", share: 0.2 }],
  waits: [],
};

test("a plan says what it costs before it is begun", () => {
  assert.equal(
    planText(plan),
    [
      "Plan: drain node 6 (north), from layout 7",
      "  code anew   about 400 units of 9.0 GiB; 15.0 GiB are written",
      "  move        1,200 shards, 3.0 GiB; the node has 2.5 GiB",
      "  takes       about 5 min, longer where clients need the nodes",
      "  new objects 4+2, then 3+2",
      "  may fail    before 2 nodes, on the way 2 nodes, then 2 nodes",
      "",
      "The price: large objects are kept as 3+2 instead of 4+2.",
      "",
      "Warning: node 2 is down: what belongs there waits until it is back.",
    ].join("\n"),
  );
});

test("a layout says what is under way, and why it waits", () => {
  assert.match(layoutText(report), /Nothing is under way\.$/);
  assert.match(layoutText(report), /1 {5}north {2}up {5}20\.0 %/);
  const busy: LayoutReport = {
    ...report,
    operation: { text: "a drain of node 6", begunUnixMs: 1 },
    change: { kind: "resize", isUndone: false, nodeCount: 5, walkedCount: 2 },
    moving: { doneBytes: gib / 2, totalBytes: 2 * gib, bytesPerSecond: gib / 64 },
    recoding: { units: 7, bytes: gib },
    waits: ["node 2 is down: it gets shards"],
  };
  assert.equal(
    progressText(busy),
    "A drain of node 6 is under way; resize: shards move, 2 of 5 nodes have all of theirs; " +
      "512 MiB of 2.0 GiB have come, 16.0 MiB/s, 96 s to go; about 7 units of 1.0 GiB to be coded anew. It waits: node 2 is down: it gets shards.",
  );
});

test("times are told as roughly as they are known", () => {
  assert.deepEqual([900, 45_000, 600_000, 4 * 3_600_000].map(durationText), [
    "a second",
    "45 s",
    "10 min",
    "4 h",
  ]);
});
