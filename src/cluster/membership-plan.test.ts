import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type GroupView,
  type MemberView,
  nextGroupChange,
  voterAbsenceMsMax,
  voterTarget,
} from "./membership-plan.ts";

function memberOf(node: number, differences: Partial<MemberView> = {}): MemberView {
  return {
    node,
    raftId: node,
    zone: "",
    host: `host-${node}`,
    role: "none",
    isLeader: false,
    isDraining: false,
    isDrained: false,
    isCaughtUp: true,
    downMs: 0,
    ...differences,
  };
}

/** The view after a change; whoever just began to follow is caught up a step later. */
function changed(view: GroupView): GroupView | undefined {
  const changes = nextGroupChange(view);
  if (changes.length === 0) return undefined;
  const members = view.members.map((member): MemberView => {
    const change = changes.find(({ raftId }) => raftId === member.raftId);
    if (change === undefined || change.op === "remove") return member;
    return { ...member, role: change.op };
  });
  const removed = new Set(changes.filter(({ op }) => op === "remove").map(({ raftId }) => raftId));
  return { members, orphans: view.orphans.filter((raftId) => !removed.has(raftId)) };
}

function settled(start: GroupView): GroupView {
  let view = start;
  for (let step = 0; step < 20; step++) {
    const next = changed(view);
    if (next === undefined) return view;
    view = next;
  }
  return assert.fail("the group never settles");
}

function votersOf({ members }: GroupView): readonly MemberView[] {
  return members.filter(({ role }) => role === "voter");
}

const anyView: fc.Arbitrary<GroupView> = fc
  .array(
    fc.record({
      zone: fc.constantFrom("", "a", "b", "c"),
      host: fc.constantFrom("x", "y", "z"),
      role: fc.constantFrom("voter", "learner", "none"),
      isLeader: fc.boolean(),
      isDraining: fc.boolean(),
      isDrained: fc.boolean(),
      isCaughtUp: fc.boolean(),
      downMs: fc.constantFrom(0, 0, 0, voterAbsenceMsMax - 1, voterAbsenceMsMax),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((rows) => {
    const members = rows.map((row, i): MemberView => {
      // One leads, and it votes; who does not answer is not caught up.
      const isLeader = i === 0;
      const downMs = isLeader ? 0 : row.downMs;
      const role = isLeader ? "voter" : row.role;
      const isCaughtUp = isLeader || (row.isCaughtUp && downMs === 0);
      const isDrained = row.isDraining && row.isDrained;
      const id = i + 1;
      return { ...row, node: id, raftId: id, role, isLeader, isDrained, downMs, isCaughtUp };
    });
    return { members, orphans: [] };
  });

test("J3 as many vote as the cluster's size asks for: 1, 2, 3, 3, 5, 5", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 100].map(voterTarget), [1, 2, 3, 3, 5, 5, 5]);
  for (let count = 1; count <= 9; count++) {
    const founder = memberOf(1, { role: "voter", isLeader: true });
    const joiners = Array.from({ length: count - 1 }, (_, i) => memberOf(i + 2));
    const view = settled({ members: [founder, ...joiners], orphans: [] });
    assert.equal(votersOf(view).length, voterTarget(count));
    assert.equal(view.members.filter(({ role }) => role === "none").length, 0);
  }
});

test("J3 a joiner follows first, and votes once it is caught up", () => {
  const founder = memberOf(1, { role: "voter", isLeader: true });
  const joiner = memberOf(2, { isCaughtUp: false });
  const first = { members: [founder, joiner], orphans: [] };
  assert.deepEqual(nextGroupChange(first), [{ op: "learner", raftId: 2 }]);
  const second = changed(first);
  assert.ok(second !== undefined);
  assert.deepEqual(nextGroupChange(second), []);
  const caughtUp = second.members.map((member) => ({ ...member, isCaughtUp: true }));
  assert.deepEqual(nextGroupChange({ members: caughtUp, orphans: [] }), [
    { op: "voter", raftId: 2 },
  ]);
});

test("J3 a voter that was away for ten minutes is exchanged, not before, and not for nobody", () => {
  const group = (downMs: number, hasSpare: boolean): GroupView => ({
    members: [
      memberOf(1, { role: "voter", isLeader: true }),
      memberOf(2, { role: "voter" }),
      memberOf(3, { role: "voter", downMs, isCaughtUp: false }),
      memberOf(4, { role: "learner", isCaughtUp: hasSpare }),
    ],
    orphans: [],
  });
  assert.deepEqual(nextGroupChange(group(voterAbsenceMsMax - 1, true)), []);
  assert.deepEqual(nextGroupChange(group(voterAbsenceMsMax, false)), []);
  assert.deepEqual(nextGroupChange(group(voterAbsenceMsMax, true)), [
    { op: "voter", raftId: 4 },
    { op: "learner", raftId: 3 },
  ]);
});

test("J3 who is drained gives its vote up, also where nobody takes it over", () => {
  for (const [count, drained, expected] of [
    [2, 2, [1]],
    [3, 3, [1, 2]],
    [4, 1, [2, 3, 4]],
    [6, 2, [1, 3, 4, 5, 6]],
    [1, 1, [1]],
  ] as const) {
    const members = Array.from({ length: count }, (_, i) => memberOf(i + 1, { role: "learner" }));
    for (const member of members.slice(0, voterTarget(count))) {
      Object.assign(member, { role: "voter", isLeader: member.node === 1 });
    }
    for (const isDrained of [false, true]) {
      const leaving = { isDraining: true, isDrained };
      const view = members.map((one) => (one.node === drained ? { ...one, ...leaving } : one));
      const voters = votersOf(settled({ members: view, orphans: [] })).map(({ node }) => node);
      const hasSpare = count > voterTarget(count);
      if (isDrained || hasSpare) assert.deepEqual(voters, expected);
      else assert.equal(voters.length, voterTarget(count), "as long as it moves it votes");
    }
  }
});

test("J3 the drained leader keeps its vote while the voters that remain could not decide", () => {
  const leader = memberOf(1, { role: "voter", isLeader: true, isDraining: true, isDrained: true });
  const group = (downMs: number): GroupView => ({
    members: [leader, memberOf(2, { role: "voter" }), memberOf(3, { role: "voter", downMs })],
    orphans: [],
  });
  assert.deepEqual(nextGroupChange(group(voterAbsenceMsMax - 1)), []);
  assert.deepEqual(nextGroupChange(group(0)), [{ op: "learner", raftId: 1 }]);
});

test("J3 an id that belongs to nobody leaves before anything else is changed", () => {
  const members = [
    memberOf(1, { role: "voter", isLeader: true }),
    memberOf(2, { role: "voter" }),
    memberOf(3, { raftId: 7 }),
  ];
  const view = { members, orphans: [3] };
  assert.deepEqual(nextGroupChange(view), [{ op: "remove", raftId: 3 }]);
  const after = settled(view);
  assert.deepEqual(
    votersOf(after).map(({ raftId }) => raftId),
    [1, 2, 7],
  );
});

test("J3 the votes are spread over zones, then hosts, and the leader keeps its own", () => {
  const inZones = (zones: readonly string[]): GroupView => ({
    members: zones.map((zone, i) =>
      memberOf(i + 1, { zone, ...(i === 0 ? { role: "voter", isLeader: true } : {}) }),
    ),
    orphans: [],
  });
  for (const zones of ["aaabbbccc", "abc", "aaaaab", "abcabc", "aabbc"]) {
    const voters = votersOf(settled(inZones(Array.from(zones))));
    const counts = [...new Set(zones)].map(
      (zone) => voters.filter((voter) => voter.zone === zone).length,
    );
    const even = Math.ceil(voters.length / counts.length);
    const sizes = [...new Set(zones)].map((zone) => zones.split(zone).length - 1);
    assert.ok(
      counts.every(
        (count, i) => count >= Math.min(Math.floor(voters.length / counts.length), sizes[i] ?? 0),
      ),
      `${zones}: ${counts.join(" ")}, ${even} at most`,
    );
    assert.ok(voters.some(({ isLeader }) => isLeader));
  }
});

test("J3 every group settles, and what is settled stays so as followers come and go", () => {
  fc.assert(
    fc.property(anyView, fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }), (start, flips) => {
      const view = settled(start);
      assert.ok(votersOf(view).length >= 1);
      const sound = view.members.filter(
        (member) => member.isCaughtUp && !member.isDraining && member.downMs === 0,
      );
      assert.ok(
        votersOf(view).length >= Math.min(voterTarget(sound.length), sound.length),
        "who is sound votes as long as votes are wanted",
      );
      // Voters that answer late for a while, but not for ten minutes, keep their votes.
      const members = view.members.map((member, i): MemberView => {
        const isAway = flips[i] === true && member.role === "voter" && !member.isLeader;
        return isAway && member.downMs === 0 ? { ...member, downMs: 1, isCaughtUp: false } : member;
      });
      assert.deepEqual(nextGroupChange({ members, orphans: [] }), []);
    }),
  );
});

test("J3 a change that takes votes away leaves a majority that answers, where there was one", () => {
  const answering = (voters: readonly MemberView[]): boolean =>
    voters.filter(({ downMs }) => downMs === 0).length * 2 > voters.length;
  fc.assert(
    fc.property(anyView, (start) => {
      let view: GroupView | undefined = start;
      while (view !== undefined) {
        const next: GroupView | undefined = changed(view);
        if (next !== undefined && answering(votersOf(view))) {
          assert.ok(answering(votersOf(next)), JSON.stringify(view));
        }
        view = next;
      }
    }),
  );
});
