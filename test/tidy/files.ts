import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The checkout's folder. */
export const root: string = join(import.meta.dirname, "../..");

/** Paths of the files git tracks or would track, relative to the root, in order. */
export function projectFiles(): string[] {
  const listing = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  return listing
    .split("\n")
    .filter((path) => path !== "")
    .sort();
}

export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
