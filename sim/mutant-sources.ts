import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Mutant } from "./mutant-list.ts";

/**
 * The files of a tree that a mutant changes, as it changes them.
 *
 * @throws where a text is not exactly once in its file: the mutant would be none
 */
export function mutantSources(tree: string, { name, changes }: Mutant): Map<string, string> {
  const sources = new Map<string, string>();
  for (const { file, find, become } of changes) {
    const source = sources.get(file) ?? readFileSync(join(tree, file), "utf8");
    const count = source.split(find).length - 1;
    if (count !== 1) throw new Error(`${name}: its text is ${count} times in ${file}`);
    sources.set(
      file,
      source.replace(find, () => become),
    );
  }
  return sources;
}
