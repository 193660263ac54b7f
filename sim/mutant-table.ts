import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mutants } from "./mutant-list.ts";

/** What noticed a mutant. */
export interface Catch {
  readonly name: string;
  readonly nodes: number;
  /** The first seed, counted from 1, whose run failed; 0 where a crash point did. */
  readonly seeds: number;
  /** The file in `sim/` whose check it was. */
  readonly by: string;
  /** The promise that was broken. */
  readonly as: string;
}

const dataFile = "sim/mutants.json";
const documentFile = "docs/SIMULATION.md";
const begin = "<!-- Between these lines `npm run sim:mutants` writes. -->\n";
const end = "<!-- End of the mutants. -->\n";

/** What noticed each mutant when it was last planted; undefined where nothing did. */
export function readCatches(tree: string): Map<string, Catch | undefined> {
  const noticed = JSON.parse(readFileSync(join(tree, dataFile), "utf8")) as Catch[];
  return new Map(noticed.map((one) => [one.name, one]));
}

/** Keeps it, and puts the table into the document. */
export function writeCatches(tree: string, catches: ReadonlyMap<string, Catch | undefined>): void {
  const noticed = mutants.flatMap(({ name }) => catches.get(name) ?? []);
  writeFileSync(join(tree, dataFile), `${JSON.stringify(noticed, undefined, 2)}\n`);
  const path = join(tree, documentFile);
  const [head = "", rest = ""] = readFileSync(path, "utf8").split(begin);
  const tail = rest.split(end)[1] ?? "";
  writeFileSync(path, `${head}${begin}${tableOf(noticed)}${end}${tail}`);
}

function tableOf(noticed: readonly Catch[]): string {
  const rows = noticed.map(({ name, nodes, seeds, by, as }) => {
    const when = seeds === 0 ? "a crash point" : `${seeds}`;
    return `| ${name} | ${nodes} | ${when} | \`${by}\` | ${as} |`;
  });
  return [
    "| mistake | nodes | noticed at seed | by | as |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}
