// Breaks the replica in known ways, one at a time, and shows that the simulation notices:
// node sim/replica/mutants.ts [--seeds 400] [--only text]
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Mutant, mutants } from "./mutant-list.ts";
import type { Failure } from "./run.ts";

const root: string = join(import.meta.dirname, "..", "..");

/** A mutant that keeps one run going for so long has made it go round for ever. */
const patienceMs = 600_000;

/** The sources of a file with all patches of a mutant for it. @throws when one does not fit */
export function patched(mutant: Mutant): Map<string, string> {
  const sources = new Map<string, string>();
  for (const { file, from, to } of mutant.patches) {
    const source = sources.get(file) ?? readFileSync(join(root, "src", file), "utf8");
    const parts = source.split(from);
    if (parts.length !== 2) {
      throw new Error(`${mutant.name}: ${file} has its text ${parts.length - 1} times`);
    }
    sources.set(file, parts.join(to));
  }
  return sources;
}

/** Seeds that once showed something, one on a line, with what it was behind a `#`. */
export function keptSeeds(): number[] {
  return readFileSync(join(import.meta.dirname, "seeds.txt"), "utf8")
    .split("\n")
    .map((line) => line.split("#")[0]?.trim() ?? "")
    .filter((line) => line !== "")
    .map(Number);
}

interface Verdict {
  seeds: number;
  failures: Pick<Failure, "seed" | "promise" | "text">[];
}

function tryMutant(mutant: Mutant, seeds: number): Verdict {
  const copy = mkdtempSync(join(tmpdir(), "replica-mutant-"));
  try {
    for (const path of ["package.json", "src", "sim"]) {
      cpSync(join(root, path), join(copy, path), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    for (const [file, source] of patched(mutant)) {
      writeFileSync(join(copy, "src", file), source);
    }
    const given = [...keptSeeds(), `1-${seeds}`].join(",");
    const args = ["sim/replica/run.ts", "--json", "--seeds", given];
    const options = { cwd: copy, encoding: "utf8", timeout: patienceMs } as const;
    const run = spawnSync(process.execPath, args, options);
    if (run.stdout === "") throw new Error(`${mutant.name}: ${run.error?.message ?? run.stderr}`);
    return JSON.parse(run.stdout) as Verdict;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** What a run failed for, in one line: the promise, or the error that ended it. */
function reasonOf({ promise, text }: Pick<Failure, "promise" | "text">): string {
  const error = /^ *(\w*Error: .*)$/m.exec(text.split("\n").slice(-20).join("\n"))?.[1];
  return promise === "a run ends" ? (error ?? promise).slice(0, 120) : promise;
}

function main(): void {
  const { values } = parseArgs({
    options: { seeds: { type: "string", default: "400" }, only: { type: "string", default: "" } },
  });
  let missed = 0;
  for (const mutant of mutants.filter(({ name }) => name.includes(values.only))) {
    const { seeds, failures } = tryMutant(mutant, Number(values.seeds));
    const [failure] = failures;
    if (failure === undefined) missed++;
    const verdict = failure === undefined ? "NOT CAUGHT" : reasonOf(failure);
    console.log(`| ${mutant.name} | ${seeds + 1} | ${failure?.seed ?? ""} | ${verdict} |`);
  }
  console.log(missed === 0 ? "every mutant was caught" : `${missed} mutants were not caught`);
  process.exitCode = missed === 0 ? 0 : 1;
}

if (import.meta.main) main();
