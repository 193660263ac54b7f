import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { refuses } from "./conformance-rig.ts";
import {
  changedConf,
  type Configuration,
  emptyConf,
  enterJoint,
  leaveJoint,
  simple,
} from "./conf-change.ts";
import type { ConfChange, ConfState, MemberChange } from "./types.ts";

const operations = { v: "voter", l: "learner", r: "remove", u: "update" } as const;

/** Changes in short: `v1 l2 r3 u4`. */
function changesOf(text: string): MemberChange[] {
  return text
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      const op = operations[word[0] as keyof typeof operations];
      return { op, id: Number(word.slice(1)) };
    });
}

/** A configuration in short; new members are marked by where they are probed. */
function textOf(conf: Configuration): string {
  const outgoing = conf.votersOutgoing.length > 0 ? `&&${conf.votersOutgoing.join()}` : "";
  const learners = conf.learners.length > 0 ? ` learners ${conf.learners.join()}` : "";
  const later = conf.learnersNext.length > 0 ? ` later ${conf.learnersNext.join()}` : "";
  return `${conf.voters.join()}${outgoing}${learners}${later}${conf.autoLeave ? " auto" : ""}`;
}

function nextOf(conf: Configuration): string {
  return conf.progress
    .map(({ id, next, learner }) => `${id}@${next}${learner ? "L" : ""}`)
    .join(" ");
}

function start(text: string): Configuration {
  return leaveJoint(
    enterJoint(simple(emptyConf(), changesOf("v99"), 0), changesOf(`r99 ${text}`), 0, false),
  );
}

test("R8 a simple change touches at most one voter, and any learners", () => {
  const table: [from: string, changes: string, to: string][] = [
    ["v1", "v1", "1"],
    ["v1", "v2", "1,2"],
    ["v1", "v2 l3", "1,2 learners 3"],
    ["v1 v2", "l1", "2 learners 1"],
    ["v2 l1", "l1", "2 learners 1"],
    ["v2 l1", "r1", "2"],
    ["v2", "r1", "2"],
    ["v2", "r4 r5", "2"],
    ["v1 v2", "l2 l3 l4", "1 learners 2,3,4"],
    ["v1 l2 l3", "r2 r3", "1"],
    ["v1 v2 v3", "l1 v1", "1,2,3"],
    ["v1 v3 l2", "v2 l2", "1,3 learners 2"],
    ["v1 v3 l2", "v2", "1,2,3"],
    ["v1", "v2 u1", "1,2"],
    ["v1 v2", "u1 u2 u3", "1,2"],
    ["v1", "r0 v0 l0 u0", "1"],
    ["v1", "", "1"],
  ];
  for (const [from, changes, to] of table) {
    assert.equal(textOf(simple(start(from), changesOf(changes), 5)), to, `${from} then ${changes}`);
  }
});

test("R8 a simple change that touches more voters, or leaves none, is refused", () => {
  const table: [from: string, changes: string][] = [
    ["v1 v2 l3", "r1 v5"],
    ["v1 v2", "r1 r2"],
    ["v1 v2", "v3 v4"],
    ["v1 v2", "l1 v5"],
    ["v1 v2", "l1 l2"],
    ["v1 v2 v3", "r1 r2"],
    ["v1 l2", "r1"],
    ["v1", "l1"],
  ];
  for (const [from, changes] of table) {
    const conf = start(from);
    refuses("bad-conf", () => simple(conf, changesOf(changes), 5));
    assert.equal(textOf(conf), textOf(start(from)), "left as it was");
  }
  refuses("bad-conf", () => simple(emptyConf(), changesOf("l1"), 5));
});

test("R9 a first voter makes a group of nothing", () => {
  assert.equal(textOf(simple(emptyConf(), changesOf("v1 r0 v0 l0"), 0)), "1");
});

test("R8 a joint phase keeps the old voters, and demotes only when it is left", () => {
  const table: [from: string, changes: string, joint: string, left: string][] = [
    ["v1", "", "1&&1", "1"],
    ["v1", "v2 v3", "1,2,3&&1", "1,2,3"],
    ["v1", "v2 l1", "2&&1 later 1", "2 learners 1"],
    ["v1", "r1 v2 v3 l4", "2,3&&1 learners 4", "2,3 learners 4"],
    [
      "v1",
      "r1 r2 r9 v2 v3 v4 v2 v3 v4 l2 l2 r4 r4 l1 l1",
      "3&&1 learners 2 later 1",
      "3 learners 1,2",
    ],
    ["v1 v2 v3", "r2 r3", "1&&1,2,3", "1"],
    ["v1 v2 v3", "l2 l3 v4", "1,4&&1,2,3 later 2,3", "1,4 learners 2,3"],
    ["v1 v2 l3", "v3 l2", "1,3&&1,2 later 2", "1,3 learners 2"],
    ["v1 v2", "l2 v2", "1,2&&1,2", "1,2"],
    ["v1 v2", "l2 r2", "1&&1,2", "1"],
    ["v1 l2", "r2", "1&&1", "1"],
  ];
  for (const [from, changes, joint, left] of table) {
    const entered = enterJoint(start(from), changesOf(changes), 5, false);
    assert.equal(textOf(entered), joint, `${from} then ${changes}`);
    assert.equal(textOf(leaveJoint(entered)), left, `${from} then ${changes}, left`);
  }
});

test("R8 autoLeave is noted while joint, and gone afterwards", () => {
  const joint = enterJoint(start("v1"), changesOf("v2 v3"), 5, true);
  assert.equal(textOf(joint), "1,2,3&&1 auto");
  assert.equal(leaveJoint(joint).autoLeave, false);
});

test("R8 what does not go with a joint phase is refused", () => {
  const joint = enterJoint(start("v1"), changesOf("v2"), 5, false);
  refuses("bad-conf", () => enterJoint(joint, [], 5, false));
  refuses("bad-conf", () => enterJoint(joint, changesOf("v12"), 5, true));
  refuses("bad-conf", () => simple(joint, changesOf("l15"), 5));
  refuses("bad-conf", () => leaveJoint(start("v1")));
  refuses("bad-conf", () => leaveJoint(emptyConf()));
  refuses("bad-conf", () => enterJoint(emptyConf(), [], 5, false));
  refuses("bad-conf", () => enterJoint(emptyConf(), changesOf("v1"), 5, false));
  refuses("bad-conf", () => enterJoint(start("v1 v2"), changesOf("r1 r2"), 5, false));
});

test("one goes on alone, whoever belonged before, joint or not", () => {
  const alone = (id: number): ConfChange => ({ transition: "alone", changes: changesOf(`v${id}`) });
  const joint = enterJoint(start("v1 v2 l3"), changesOf("v4 r1"), 5, true);
  for (const conf of [start("v1 v2 v3 l4"), joint, start("v1")]) {
    assert.deepEqual(changedConf(conf, alone(1)).conf, { ...emptyConf(), voters: [1] });
    assert.deepEqual(changedConf(conf, alone(3)).conf, { ...emptyConf(), voters: [3] });
  }
  for (const changes of ["", "l1", "v1 v2"]) {
    const change: ConfChange = { transition: "alone", changes: changesOf(changes) };
    refuses("bad-conf", () => changedConf(joint, change));
  }
});

test("R9 a configuration that cannot be is refused as a base", () => {
  const good = { ...emptyConf(), voters: [1, 2] };
  const bad: Partial<ConfState>[] = [
    { learners: [2] },
    { learnersNext: [3] },
    { votersOutgoing: [2, 3], learnersNext: [2] },
    { votersOutgoing: [3], learners: [3] },
    { autoLeave: true },
  ];
  for (const part of bad) {
    refuses("bad-conf", () => simple({ ...good, ...part }, changesOf("u1"), 5));
  }
  refuses("bad-conf", () => simple({ ...good, progress: [] }, changesOf("v3"), 5));
});

test("R6 a new member is probed from the log's end; who stays keeps what is known", () => {
  let conf = simple(emptyConf(), changesOf("v1"), 2);
  assert.equal(nextOf(conf), "1@2");
  assert.equal(nextOf(simple(emptyConf(), changesOf("v1"), 0)), "1@1", "never before the first");
  conf = enterJoint(conf, changesOf("r1 v2 v3 l4"), 9, false);
  assert.equal(nextOf(conf), "1@2 2@9 3@9 4@9L");
  conf = leaveJoint(conf);
  assert.equal(nextOf(conf), "2@9 3@9 4@9L");
  assert.equal(nextOf(simple(conf, changesOf("l9"), 14)), "2@9 3@9 4@9L 9@14L");
  assert.equal(nextOf(simple(conf, changesOf("v4"), 14)), "2@9 3@9 4@9", "promoted, not new");
  const [fresh] = conf.progress;
  assert.deepEqual([fresh?.state, fresh?.match, fresh?.active], ["probe", 0, true]);
});

const change: fc.Arbitrary<MemberChange> = fc.record({
  op: fc.constantFrom("voter", "learner", "remove"),
  id: fc.integer({ min: 1, max: 6 }),
});

test("R8 a joint change, left, is a row of simple ones", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
      // Voter 9 stays throughout, so that no single step leaves the group without voters.
      const base = start("v1 v2 v9 l3");
      const jointly = leaveJoint(enterJoint(base, changes, 5, true));
      const singly = changes.reduce((conf, each) => simple(conf, [each], 5), base);
      assert.equal(textOf(jointly), textOf(singly));
    }),
  );
});
