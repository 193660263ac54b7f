// Plants one known mistake at a time into a copy of the tree, and sees that the simulator notices:
// npm run sim:mutants -- --help
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Mutant, mutants } from "./mutant-list.ts";
import { mutantSources } from "./mutant-sources.ts";
import { type Catch, readCatches, writeCatches } from "./mutant-table.ts";

const usage = `npm run sim:mutants                  each known mistake, and the table of what noticed it
npm run sim:mutants -- --only TEXT   those with this in their name
  --from N --to N                    those at these places of the list, counted from 1
  --seeds N                          as many are tried; 40 without it
  --minutes N                        no longer for one mistake; 2 without it
`;

const repository: string = join(import.meta.dirname, "..");
/** A run that is beyond its time by so much goes round for ever, which is noticed too. */
const patienceMs = 120_000;

interface Bounds {
  readonly seedCount: number;
  readonly minutes: number;
}

/** What noticed a mutant, or undefined where nothing did. */
function hunt(mutant: Mutant, bounds: Bounds): Catch | undefined {
  const sources = mutantSources(repository, mutant);
  const tree = mkdtempSync(join(tmpdir(), "mutant-"));
  try {
    for (const part of ["src", "sim", "package.json"]) {
      cpSync(join(repository, part), join(tree, part), { recursive: true });
    }
    symlinkSync(join(repository, "node_modules"), join(tree, "node_modules"));
    for (const [file, source] of sources) writeFileSync(join(tree, file), source);
    return mutant.story === undefined
      ? huntBySeeds(tree, mutant, bounds)
      : huntByPoints(tree, mutant, mutant.story);
  } finally {
    rmSync(tree, { recursive: true });
  }
}

function huntBySeeds(
  tree: string,
  { name, nodes, faults }: Mutant,
  { seedCount, minutes }: Bounds,
): Catch | undefined {
  const more = ["--nodes", `${nodes}`];
  if (faults !== undefined) more.push("--forced", "--faults", faults.join(","));
  const range = ["--seeds", `1-${seedCount}`, "--minutes", `${minutes}`, ...more];
  const timeout = minutes * 60_000 + patienceMs;
  const { status, output } = runIn(tree, ["sim/run.ts", ...range], timeout);
  if (status === 0) return undefined;
  const seeds = Number(/--seed (\d+)/.exec(output)?.[1] ?? 0);
  // A seed that fails anyway says nothing of the mistake.
  const anyway = runIn(repository, ["sim/run.ts", "--seed", `${seeds}`, ...more], timeout);
  if (anyway.status !== 0) throw new Error(`${name}: seed ${seeds} fails without it too`);
  const as = /^FAILED (.*)$/m.exec(output)?.[1] ?? (status === null ? "no run ends" : "a crash");
  return { name, nodes, seeds, by: checkerIn(output), as };
}

function huntByPoints(tree: string, { name, nodes }: Mutant, story: string): Catch | undefined {
  const { status, output } = runIn(tree, ["sim/crash-points-run.ts", story], 5 * patienceMs);
  if (status === 0) return undefined;
  const as = /Error: ([^:\n]*): crash (before|after) step/.exec(output)?.[1] ?? "a crash";
  return { name, nodes, seeds: 0, by: "crash-points.ts", as: `power cut during: ${as}` };
}

/** The file of the simulator whose check failed. */
function checkerIn(output: string): string {
  const files = [...output.matchAll(/\/sim\/([\w/-]+\.ts):\d+/g)].map((match) => match[1] ?? "");
  return files.find((file) => file !== "check-error.ts") ?? "world.ts";
}

function runIn(
  cwd: string,
  given: string[],
  timeout: number,
): { status: number | null; output: string } {
  const options = { cwd, encoding: "utf8", maxBuffer: 2 ** 28, timeout } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, given, options);
  return { status, output: stdout + stderr };
}

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    from: { type: "string", default: "1" },
    to: { type: "string", default: `${mutants.length}` },
    seeds: { type: "string", default: "40" },
    minutes: { type: "string", default: "2" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const chosen = mutants
  .slice(Number(values.from) - 1, Number(values.to))
  .filter(({ name }) => name.includes(values.only));
const bounds = { seedCount: Number(values.seeds), minutes: Number(values.minutes) };
const catches = readCatches(repository);
let survivorCount = 0;
for (const mutant of chosen) {
  const startedMs = performance.now();
  const noticed = hunt(mutant, bounds);
  const tookS = ((performance.now() - startedMs) / 1000).toFixed(0);
  if (noticed === undefined) survivorCount++;
  const said = noticed === undefined ? "NOT NOTICED" : `${noticed.by}: ${noticed.as}`;
  console.log(`${mutant.name} | seed ${noticed?.seeds ?? "-"} | ${said} | ${tookS} s`);
  catches.set(mutant.name, noticed);
  writeCatches(repository, catches);
}
process.exitCode = survivorCount > 0 ? 1 : 0;
