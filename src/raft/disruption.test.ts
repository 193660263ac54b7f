// Nodes that were away, and what they do to the others when they are back: dissertation, sections
// 4.2.3 and 9.6; and groups in which not all nodes ask before they campaign yet.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { progressOf } from "./conformance-rig.ts";
import { Group } from "./rig.ts";
import type { Id, Options, State } from "./types.ts";

const data = utf8("x");

function stateOf(group: Group, id: Id): [State, term: number] {
  const { state, term } = group.node(id).status();
  return [state, term];
}

/** Three voters, of which only those in `asking` have pre-vote. */
function mixedGroup(asking: Id[], with_: Partial<Options> = {}): Group {
  const group = Group.found([1, 2, 3], [], with_);
  for (const id of asking) {
    group.add(id, group.at(id).storage, { ...with_, preVote: true });
  }
  return group;
}

function tickTimes(group: Group, id: Id, count: number): void {
  for (let at = 0; at < count; at++) group.node(id).tick();
  group.settle();
}

test("without pre-vote a node that hears late makes the leader step down, with it not", () => {
  for (const preVote of [false, true]) {
    const group = Group.found([1, 2, 3], [], { checkQuorum: true, preVote });
    group.elect(1);
    group.isolate(3);
    tickTimes(group, 3, 10);
    group.heal();
    group.node(1).tick();
    group.settle();
    assert.deepEqual(stateOf(group, 1), preVote ? ["leader", 1] : ["follower", 2]);
    assert.deepEqual(stateOf(group, 3)[1], preVote ? 1 : 2);
  }
});

test("two that ask at once and split the votes do not raise the term by asking", () => {
  const group = Group.found([1, 2, 3], [], { preVote: true });
  group.elect(1);
  group.isolate(1);
  group.node(2).campaign();
  group.node(3).campaign();
  group.settle();
  assert.deepEqual([stateOf(group, 2)[1], stateOf(group, 3)[1]], [2, 2]);
  assert.ok(stateOf(group, 2)[0] !== "leader" && stateOf(group, 3)[0] !== "leader");
  group.elect(2);
  assert.deepEqual(
    [stateOf(group, 2), stateOf(group, 3)],
    [
      ["leader", 3],
      ["follower", 3],
    ],
  );
});

test("the node of a smaller term can win, once it has learnt of the greater one", () => {
  const group = Group.found([1, 2, 3], [], { preVote: true });
  group.elect(1);
  group.isolate(3);
  group.elect(2);
  group.elect(1);
  group.isolate(1);
  group.elect(3);
  assert.equal(stateOf(group, 3)[0], "follower", "its log is behind, and a pre-vote told it so");
  assert.equal(stateOf(group, 3)[1], 3);
  group.elect(2);
  assert.equal(stateOf(group, 2)[0], "leader");
});

test("with pre-vote and checkQuorum followers elect another once their leader is silent", () => {
  const group = Group.found([1, 2, 3], [], { preVote: true, checkQuorum: true });
  group.elect(1);
  group.isolate(1);
  tickTimes(group, 2, 10);
  assert.deepEqual(stateOf(group, 2), ["precandidate", 1], "3 holds its lease");
  tickTimes(group, 3, 10);
  assert.deepEqual(stateOf(group, 3), ["leader", 2]);
  tickTimes(group, 1, 20);
  assert.deepEqual(stateOf(group, 1), ["follower", 1], "the old leader found no quorum");
  group.heal();
  group.node(3).tick();
  group.settle();
  assert.deepEqual(stateOf(group, 1), ["follower", 2]);
});

test("while only some nodes ask first, elections still come to an end", () => {
  for (const asking of [[1], [2, 3], [1, 2, 3]]) {
    const group = mixedGroup(asking);
    group.elect(1);
    assert.equal(stateOf(group, 1)[0], "leader");
    group.isolate(1);
    for (const id of [3, 2, 3]) group.elect(id);
    const leaders = [2, 3].filter((id) => stateOf(group, id)[0] === "leader");
    assert.equal(leaders.length, 1);
    group.heal();
    tickTimes(group, leaders[0] ?? 0, 1);
    assert.equal(stateOf(group, 1)[0], "follower");
  }
});

test("one that campaigned itself ahead joins a group that asks first, by making it go on", () => {
  const group = mixedGroup([1, 2], { checkQuorum: true });
  group.elect(1);
  group.isolate(3);
  for (let at = 0; at < 3; at++) group.elect(3);
  assert.deepEqual(stateOf(group, 3), ["candidate", 4]);
  group.heal();
  group.node(1).tick();
  group.settle();
  assert.deepEqual(stateOf(group, 1), ["follower", 4], "its heartbeat met a later term");
  group.elect(1);
  assert.deepEqual(
    [stateOf(group, 1), stateOf(group, 3)],
    [
      ["leader", 5],
      ["follower", 5],
    ],
  );
});

test("a removed node that does not know it cannot disturb a group with leases", () => {
  const group = Group.found([1, 2, 3], [], { preVote: true, checkQuorum: true });
  group.elect(1);
  group.isolate(3);
  group.node(1).proposeConfChange({ transition: "auto", changes: [{ op: "remove", id: 3 }] });
  group.settle();
  group.heal();
  tickTimes(group, 3, 30);
  assert.deepEqual(
    [stateOf(group, 1), stateOf(group, 2)],
    [
      ["leader", 1],
      ["follower", 1],
    ],
  );
  group.node(1).propose(data);
  group.settle();
  assert.equal(group.node(2).status().commit, progressOf(group.at(1), 1).match);
});
