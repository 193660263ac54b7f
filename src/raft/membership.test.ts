// Changes of who belongs, and who leads then: dissertation, chapter 4 and section 3.10.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { ack, boot, bootVoter, drain, exchange, lastOf } from "./conformance-rig.ts";
import { message, progressOf, refuses, showAll, winElection } from "./conformance-rig.ts";
import { confOf, Group, type Member } from "./rig.ts";
import type { ConfChange, Id, MemberChange } from "./types.ts";

const data = utf8("x");

function change(op: MemberChange["op"], id: Id): ConfChange {
  return { transition: "auto", changes: [{ op, id }] };
}

const leave: ConfChange = { transition: "auto", changes: [] };

/** A leader of these voters that has committed and applied its empty entry. */
function leaderOf(voters: Id[], with_ = {}): Member {
  const member = bootVoter(voters, with_);
  winElection(member, ...voters.slice(1));
  exchange(member, ...voters.slice(1).map((from) => ack(member, from, 2)));
  return member;
}

/** Has the leader's whole log acknowledged by these, until nothing more comes. */
function acknowledge(member: Member, ...from: Id[]): void {
  let last: number;
  do {
    drain(member);
    last = lastOf(member);
    for (const id of from) {
      const { state, progress } = member.node.status();
      const isMember = progress.some((each) => each.id === id);
      if (state === "leader" && isMember) exchange(member, ack(member, id, last));
    }
  } while (member.node.status().state === "leader" && last < lastOf(member));
}

/** What kinds of entries were applied behind the first two. */
function kindsOf(member: Member): string[] {
  return member.applied
    .slice(1)
    .map(({ kind, conf }) => (kind === "conf" ? `conf ${conf?.changes.length ?? 0}` : kind));
}

test("R8 how each kind of change takes effect", () => {
  const two: MemberChange[] = [
    { op: "voter", id: 3 },
    { op: "learner", id: 4 },
  ];
  const one = two.slice(0, 1);
  const grown = confOf([1, 2, 3], [4]);
  const table: [ConfChange, applied: string[], conf: object][] = [
    [{ transition: "auto", changes: one }, ["conf 1"], confOf([1, 2, 3])],
    [{ transition: "auto", changes: two }, ["conf 2", "conf 0"], grown],
    [{ transition: "implicit", changes: one }, ["conf 1", "conf 0"], confOf([1, 2, 3])],
    [{ transition: "implicit", changes: two }, ["conf 2", "conf 0"], grown],
    [
      { transition: "explicit", changes: one },
      ["conf 1"],
      { ...confOf([1, 2, 3]), votersOutgoing: [1, 2] },
    ],
    [{ transition: "explicit", changes: two }, ["conf 2"], { ...grown, votersOutgoing: [1, 2] }],
  ];
  for (const [proposed, applied, conf] of table) {
    const member = leaderOf([1, 2]);
    member.node.proposeConfChange(proposed);
    acknowledge(member, 2, 3);
    assert.deepEqual(kindsOf(member), applied, JSON.stringify(proposed));
    assert.deepEqual(member.node.status().conf, conf);
    assert.deepEqual(member.conf, conf, "what applyConfChange gave back");
  }
});

test("R8 in a joint phase nothing but leaving it is taken", () => {
  const member = leaderOf([1, 2]);
  member.node.proposeConfChange({ transition: "explicit", changes: change("voter", 3).changes });
  acknowledge(member, 2, 3);
  member.node.proposeConfChange(change("voter", 4));
  acknowledge(member, 2, 3);
  assert.deepEqual(kindsOf(member), ["conf 1", "normal"]);
  member.node.proposeConfChange(leave);
  acknowledge(member, 2, 3);
  assert.deepEqual(kindsOf(member), ["conf 1", "normal", "conf 0"]);
  assert.deepEqual(member.node.status().conf, confOf([1, 2, 3]));
  member.node.proposeConfChange(leave);
  acknowledge(member, 2, 3);
  assert.equal(kindsOf(member).at(-1), "normal", "there is nothing to leave any more");
});

test("R8 that one goes on alone is nothing to be proposed: no majority decides it", () => {
  const member = leaderOf([1, 2]);
  member.node.proposeConfChange({ transition: "alone", changes: change("voter", 1).changes });
  acknowledge(member, 2);
  assert.deepEqual(kindsOf(member), ["normal"]);
  assert.deepEqual(member.node.status().conf, confOf([1, 2]));
});

test("R8 a change waits until the last one is applied, and may follow then", () => {
  const member = leaderOf([1]);
  for (const id of [2, 3]) {
    member.node.proposeConfChange(change("learner", id));
    member.node.proposeConfChange(change("learner", id + 10));
    drain(member);
  }
  assert.deepEqual(kindsOf(member), ["conf 1", "normal", "conf 1", "normal"]);
  assert.deepEqual(member.node.status().conf, confOf([1], [2, 3]));
});

test("R8 a new leader takes no change before all it found in its log is applied", () => {
  const member = boot({ conf: confOf([1, 2, 3]), terms: [1, 1] });
  winElection(member, 2);
  member.node.proposeConfChange(change("voter", 4));
  acknowledge(member, 2);
  assert.deepEqual(
    member.applied.map(({ kind }) => kind),
    ["normal", "normal", "normal", "normal"],
  );
  member.node.proposeConfChange(change("voter", 4));
  acknowledge(member, 2);
  assert.equal(member.applied.at(-1)?.kind, "conf");
});

test("R8 the same voter added twice is one voter", () => {
  const member = leaderOf([1]);
  member.node.proposeConfChange(change("voter", 1));
  drain(member);
  member.node.proposeConfChange(change("voter", 1));
  drain(member);
  assert.deepEqual(member.node.status().conf, confOf([1]));
  assert.deepEqual(kindsOf(member), ["conf 1", "conf 1"]);
});

test("R8 update, and id 0, change nothing", () => {
  const { node } = bootVoter([1, 2]);
  assert.deepEqual(node.applyConfChange(change("update", 2)), confOf([1, 2]));
  assert.deepEqual(node.applyConfChange(change("update", 7)), confOf([1, 2]));
  assert.deepEqual(node.applyConfChange(change("remove", 0)), confOf([1, 2]));
});

test("R9 members come, go and change their role; the lists ascend", () => {
  const { node } = bootVoter([5, 1]);
  assert.deepEqual(node.applyConfChange(change("voter", 3)), confOf([1, 3, 5]));
  assert.deepEqual(node.applyConfChange(change("learner", 2)), confOf([1, 3, 5], [2]));
  assert.deepEqual(node.applyConfChange(change("learner", 5)), confOf([1, 3], [2, 5]));
  assert.deepEqual(node.applyConfChange(change("voter", 2)), confOf([1, 2, 3], [5]));
  assert.deepEqual(node.applyConfChange(change("remove", 5)), confOf([1, 2, 3]));
  assert.deepEqual(node.applyConfChange(change("remove", 3)), confOf([1, 2]));
});

test("R8 a change that does not fit is refused, and changes nothing", () => {
  const { node } = bootVoter([1]);
  refuses("bad-conf", () => node.applyConfChange(change("remove", 1)));
  refuses("bad-conf", () => node.applyConfChange(change("learner", 1)));
  refuses("bad-conf", () => node.applyConfChange(leave));
  assert.deepEqual(node.status().conf, confOf([1]));
  node.applyConfChange({ transition: "explicit", changes: change("voter", 2).changes });
  refuses("bad-conf", () => node.applyConfChange(change("voter", 3)));
});

test("R6 a new member is probed at once, and counts as active", () => {
  const member = leaderOf([1], { checkQuorum: true });
  member.node.proposeConfChange(change("voter", 2));
  const { sent } = drain(member);
  assert.deepEqual(
    sent.map(({ type, to }) => [type, to]),
    [["App", 2]],
  );
  assert.deepEqual([progressOf(member, 2).state, progressOf(member, 2).active], ["probe", true]);
  for (let at = 0; at < 10; at++) member.node.tick();
  assert.equal(member.node.status().state, "leader", "its first check of the quorum passes");
  for (let at = 0; at < 10; at++) member.node.tick();
  assert.equal(member.node.status().state, "follower");
});

test("R4 a second voter is needed for what follows its addition", () => {
  const member = leaderOf([1]);
  member.node.proposeConfChange(change("voter", 2));
  member.node.propose(data);
  drain(member);
  const { commit } = member.node.status();
  member.node.propose(data);
  drain(member);
  assert.equal(member.node.status().commit, commit);
  exchange(member, ack(member, 2, lastOf(member)));
  assert.equal(member.node.status().commit, commit + 1);
});

test("R4 with a voter less, what waited for it commits", () => {
  const member = leaderOf([1, 2]);
  member.node.proposeConfChange(change("remove", 2));
  member.node.propose(data);
  drain(member);
  assert.equal(member.node.status().commit, 2);
  exchange(member, ack(member, 2, 3));
  assert.equal(member.node.status().commit, 4);
  assert.deepEqual(kindsOf(member), ["conf 1", "normal"]);
  assert.deepEqual(member.node.status().conf, confOf([1]));
});

test("R8 in a joint phase elections and commits need both majorities", () => {
  const conf = { ...confOf([1, 2, 3]), votersOutgoing: [1, 4, 5] };
  const member = boot({ conf });
  member.node.campaign();
  assert.deepEqual(
    drain(member).sent.map(({ to }) => to),
    [2, 3, 4, 5],
  );
  const vote = (from: Id) => message("VoteResp", { from }, { term: 1 });
  exchange(member, vote(2), vote(3));
  assert.equal(member.node.status().state, "candidate");
  exchange(member, vote(4));
  assert.equal(member.node.status().state, "leader");
  exchange(member, ack(member, 2, 2), ack(member, 3, 2));
  assert.equal(member.node.status().commit, 1);
  exchange(member, ack(member, 5, 2));
  assert.equal(member.node.status().commit, 2);
});

for (const stepDownOnRemoval of [false, true]) {
  for (const op of ["remove", "learner"] as const) {
    const end = stepDownOnRemoval ? "steps down at once" : "leads on until another takes over";
    test(`a leader changed by "${op}" ${end}`, () => {
      const group = Group.found([1, 2, 3], [], { stepDownOnRemoval });
      group.elect(1).proposeConfChange(change(op, 1));
      group.settle();
      const { state, conf, lead } = group.node(1).status();
      assert.deepEqual(conf.voters, [2, 3]);
      assert.deepEqual([state, lead], stepDownOnRemoval ? ["follower", 0] : ["leader", 1]);
      if (!stepDownOnRemoval && op === "remove") {
        refuses("proposal-dropped", () => group.node(1).propose(data));
      }
      group.elect(2);
      assert.equal(group.node(2).status().state, "leader");
      group.node(1).campaign();
      assert.notEqual(group.node(1).status().state, "candidate");
    });
  }
}

test("a leader that is replaced jointly hands over and goes", () => {
  const group = Group.found([1, 2, 3], [4]);
  const leader = group.elect(1);
  leader.proposeConfChange({
    transition: "explicit",
    changes: [
      { op: "remove", id: 1 },
      { op: "voter", id: 4 },
    ],
  });
  group.settle();
  assert.deepEqual(leader.status().conf.votersOutgoing, [1, 2, 3]);
  leader.transferLeader(4);
  group.settle();
  assert.equal(group.node(4).status().state, "leader");
  group.node(4).proposeConfChange(leave);
  group.settle();
  assert.deepEqual(group.node(4).status().conf, confOf([2, 3, 4]));
});

test("R8 a new leader leaves a joint phase that its predecessor was to leave", () => {
  const conf = { ...confOf([1, 2]), votersOutgoing: [1, 3], autoLeave: true };
  const member = boot({ conf });
  winElection(member, 2, 3);
  acknowledge(member, 2, 3);
  assert.deepEqual(member.node.status().conf, confOf([1, 2]));
});

test("R8 a leave that is dropped while handing over is tried again later", () => {
  const member = leaderOf([1, 2, 3]);
  member.node.proposeConfChange({ transition: "implicit", changes: change("remove", 3).changes });
  drain(member);
  member.node.transferLeader(2);
  exchange(member, ack(member, 3, 3), ack(member, 2, 3));
  assert.equal(member.node.status().conf.autoLeave, true);
  assert.deepEqual(kindsOf(member), ["conf 1"]);
  for (let at = 0; at < 10; at++) member.node.tick();
  drain(member);
  member.node.propose(data);
  acknowledge(member, 2, 3);
  assert.deepEqual(kindsOf(member), ["conf 1", "normal", "conf 0"]);
});

test("R8 without validation any change is appended, and the driver has to sort it out", () => {
  const member = leaderOf([1, 2], { validateConfChange: false });
  member.node.proposeConfChange(change("voter", 3));
  member.node.proposeConfChange(leave);
  const { entries } = member.node.ready();
  assert.deepEqual(
    entries.map(({ kind }) => kind),
    ["conf", "conf"],
  );
});

test("a transfer to a voter that is up to date happens at once, wherever it is asked", () => {
  for (const at of [1, 2, 3]) {
    const group = Group.found([1, 2, 3], [], { preVote: true, checkQuorum: true });
    group.elect(1);
    group.node(at).transferLeader(2);
    group.settle();
    assert.deepEqual([group.node(2).status().state, group.node(2).status().term], ["leader", 2]);
    assert.equal(group.node(1).status().lead, 2);
  }
});

test("a transfer to a voter that is behind waits until it has caught up", () => {
  const group = Group.found([1, 2, 3]);
  group.elect(1);
  group.isolate(3);
  group.node(1).propose(data);
  group.settle();
  group.heal();
  group.node(1).tick();
  group.node(1).transferLeader(3);
  group.settle();
  assert.equal(group.node(3).status().state, "leader");
  assert.deepEqual(group.at(3).applied.slice(0, 2), group.at(2).applied.slice(0, 2));
});

test("a transfer to a voter that needs a snapshot waits for that", () => {
  const group = Group.found([1, 2, 3]);
  group.elect(1);
  group.isolate(3);
  group.node(1).propose(data);
  group.settle();
  group.at(1).compact();
  group.heal();
  group.node(1).tick();
  group.node(1).transferLeader(3);
  group.settle();
  assert.equal(group.at(3).installed.length, 1);
  assert.equal(group.node(3).status().state, "leader");
});

test("a transfer to the leader itself, a learner or a stranger is none", () => {
  const member = boot({ conf: confOf([1, 2], [3]) });
  winElection(member, 2);
  acknowledge(member, 2, 3);
  for (const id of [1, 3, 9]) {
    member.node.transferLeader(id);
    assert.deepEqual(drain(member).sent, []);
    member.node.propose(data);
    acknowledge(member, 2, 3);
  }
});

test("while a transfer is under way proposals are dropped; after electionTick it is over", () => {
  const member = leaderOf([1, 2, 3]);
  member.node.transferLeader(3);
  assert.deepEqual(showAll(drain(member).sent), ["1>3 TimeoutNow term 1"]);
  refuses("proposal-dropped", () => member.node.propose(data));
  for (let at = 0; at < 9; at++) member.node.tick();
  refuses("proposal-dropped", () => member.node.propose(data));
  member.node.tick();
  member.node.propose(data);
  assert.equal(member.node.status().state, "leader");
});

test("a transfer can be turned to another voter, asked again, or taken back", () => {
  const member = leaderOf([1, 2, 3]);
  member.node.transferLeader(3);
  member.node.transferLeader(3);
  assert.deepEqual(
    showAll(drain(member).sent),
    ["1>3 TimeoutNow term 1"],
    "the second changes nothing",
  );
  member.node.transferLeader(2);
  assert.deepEqual(showAll(drain(member).sent), ["1>2 TimeoutNow term 1"]);
  member.node.transferLeader(1);
  member.node.propose(data);
  assert.equal(showAll(drain(member).sent, "App").length, 2);
});

test("a repeated transfer to the same voter does not prolong it", () => {
  const member = leaderOf([1, 2, 3]);
  member.node.transferLeader(3);
  for (let at = 0; at < 5; at++) member.node.tick();
  member.node.transferLeader(3);
  for (let at = 0; at < 5; at++) member.node.tick();
  member.node.propose(data);
});

test("a transfer ends when its target is removed or demoted", () => {
  for (const op of ["remove", "learner"] as const) {
    const member = leaderOf([1, 2, 3]);
    member.node.proposeConfChange(change(op, 3));
    drain(member);
    member.node.transferLeader(3);
    refuses("proposal-dropped", () => member.node.propose(data));
    exchange(member, ack(member, 2, 3));
    assert.deepEqual(member.node.status().conf.voters, [1, 2]);
    member.node.propose(data);
  }
});

test("a transfer ends when a later term begins", () => {
  const group = Group.found([1, 2, 3]);
  group.elect(1);
  group.isolate(3);
  group.node(1).transferLeader(3);
  group.settle();
  group.elect(2);
  assert.deepEqual([group.node(1).status().state, group.node(1).status().term], ["follower", 2]);
});

test("TimeoutNow to one that is no voter any more starts nothing", () => {
  const group = Group.found([1, 2], [3]);
  group.elect(1);
  group.hand(message("TimeoutNow", { from: 1, to: 3 }, { term: 1 }));
  group.settle();
  assert.equal(group.node(1).status().state, "leader");
  assert.equal(group.node(3).status().term, 1);
});

test("a candidate ignores TimeoutNow", () => {
  const member = bootVoter([1, 2]);
  member.node.campaign();
  drain(member);
  member.node.step(message("TimeoutNow", { from: 2 }, { term: 1 }));
  assert.deepEqual([member.node.status().state, member.node.status().term], ["candidate", 1]);
});
