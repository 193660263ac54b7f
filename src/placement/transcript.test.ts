// node src/placement/transcript.test.ts --update rewrites the outputs. A table that is in one of
// them is computed alike on every machine; a changed algorithm may give another one.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { retell } from "./transcript.ts";

const folder = join(import.meta.dirname, "transcripts");

for (const name of readdirSync(folder)) {
  test(`A6: transcript ${name}`, () => {
    const path = join(folder, name);
    const written = readFileSync(path, "utf8");
    const told = retell(written);
    if (process.argv.includes("--update")) writeFileSync(path, told);
    else assert.equal(told, written);
  });
}
