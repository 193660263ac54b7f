// Tries every crash point of a node, and of each participant of stories of several nodes:
// npm run sim:crash-points [part of a story's name]
import { clusterStories, clusterSteps, tryClusterCrash } from "./cluster-crash-points.ts";
import { type CrashVariants, enumerateCrashPoints } from "./crash-points.ts";
import { nodeCrashScenarios } from "./node-crash-points.ts";

const wanted = process.argv[2] ?? "";
const variants: CrashVariants = { tornCount: 4, crashInCheck: true };
let pointCount = 0;
let trialCount = 0;
for (const scenario of nodeCrashScenarios()) {
  if (!scenario.name.includes(wanted)) continue;
  const startedMs = performance.now();
  const report = await enumerateCrashPoints(scenario, variants);
  const tookS = ((performance.now() - startedMs) / 1000).toFixed(0);
  const { points } = report;
  console.log(`${scenario.name}: ${points.length} points, ${report.trialCount} trials, ${tookS} s`);
  pointCount += points.length;
  trialCount += report.trialCount;
}
for (const story of clusterStories) {
  if (!story.name.includes(wanted)) continue;
  const startedMs = performance.now();
  const steps = await clusterSteps(story);
  let count = 0;
  for (const [place, own] of steps.entries()) {
    for (const { number: step, kind, target } of own) {
      // Before a step nothing of what was not synced is left; after it, some.
      for (const when of ["before", "after"] as const) {
        const remains = when === "before" ? "nothing" : "some";
        try {
          await tryClusterCrash(story, { place, plan: { step, when, remains, lots: step } });
        } catch (error) {
          const point = `${story.name}: node ${place + 1}, ${when} step ${step} (${kind} ${target})`;
          throw new Error(`${point}: ${String(error)}`, { cause: error });
        }
        count++;
      }
    }
  }
  const tookS = ((performance.now() - startedMs) / 1000).toFixed(0);
  const counts = steps.map(({ length }) => length);
  console.log(`${story.name}: ${counts.join(" + ")} points, ${count} trials, ${tookS} s`);
  pointCount += counts.reduce((sum, one) => sum + one, 0);
  trialCount += count;
}
console.log(`${pointCount} crash points, ${trialCount} trials, all as promised`);
