// Runs seeded groups of replicas: node sim/replica/run.ts --help
import { createWriteStream } from "node:fs";
import { parseArgs } from "node:util";
import { CheckError } from "../check-error.ts";
import { seedsOf } from "../raft/run.ts";
import { type Run, SimulationError, simulate, simulateTwice } from "../world.ts";
import { type GroupRunReport, runGroup } from "./group-run.ts";

const usage = `npm run sim:replica -- --seeds 1-200    these seeds
npm run sim:replica -- --seed 7         one seed, twice
npm run sim:replica -- --minutes 5      as many as fit
  --voters N      so many vote to begin with; drawn from the seed without it
  --trace FILE    writes every line of the trace
  --keep-going    does not stop at the first seed that fails
  --json          prints one line for a program
`;

/** One seed in so many runs twice, and must leave the same trace. */
const twiceEvery = 20;

/** A run of this many events is taken for one that never ends. */
const eventsMax = 3_000_000;
const virtualMsMax = 600_000;

/** A seed that failed: what broke, and all there is to know. */
export interface Failure {
  readonly seed: number;
  readonly promise: string;
  readonly text: string;
}

/** How one seed is run. */
export interface SeedOptions {
  voterCount?: number | undefined;
  isTwice?: boolean;
  traceSink?: ((line: string) => void) | undefined;
}

/** Runs one seed. */
export async function runSeed(
  seed: number,
  { voterCount, isTwice = seed % twiceEvery === 0, traceSink }: SeedOptions = {},
): Promise<Run<GroupRunReport> | Failure> {
  const once = isTwice ? simulateTwice : simulate;
  try {
    const options = { traceSink, limits: { eventsMax, virtualMsMax } };
    return await once(seed, (world) => runGroup(world, { voterCount }), options);
  } catch (error) {
    const cause = error instanceof SimulationError ? error.cause : error;
    const promise = cause instanceof CheckError ? cause.promise : "a run ends";
    const events = error instanceof SimulationError ? error.recentLines.slice(-30) : [];
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    return { seed, promise, text: [...events, reason].join("\n  ") };
  }
}

/** What many runs come to together. */
class Tally {
  runs = 0;
  readonly #counts = new Map<string, number>();

  add({ value, eventCount, virtualMs }: Run<GroupRunReport>): void {
    this.runs++;
    this.#count("events", eventCount);
    this.#count("virtual seconds", Math.round(virtualMs / 1000));
    this.#count("boots", value.bootCount);
    this.#count("entries applied", value.appliedIndex);
    this.#count("states compared", value.compared);
    for (const [name, count] of value.answered) this.#count(`answered ${name}`, count);
    for (const [name, count] of value.fired) this.#count(`fault ${name}`, count);
    for (const [name, count] of value.events) this.#count(`told ${name}`, count);
    for (const [name, count] of value.changed) this.#count(`change ${name}`, count);
  }

  #count(name: string, count: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  report(): string {
    const counts = [...this.#counts].map(([name, count]) => `${name} ${count}`);
    return [`${this.runs} seeds`, ...counts.sort()].join(", ");
  }
}

function choose(): {
  seeds: number[];
  untilMs: number;
  options: SeedOptions;
  isGoingOn: boolean;
  isJson: boolean;
} {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string", default: "1-1000000" },
      voters: { type: "string" },
      minutes: { type: "string" },
      trace: { type: "string" },
      "keep-going": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const stream = values.trace === undefined ? undefined : createWriteStream(values.trace);
  const options: SeedOptions = {
    voterCount: values.voters === undefined ? undefined : Number(values.voters),
    traceSink: stream && ((line) => void stream.write(`${line}\n`)),
  };
  if (values.seed !== undefined) options.isTwice = stream === undefined;
  return {
    seeds: seedsOf(values.seed ?? values.seeds),
    untilMs: performance.now() + Number(values.minutes ?? 60) * 60_000,
    options,
    isGoingOn: values["keep-going"],
    isJson: values.json,
  };
}

async function main(): Promise<void> {
  const { seeds, untilMs, options, isGoingOn, isJson } = choose();
  const tally = new Tally();
  const failures: Failure[] = [];
  const startedMs = performance.now();
  for (const seed of seeds) {
    if (performance.now() > untilMs) break;
    const outcome = await runSeed(seed, options);
    if (!("promise" in outcome)) tally.add(outcome);
    else {
      failures.push(outcome);
      if (!isJson) console.log(`FAILED seed ${seed}: ${outcome.promise}\n  ${outcome.text}`);
      if (!isGoingOn) break;
    }
  }
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  if (isJson) console.log(JSON.stringify({ seeds: tally.runs, failures, seconds }));
  else console.log(`${tally.report()}, ${seconds} s`);
  for (const { seed } of isJson ? [] : failures) {
    console.log(`again: npm run sim:replica -- --seed ${seed}`);
  }
  process.exitCode = failures.length === 0 ? 0 : 1;
}

if (import.meta.main) await main();
