// What anyone who drives such a core takes for granted, one promise a test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import {
  ack,
  beatAnswer,
  boot,
  bootVoter,
  drain,
  entriesOf,
  exchange,
  lastOf,
} from "./conformance-rig.ts";
import { message, progressOf, show, showAll, snapshotOf, winElection } from "./conformance-rig.ts";
import { confOf, Group, Member, plainOptions } from "./rig.ts";
import { MemoryStorage } from "./storage.ts";

const data = utf8("x");

test("R7 a node's own vote counts only inside advance", () => {
  const { node } = bootVoter([1]);
  node.campaign();
  assert.equal(node.status().state, "candidate");
  const ready = node.ready();
  assert.deepEqual(ready.hard, { term: 1, vote: 1, commit: 1 });
  assert.equal(node.status().state, "candidate");
  node.advance(ready);
  assert.equal(node.status().state, "leader");
});

test("R7 a leader's own append counts only inside advance", () => {
  const member = bootVoter([1]);
  winElection(member);
  const { commit } = member.node.status();
  member.node.propose(data);
  const ready = member.node.ready();
  assert.deepEqual(
    ready.entries.map(({ index }) => index),
    [commit + 1],
  );
  assert.deepEqual(ready.committed, []);
  assert.equal(member.node.status().commit, commit);
  member.storage.append(ready.entries);
  member.node.advance(ready);
  assert.equal(member.node.status().commit, commit + 1);
  assert.deepEqual(
    member.node.ready().committed.map(({ index }) => index),
    [commit + 1],
  );
});

test("R7 a leader of two does not commit by its peer alone before its own write", () => {
  const member = bootVoter([1, 2]);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  member.node.propose(data);
  const ready = member.node.ready();
  member.node.step(ack(member, 2, 3));
  assert.equal(member.node.status().commit, 2);
  member.storage.append(ready.entries);
  member.node.advance(ready);
  assert.equal(member.node.status().commit, 3);
});

test("R7 what vouches for durable state leaves with its Ready, not before", () => {
  const { node, storage } = bootVoter([1, 2, 3]);
  node.step(message("Vote", { from: 2 }, { term: 1, index: 1, logTerm: 1 }));
  const voted = node.ready();
  assert.deepEqual(voted.hard, { term: 1, vote: 2, commit: 1 });
  assert.equal(voted.mustSync, true);
  assert.deepEqual(voted.messages.map(show), ["1>2 VoteResp term 1"]);
  storage.setHardState(voted.hard ?? { term: 0, vote: 0, commit: 0 });
  node.advance(voted);
  const entries = entriesOf(2, [1]);
  node.step(message("App", { from: 2 }, { term: 1, index: 1, logTerm: 1, entries, commit: 1 }));
  const taken = node.ready();
  assert.deepEqual(taken.entries, entries);
  assert.deepEqual(taken.messages.map(show), ["1>2 AppResp term 1 at 0/2"]);
});

test("R7 with asynchronous writes an answer travels with the write it vouches for", () => {
  const { node } = bootVoter([1, 2, 3], { asyncStorageWrites: true });
  node.step(message("Vote", { from: 2 }, { term: 1, index: 1, logTerm: 1 }));
  const { messages } = node.ready();
  assert.deepEqual(
    messages.map(({ type }) => type),
    ["StorageAppend"],
  );
  assert.deepEqual(messages[0]?.responses?.map(show), ["1>2 VoteResp term 1"]);
  assert.equal(messages[0]?.vote, 2);
});

test("ready() accepts what it returns: nothing is handed out twice", () => {
  const member = bootVoter([1, 2]);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  member.node.propose(data);
  member.node.readIndex(utf8("r"));
  const first = member.node.ready();
  assert.deepEqual(
    first.entries.map(({ index }) => index),
    [3],
  );
  assert.ok(first.messages.length > 0);
  assert.equal(member.node.hasReady(), false);
  member.storage.append(first.entries);
  member.node.advance(first);
  assert.equal(member.node.hasReady(), false);
  member.node.step(ack(member, 2, 3));
  const second = member.node.ready();
  assert.deepEqual(second.entries, []);
  assert.deepEqual(
    second.committed.map(({ index }) => index),
    [3],
  );
  assert.equal(second.mustSync, false);
});

test("R5 committed entries never run past what this Ready makes durable", () => {
  const { node } = bootVoter([1, 2, 3]);
  const entries = entriesOf(2, [1, 1]);
  node.step(message("App", { from: 2 }, { term: 1, index: 1, logTerm: 1, entries, commit: 9 }));
  const ready = node.ready();
  assert.equal(ready.hard?.commit, 3, "not further than the entries that came");
  assert.ok((ready.committed.at(-1)?.index ?? 0) <= (ready.entries.at(-1)?.index ?? 0));
});

test("R5 with asynchronous writes nothing is applied before it is durable here", () => {
  const { node, storage } = bootVoter([1, 2, 3], { asyncStorageWrites: true });
  const entries = entriesOf(2, [1]);
  node.step(message("App", { from: 2 }, { term: 1, index: 1, logTerm: 1, entries, commit: 2 }));
  const ready = node.ready();
  assert.equal(node.status().commit, 2);
  assert.deepEqual(ready.committed, []);
  storage.append(entries);
  for (const response of ready.messages[0]?.responses ?? []) {
    if (response.to === 1) node.step(response);
  }
  assert.deepEqual(node.ready().committed, entries);
});

test("broadcasts go out in ascending id, however the voters were listed", () => {
  const member = boot({ conf: confOf([11, 2, 1, 5], [3]) }, { preVote: true });
  const to = (type: string, sent: readonly { type: string; to: number }[]): number[] =>
    sent.filter((m) => m.type === type).map((m) => m.to);
  member.node.campaign();
  assert.deepEqual(to("PreVote", drain(member).sent), [2, 5, 11]);
  const votes = [2, 5].map((from) => message("PreVoteResp", { from }, { term: 1 }));
  assert.deepEqual(to("Vote", exchange(member, ...votes)), [2, 5, 11]);
  const sent = exchange(
    member,
    ...[2, 5].map((from) => message("VoteResp", { from }, { term: 1 })),
  );
  assert.deepEqual(to("App", sent), [2, 3, 5, 11]);
  member.node.tick();
  assert.deepEqual(to("Heartbeat", drain(member).sent), [2, 3, 5, 11]);
});

test("R6 in state replicate every proposal is one App, sent without waiting", () => {
  const member = bootVoter([1, 2]);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  for (const each of ["a", "b", "c"]) member.node.propose(utf8(each));
  assert.deepEqual(showAll(drain(member).sent), [
    "1>2 App term 1 at 1/2 commit 2 entries 3",
    "1>2 App term 1 at 1/3 commit 2 entries 4",
    "1>2 App term 1 at 1/4 commit 2 entries 5",
  ]);
  assert.equal(progressOf(member, 2).next, 6);
  assert.equal(progressOf(member, 2).inflight, 3);
});

test("R6 in state probe one App goes out, and then the leader waits", () => {
  const member = bootVoter([1, 2]);
  assert.deepEqual(showAll(winElection(member, 2)), ["1>2 App term 1 at 1/1 commit 1 entries 2"]);
  for (const each of ["a", "b", "c"]) member.node.propose(utf8(each));
  assert.deepEqual(drain(member).sent, []);
  assert.equal(progressOf(member, 2).paused, true);
  assert.deepEqual(showAll(exchange(member, ack(member, 2, 2))), [
    "1>2 App term 1 at 1/2 commit 2 entries 3,4,5",
  ]);
});

test("a new leader appends an empty entry of its term", () => {
  const member = boot({ conf: confOf([1, 2, 3]), terms: [1, 2] });
  const sent = winElection(member, 2);
  const entry = sent[0]?.entries.at(-1);
  assert.deepEqual(
    [entry?.term, entry?.index, entry?.kind, entry?.data.length],
    [3, 4, "normal", 0],
  );
});

test("a commit index that has grown is sent at once", () => {
  const member = bootVoter([1, 2, 3]);
  winElection(member, 2);
  assert.deepEqual(showAll(exchange(member, ack(member, 2, 2))), [
    "1>2 App term 1 at 1/2 commit 2",
  ]);
  assert.deepEqual(showAll(exchange(member, ack(member, 3, 2))), [
    "1>3 App term 1 at 1/2 commit 2",
  ]);
  member.node.propose(data);
  drain(member);
  assert.deepEqual(showAll(exchange(member, ack(member, 3, 3))), [
    "1>2 App term 1 at 1/3 commit 3",
    "1>3 App term 1 at 1/3 commit 3",
  ]);
});

test("a heartbeat's commit is the lesser of match and committed", () => {
  const member = bootVoter([1, 2, 3]);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  member.node.tick();
  assert.deepEqual(showAll(drain(member).sent), [
    "1>2 Heartbeat term 1 commit 2",
    "1>3 Heartbeat term 1",
  ]);
});

test("R6 a heartbeat's answer resumes a peer that was paused", () => {
  const member = bootVoter([1, 2, 3]);
  winElection(member, 3);
  member.node.propose(data);
  assert.deepEqual(drain(member).sent, []);
  assert.deepEqual(showAll(exchange(member, beatAnswer(member, 2))), [
    "1>2 App term 1 at 1/1 commit 1 entries 2,3",
  ]);
  assert.equal(progressOf(member, 2).paused, true, "paused again by that App");
});

test("a rejection carries where the logs may agree and the term there", () => {
  const member = boot({ conf: confOf([1, 2, 3]), terms: [2, 2, 2, 4] });
  const probe = { term: 5, index: 9, logTerm: 3 };
  assert.deepEqual(showAll(exchange(member, message("App", { from: 2 }, probe))), [
    "1>2 AppResp term 5 at 2/9 reject hint 4",
  ]);
});

test("a rejected leader probes next exactly where the rejection says", () => {
  const member = boot({ conf: confOf([1, 2, 3]), terms: [2, 2, 3, 3, 5] });
  assert.equal(
    show(winElection(member, 3)[0] ?? message("Hup", { from: 0 })),
    "1>2 App term 6 at 5/6 commit 1 entries 7",
  );
  const rejection = { term: 6, index: 6, logTerm: 2, reject: true, rejectHint: 5 };
  const sent = exchange(member, message("AppResp", { from: 2 }, rejection));
  assert.deepEqual(showAll(sent), ["1>2 App term 6 at 2/3 commit 1 entries 4,5,6,7"]);
});

test("an App below the commit index is answered with the commit index", () => {
  const hard = { term: 2, vote: 0, commit: 4 };
  const member = boot({ conf: confOf([1, 2, 3]), terms: [1, 1, 2], hard });
  const old = { term: 2, index: 2, logTerm: 1, entries: entriesOf(3, [9]), commit: 9 };
  assert.deepEqual(showAll(exchange(member, message("App", { from: 2 }, old))), [
    "1>2 AppResp term 2 at 0/4",
  ]);
  assert.equal(member.storage.term(3), 1);
});

test("R1 a pre-vote keeps term and vote, of who asks and of who answers", () => {
  const hard = { term: 3, vote: 2, commit: 1 };
  const asking = boot({ conf: confOf([1, 2, 3]), hard }, { preVote: true });
  asking.node.campaign();
  assert.deepEqual(showAll(drain(asking).sent), [
    "1>2 PreVote term 4 at 1/1",
    "1>3 PreVote term 4 at 1/1",
  ]);
  const answering = boot({ conf: confOf([1, 2, 3]), hard }, { preVote: true });
  const asked = message("PreVote", { from: 3 }, { term: 4, index: 1, logTerm: 1 });
  assert.deepEqual(showAll(exchange(answering, asked)), ["1>3 PreVoteResp term 4"]);
  for (const { node } of [asking, answering]) {
    assert.deepEqual([node.status().term, node.status().vote], [3, 2]);
  }
});

test("with checkQuorum a vote inside the lease is ignored unless it comes from a transfer", () => {
  const group = Group.found([1, 2, 3], [], { checkQuorum: true });
  group.elect(1);
  group.isolate(1);
  group.node(2).campaign();
  group.settle();
  assert.equal(group.node(2).status().state, "candidate");
  assert.deepEqual([group.node(3).status().term, group.node(3).status().lead], [1, 1]);

  const handing = Group.found([1, 2, 3], [], { checkQuorum: true });
  handing.elect(1).transferLeader(2);
  handing.settle();
  assert.equal(handing.node(2).status().state, "leader");
  assert.equal(handing.node(1).status().lead, 2);
});

test("R8 a change of the configuration acts when it is applied", () => {
  const member = bootVoter([1]);
  winElection(member);
  member.node.proposeConfChange({ transition: "auto", changes: [{ op: "voter", id: 2 }] });
  const written = member.node.ready();
  member.storage.append(written.entries);
  member.node.advance(written);
  const committed = member.node.ready();
  assert.deepEqual(member.node.status().conf, confOf([1]));
  const change = committed.committed.at(-1)?.conf;
  assert.deepEqual(change, { transition: "auto", changes: [{ op: "voter", id: 2 }] });
  assert.ok(change !== undefined);
  assert.deepEqual(member.node.applyConfChange(change), confOf([1, 2]));
  assert.deepEqual(member.node.status().conf, confOf([1, 2]));
});

for (const validateConfChange of [true, false]) {
  const end = validateConfChange ? "an empty entry" : "taken where validation is off";
  test(`R8 a second change at once is ${end}`, () => {
    const member = bootVoter([1, 2], { validateConfChange });
    winElection(member, 2);
    exchange(member, ack(member, 2, 2));
    member.node.proposeConfChange({ transition: "auto", changes: [{ op: "voter", id: 3 }] });
    member.node.proposeConfChange({ transition: "auto", changes: [{ op: "voter", id: 4 }] });
    const kinds = member.node.ready().entries.map(({ kind, data: { length } }) => [kind, length]);
    assert.deepEqual(kinds, [
      ["conf", 0],
      [validateConfChange ? "normal" : "conf", 0],
    ]);
  });
}

test("R8 an auto-leaving joint configuration is left by the leader's own proposal", () => {
  const group = Group.found([1, 2], [3]);
  group.elect(1).proposeConfChange({
    transition: "auto",
    changes: [
      { op: "voter", id: 3 },
      { op: "remove", id: 2 },
    ],
  });
  group.settle();
  const changes = group
    .at(1)
    .applied.filter(({ kind }) => kind === "conf")
    .map(({ conf }) => conf?.changes.length ?? 0);
  assert.deepEqual(changes, [2, 0]);
  assert.deepEqual(group.node(1).status().conf, confOf([1, 3]));
});

test("R8 an explicit joint configuration stays until an empty change leaves it", () => {
  const group = Group.found([1, 2, 3]);
  const leader = group.elect(1);
  leader.proposeConfChange({ transition: "explicit", changes: [{ op: "remove", id: 3 }] });
  group.settle();
  const joint = { ...confOf([1, 2]), votersOutgoing: [1, 2, 3] };
  assert.deepEqual(leader.status().conf, joint);
  leader.proposeConfChange({ transition: "auto", changes: [] });
  group.settle();
  assert.deepEqual(leader.status().conf, confOf([1, 2]));
});

test("a node boots from a snapshot that carries its configuration", () => {
  const storage = new MemoryStorage();
  storage.applySnapshot(snapshotOf(7, 1, confOf([1, 2], [3])));
  const { node } = new Member(storage, { ...plainOptions(1, storage), applied: 7 });
  const { term, commit, applied, conf, state, lead } = node.status();
  assert.deepEqual([term, commit, applied, state, lead], [0, 7, 7, "follower", 0]);
  assert.deepEqual(conf, confOf([1, 2], [3]));
  assert.equal(node.hasReady(), false);
});

test("a node boots with its log, and applies again only what lies behind `applied`", () => {
  const hard = { term: 2, vote: 3, commit: 4 };
  const member = boot({ conf: confOf([1, 2]), terms: [1, 1, 2, 2], hard }, { applied: 3 });
  const { term, vote, commit, applied } = member.node.status();
  assert.deepEqual([term, vote, commit, applied], [2, 3, 4, 3]);
  const ready = member.node.ready();
  assert.deepEqual(
    ready.committed.map(({ index }) => index),
    [4],
  );
  assert.deepEqual([ready.entries, ready.hard, ready.mustSync], [[], undefined, false]);
});

test("a snapshot that the driver made in the storage is what a laggard is sent", () => {
  const group = Group.found([1, 2, 3]);
  group.elect(1);
  group.isolate(3);
  for (const each of ["a", "b"]) group.node(1).propose(utf8(each));
  group.settle();
  group.at(1).compact(utf8("state"));
  group.heal();
  group.node(1).tick();
  group.settle();
  const [installed] = group.at(3).installed.slice(-1);
  assert.deepEqual(installed?.data, utf8("state"));
  assert.deepEqual(installed?.conf, confOf([1, 2, 3]));
  assert.equal(group.node(3).status().commit, lastOf(group.at(1)));
});

test("entries carry their decoded change, on the leader and on its followers", () => {
  const group = Group.found([1, 2]);
  const change = {
    transition: "auto" as const,
    changes: [{ op: "learner" as const, id: 9 }],
    context: utf8("why"),
  };
  group.elect(1).proposeConfChange(change);
  group.settle();
  for (const id of [1, 2]) assert.deepEqual(group.at(id).applied.at(-1)?.conf, change);
});
