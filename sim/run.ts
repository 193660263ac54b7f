// Runs seeds from the command line: npm run sim -- --help
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { runSeeds, type SeedRange } from "./seed-pool.ts";
import { scheduleText } from "./schedule.ts";
import {
  allFaultNames,
  type SeedOptions,
  type SeedOutcome,
  shrinkSeed,
  workloadNames,
} from "./seed-run.ts";
import { Tally } from "./tally.ts";

const usage = `npm run sim                     a minute of seeds, from a drawn one on
npm run sim -- --seed 7         one seed, twice
npm run sim -- --seeds 1-200    these seeds
npm run sim -- --minutes 10     as many as fit
  --nodes N                     nodes of the cluster; drawn from the seed without it
  --workload NAME,...           no calls of clients but these
  --faults NAME,...             no faults but these; "none" for none
  --forced                      the faults that are named happen in every run
  --clients N, --calls N        no more clients, and calls of each
  --disturbed-ms N              no fault begins later
  --shrink                      finds a shorter schedule of a seed that fails, within 5 minutes
  --threads N                   as many as there are cores without it
  --trace FILE                  writes every line of one seed's trace
  --keep-going                  does not stop at the first seed that fails
  --names                       prints the names of calls and faults
`;

/** Events before a failure that are shown; the trace has all. */
const shownEventsMax = 30;
/** A shorter schedule is looked for no longer. */
const shrinkMsMax = 300_000;

interface Choice {
  range: SeedRange;
  options: SeedOptions;
  keepsGoing: boolean;
  shrinks: boolean;
  /** What of the command line a replay needs. */
  replayText: string;
}

/** What failed, what came before it, and how to see it again. */
function failureText(
  { seed, promise, details, events }: Extract<SeedOutcome, { kind: "failed" }>,
  replayText: string,
): string {
  return [
    `FAILED ${promise}`,
    ...events.slice(-shownEventsMax).map((line) => `  ${line}`),
    details,
    `commit ${commit()}`,
    `npm run sim -- --seed ${seed}${replayText}`,
  ].join("\n");
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown: this is no git checkout";
  }
}

function leave(text: string, exitCode: number): never {
  console.log(text);
  process.exit(exitCode);
}

function choose(): Choice {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string" },
      minutes: { type: "string" },
      nodes: { type: "string" },
      workload: { type: "string" },
      faults: { type: "string" },
      clients: { type: "string" },
      calls: { type: "string" },
      "disturbed-ms": { type: "string" },
      forced: { type: "boolean", default: false },
      shrink: { type: "boolean", default: false },
      threads: { type: "string" },
      trace: { type: "string" },
      "keep-going": { type: "boolean", default: false },
      names: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) leave(usage, 0);
  if (values.names)
    leave(`calls: ${workloadNames.join(" ")}\nfaults: ${allFaultNames.join(" ")}`, 0);
  const drawn = Math.floor(Math.random() * 2 ** 40);
  const { seed, seeds, nodes, workload, faults, threads } = values;
  const [first = NaN, last = first] = (seeds ?? seed ?? `${drawn}-${2 ** 52}`)
    .split("-")
    .map(Number);
  const minutes = Number(values.minutes ?? (seed === undefined && seeds === undefined ? 1 : 1e6));
  const range = {
    first,
    last,
    untilMs: performance.now() + minutes * 60_000,
    threadCount: numberIn(threads),
  };
  const { clients, calls, "disturbed-ms": disturbedMs } = values;
  const options: SeedOptions = {
    nodeCount: numberIn(nodes),
    isForced: values.forced,
    clients: numberIn(clients),
    calls: numberIn(calls),
    disturbedMs: numberIn(disturbedMs),
    workload: namesOf(workload, workloadNames),
    faults: namesOf(faults, ["none", ...allFaultNames]),
    traceFile: values.trace,
  };
  const numbers = [first, last, minutes, ...Object.values(options), range.threadCount];
  if (
    numbers.some((value) => Number.isNaN(value)) ||
    (values.trace !== undefined && first !== last)
  )
    leave(usage, 2);
  const given = { nodes, workload, faults, clients, calls, "disturbed-ms": disturbedMs };
  const replayText = Object.entries(given)
    .map(([name, value]) => (value === undefined ? "" : ` --${name} ${value}`))
    .concat(values.forced ? " --forced" : "")
    .join("");
  const { "keep-going": keepsGoing, shrink: shrinks } = values;
  return { range, options, keepsGoing, shrinks, replayText };
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function namesOf(
  text: string | undefined,
  known: readonly string[],
): readonly string[] | undefined {
  const names = text?.split(",");
  const unknown = names?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0) leave(`not known: ${unknown.join(" ")}; see --names`, 2);
  return names;
}

const choice = choose();
const tally = new Tally();
const failures: Extract<SeedOutcome, { kind: "failed" }>[] = [];
const startedMs = performance.now();
await runSeeds(choice.range, choice.options, (outcome) => {
  if (outcome.kind === "passed") {
    tally.add(outcome);
    return true;
  }
  console.log(failureText(outcome, choice.replayText));
  failures.push(outcome);
  return choice.keepsGoing;
});
const [failure] = failures;
if (choice.shrinks && failure !== undefined) {
  const endMs = performance.now() + shrinkMsMax;
  const isEnough = (): boolean => performance.now() > endMs;
  const schedule = await shrinkSeed(failure, choice.options, isEnough);
  console.log(`shorter: npm run sim -- --seed ${failure.seed}${scheduleText(schedule)}`);
}
for (const line of tally.report()) console.log(line);
const seconds = (performance.now() - startedMs) / 1000;
const { user, system } = process.cpuUsage();
const processorSeconds = (user + system) / 1e6;
console.log(
  `${seconds.toFixed(0)} s, ${processorSeconds.toFixed(0)} s of the processors, ` +
    `from seed ${choice.range.first}`,
);
if (failures.length > 0) console.log(`failed: ${failures.map(({ seed }) => seed).join(" ")}`);
const { faults, workload, nodeCount } = choice.options;
const idle = faults === undefined ? tally.idleFaults() : [];
const isDrawn = faults === undefined && workload === undefined && nodeCount === undefined;
const missed = isDrawn ? tally.missedProbes() : [];
if (idle.length > 0) console.log(`faults that never had an effect: ${idle.join(" ")}`);
if (missed.length > 0) console.log(`probes that were never reached: ${missed.join(" ")}`);
process.exitCode = failures.length + idle.length + missed.length > 0 ? 1 : 0;
