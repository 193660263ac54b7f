// Breaks the core in known ways, one at a time, and shows that the simulation notices:
// node sim/raft/mutants.ts [--seeds 600] [--only text]
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Mutant, mutants } from "./mutant-list.ts";

const root: string = join(import.meta.dirname, "..", "..");

/** The sources of a file with all patches of a mutant for it. @throws when one does not fit */
export function patched(mutant: Mutant, read: (file: string) => string): Map<string, string> {
  const sources = new Map<string, string>();
  for (const { file, from, to } of mutant.patches) {
    const source = sources.get(file) ?? read(file);
    const parts = source.split(from);
    if (parts.length !== 2) {
      throw new Error(`${mutant.name}: ${file} has its text ${parts.length - 1} times`);
    }
    sources.set(file, parts.join(to));
  }
  return sources;
}

/** Reads a file of the core. */
export function readCore(file: string): string {
  return readFileSync(join(root, "src", "raft", file), "utf8");
}

interface Verdict {
  seeds: number;
  failure: { seed: number; checker: string; what: string } | null;
}

function tryMutant(mutant: Mutant, seeds: number): Verdict {
  const copy = mkdtempSync(join(tmpdir(), "raft-mutant-"));
  try {
    for (const path of ["package.json", "src/base", "src/raft", "sim/raft"]) {
      cpSync(join(root, path), join(copy, path), { recursive: true });
    }
    for (const [file, source] of patched(mutant, readCore)) {
      writeFileSync(join(copy, "src", "raft", file), source);
    }
    const args = ["sim/raft/run.ts", "--json", "--seeds", `1-${seeds}`];
    const run = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
    if (run.stdout === "") throw new Error(run.stderr);
    return JSON.parse(run.stdout) as Verdict;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function main(): void {
  const { values } = parseArgs({
    options: { seeds: { type: "string", default: "600" }, only: { type: "string", default: "" } },
  });
  let missed = 0;
  for (const mutant of mutants.filter(({ name }) => name.includes(values.only))) {
    const { seeds, failure } = tryMutant(mutant, Number(values.seeds));
    if (failure === null) missed++;
    const [what = ""] = failure?.what.split("\n") ?? [];
    const verdict = failure === null ? "NOT CAUGHT" : `${failure.checker}: ${what}`;
    console.log(`${String(seeds).padStart(4)} seeds  ${mutant.name}  ->  ${verdict}`);
  }
  console.log(missed === 0 ? "every mutant was caught" : `${missed} mutants were not caught`);
  process.exitCode = missed === 0 ? 0 : 1;
}

if (import.meta.main) main();
