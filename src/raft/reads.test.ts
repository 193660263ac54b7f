// Reads without log entries: dissertation, section 6.4.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { ack, beatAnswer, boot, bootVoter, drain, exchange, message } from "./conformance-rig.ts";
import { showAll, winElection } from "./conformance-rig.ts";
import { confOf, Group, type Member } from "./rig.ts";

const first = utf8("first");
const second = utf8("second");

/** A leader of three that has committed its empty entry at index 2. */
function settledLeader(): Member {
  const member = bootVoter([1, 2, 3]);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  return member;
}

test("a read is granted once a quorum has answered a heartbeat sent after it came in", () => {
  const member = settledLeader();
  member.node.readIndex(first);
  assert.deepEqual(showAll(drain(member).sent), [
    '1>2 Heartbeat term 1 commit 2 "first"',
    '1>3 Heartbeat term 1 "first"',
  ]);
  exchange(member, beatAnswer(member, 2));
  assert.deepEqual(member.reads, [], "an answer to another heartbeat proves nothing");
  exchange(member, beatAnswer(member, 3, first));
  assert.deepEqual(member.reads, [{ index: 2, context: first }]);
  exchange(member, beatAnswer(member, 2, first));
  assert.equal(member.reads.length, 1, "granted once");
});

test("a read that is confirmed confirms all before it, and none after it", () => {
  const member = settledLeader();
  member.node.readIndex(first);
  member.node.propose(utf8("x"));
  drain(member);
  exchange(member, ack(member, 2, 3));
  for (const each of [second, utf8("third")]) member.node.readIndex(each);
  drain(member);
  exchange(member, beatAnswer(member, 2, second));
  assert.deepEqual(member.reads, [
    { index: 2, context: first },
    { index: 3, context: second },
  ]);
});

test("heartbeats of the clock carry the newest read that waits", () => {
  const member = settledLeader();
  member.node.readIndex(first);
  member.node.readIndex(second);
  drain(member);
  member.node.tick();
  assert.deepEqual(showAll(drain(member).sent), [
    '1>2 Heartbeat term 1 commit 2 "second"',
    '1>3 Heartbeat term 1 "second"',
  ]);
});

test("a learner's answer does not confirm a read", () => {
  const member = boot({ conf: confOf([1, 2], [3]) });
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  member.node.readIndex(first);
  exchange(member, beatAnswer(member, 3, first));
  assert.deepEqual(member.reads, []);
  exchange(member, beatAnswer(member, 2, first));
  assert.equal(member.reads.length, 1);
});

test("in a joint phase both majorities have to confirm a read", () => {
  const conf = { ...confOf([1, 2, 3]), votersOutgoing: [1, 4, 5] };
  const member = boot({ conf });
  winElection(member, 2, 4);
  exchange(member, ack(member, 2, 2), ack(member, 4, 2));
  member.node.readIndex(first);
  exchange(member, beatAnswer(member, 2, first), beatAnswer(member, 3, first));
  assert.deepEqual(member.reads, []);
  exchange(member, beatAnswer(member, 5, first));
  assert.equal(member.reads.length, 1);
});

test("followers and learners have their reads granted by the leader", () => {
  const group = Group.found([1, 2], [3]);
  group.elect(1);
  group.node(2).readIndex(first);
  group.node(3).readIndex(second);
  group.settle();
  const { commit: index } = group.node(1).status();
  assert.deepEqual(group.at(2).reads, [{ index, context: first }]);
  assert.deepEqual(group.at(3).reads, [{ index, context: second }]);
  assert.deepEqual(group.at(1).reads, []);
});

test("a read without a leader is lost, and a candidate's too", () => {
  const member = bootVoter([1, 2, 3]);
  member.node.readIndex(first);
  assert.equal(member.node.hasReady(), false);
  member.node.campaign();
  drain(member);
  member.node.readIndex(first);
  assert.deepEqual(drain(member).sent, []);
});

test("a read that reaches a leader of yesterday is passed on in the asker's name", () => {
  const member = settledLeader();
  exchange(member, message("Heartbeat", { from: 3 }, { term: 2 }));
  const entries = [{ term: 0, index: 0, kind: "normal" as const, data: first }];
  const [passed] = exchange(member, message("ReadIndex", { from: 2 }, { entries }));
  assert.deepEqual([passed?.type, passed?.from, passed?.to, passed?.term], ["ReadIndex", 2, 3, 0]);
});

for (const readOnly of ["safe", "lease"] as const) {
  test(`a new leader holds reads back until it has committed in its term (${readOnly})`, () => {
    const hard = { term: 1, vote: 0, commit: 2 };
    const with_ = { readOnly, checkQuorum: true };
    const member = boot({ conf: confOf([1, 2, 3]), terms: [1, 1], hard }, with_);
    winElection(member, 2);
    member.node.readIndex(first);
    assert.deepEqual(drain(member).sent, []);
    assert.deepEqual(member.reads, []);
    const sent = exchange(member, ack(member, 2, 4));
    if (readOnly === "safe") {
      assert.equal(showAll(sent, "Heartbeat").length, 2);
      exchange(member, beatAnswer(member, 2, first));
    }
    assert.deepEqual(member.reads, [{ index: 4, context: first }]);
  });
}

test("with leases a leader answers at once, without asking", () => {
  const member = bootVoter([1, 2, 3], { readOnly: "lease", checkQuorum: true });
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  member.node.readIndex(first);
  assert.deepEqual(drain(member).sent, []);
  assert.deepEqual(member.reads, [{ index: 2, context: first }]);
});

test("a lone voter answers at once", () => {
  const member = boot({ conf: confOf([1], [2]) });
  winElection(member);
  member.node.readIndex(first);
  drain(member);
  assert.deepEqual(member.reads, [{ index: 2, context: first }]);
});

test("a lone voter answers no read from before what its log may have committed", () => {
  // The commit index is written without a sync: after a crash it may be behind what was applied.
  const hard = { term: 1, vote: 1, commit: 2 };
  const member = boot({ conf: confOf([1]), terms: [1, 1, 1], hard });
  const { node } = member;
  node.campaign();
  node.advance(node.ready());
  assert.deepEqual([node.status().state, node.status().commit], ["leader", 2]);
  node.readIndex(first);
  drain(member);
  assert.deepEqual(member.reads, [{ index: 5, context: first }]);
});

test("a read that waits is granted when its leader becomes the lone voter", () => {
  const member = bootVoter([1, 2]);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  member.node.proposeConfChange({ transition: "auto", changes: [{ op: "remove", id: 2 }] });
  member.node.readIndex(first);
  drain(member);
  assert.deepEqual(member.reads, []);
  exchange(member, ack(member, 2, 3));
  assert.deepEqual(member.node.status().conf, confOf([1]));
  assert.deepEqual(member.reads, [{ index: 2, context: first }]);
});

test("a leader that steps down forgets the reads that wait", () => {
  const member = settledLeader();
  member.node.readIndex(first);
  drain(member);
  exchange(member, message("Heartbeat", { from: 3 }, { term: 2 }));
  member.node.campaign();
  drain(member);
  exchange(member, message("VoteResp", { from: 2 }, { term: 3 }), ack(member, 2, 3));
  exchange(member, message("HeartbeatResp", { from: 2 }, { term: 3, context: first }));
  assert.deepEqual(member.reads, []);
});
