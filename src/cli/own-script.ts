import { isSea } from "node:sea";
import { fileURLToPath } from "node:url";

/** What has to follow the path of the executable to run Hamster: nothing where it is all of it. */
export function ownScript(): readonly string[] {
  return isSea() ? [] : [fileURLToPath(new URL("../../bin/hamster.mjs", import.meta.url))];
}
