// Runs seeds from the command line: npm run sim -- --help
import { execFileSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { parseArgs } from "node:util";
import { CheckError } from "./check-error.ts";
import { runNode } from "./node-run.ts";
import { Tally } from "./tally.ts";
import { SimulationError, simulate, simulateTwice } from "./world.ts";

const usage = `npm run sim                     a minute of seeds, from a drawn one on
npm run sim -- --seed 7         one seed, twice, with its trace where it fails
npm run sim -- --seeds 1-200    these seeds
npm run sim -- --minutes 10     as many as fit
  --trace FILE                  writes every line of the trace
  --keep-going                  does not stop at the first seed that fails
`;

/** One seed in so many runs twice, so that what does not come from the seed is found. */
const twiceEvery = 20;
/** A run of this many events is taken for one that never ends. */
const eventsMax = 5_000_000;

/** Runs a seed; false, with all there is to know printed, where it fails. */
async function runSeed(
  seed: number,
  tally: Tally,
  options: { isTwice: boolean; traceFile?: string | undefined },
): Promise<boolean> {
  const stream = options.traceFile === undefined ? undefined : createWriteStream(options.traceFile);
  const traceSink = stream && ((line: string): void => void stream.write(`${line}\n`));
  const once = options.isTwice ? simulateTwice : simulate;
  try {
    tally.add(await once(seed, (world) => runNode(world), { traceSink, limits: { eventsMax } }));
    return true;
  } catch (error) {
    console.log(failureText(seed, error));
    return false;
  } finally {
    stream?.end();
  }
}

/** What failed, what came before it, and how to see it again. */
function failureText(seed: number, error: unknown): string {
  const cause = error instanceof SimulationError ? error.cause : error;
  const promise = cause instanceof CheckError ? cause.promise : "a run ends";
  const events = error instanceof SimulationError ? error.recentLines.slice(-30) : [];
  return [
    `FAILED ${promise}`,
    ...events.map((line) => `  ${line}`),
    cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    `commit ${commit()}`,
    `npm run sim -- --seed ${seed}`,
  ].join("\n");
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown: this is no git checkout";
  }
}

interface Choice {
  first: number;
  last: number;
  untilMs: number;
  keepsGoing: boolean;
  traceFile: string | undefined;
}

function choose(): Choice {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string" },
      minutes: { type: "string" },
      trace: { type: "string" },
      "keep-going": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const drawn = Math.floor(Math.random() * 2 ** 40);
  const [first, last] = (values.seeds ?? values.seed ?? `${drawn}-${2 ** 52}`)
    .split("-")
    .map(Number);
  const minutes = Number(values.minutes ?? (values.seed === undefined && !values.seeds ? 1 : 1e6));
  const choice = {
    first: first ?? 1,
    last: last ?? first ?? 1,
    untilMs: performance.now() + minutes * 60_000,
    keepsGoing: values["keep-going"],
    traceFile: values.trace,
  };
  if (![choice.first, choice.last].every(Number.isSafeInteger) || Number.isNaN(choice.untilMs)) {
    console.error(usage);
    process.exit(2);
  }
  return choice;
}

const choice = choose();
const tally = new Tally();
const failed: number[] = [];
const startedMs = performance.now();
for (let seed = choice.first; seed <= choice.last; seed++) {
  if (performance.now() > choice.untilMs) break;
  const isTwice = choice.first === choice.last || seed % twiceEvery === 0;
  if (await runSeed(seed, tally, { isTwice, traceFile: choice.traceFile })) continue;
  failed.push(seed);
  if (!choice.keepsGoing) break;
}
for (const line of tally.report()) console.log(line);
console.log(`${((performance.now() - startedMs) / 1000).toFixed(0)} s, from seed ${choice.first}`);
if (failed.length > 0) console.log(`failed: ${failed.join(" ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;
