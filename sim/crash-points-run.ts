// Tries every crash point of a node: npm run sim:crash-points
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
console.log(`${pointCount} crash points, ${trialCount} trials, all as promised`);
