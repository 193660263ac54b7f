// Reads by the leader's lease: dissertation, section 6.4.1.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { ack, beatAnswer, boot, bootVoter, drain, exchange, message } from "./conformance-rig.ts";
import { showAll, winElection } from "./conformance-rig.ts";
import { transferContext } from "./message.ts";
import { confOf, type Member } from "./rig.ts";

const read = utf8("read");
const leased = { readOnly: "lease", checkQuorum: true, electionTick: 10 } as const;
/** Of ten ticks of the voters' patience a first one may come at once, and clocks drift. */
const lengthTicks = 8;

/** A leader of three that has committed its empty entry at index 2, by the word of node 2. */
function leaderWithLease(): Member {
  const member = bootVoter([1, 2, 3], leased);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  return member;
}

/** Whether a read is answered at once. */
function answersAtOnce(member: Member): boolean {
  const before = member.reads.length;
  member.node.readIndex(read);
  drain(member);
  return member.reads.length > before;
}

function tick(member: Member, count: number): void {
  for (let at = 0; at < count; at++) {
    member.node.tick();
    drain(member);
  }
}

test("a lease ends before the voters' patience does, and then a read asks a quorum", () => {
  const member = leaderWithLease();
  tick(member, lengthTicks - 1);
  assert.ok(answersAtOnce(member));
  member.node.tick();
  const [beat] = drain(member).sent.filter(({ type }) => type === "Heartbeat");
  member.node.readIndex(read);
  const sent = drain(member).sent.filter(({ type }) => type === "Heartbeat");
  assert.equal(sent.length, 2);
  assert.equal(member.reads.length, 1);
  exchange(member, beatAnswer(member, 2, beat?.context));
  assert.equal(member.reads.length, 1, "what was sent before the read confirms no read");
  assert.ok(answersAtOnce(member), "but the lease");
  exchange(member, beatAnswer(member, 2, sent[0]?.context));
  assert.equal(member.reads.length, 3);
});

test("a lease counts from when the leader spoke, not from when it was answered", () => {
  const member = leaderWithLease();
  member.node.tick();
  const [beat] = drain(member).sent;
  tick(member, lengthTicks - 1);
  exchange(member, beatAnswer(member, 2, beat?.context));
  assert.ok(answersAtOnce(member));
  tick(member, 1);
  exchange(member, beatAnswer(member, 2, beat?.context), ack(member, 2, 2));
  assert.ok(!answersAtOnce(member));
});

test("an accepted entry renews a lease as of when it was appended", () => {
  const member = leaderWithLease();
  tick(member, 3);
  member.node.propose(utf8("x"));
  drain(member);
  tick(member, 4);
  exchange(member, ack(member, 2, 3));
  tick(member, lengthTicks - 5);
  assert.ok(answersAtOnce(member));
  tick(member, 1);
  assert.ok(!answersAtOnce(member));
});

test("only answers from voters make a lease, and of a heartbeat only after accepted entries", () => {
  const member = boot({ conf: confOf([1, 2, 3], [4]) }, leased);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  tick(member, lengthTicks - 1);
  member.node.tick();
  const [beat] = drain(member).sent;
  exchange(member, ack(member, 4, 2), beatAnswer(member, 4, beat?.context));
  assert.ok(!answersAtOnce(member), "a learner's");
  exchange(member, beatAnswer(member, 3, beat?.context));
  assert.ok(!answersAtOnce(member), "of one whose term may not be durable");
  exchange(member, ack(member, 3, 2), beatAnswer(member, 3, beat?.context));
  assert.ok(answersAtOnce(member));
});

test("a leader that asked another to take over has no lease any more in its term", () => {
  const member = leaderWithLease();
  member.node.transferLeader(2);
  assert.equal(showAll(drain(member).sent, "TimeoutNow").length, 1);
  assert.ok(!answersAtOnce(member));
  tick(member, 5);
  exchange(member, ack(member, 2, 2), ack(member, 3, 2));
  assert.ok(!answersAtOnce(member));
});

test("who may have given its word before a restart votes for nobody until that has lapsed", () => {
  const hard = { term: 2, vote: 0, commit: 2 };
  const member = boot({ conf: confOf([1, 2, 3]), terms: [2], hard }, leased);
  const vote = message("Vote", { from: 2 }, { term: 3, index: 2, logTerm: 2 });
  assert.deepEqual(exchange(member, vote), []);
  member.node.campaign();
  assert.equal(member.node.status().state, "follower");
  const handover = { ...vote, context: transferContext };
  assert.equal(exchange(member, handover).length, 1, "unless the leader let it go");
  const other = boot({ conf: confOf([1, 2, 3]), terms: [2], hard }, leased);
  other.node.setRandomizedElectionTimeout(30);
  tick(other, 9);
  assert.deepEqual(exchange(other, vote), []);
  tick(other, 1);
  assert.equal(exchange(other, vote).length, 1);
});

test("a voter does not campaign against its own word, but may be asked to take over", () => {
  const member = bootVoter([1, 2, 3], leased);
  exchange(member, message("Heartbeat", { from: 2 }, { term: 2 }));
  member.node.campaign();
  assert.equal(member.node.status().state, "follower");
  exchange(member, message("TimeoutNow", { from: 2 }, { term: 2 }));
  assert.equal(member.node.status().state, "candidate");
});
