// Who leads: paper, sections 5.2 and 5.4; dissertation, sections 4.2.3, 6.4 and 9.6.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import {
  boot,
  bootVoter,
  drain,
  entriesOf,
  exchange,
  message,
  showAll,
} from "./conformance-rig.ts";
import { snapshotOf, winElection } from "./conformance-rig.ts";
import { confOf, Group, type Member } from "./rig.ts";
import type { Message, State } from "./types.ts";

const data = utf8("x");

function statesOf(group: Group): Record<number, State> {
  return Object.fromEntries([...group.members].map(([id, { node }]) => [id, node.status().state]));
}

function tickTimes(member: Member, count: number): void {
  for (let at = 0; at < count; at++) member.node.tick();
}

for (const preVote of [false, true]) {
  const how = preVote ? "with pre-vote" : "without pre-vote";

  test(`R1 a majority of answers makes a leader, ${how}`, () => {
    const table: [lost: number[], size: number, state: State][] = [
      [[], 3, "leader"],
      [[2], 3, "leader"],
      [[2, 3], 3, preVote ? "precandidate" : "candidate"],
      [[2, 3, 4], 4, preVote ? "precandidate" : "candidate"],
      [[2, 3], 5, "leader"],
    ];
    for (const [lost, size, state] of table) {
      const group = Group.found(
        Array.from({ length: size }, (_, at) => at + 1),
        [],
        { preVote },
      );
      group.loses = ({ from, to }) => lost.includes(from) || lost.includes(to);
      group.elect(1);
      assert.equal(group.node(1).status().state, state);
      assert.equal(group.node(1).status().term, state === "precandidate" ? 0 : 1);
    }
  });

  test(`R1 each voter can take over in turn, ${how}`, () => {
    const group = Group.found([1, 2, 3], [], { preVote });
    for (const id of [1, 2, 3, 1]) {
      group.elect(id);
      for (const other of [1, 2, 3]) {
        assert.equal(group.node(other).status().state, other === id ? "leader" : "follower");
        assert.equal(group.node(other).status().lead, id);
      }
    }
  });

  test(`R1 a group of one elects itself, ${how}`, () => {
    const group = Group.found([1], [], { preVote });
    assert.equal(group.elect(1).status().state, "leader");
    assert.equal(group.node(1).status().commit, 2);
  });

  test(`R1 a vote of a later term is granted in every role, ${how}`, () => {
    const roles: ((member: Member) => void)[] = [
      () => {},
      ({ node }) => node.campaign(),
      (member) => void winElection(member, 2),
    ];
    for (const enter of roles) {
      const member = bootVoter([1, 2, 3], { preVote });
      enter(member);
      drain(member);
      const before = member.node.status();
      const asked = { term: before.term + 2, index: 50, logTerm: before.term + 1 };
      const sent = exchange(member, message("PreVote", { from: 3 }, asked));
      assert.deepEqual(showAll(sent), [`1>3 PreVoteResp term ${asked.term}`]);
      assert.deepEqual(member.node.status(), before, "a pre-vote changes nothing");
      const votes = exchange(member, message("Vote", { from: 3 }, asked));
      assert.deepEqual(showAll(votes), [`1>3 VoteResp term ${asked.term}`]);
      const { state, term, vote } = member.node.status();
      assert.deepEqual([state, term, vote], ["follower", asked.term, 3]);
    }
  });
}

test("R1 a vote goes to a log at least as up to date, and to one candidate a term", () => {
  const table: [index: number, logTerm: number, vote: number, granted: boolean][] = [
    [1, 1, 0, false],
    [1, 2, 0, false],
    [1, 3, 0, true],
    [2, 1, 0, false],
    [2, 2, 0, false],
    [2, 3, 0, true],
    [3, 1, 0, false],
    [3, 2, 0, true],
    [3, 3, 0, true],
    [4, 1, 0, false],
    [4, 2, 0, true],
    [4, 3, 0, true],
    [3, 2, 2, true],
    [3, 2, 3, false],
  ];
  for (const type of ["Vote", "PreVote"] as const) {
    for (const [index, logTerm, vote, granted] of table) {
      const hard = { term: 3, vote, commit: 1 };
      const member = boot({ conf: confOf([1, 2, 3]), terms: [2, 2], hard });
      const [answer] = exchange(member, message(type, { from: 2 }, { term: 3, index, logTerm }));
      assert.equal(answer?.type, `${type}Resp`);
      assert.equal(answer?.reject, !granted, `${type} at ${logTerm}/${index}, voted ${vote}`);
    }
  }
});

test("R1 a vote is not given twice, not even across a restart", () => {
  const group = Group.found([1, 2, 3]);
  const voter = group.at(1);
  exchange(voter, message("Vote", { from: 2 }, { term: 1, index: 1, logTerm: 1 }));
  const again = group.restart(1);
  const sent = exchange(again, message("Vote", { from: 3 }, { term: 1, index: 9, logTerm: 1 }));
  assert.deepEqual(showAll(sent), ["1>3 VoteResp term 1 reject hint 0"]);
});

test("R1 a leader or candidate refuses its vote to others of its term", () => {
  for (const enter of ["campaign", "win"]) {
    const member = bootVoter([1, 2, 3]);
    if (enter === "win") winElection(member, 2);
    else member.node.campaign();
    drain(member);
    const sent = exchange(member, message("Vote", { from: 3 }, { term: 1, index: 9, logTerm: 9 }));
    assert.deepEqual(showAll(sent), ["1>3 VoteResp term 1 reject hint 0"]);
  }
});

test("R1 every role follows a later term, and nobody an earlier one", () => {
  for (const enter of ["follow", "campaign", "win"]) {
    const member = boot({ conf: confOf([1, 2, 3]), hard: { term: 4, vote: 0, commit: 1 } });
    if (enter === "win") winElection(member, 2);
    else if (enter === "campaign") member.node.campaign();
    drain(member);
    const before = member.node.status();
    const old = message(
      "App",
      { from: 3 },
      { term: 2, index: 1, logTerm: 1, entries: entriesOf(2, [2]) },
    );
    assert.deepEqual(exchange(member, old), []);
    assert.deepEqual(member.node.status(), before);
    exchange(member, message("App", { from: 3 }, { term: 9, index: 1, logTerm: 1 }));
    const { state, term, lead } = member.node.status();
    assert.deepEqual([state, term, lead], ["follower", 9, 3]);
  }
});

test("R1 a candidate that hears from the leader of its term follows it", () => {
  const bodies: Message[] = [
    message("App", { from: 3 }, { term: 1, index: 1, logTerm: 1 }),
    message("Heartbeat", { from: 3 }, { term: 1, commit: 1 }),
    message("Snap", { from: 3 }, { term: 1, snapshot: snapshotOf(5, 1, confOf([1, 2, 3])) }),
  ];
  for (const body of bodies) {
    const member = bootVoter([1, 2, 3]);
    member.node.campaign();
    drain(member);
    exchange(member, body);
    const { state, lead, term, vote } = member.node.status();
    assert.deepEqual([state, lead, term, vote], ["follower", 3, 1, 1], body.type);
  }
});

test("R1 a candidate that a majority refuses becomes follower, and tries again in time", () => {
  const member = bootVoter([1, 2, 3]);
  member.node.campaign();
  drain(member);
  const refusals = [2, 3].map((from) => message("VoteResp", { from }, { term: 1, reject: true }));
  exchange(member, ...refusals);
  assert.equal(member.node.status().state, "follower");
  assert.equal(member.node.status().vote, 1);
  tickTimes(member, 10);
  assert.deepEqual([member.node.status().state, member.node.status().term], ["candidate", 2]);
});

test("R1 the first answer of a voter stands, and strangers do not count", () => {
  const member = bootVoter([1, 2, 3, 4, 5]);
  member.node.campaign();
  drain(member);
  const from = (id: number, reject: boolean): Message =>
    message("VoteResp", { from: id }, { term: 1, reject });
  exchange(member, from(2, true), from(2, false), from(3, false), from(3, false));
  assert.equal(member.node.status().state, "candidate");
  exchange(member, from(4, false));
  assert.equal(member.node.status().state, "leader");
});

test("R7 a vote for itself that comes late does not count in the next campaign", () => {
  for (const preVote of [false, true]) {
    const member = bootVoter([1, 2, 3], { preVote });
    member.node.campaign();
    const ready = member.node.ready();
    const term = preVote ? 1 : 2;
    member.node.step(message("Heartbeat", { from: 2 }, { term }));
    member.node.advance(ready);
    const { state, lead } = member.node.status();
    assert.deepEqual([state, lead], ["follower", 2]);
  }
});

test("R1 a pre-candidate's late grant does not make the candidate leader", () => {
  const member = bootVoter([1, 2, 3], { preVote: true });
  member.node.campaign();
  drain(member);
  exchange(member, message("PreVoteResp", { from: 2 }, { term: 1 }));
  assert.equal(member.node.status().state, "candidate");
  exchange(member, message("PreVoteResp", { from: 3 }, { term: 1 }));
  assert.equal(member.node.status().state, "candidate");
});

test("R2 whoever has the longer log of old terms is overtaken by the newer leader", () => {
  for (const preVote of [false, true]) {
    const group = Group.found([1, 2, 3], [], { preVote });
    group.elect(1);
    group.isolate(1);
    group.node(1).propose(data);
    group.node(1).propose(data);
    group.settle();
    group.elect(3);
    group.heal();
    group.node(3).propose(utf8("kept"));
    group.node(3).tick();
    group.settle();
    const logs = [1, 2, 3].map((id) => group.at(id).storage.entries(2, 5, Infinity));
    assert.deepEqual(logs[0], logs[1]);
    assert.deepEqual(logs[1], logs[2]);
    assert.deepEqual(statesOf(group), { 1: "follower", 2: "follower", 3: "leader" });
  }
});

test("R1 of two candidates cut off from each other the better connected one wins", () => {
  const group = Group.found([1, 2, 3]);
  group.loses = ({ from, to }) => from + to === 4;
  group.node(1).campaign();
  group.node(3).campaign();
  group.settle();
  assert.equal(group.node(1).status().state, "leader");
  assert.equal(group.node(3).status().state, "candidate");
  group.heal();
  group.elect(3);
  assert.equal(group.node(3).status().state, "follower", "its log lacks the leader's entry");
  assert.equal(group.node(1).status().term, 2, "but its term has gone on");
  assert.equal(group.node(1).status().state, "follower");
});

test("with pre-vote a cut-off node does not disturb when it comes back", () => {
  const group = Group.found([1, 2, 3], [], { preVote: true });
  group.elect(1);
  group.isolate(3);
  group.node(1).propose(data);
  group.settle();
  for (let at = 0; at < 50; at++) {
    group.node(3).tick();
    group.settle();
  }
  assert.deepEqual(
    [group.node(3).status().state, group.node(3).status().term],
    ["precandidate", 1],
  );
  group.heal();
  group.elect(3);
  assert.deepEqual(statesOf(group), { 1: "leader", 2: "follower", 3: "follower" });
  assert.equal(group.node(1).status().term, 1);
});

test("a pre-vote of an old term is refused with the present one, which the asker joins", () => {
  const member = boot({ conf: confOf([1, 2, 3]), hard: { term: 5, vote: 0, commit: 1 } });
  const old = message("PreVote", { from: 2 }, { term: 3, index: 1, logTerm: 1 });
  assert.deepEqual(showAll(exchange(member, old)), ["1>2 PreVoteResp term 5 reject hint 0"]);
  const asker = boot({ conf: confOf([1, 2, 3]), id: 2 }, { preVote: true });
  asker.node.campaign();
  drain(asker);
  exchange(asker, message("PreVoteResp", { from: 1, to: 2 }, { term: 5, reject: true }));
  assert.deepEqual([asker.node.status().state, asker.node.status().term], ["follower", 5]);
});

test("a node campaigns when its drawn wait is over, not before", () => {
  for (const drawn of [0, 4, 9]) {
    const member = bootVoter([1, 2, 3], { random: () => drawn });
    tickTimes(member, 10 + drawn - 1);
    assert.equal(member.node.status().state, "follower");
    member.node.tick();
    assert.equal(member.node.status().state, "candidate");
  }
});

test("R10 the wait is drawn below electionTick, anew with every term and role", () => {
  const asked: number[] = [];
  const member = bootVoter([1, 2, 3], { random: (below) => (asked.push(below), 0) });
  const before = asked.length;
  member.node.campaign();
  assert.ok(asked.length > before);
  assert.deepEqual([...new Set(asked)], [10]);
});

test("setRandomizedElectionTimeout sets the wait of this term", () => {
  const member = bootVoter([1, 2, 3]);
  member.node.setRandomizedElectionTimeout(3);
  tickTimes(member, 2);
  assert.equal(member.node.status().state, "follower");
  member.node.tick();
  assert.equal(member.node.status().state, "candidate");
});

test("a heartbeat, an App, or a vote given begins the wait anew", () => {
  const signs: Message[] = [
    message("Heartbeat", { from: 2 }, { term: 1 }),
    message("App", { from: 2 }, { term: 1, index: 1, logTerm: 1 }),
    message("Vote", { from: 2 }, { term: 1, index: 1, logTerm: 1 }),
  ];
  for (const sign of signs) {
    const member = bootVoter([1, 2, 3]);
    tickTimes(member, 9);
    exchange(member, sign);
    tickTimes(member, 9);
    assert.equal(member.node.status().state, "follower", sign.type);
    member.node.tick();
    assert.equal(member.node.status().state, "candidate", sign.type);
  }
});

test("a learner and a stranger never campaign, but a learner votes", () => {
  const learner = boot({ conf: confOf([1, 2], [3]), id: 3 });
  const stranger = boot({ conf: confOf([1, 2]), id: 3 });
  for (const member of [learner, stranger]) {
    tickTimes(member, 60);
    member.node.campaign();
    member.node.step(message("TimeoutNow", { from: 1, to: 3 }, { term: 1 }));
    assert.equal(member.node.status().state, "follower");
  }
  const asked = message("Vote", { from: 2, to: 3 }, { term: 2, index: 1, logTerm: 1 });
  assert.deepEqual(showAll(exchange(learner, asked)), ["3>2 VoteResp term 2"]);
});

test("a leader does not campaign", () => {
  for (const preVote of [false, true]) {
    const member = bootVoter([1], { preVote });
    winElection(member);
    member.node.campaign();
    assert.deepEqual([member.node.status().state, member.node.status().term], ["leader", 1]);
  }
});

test("R8 nobody campaigns while a committed change is not applied here", () => {
  const member = boot({ conf: confOf([1, 2, 3]) });
  const [entry] = entriesOf(2, [1]);
  const conf = { transition: "auto" as const, changes: [{ op: "voter" as const, id: 4 }] };
  const entries =
    entry === undefined ? [] : [{ ...entry, kind: "conf" as const, data: new Uint8Array(0), conf }];
  const app = { term: 1, index: 1, logTerm: 1, entries, commit: 2 };
  member.node.step(message("App", { from: 2 }, app));
  member.node.campaign();
  assert.equal(member.node.status().state, "follower");
  member.node.step(message("TimeoutNow", { from: 2 }, { term: 1 }));
  assert.equal(member.node.status().state, "follower");
  drain(member);
  member.node.campaign();
  assert.equal(member.node.status().state, "candidate");
});

test("with checkQuorum a leader that hears from no quorum steps down", () => {
  const member = bootVoter([1, 2, 3], { checkQuorum: true });
  winElection(member, 2);
  tickTimes(member, 9);
  exchange(member, message("HeartbeatResp", { from: 3 }, { term: 1 }));
  member.node.tick();
  assert.equal(member.node.status().state, "leader");
  tickTimes(member, 9);
  assert.equal(member.node.status().state, "leader");
  member.node.tick();
  const { state, lead, term } = member.node.status();
  assert.deepEqual([state, lead, term], ["follower", 0, 1]);
});

test("with checkQuorum the lease ends, and then a vote counts", () => {
  const group = Group.found([1, 2, 3], [], { checkQuorum: true });
  group.elect(1);
  group.isolate(1);
  tickTimes(group.at(2), 10);
  group.settle();
  assert.equal(group.node(2).status().state, "candidate", "3 holds its lease");
  group.node(3).setRandomizedElectionTimeout(20);
  tickTimes(group.at(3), 10);
  group.elect(2);
  assert.equal(group.node(2).status().state, "leader");
  assert.equal(group.node(3).status().lead, 2);
});

test("with checkQuorum a candidate of a later term makes the leader step down", () => {
  const group = Group.found([1, 2, 3], [], { checkQuorum: true });
  group.elect(1);
  group.isolate(3);
  group.elect(3);
  assert.deepEqual([group.node(3).status().state, group.node(3).status().term], ["candidate", 2]);
  group.heal();
  group.node(1).tick();
  group.settle();
  assert.equal(group.node(1).status().state, "follower", "its heartbeat was answered by term 2");
  assert.equal(group.node(1).status().term, 2);
});

test("a message of an old leader is answered only where its votes may go unheard", () => {
  const hard = { term: 5, vote: 0, commit: 1 };
  for (const type of ["Heartbeat", "App"] as const) {
    const old = message(type, { from: 2 }, { term: 2 });
    const plain = boot({ conf: confOf([1, 2, 3]), hard });
    assert.deepEqual(exchange(plain, old), []);
    for (const with_ of [{ preVote: true }, { checkQuorum: true }]) {
      const member = boot({ conf: confOf([1, 2, 3]), hard }, with_);
      assert.deepEqual(showAll(exchange(member, old)), ["1>2 AppResp term 5"]);
    }
  }
});

test("a vote of a transfer carries its context, with which no lease holds it up", () => {
  const target = bootVoter([1, 2, 3], { preVote: true, checkQuorum: true });
  exchange(target, message("Heartbeat", { from: 2 }, { term: 1 }));
  const sent = exchange(target, message("TimeoutNow", { from: 2 }, { term: 1 }));
  assert.deepEqual(
    sent.map(({ type, term }) => [type, term]),
    [
      ["Vote", 2],
      ["Vote", 2],
    ],
  );
  const context = sent[0]?.context ?? utf8("");
  assert.ok(context.length > 0);
  const voter = bootVoter([1, 2, 3], { checkQuorum: true });
  exchange(voter, message("Heartbeat", { from: 2 }, { term: 1 }));
  const request = { term: 2, index: 1, logTerm: 1 };
  assert.deepEqual(exchange(voter, message("Vote", { from: 3 }, request)), []);
  assert.deepEqual(exchange(voter, message("PreVote", { from: 3 }, request)), []);
  const forced = exchange(voter, message("Vote", { from: 3 }, { ...request, context }));
  assert.deepEqual(showAll(forced), ["1>3 VoteResp term 2"]);
});

test("a follower that forgets its leader grants a pre-vote inside the lease", () => {
  const group = Group.found([1, 2, 3], [], { preVote: true, checkQuorum: true });
  group.elect(1);
  group.isolate(1);
  group.elect(2);
  assert.equal(group.node(2).status().state, "precandidate");
  group.node(3).forgetLeader();
  assert.deepEqual([group.node(3).status().lead, group.node(3).status().term], [0, 1]);
  group.elect(2);
  assert.equal(group.node(2).status().state, "leader");
});

test("forgetting is nothing for leaders and candidates, and is off with leases", () => {
  const leader = bootVoter([1, 2, 3]);
  winElection(leader, 2);
  leader.node.forgetLeader();
  assert.equal(leader.node.status().lead, 1);
  const lease = bootVoter([1, 2, 3], { checkQuorum: true, readOnly: "lease" });
  exchange(lease, message("Heartbeat", { from: 2 }, { term: 1 }));
  lease.node.forgetLeader();
  assert.equal(lease.node.status().lead, 2);
  const learner = boot({ conf: confOf([1, 2], [3]), id: 3 });
  exchange(learner, message("Heartbeat", { from: 2, to: 3 }, { term: 1 }));
  learner.node.forgetLeader();
  assert.equal(learner.node.status().lead, 0);
  exchange(learner, message("Heartbeat", { from: 2, to: 3 }, { term: 1 }));
  assert.equal(learner.node.status().lead, 2, "until it hears from it again");
});
