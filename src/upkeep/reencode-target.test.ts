import assert from "node:assert/strict";
import { test } from "node:test";
import { mib } from "#base/bytes.ts";
import type { Profile } from "#erasure/index.ts";
import { type Aim, dueProfiles, targetOf } from "./reencode-target.ts";

function textOf({ k, m }: Profile): string {
  return `${k}+${m}`;
}

const still: Aim = { width: 0, widens: false, isPaused: false };

function profileOf(text: string): Profile {
  const [k = 0, m = 0] = text.split("+").map(Number);
  return { k, m };
}

/** What a unit of so many bytes comes to in a layout of so many homes. */
function target(
  width: number,
  profile: string,
  { lengthBytes = mib, references = 1, ...aim }: Partial<Aim & typeof unit> = {},
): string | undefined {
  const encoding = profileOf(profile);
  const wanted = targetOf({ encoding, lengthBytes, references }, { ...still, ...aim, width });
  return wanted && textOf(wanted);
}

const unit = { lengthBytes: 0, references: 0 };
const small = { lengthBytes: 100 };
const widens = { widens: true };

test("U4 what has nothing to spare becomes copies, once there are homes for them", () => {
  assert.equal(target(1, "1+0"), undefined);
  assert.equal(target(2, "1+0"), "1+1");
  assert.equal(target(3, "1+0"), "1+1");
  assert.equal(target(5, "1+0"), "1+2");
  assert.equal(target(6, "1+0"), "1+2");
  assert.equal(target(6, "1+0", { isPaused: true }), "1+2");
  assert.equal(target(2, "1+0", { references: 0 }), undefined);
  for (const enough of ["1+1", "2+1", "1+2"]) assert.equal(target(6, enough), undefined);
});

test("what is wider than the layout becomes what the layout has homes for", () => {
  assert.equal(target(5, "4+2"), "3+2");
  assert.equal(target(3, "4+2"), "2+1");
  assert.equal(target(3, "3+2", small), "1+1");
  assert.equal(target(2, "2+1", { references: 0 }), "1+1");
  assert.equal(target(1, "1+1"), "1+0");
  assert.equal(target(6, "4+2"), undefined);
  assert.equal(target(5, "4+2", { isPaused: true }), undefined);
  assert.equal(target(0, "1+0"), undefined);
});

test("what could be wider becomes so where that is asked for", () => {
  assert.equal(target(6, "1+0", widens), "4+2");
  assert.equal(target(6, "1+2", widens), "4+2");
  assert.equal(target(6, "3+2", widens), "4+2");
  assert.equal(target(3, "1+1", widens), "2+1");
  assert.equal(target(6, "2+1", { ...small, ...widens }), "1+2");
  for (const asIs of ["1+2", "3+2", "4+2"]) {
    assert.equal(target(6, asIs, { ...small, ...widens }), undefined);
  }
  assert.equal(target(3, "1+1", { ...small, ...widens }), undefined);
  assert.equal(target(6, "2+1", { ...widens, references: 0 }), undefined);
  assert.equal(target(6, "2+1", { ...widens, isPaused: true }), undefined);
  assert.equal(target(6, "1+0", { ...widens, isPaused: true }), "1+2");
});

test("profiles that may be due come in the order of what they have to spare", () => {
  const inUse = [
    { k: 1, m: 0 },
    { k: 1, m: 1 },
    { k: 2, m: 1 },
    { k: 3, m: 2 },
    { k: 4, m: 2 },
  ];
  const due = (width: number, aim: Partial<Aim> = {}): string[] =>
    dueProfiles(inUse, { ...still, ...aim, width }).map(textOf);
  assert.deepEqual(due(1), ["1+1", "2+1", "3+2", "4+2"]);
  assert.deepEqual(due(2), ["1+0", "2+1", "3+2", "4+2"]);
  assert.deepEqual(due(5), ["1+0", "4+2"]);
  assert.deepEqual(due(6), ["1+0"]);
  assert.deepEqual(due(6, widens), ["1+0", "1+1", "2+1", "3+2"]);
  assert.deepEqual(due(3, { isPaused: true }), ["1+0"]);
});
