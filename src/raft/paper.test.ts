// The Raft paper (Ongaro and Ousterhout, "In search of an understandable consensus algorithm",
// extended version) and Ongaro's dissertation, section by section.
import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf, utf8 } from "#base/bytes.ts";
import { newMessage } from "./message.ts";
import { confOf, Group, Member, plainOptions } from "./rig.ts";
import { MemoryStorage } from "./storage.ts";
import type { Entry, Id, Message, MessageType } from "./types.ts";

function messageOf(type: MessageType, fields: Partial<Message>): Message {
  return { ...newMessage(type, 1), ...fields };
}

function entriesOf(index: number, terms: readonly number[]): Entry[] {
  return terms.map((term, at) => ({
    term,
    index: index + at,
    kind: "normal",
    data: utf8(`${term}`),
  }));
}

/** A member whose log behind index 1 has entries of these terms, in the last of these terms. */
function memberWith(terms: readonly number[], voters: Id[] = [1, 2, 3], id: Id = 1): Member {
  const storage = new MemoryStorage();
  storage.applySnapshot({ index: 1, term: 1, conf: confOf(voters), data: new Uint8Array() });
  storage.append(entriesOf(2, terms));
  storage.setHardState({ term: terms.at(-1) ?? 1, vote: 0, commit: 1 });
  return new Member(storage, plainOptions(id, storage));
}

/** Works until there is nothing to do; gives what is to be sent. */
function drain(member: Member): Message[] {
  const sent: Message[] = [];
  while (member.node.hasReady()) sent.push(...member.process().sent);
  return sent;
}

function textsOf(entries: readonly Entry[]): (string | undefined)[] {
  return entries.filter(({ data }) => data.length > 0).map(({ data }) => textOf(data));
}

test("paper 5.1: whoever sees a later term becomes a follower in it", () => {
  for (const role of ["follower", "candidate", "leader"] as const) {
    const group = Group.found([1, 2, 3]);
    if (role === "candidate") group.isolate(1);
    if (role !== "follower") group.elect(1);
    assert.equal(group.node(1).status().state, role);
    group.node(1).step(messageOf("App", { from: 2, term: 7, index: 1, logTerm: 1 }));
    const { state, term, lead } = group.node(1).status();
    assert.deepEqual([state, term, lead], ["follower", 7, 2]);
  }
});

test("paper 5.1: a request of an earlier term changes nothing", () => {
  const member = memberWith([2, 3]);
  const before = member.node.status();
  member.node.step(messageOf("App", { from: 2, term: 2, index: 3, logTerm: 3, commit: 3 }));
  assert.deepEqual(member.node.status(), before);
});

test("paper 5.2: a follower that hears nothing campaigns, in a new term, for itself", () => {
  const group = Group.found([1, 2, 3]);
  group.node(1).setRandomizedElectionTimeout(15);
  for (let tick = 0; tick < 14; tick++) group.node(1).tick();
  assert.equal(group.node(1).status().state, "follower");
  group.node(1).tick();
  const { state, term, vote } = group.node(1).status();
  assert.deepEqual([state, term, vote], ["candidate", 1, 1]);
});

test("paper 5.2: the wait is drawn anew for every term", () => {
  const drawn: number[] = [];
  const random = (below: number): number => {
    drawn.push(below);
    return below - 1;
  };
  const group = Group.found([1], [], { random });
  const { length } = drawn;
  for (let tick = 0; tick < 18; tick++) group.node(1).tick();
  assert.equal(group.node(1).status().state, "follower");
  group.node(1).tick();
  assert.equal(group.node(1).status().state, "candidate");
  assert.deepEqual(drawn.slice(length), [10]);
});

test("paper 5.2: an election ends won, lost or open, by the votes of a majority", () => {
  const cases: [yes: Id[], no: Id[], state: string][] = [
    [[2, 3], [], "leader"],
    [[2, 3], [4, 5], "leader"],
    [[2], [3], "candidate"],
    [[2], [3, 4, 5], "follower"],
    [[], [], "candidate"],
  ];
  for (const [yes, no, state] of cases) {
    const member = memberWith([], [1, 2, 3, 4, 5]);
    member.node.campaign();
    drain(member);
    for (const from of yes) member.node.step(messageOf("VoteResp", { from, term: 2 }));
    for (const from of no) member.node.step(messageOf("VoteResp", { from, term: 2, reject: true }));
    assert.equal(member.node.status().state, state, `yes ${yes.join()} no ${no.join()}`);
  }
});

test("R1 (paper 5.2): a vote is given once a term, and again only to the same candidate", () => {
  const member = memberWith([1]);
  const ask = (from: Id): boolean | undefined => {
    member.node.step(messageOf("Vote", { from, term: 2, index: 2, logTerm: 1 }));
    return drain(member).find(({ type }) => type === "VoteResp")?.reject;
  };
  assert.deepEqual([ask(2), ask(3), ask(2)], [false, true, false]);
});

test("paper 5.2: candidates that split the votes try again in a later term", () => {
  const group = Group.found([1, 2]);
  group.node(1).campaign();
  group.node(2).campaign();
  group.settle();
  assert.deepEqual(
    [group.node(1).status().state, group.node(2).status().state],
    ["follower", "follower"],
  );
  group.elect(1);
  assert.deepEqual([group.node(1).status().state, group.node(1).status().term], ["leader", 2]);
});

test("paper 5.3: an entry on a majority is committed, and so are all before it", () => {
  const group = Group.found([1, 2, 3, 4, 5]);
  const leader = group.elect(1);
  group.isolate(4, 5);
  leader.propose(utf8("a"));
  leader.propose(utf8("b"));
  group.settle();
  assert.deepEqual(textsOf(group.at(1).applied), ["a", "b"]);
  assert.deepEqual(textsOf(group.at(4).applied), []);
  group.isolate(3, 4, 5);
  leader.propose(utf8("c"));
  group.settle();
  assert.deepEqual(textsOf(group.at(1).applied), ["a", "b"]);
});

test("R3 (paper 5.3): an App is refused unless the entry before it is there", () => {
  const cases: [index: number, logTerm: number, reject: boolean, hint: [number, number]][] = [
    [4, 3, false, [0, 0]],
    [3, 2, false, [0, 0]],
    [4, 2, true, [3, 2]],
    [4, 4, true, [4, 3]],
    [6, 3, true, [4, 3]],
  ];
  for (const [index, logTerm, reject, [hint, hintTerm]] of cases) {
    const member = memberWith([2, 2, 3]);
    member.node.step(messageOf("App", { from: 2, term: 4, index, logTerm }));
    const answer = drain(member).find(({ type }) => type === "AppResp");
    assert.equal(answer?.reject, reject);
    assert.deepEqual([answer?.rejectHint, reject ? answer?.logTerm : 0], [hint, hintTerm]);
  }
});

test("R2 (paper 5.3, figure 7): a leader brings every log to its own", () => {
  const leaders = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  const followers = [
    [1, 1, 1, 4, 4, 5, 5, 6, 6],
    [1, 1, 1, 4],
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    [1, 1, 1, 4, 4, 4, 4],
    [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  ];
  for (const terms of followers) {
    const group = new Group();
    [leaders, terms, []].forEach((held, at) => {
      const { storage } = memberWith(held);
      storage.setHardState({ term: Math.max(7, at), vote: 0, commit: 1 });
      group.add(at + 1, storage);
    });
    group.elect(1);
    group.node(1).propose(utf8("now"));
    group.settle();
    const held = ({ storage }: Member): Entry[] =>
      storage.entries(2, storage.lastIndex() + 1, Infinity);
    assert.equal(group.node(1).status().state, "leader");
    assert.deepEqual(held(group.at(2)), held(group.at(1)));
    assert.deepEqual(held(group.at(3)), held(group.at(1)));
  }
});

test("paper 5.4.1: a vote goes only to a log that is at least as new", () => {
  const cases: [terms: number[], index: number, logTerm: number, reject: boolean][] = [
    [[1], 2, 1, false],
    [[1], 3, 1, false],
    [[1], 1, 2, false],
    [[1, 1], 2, 1, true],
    [[2], 5, 1, true],
    [[1, 2], 2, 2, true],
  ];
  for (const [terms, index, logTerm, reject] of cases) {
    const member = memberWith(terms);
    member.node.step(messageOf("Vote", { from: 2, term: 5, index, logTerm }));
    assert.equal(drain(member).find(({ type }) => type === "VoteResp")?.reject, reject);
  }
});

test("R4 (paper 5.4.2): a leader commits by counting only entries of its own term", () => {
  for (const [index, commit] of [
    [2, 1],
    [3, 1],
    [4, 4],
  ] as const) {
    const member = memberWith([1, 2]);
    member.node.campaign();
    drain(member);
    member.node.step(messageOf("VoteResp", { from: 2, term: 3 }));
    drain(member);
    member.node.step(messageOf("AppResp", { from: 2, term: 3, index }));
    assert.equal(member.node.status().commit, commit);
  }
});

test("paper 5.4.2, figure 8: an entry of an earlier term on a majority can still be lost", () => {
  const group = new Group();
  const logs = [[2], [2], [], [], [3]];
  logs.forEach((terms, at) => {
    const { storage } = memberWith(terms, [1, 2, 3, 4, 5]);
    storage.setHardState({ term: 3, vote: 0, commit: 1 });
    group.add(at + 1, storage);
  });
  // Node 1 leads term 4. Its entry of term 2 reaches a majority, its own of term 4 nobody.
  group.loses = ({ from, to, entries }) =>
    [from, to].includes(5) || entries.some(({ term }) => term === 4);
  group.elect(1);
  for (const to of [2, 3]) {
    const entries = entriesOf(2, [2]);
    group.hand(messageOf("App", { from: 1, to, term: 4, index: 1, logTerm: 1, entries }));
  }
  group.settle();
  const matches = group
    .node(1)
    .status()
    .progress.map(({ match }) => match);
  assert.deepEqual(matches, [3, 2, 2, 0, 0]);
  assert.equal(group.node(1).status().commit, 1);
  // Node 5 may win against that, and overwrites the entry everywhere.
  group.isolate(1);
  group.elect(5);
  group.elect(5);
  assert.equal(group.node(5).status().state, "leader");
  assert.deepEqual(textsOf(group.at(3).applied), ["3"]);
});

test("paper 5.5: what was delivered already can be delivered again", () => {
  const group = Group.found([1, 2, 3]);
  group.loses = (message) => {
    if (message.entries.length > 0) group.hand(message);
    return false;
  };
  const leader = group.elect(1);
  for (const text of ["a", "b", "c"]) leader.propose(utf8(text));
  group.settle();
  for (const member of group.members.values()) {
    assert.deepEqual(textsOf(member.applied), ["a", "b", "c"]);
  }
});

test("paper 7: a follower that needs what is compacted goes on from a snapshot", () => {
  const group = Group.found([1, 2, 3]);
  const leader = group.elect(1);
  group.isolate(3);
  leader.propose(utf8("a"));
  group.settle();
  group.at(1).compact(utf8("state"));
  group.heal();
  leader.tick();
  group.settle();
  leader.propose(utf8("b"));
  group.settle();
  assert.deepEqual(
    group.at(3).installed.map(({ data }) => textOf(data)),
    ["state"],
  );
  assert.deepEqual(textsOf(group.at(3).applied), ["b"]);
});

test("paper 7: a snapshot of what is in the log already only moves the commit index", () => {
  const member = memberWith([1, 1, 1]);
  const snapshot = { index: 3, term: 1, conf: confOf([1, 2, 3]), data: new Uint8Array() };
  member.node.step(messageOf("Snap", { from: 2, term: 2, snapshot }));
  const sent = drain(member);
  assert.deepEqual(member.installed, []);
  assert.equal(member.node.status().commit, 3);
  assert.equal(sent.find(({ type }) => type === "AppResp")?.index, 3);
  assert.equal(member.storage.lastIndex(), 4);
});

test("R8 a change that a snapshot overtook does not change the configuration again", () => {
  const member = memberWith([1], [1, 2, 3], 3);
  const conf = { transition: "auto", changes: [{ op: "voter", id: 4 }] } as const;
  const change = { ...conf, changes: [...conf.changes] };
  const entry: Entry = { term: 2, index: 3, kind: "conf", data: new Uint8Array(), conf: change };
  const app = { from: 1, term: 2, index: 2, logTerm: 1, entries: [entry], commit: 3 };
  member.node.step(messageOf("App", app));
  const ready = member.node.ready();
  assert.deepEqual(ready.committed.at(-1), entry);
  // Before the driver comes to apply it, a snapshot arrives in which node 4 has left again.
  const snapshot = { index: 9, term: 2, conf: confOf([1, 3], [5]), data: new Uint8Array() };
  member.node.step(messageOf("Snap", { from: 1, term: 2, snapshot }));
  member.storage.append(ready.entries);
  assert.deepEqual(member.node.applyConfChange(change), confOf([1, 2, 3, 4]));
  member.node.advance(ready);
  assert.deepEqual(member.node.status().conf, confOf([1, 3], [5]));
  drain(member);
  member.node.applyConfChange({ transition: "auto", changes: [{ op: "voter", id: 5 }] });
  assert.deepEqual(member.node.status().conf, confOf([1, 3, 5]));
});

test("dissertation 3.10: leadership goes to whom it is handed, without a timeout", () => {
  const group = Group.found([1, 2, 3]);
  group.elect(1).transferLeader(3);
  group.settle();
  assert.deepEqual([group.node(3).status().state, group.node(1).status().lead], ["leader", 3]);
});

test("dissertation 4.2.1: a learner gets the log, but does not count or campaign", () => {
  const group = Group.found([1, 2], [3]);
  const leader = group.elect(1);
  group.isolate(2);
  leader.propose(utf8("a"));
  group.settle();
  assert.equal(group.at(3).storage.lastIndex(), 3);
  assert.equal(leader.status().commit, 2);
  for (let tick = 0; tick < 50; tick++) group.node(3).tick();
  assert.equal(group.node(3).status().state, "follower");
});

test("dissertation 4.2.2: a leader leads until its removal is committed", () => {
  const group = Group.found([1, 2, 3], [], { stepDownOnRemoval: true });
  const leader = group.elect(1);
  leader.proposeConfChange({ transition: "auto", changes: [{ op: "remove", id: 1 }] });
  group.settle();
  assert.equal(leader.status().state, "follower");
  group.elect(2);
  assert.deepEqual(group.node(2).status().conf, confOf([2, 3]));
  assert.equal(group.node(2).status().state, "leader");
});

test("dissertation 4.3: in a joint phase both majorities must agree", () => {
  const group = Group.found([1, 2, 3], [4, 5]);
  const leader = group.elect(1);
  const changes = [
    { op: "voter", id: 4 } as const,
    { op: "voter", id: 5 } as const,
    { op: "remove", id: 2 } as const,
    { op: "remove", id: 3 } as const,
  ];
  leader.proposeConfChange({ transition: "explicit", changes });
  group.settle();
  assert.deepEqual(leader.status().conf.votersOutgoing, [1, 2, 3]);
  const { commit } = leader.status();
  group.isolate(2, 3);
  leader.propose(utf8("without the outgoing majority"));
  group.settle();
  assert.equal(leader.status().commit, commit);
  group.isolate(4, 5);
  leader.propose(utf8("without the incoming majority"));
  group.settle();
  // The outgoing voters have caught up with the first entry, which 4 and 5 hold.
  assert.equal(leader.status().commit, commit + 1);
  group.heal();
  leader.tick();
  group.settle();
  assert.equal(leader.status().commit, commit + 2);
});

test("dissertation 6.2: a leader without contact to a majority steps down", () => {
  const group = Group.found([1, 2, 3], [], { checkQuorum: true });
  const leader = group.elect(1);
  group.isolate(1);
  for (let tick = 0; tick < 20; tick++) leader.tick();
  assert.equal(leader.status().state, "follower");
});

test("dissertation 6.4: a read waits until a majority says that its leader still leads", () => {
  const group = Group.found([1, 2, 3]);
  const leader = group.elect(1);
  group.isolate(1);
  leader.readIndex(utf8("r"));
  group.settle();
  assert.deepEqual(group.at(1).reads, []);
  group.heal();
  leader.tick();
  group.settle();
  assert.deepEqual(group.at(1).reads, [{ index: 2, context: utf8("r") }]);
});

test("dissertation 6.4: a removed leader does not answer for a lone voter", () => {
  const group = Group.found([1, 2]);
  const leader = group.elect(1);
  leader.proposeConfChange({ transition: "auto", changes: [{ op: "remove", id: 1 }] });
  group.settle();
  assert.deepEqual(leader.status().conf, confOf([2]));
  assert.equal(leader.status().state, "leader");
  group.isolate(1);
  group.elect(2).propose(utf8("newer"));
  group.settle();
  leader.readIndex(utf8("r"));
  group.settle();
  assert.deepEqual(group.at(1).reads, []);
});

test("dissertation 9.6: whoever was cut off does not disturb when it comes back", () => {
  const group = Group.found([1, 2, 3], [], { preVote: true, checkQuorum: true });
  const leader = group.elect(1);
  group.isolate(3);
  for (let tick = 0; tick < 100; tick++) group.node(3).tick();
  group.settle();
  group.heal();
  for (let tick = 0; tick < 10; tick++) group.node(3).tick();
  group.settle();
  assert.deepEqual([leader.status().state, leader.status().term], ["leader", 1]);
  assert.equal(group.node(3).status().term, 1);
});
