import assert from "node:assert/strict";
import { test } from "node:test";
import { kib, mib } from "#base/bytes.ts";
import type { Profile } from "#erasure/index.ts";
import { dueProfiles, targetOf } from "./reencode-target.ts";

function textOf({ k, m }: Profile): string {
  return `${k}+${m}`;
}

/** What a unit of so many bytes comes to in a layout of so many homes. */
function target(
  width: number,
  profile: string,
  { lengthBytes = mib, references = 1 } = {},
): string | undefined {
  const [k = 0, m = 0] = profile.split("+").map(Number);
  const encoding = {
    id: { epoch: 1, session: 1, number: 1 },
    k,
    m,
    matrix: "xor" as const,
    sliceSizeBytes: 256 * kib,
    roots: [],
  };
  const profileNow = targetOf({ encoding, lengthBytes, references }, { width });
  return profileNow && textOf(profileNow);
}

test("U4 what has nothing to spare becomes copies, once there are homes for them", () => {
  assert.equal(target(1, "1+0"), undefined);
  assert.equal(target(2, "1+0"), "1+1");
  assert.equal(target(3, "1+0"), "1+1");
  assert.equal(target(5, "1+0"), "1+2");
  assert.equal(target(6, "1+0"), "1+2");
  assert.equal(target(2, "1+0", { references: 0 }), undefined);
  for (const enough of ["1+1", "2+1", "1+2"]) assert.equal(target(6, enough), undefined);
});

test("what is wider than the layout becomes what the layout has homes for", () => {
  assert.equal(target(5, "4+2"), "3+2");
  assert.equal(target(3, "4+2"), "2+1");
  assert.equal(target(3, "3+2", { lengthBytes: 100 }), "1+1");
  assert.equal(target(2, "2+1", { references: 0 }), "1+1");
  assert.equal(target(6, "4+2"), undefined);
});

test("profiles that may be due come in the order of what they have to spare", () => {
  const inUse = [
    { k: 1, m: 0 },
    { k: 1, m: 1 },
    { k: 2, m: 1 },
    { k: 3, m: 2 },
    { k: 4, m: 2 },
  ];
  const due = (width: number): string[] => dueProfiles(inUse, { width }).map(textOf);
  assert.deepEqual(due(1), []);
  assert.deepEqual(due(2), ["1+0", "2+1", "3+2", "4+2"]);
  assert.deepEqual(due(5), ["1+0", "4+2"]);
  assert.deepEqual(due(6), ["1+0"]);
});
