import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { mutants } from "./mutant-list.ts";
import { mutantSources } from "./mutant-sources.ts";
import { readCatches } from "./mutant-table.ts";

const repository = join(import.meta.dirname, "..");

test("every known mistake can still be planted, and has a name of its own", () => {
  for (const mutant of mutants) assert.ok(mutantSources(repository, mutant).size > 0);
  assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length);
});

test("a mistake whose text is not there is no mutant", () => {
  const change = { file: "src/base/assert.ts", find: "nothing says this", become: "" };
  const mutant = { name: "none", nodes: 1, changes: [change] };
  assert.throws(() => mutantSources(repository, mutant), /its text is 0 times/);
});

test("what noticed a mistake is told of mistakes that are still planted", () => {
  const names = new Set(mutants.map(({ name }) => name));
  for (const name of readCatches(repository).keys()) assert.ok(names.has(name), name);
});
