import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterStories, clusterSteps, tryClusterCrash } from "./cluster-crash-points.ts";

/** Of each participant so many steps are tried, in equal distances; the command tries all. */
const sampleCount = 1;

for (const story of clusterStories) {
  test(`power is cut at each node in the middle of: ${story.name} (a sample)`, async () => {
    const steps = await clusterSteps(story);
    assert.ok(steps.length >= story.nodeCount);
    for (const [place, own] of steps.entries()) {
      for (let i = 0; i < sampleCount; i++) {
        const step = own[Math.floor(((i + 0.5) * own.length) / sampleCount)];
        assert.ok(step !== undefined, `participant ${place} takes part`);
        const plan = { step: step.number, when: "after", remains: "some", lots: i } as const;
        await tryClusterCrash(story, { place, plan });
      }
    }
  });
}
