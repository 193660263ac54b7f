import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mib } from "#base/bytes.ts";
import { partitionOf } from "#base/partition.ts";
import type { EncodingSwap, NewUnit, UnitId } from "#format/index.ts";
import { dueEncodings } from "./due-encodings.ts";
import { homesOf } from "./layout.ts";
import { graceMs, replacedEncodingsMax, swapsMax } from "./limits.ts";
import { encodingsOf, profileCounts, shardStanding, unitOf, upkeepDue } from "./queries.ts";
import { ClusterRig } from "./rig-cluster.ts";
import { checkState } from "./rig-invariants.ts";
import { objectInfo, refusalOf } from "./rig.ts";

const bucket = "bucket-a";
const narrow = { k: 1, m: 1 };
const wide = { k: 4, m: 2 };

function rigOfSix(): ClusterRig {
  const rig = new ClusterRig();
  rig.createBucket(bucket, true);
  rig.growBy(5);
  return rig;
}

function put(rig: ClusterRig, unit: NewUnit, key = "k"): void {
  const object = objectInfo({ sizeBytes: unit.lengthBytes });
  const result = rig.put({ bucket, key }, [], { units: [unit], object });
  assert.equal(result.outcome?.kind, "versionPut");
}

function remove(rig: ClusterRig, key = "k"): void {
  const deletions = [{ key, markerId: new Uint8Array(16) }];
  rig.apply({ kind: "deleteVersions", value: { bucket, deletions, bypassGovernance: false } });
}

/** A swap of what a unit is kept by now. */
function swapOf(rig: ClusterRig, id: UnitId, profile: { k: number; m: number }): EncodingSwap {
  const unit = unitOf(rig.state, id) ?? assert.fail();
  const { encoding } = rig.unitOf(unit.lengthBytes, profile);
  const homes = homesOf(rig.state, partitionOf(id)).slice(0, profile.k + profile.m);
  return { unit: id, replaced: unit.encoding.id, encoding, homes: [...homes], skipped: [] };
}

/** What came of the swaps, in their order: a refusal's code, or undefined. */
function swap(rig: ClusterRig, ...swaps: EncodingSwap[]): (string | undefined)[] {
  const { outcome } = rig.apply({ kind: "swapEncodings", value: { swaps } });
  assert.ok(outcome?.kind === "encodingsSwapped", JSON.stringify(outcome));
  return outcome.value.swapped.map(({ refusal }) => refusal?.code);
}

function forget(rig: ClusterRig): number {
  const { outcome } = rig.apply({ kind: "forgetUnits", value: { units: 100 } });
  return outcome?.kind === "upkeepDone" ? outcome.value.count : assert.fail();
}

test("a unit is coded anew, and the encoding it replaced is kept for an hour", () => {
  const rig = rigOfSix();
  const unit = rig.unitOf(mib, narrow);
  put(rig, unit);
  const before = { unit: unit.id, encoding: unit.encoding.id };
  const change = swapOf(rig, unit.id, wide);
  const after = { unit: unit.id, encoding: change.encoding.id };
  assert.equal(shardStanding(rig.state, after), "pending");
  assert.deepEqual(swap(rig, change), [undefined]);
  assert.equal(shardStanding(rig.state, before), "live");
  assert.equal(shardStanding(rig.state, after), "live");
  const row = unitOf(rig.state, unit.id) ?? assert.fail();
  assert.deepEqual(encodingsOf(row), [change.encoding, unit.encoding]);
  assert.deepEqual(
    [row.lengthBytes, row.contentRoot, row.references],
    [unit.lengthBytes, unit.contentRoot, 1],
  );
  const counts = [...profileCounts(rig.state)].map(({ k, m, units, bytes }) => [
    k,
    m,
    units,
    bytes,
  ]);
  assert.deepEqual(counts, [[4, 2, 1, mib]]);
  checkState(rig.state);

  assert.equal(upkeepDue(rig.state, rig.nowUnixMs + graceMs - 1).forgetUnits, false);
  rig.nowUnixMs += graceMs;
  const due = [...dueEncodings(rig.state, rig.nowUnixMs, 10)];
  assert.deepEqual(due, [{ unit: unit.id, encoding: unit.encoding }]);
  assert.equal(forget(rig), 1);
  // Its number is in use no more, once the session says so.
  const unitLowWater = unit.encoding.id.number + 1;
  rig.apply({ kind: "forgetUnits", value: { units: 1 } }, { unitLowWater });
  assert.equal(shardStanding(rig.state, before), "garbage");
  assert.equal(shardStanding(rig.state, after), "live");
  checkState(rig.state);
});

test("a swap is refused unless it is of what there is, and goes where it belongs", () => {
  const rig = rigOfSix();
  const unit = rig.unitOf(mib, narrow);
  put(rig, unit);
  const good = swapOf(rig, unit.id, wide);
  const [first = 0, second = 0, ...rest] = good.homes;
  const session = { epoch: 1, session: 1, number: 1 };
  const faults: [Partial<EncodingSwap>, string][] = [
    [{ unit: { ...unit.id, number: 999 } }, "no-such-unit"],
    [{ replaced: { ...unit.encoding.id, number: 999 } }, "encoding-changed"],
    [{ homes: [second, first, ...rest] }, "not-home"],
    [{ homes: good.homes.slice(1) }, "invalid-command"],
    [{ encoding: { ...good.encoding, id: session } }, "stale-session"],
    [{ encoding: { ...good.encoding, id: unit.encoding.id } }, "invalid-command"],
    [{ encoding: { ...good.encoding, roots: [] } }, "invalid-command"],
    [{ encoding: { ...good.encoding, k: 0 } }, "invalid-command"],
    [{ skipped: [4, 5] }, "invalid-command"],
    [{ ...swapOf(rig, unit.id, { k: 1, m: 0 }) }, "not-home"],
  ];
  for (const [fault, code] of faults) {
    const before = rig.state.dump().filter((row) => row.startsWith("64"));
    assert.deepEqual(swap(rig, { ...good, ...fault }), [code], JSON.stringify(fault));
    assert.deepEqual(
      rig.state.dump().filter((row) => row.startsWith("64")),
      before,
    );
  }
  // Two that race: the second finds that the first was there.
  const late = swapOf(rig, unit.id, wide);
  assert.deepEqual(swap(rig, good, late), [undefined, "encoding-changed"]);
  const many = rig.apply({
    kind: "swapEncodings",
    value: { swaps: Array.from({ length: swapsMax + 1 }, () => good) },
  });
  assert.equal(refusalOf(many).code, "invalid-command");
  checkState(rig.state);
});

test("M8: a locked version's unit is coded anew, and its row is not touched", () => {
  const rig = rigOfSix();
  const unit = rig.unitOf(mib, narrow);
  const object = objectInfo({ sizeBytes: mib });
  const untilUnixMs = rig.nowUnixMs + 10 * graceMs;
  const lock = { legalHold: true, retention: { mode: "compliance", untilUnixMs } } as const;
  rig.put({ bucket, key: "k" }, [], { units: [unit], object, lock });
  const versions = (): string[] => rig.state.dump().filter((row) => row.startsWith("762f"));
  const before = versions();
  assert.equal(before.length, 1);
  assert.deepEqual(swap(rig, swapOf(rig, unit.id, wide)), [undefined]);
  assert.deepEqual(versions(), before);
  checkState(rig.state);
});

test("a unit that is dropped takes the encodings it replaced with it", () => {
  const rig = new ClusterRig();
  rig.createBucket(bucket);
  rig.growBy(5);
  const unit = rig.unitOf(mib, narrow);
  put(rig, unit);
  remove(rig);
  // It waits already, and is coded anew all the same: a narrower table may wait for it.
  rig.nowUnixMs += 1;
  const change = swapOf(rig, unit.id, wide);
  assert.deepEqual(swap(rig, change), [undefined]);
  checkState(rig.state);
  rig.nowUnixMs += graceMs - 1;
  const due = [...dueEncodings(rig.state, rig.nowUnixMs, 10)].map(({ encoding }) => encoding.id);
  assert.deepEqual(due, [change.encoding.id, unit.encoding.id]);
  assert.equal(forget(rig), 1);
  assert.equal(unitOf(rig.state, unit.id), undefined);
  checkState(rig.state);
  rig.nowUnixMs += graceMs;
  assert.equal(forget(rig), 0);
});

test("a unit that is let go of and coded anew in one millisecond is dropped once", () => {
  const rig = new ClusterRig();
  rig.createBucket(bucket);
  rig.growBy(5);
  const unit = rig.unitOf(mib, narrow);
  put(rig, unit);
  remove(rig);
  assert.deepEqual(swap(rig, swapOf(rig, unit.id, wide)), [undefined]);
  assert.deepEqual(swap(rig, swapOf(rig, unit.id, { k: 2, m: 1 })), [undefined]);
  checkState(rig.state);
  rig.nowUnixMs += graceMs;
  assert.equal([...dueEncodings(rig.state, rig.nowUnixMs, 10)].length, 3);
  assert.equal(forget(rig), 1);
  checkState(rig.state);
});

test("encodings that wait are not many, and go one by one", () => {
  const rig = rigOfSix();
  const unit = rig.unitOf(mib, narrow);
  put(rig, unit);
  for (let i = 0; i < replacedEncodingsMax; i++) {
    rig.nowUnixMs += 1;
    assert.deepEqual(swap(rig, swapOf(rig, unit.id, i % 2 === 0 ? wide : narrow)), [undefined]);
  }
  assert.deepEqual(swap(rig, swapOf(rig, unit.id, wide)), ["invalid-command"]);
  rig.nowUnixMs += graceMs - 3;
  assert.equal(forget(rig), replacedEncodingsMax - 3);
  assert.equal(unitOf(rig.state, unit.id)?.replaced?.encodings.length, 3);
  checkState(rig.state);
});

test("M4 M5 whatever is put, deleted, coded anew and forgotten, what waits and counts is right", () => {
  const steps = fc.array(
    fc.record({ kind: fc.constantFrom("put", "swap", "swap", "delete", "wait"), a: fc.nat(99) }),
    { maxLength: 40, size: "max" },
  );
  fc.assert(
    fc.property(steps, (actions) => {
      const rig = new ClusterRig();
      rig.createBucket(bucket);
      rig.growBy(5);
      const units: UnitId[] = [];
      for (const { kind, a } of actions) {
        if (kind === "put") {
          const unit = rig.unitOf(1 + a, a % 2 === 0 ? wide : narrow);
          put(rig, unit, `k${units.push(unit.id)}`);
        } else if (kind === "swap") {
          const id = units[a % units.length];
          if (id === undefined || unitOf(rig.state, id) === undefined) continue;
          if (encodingsOf(unitOf(rig.state, id) ?? assert.fail()).length > 5) continue;
          const profile = [narrow, wide, { k: 3, m: 2 }][a % 3] ?? narrow;
          assert.deepEqual(swap(rig, swapOf(rig, id, profile)), [undefined]);
        } else if (kind === "delete") {
          const deletions = [{ key: `k${1 + (a % 5)}`, markerId: new Uint8Array(16) }];
          const value = { bucket, deletions, bypassGovernance: false };
          rig.apply({ kind: "deleteVersions", value });
        } else {
          rig.nowUnixMs += (a % 3) * (graceMs / 2);
          const due = [...dueEncodings(rig.state, rig.nowUnixMs, 3)];
          rig.apply({ kind: "forgetUnits", value: { units: 3 } });
          // What was due is named by nothing now.
          for (const { unit, encoding } of due) {
            const left = unitOf(rig.state, unit);
            const ids = left === undefined ? [] : encodingsOf(left).map(({ id }) => id.number);
            assert.ok(!ids.includes(encoding.id.number));
          }
        }
        checkState(rig.state);
      }
    }),
    { numRuns: 8 },
  );
});
