import assert from "node:assert/strict";
import { test } from "node:test";
import { readText } from "./files.ts";
import { citations, currentDocument, statedInvariants } from "./invariants.ts";

test("docs/INVARIANTS.md is current", () => {
  assert.equal(readText("docs/INVARIANTS.md"), currentDocument(), "run: npm run docs");
});

test("no two promises of a room have one name", () => {
  const names = statedInvariants().map(({ room, name }) => `${room} ${name}`);
  assert.deepEqual(names, [...new Set(names)]);
});

test("every promise of an inert or acting room is asserted or tested by its name somewhere", () => {
  const unkept = statedInvariants().filter((invariant) => {
    const { asserted, tested } = citations(invariant);
    return invariant.room !== "ports" && asserted.length + tested.length === 0;
  });
  assert.deepEqual(
    unkept.map(({ room, name }) => `${room} ${name}`),
    [],
  );
});
