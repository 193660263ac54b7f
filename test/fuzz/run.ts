// Runs fuzz targets from the command line: npm run fuzz -- --help
import { parseArgs } from "node:util";
import { type Broken, Campaign } from "./campaign.ts";
import { addToCorpus } from "./corpus.ts";
import type { FuzzTarget } from "./target.ts";
import { targets } from "./targets.ts";

const usage = `npm run fuzz                       a minute over all targets
npm run fuzz -- --minutes 30       as long as that
npm run fuzz -- --target s3-xml    one target; several may be given
npm run fuzz -- --seed 7           the same inputs as another run with this seed
  --keep                           adds inputs that came to something new to the corpus

targets: ${targets.map(({ name }) => name).join(", ")}
`;

/** One search: long enough to be worth its start, short enough that all targets have their turn. */
const searchMs = 5000;
const searchRunsMax = 20_000;

function choose(): { chosen: FuzzTarget[]; untilMs: number; seed: number; keeps: boolean } {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "1" },
      target: { type: "string", multiple: true },
      seed: { type: "string" },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const names = values.target ?? targets.map(({ name }) => name);
  const chosen = targets.filter(({ name }) => names.includes(name));
  const untilMs = performance.now() + Number(values.minutes) * 60_000;
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const isKnown = chosen.length === new Set(names).size;
  if (values.help || !isKnown || Number.isNaN(untilMs) || !Number.isSafeInteger(seed)) {
    console.log(usage);
    process.exit(values.help ? 0 : 2);
  }
  return { chosen, untilMs, seed, keeps: values.keep };
}

/** Says what failed, and keeps it: it is a test from now on. */
function reportBroken(name: string, { input, error }: Broken): void {
  console.log(`FAILED ${name}: ${error instanceof Error ? error.stack : String(error)}`);
  addToCorpus(name, input, "broke a promise");
  console.log(`the input is the last line of test/fuzz/corpus/${name}.txt`);
}

function report(campaigns: readonly Campaign[]): void {
  for (const { target, outcomes } of campaigns) {
    const total = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${target.name}: ${total} inputs`);
    for (const [outcome, count] of [...outcomes].sort((a, b) => b[1] - a[1])) {
      console.log(`  ${String(count).padStart(9)}  ${outcome}`);
    }
  }
}

const { chosen, untilMs, seed, keeps } = choose();
console.log(`seed ${seed}`);
const campaigns = chosen.map((target) => new Campaign(target));
const failed = new Set<Campaign>();
for (const campaign of campaigns) {
  const broken = await campaign.replay();
  if (broken === undefined) continue;
  console.log(`FAILED ${campaign.target.name}, with an input of its corpus:`, broken.error);
  failed.add(campaign);
}
for (let turn = 0; performance.now() < untilMs && failed.size < campaigns.length; turn++) {
  const campaign = campaigns[turn % campaigns.length];
  if (campaign === undefined || failed.has(campaign)) continue;
  const timeMs = Math.min(searchMs, Math.max(1, untilMs - performance.now()));
  const broken = await campaign.search((seed + turn) | 0, { runs: searchRunsMax, timeMs });
  if (broken === undefined) continue;
  reportBroken(campaign.target.name, broken);
  failed.add(campaign);
}
report(campaigns);
for (const { target, fresh } of keeps ? campaigns : []) {
  for (const [outcome, input] of fresh) addToCorpus(target.name, input, outcome);
}
process.exitCode = failed.size > 0 ? 1 : 0;
