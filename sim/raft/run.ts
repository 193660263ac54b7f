// Runs seeds: node sim/raft/run.ts --seeds 1-500 [--seed 7] [--quiet]
import { parseArgs } from "node:util";
import { Violation } from "./checker.ts";
import { type Outcome, World } from "./world.ts";

/** One seed in this many is run again, and must leave the same trace. */
const repeatEvery = 20;

/** A seed that failed: what broke, and how to see it again. */
export interface Failure {
  readonly seed: number;
  readonly checker: string;
  readonly what: string;
}

export interface Summary {
  readonly seeds: number;
  readonly events: number;
  readonly commits: number;
  readonly seen: ReadonlyMap<string, number>;
  readonly failure?: Failure;
}

function runSeed(seed: number): Outcome | Failure {
  try {
    const outcome = new World(seed).run();
    if (seed % repeatEvery === 0 && new World(seed).run().hash !== outcome.hash) {
      return { seed, checker: "same seed, same run", what: "the traces differ" };
    }
    return outcome;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const checker = error instanceof Violation ? error.checker : error.name;
    return { seed, checker, what: `${error.message}\n${error.stack ?? ""}` };
  }
}

/** Runs seeds one after the other, up to the first that fails. */
export function runSeeds(seeds: Iterable<number>): Summary {
  let count = 0;
  let events = 0;
  let commits = 0;
  const seen = new Map<string, number>();
  for (const seed of seeds) {
    count++;
    const outcome = runSeed(seed);
    if ("checker" in outcome) return { seeds: count, events, commits, seen, failure: outcome };
    events += outcome.events;
    commits += outcome.commit;
    for (const [what, times] of outcome.seen) seen.set(what, (seen.get(what) ?? 0) + times);
  }
  return { seeds: count, events, commits, seen };
}

/** The seeds that `1-500`, `7` or `3,9` stand for. */
export function seedsOf(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [from = NaN, to = from] = part.split("-").map(Number);
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) {
      throw new Error(`not seeds: ${part}`);
    }
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
  });
}

function main(): void {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1-200" },
      seed: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const began = performance.now();
  const summary = runSeeds(seedsOf(values.seed ?? values.seeds));
  const seconds = (performance.now() - began) / 1000;
  const { seeds, events, commits, failure } = summary;
  if (values.json) {
    console.log(JSON.stringify({ seeds, events, commits, failure: failure ?? null }));
  } else {
    const rate = Math.round(events / seconds);
    console.log(`${seeds} seeds, ${events} events, ${commits} commits, ${rate} events/s`);
    for (const [what, times] of summary.seen) console.log(`  ${what}: ${times}`);
    if (failure !== undefined) {
      console.log(`seed ${failure.seed}: ${failure.checker}: ${failure.what}`);
      console.log(`again: node sim/raft/run.ts --seed ${failure.seed}`);
    }
  }
  process.exitCode = failure === undefined ? 0 : 1;
}

if (import.meta.main) main();
