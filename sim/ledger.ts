// Runs seeds that nobody ran yet, adds what came of them to sim/ledger.json, and rewrites the table
// in docs/SIMULATION.md: npm run sim:ledger -- --minutes 10
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runSeeds } from "./seed-pool.ts";
import { Tally } from "./tally.ts";

/** What the seeds run at one commit came to. */
interface Entry {
  commit: string;
  firstSeed: number;
  lastSeed: number;
  runCount: number;
  failed: number[];
  virtualMs: number;
  eventCount: number;
  bootCount: number;
  faults: Record<string, { fired: number; effective: number }>;
}

const dataPath: string = join(import.meta.dirname, "ledger.json");
const documentPath: string = join(import.meta.dirname, "../docs/SIMULATION.md");
const marker = "<!-- Below this line `npm run sim:ledger` writes. -->\n";

async function runNewSeeds(first: number, minutes: number): Promise<Entry> {
  const tally = new Tally();
  const failed: number[] = [];
  let last = first;
  const range = { first, last: 2 ** 52, untilMs: performance.now() + minutes * 60_000 };
  await runSeeds(range, {}, (outcome) => {
    last = Math.max(last, outcome.seed);
    if (outcome.kind === "passed") tally.add(outcome);
    else failed.push(outcome.seed);
    return true;
  });
  const { runCount, virtualMs, eventCount, bootCount, faults } = tally;
  const counts = Object.fromEntries([...faults].sort(([a], [b]) => (a < b ? -1 : 1)));
  const seeds = { firstSeed: first, lastSeed: last, runCount, failed };
  return { commit: commit(), ...seeds, virtualMs, eventCount, bootCount, faults: counts };
}

function commit(): string {
  return execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { encoding: "utf8" }).trim();
}

/** The table of all entries, and how often each fault happened over all of them. */
function textOf(entries: readonly Entry[]): string {
  const row = (name: string, parts: readonly Entry[]): string => {
    const sum = (of: (entry: Entry) => number): number =>
      parts.reduce((total, entry) => total + of(entry), 0);
    const hours = sum(({ virtualMs }) => virtualMs) / 3_600_000;
    const failed = parts.flatMap((entry) => entry.failed).join(" ");
    const cells = [
      name,
      sum(({ runCount }) => runCount),
      hours.toFixed(1),
      sum(({ eventCount }) => eventCount),
      sum(({ bootCount }) => bootCount),
      failed === "" ? "none" : failed,
    ];
    return `| ${cells.join(" | ")} |`;
  };
  const faults = new Map<string, { fired: number; effective: number }>();
  for (const entry of entries) {
    for (const [name, { fired, effective }] of Object.entries(entry.faults)) {
      const total = faults.get(name) ?? { fired: 0, effective: 0 };
      faults.set(name, {
        fired: total.fired + fired,
        effective: total.effective + effective,
      });
    }
  }
  return [
    "| commit | seeds that held | simulated hours | events | boots | seeds that failed |",
    "|---|---|---|---|---|---|",
    ...entries.map((entry) => row(`\`${entry.commit}\``, [entry])),
    row("all", entries),
    "",
    "| fault | fired | had an effect |",
    "|---|---|---|",
    ...[...faults]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { fired, effective }]) => `| ${name} | ${fired} | ${effective} |`),
    "",
  ].join("\n");
}

const { values } = parseArgs({ options: { minutes: { type: "string", default: "5" } } });
const entries = JSON.parse(readFileSync(dataPath, "utf8")) as Entry[];
const first = Math.max(0, ...entries.map(({ lastSeed }) => lastSeed)) + 1;
const minutes = Number(values.minutes);
if (minutes > 0) {
  const entry = await runNewSeeds(first, minutes);
  entries.push(entry);
  writeFileSync(dataPath, `${JSON.stringify(entries, undefined, 2)}\n`);
  process.exitCode = entry.failed.length > 0 ? 1 : 0;
}
const head = readFileSync(documentPath, "utf8").split(marker)[0] ?? "";
writeFileSync(documentPath, head + marker + textOf(entries));
