// Writing and applying asked for by messages, so that both overlap with sending (dissertation,
// section 10.2.1): what is asked for, what is answered, and what an answer may be taken for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import {
  ack,
  boot,
  drain,
  entriesOf,
  exchange,
  message,
  show,
  showAll,
} from "./conformance-rig.ts";
import { snapshotOf, winElection } from "./conformance-rig.ts";
import { confOf, Group, type Member } from "./rig.ts";
import { appendThread, applyThread, type Message, type Options } from "./types.ts";

const data = utf8("x");

function bootAsync(voters: number[], with_: Partial<Options> = {}): Member {
  return boot({ conf: confOf(voters) }, { asyncStorageWrites: true, ...with_ });
}

function answersOf(request: Message | undefined): string[] {
  return (request?.responses ?? []).map((each) => show(each));
}

test("a write is asked for with its entries, and the answers that wait for it", () => {
  const member = bootAsync([1, 2, 3]);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  member.node.propose(data);
  const { messages } = member.node.ready();
  assert.deepEqual(showAll(messages), [
    "1>2 App term 1 at 1/2 commit 2 entries 3",
    "1>append StorageAppend entries 3",
  ]);
  const request = messages.at(-1);
  assert.equal(request?.vote, undefined, "no hard state to write");
  assert.deepEqual(answersOf(request), [
    "1>1 AppResp term 1 at 0/3",
    "append>1 StorageAppendResp term 1 at 1/3",
  ]);
});

test("the hard state travels in the request's term, vote and commit", () => {
  const member = bootAsync([1, 2, 3]);
  member.node.campaign();
  const ready = member.node.ready();
  const request = ready.messages.find(({ type }) => type === "StorageAppend");
  assert.deepEqual([request?.term, request?.vote, request?.commit], [1, 1, 1]);
  assert.deepEqual(answersOf(request), ["1>1 VoteResp term 1"]);
  assert.equal(request?.to, appendThread);
  assert.equal(ready.mustSync, true);
});

test("R7 a vote or an append of its own counts when the write is answered", () => {
  const member = bootAsync([1]);
  member.node.campaign();
  member.process();
  assert.equal(member.node.status().state, "candidate");
  member.processAppend();
  assert.equal(member.node.status().state, "leader");
  member.process();
  assert.equal(member.node.status().commit, 1);
  member.processAppend();
  assert.equal(member.node.status().commit, 2);
});

test("entries are applied by request, and count as applied when that is answered", () => {
  const member = bootAsync([1]);
  winElection(member);
  member.node.propose(data);
  member.process();
  member.processAppend();
  const { ready } = member.process();
  const request = ready.messages.find(({ type }) => type === "StorageApply");
  assert.equal(request?.to, applyThread);
  assert.deepEqual(request?.entries, ready.committed);
  assert.deepEqual(answersOf(request), ["apply>1 StorageApplyResp entries 3"]);
  assert.equal(member.node.status().applied, 2);
  member.processApply();
  assert.equal(member.node.status().applied, 3);
});

test("Readies do not wait for writes: several may be under way", () => {
  const member = bootAsync([1, 2]);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  for (const each of ["a", "b", "c"]) {
    member.node.propose(utf8(each));
    member.process();
  }
  assert.equal(member.appends.length, 3);
  assert.deepEqual(
    member.appends.map(({ entries }) => entries.map(({ index }) => index)),
    [[3], [4], [5]],
  );
  member.node.step(ack(member, 2, 5));
  assert.equal(member.node.status().commit, 2, "not by the peer alone");
  member.processAppend();
  assert.equal(member.node.status().commit, 3);
  member.processAppend();
  member.processAppend();
  assert.equal(member.node.status().commit, 5);
});

test("R5 what others have committed is applied here only when it is durable here", () => {
  const member = bootAsync([1, 2, 3]);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  member.node.propose(data);
  member.process();
  for (const from of [2, 3]) member.node.step(ack(member, from, 3));
  assert.equal(member.node.status().commit, 3);
  const { ready } = member.process();
  assert.deepEqual(ready.committed, []);
  member.processAppend();
  assert.deepEqual(
    member.process().ready.committed.map(({ index }) => index),
    [3],
  );
});

test("an answer for entries that were replaced since does not vouch for their successors", () => {
  const member = bootAsync([1, 2, 3]);
  const app = (term: number, from: number, terms: number[]): Message =>
    message("App", { from }, { term, index: 1, logTerm: 1, entries: entriesOf(2, terms) });
  member.node.step(app(1, 2, [1, 1]));
  member.process();
  member.node.step(app(2, 3, [2, 2]));
  member.process();
  member.processAppend();
  // Only the first write is done: what the second one writes is not to be applied.
  member.node.step(message("Heartbeat", { from: 3 }, { term: 2, commit: 3 }));
  assert.deepEqual(member.process().ready.committed, []);
  while (member.appends.length > 0) member.processAppend();
  assert.deepEqual(
    member.process().ready.committed.map(({ term }) => term),
    [2, 2],
  );
});

test("an answer of an earlier term vouches for nothing, even if the same entries are back", () => {
  // The entry of term 1 is written, replaced by one of term 2, and comes back in term 3.
  const member = bootAsync([1, 2, 3]);
  const app = (term: number, from: number, terms: number[], commit = 1): Message =>
    message("App", { from }, { term, index: 1, logTerm: 1, entries: entriesOf(2, terms), commit });
  for (const each of [app(1, 2, [1]), app(2, 3, [2]), app(3, 2, [1], 2)]) {
    member.node.step(each);
    member.process();
  }
  assert.equal(member.appends.length, 3);
  assert.equal(member.node.status().commit, 2);
  member.processAppend();
  assert.equal(member.node.hasReady(), false, "the second write may still put term 2 there");
  member.processAppend();
  assert.equal(member.node.hasReady(), false);
  member.processAppend();
  const { ready } = member.process();
  assert.deepEqual(
    ready.committed.map(({ term, index }) => [term, index]),
    [[1, 2]],
  );
});

test("R7 an answer to another node leaves when its write is done, with the write's term", () => {
  const member = bootAsync([1, 2, 3]);
  member.node.step(message("Vote", { from: 2 }, { term: 1, index: 1, logTerm: 1 }));
  const { sent } = member.process();
  assert.deepEqual(sent, []);
  assert.deepEqual(showAll(member.processAppend()), ["1>2 VoteResp term 1"]);
});

test("an answer without anything to write goes through the same queue: none overtakes", () => {
  const member = bootAsync([1, 2, 3]);
  const entries = entriesOf(2, [1]);
  member.node.step(message("App", { from: 2 }, { term: 1, index: 1, logTerm: 1, entries }));
  member.process();
  member.node.step(message("App", { from: 2 }, { term: 1, index: 2, logTerm: 1 }));
  assert.deepEqual(member.process().sent, []);
  assert.equal(member.appends.length, 2);
  assert.deepEqual(showAll(member.processAppend()), ["1>2 AppResp term 1 at 0/2"]);
  assert.deepEqual(showAll(member.processAppend()), ["1>2 AppResp term 1 at 0/2"]);
});

test("a snapshot is written by request, and is in force for applying when answered", () => {
  const member = bootAsync([1, 2, 3]);
  const snapshot = snapshotOf(11, 4, confOf([1, 2, 3], [4]));
  member.node.step(message("Snap", { from: 2 }, { term: 5, snapshot }));
  const { ready } = member.process();
  assert.deepEqual(ready.snapshot, snapshot);
  const [request] = member.appends;
  assert.deepEqual(request?.snapshot, snapshot);
  assert.deepEqual(answersOf(request), [
    "1>2 AppResp term 5 at 0/11",
    "append>1 StorageAppendResp term 5 snapshot 4/11",
  ]);
  assert.equal(member.node.status().applied, 1);
  member.processAppend();
  assert.deepEqual([member.node.status().applied, member.node.status().commit], [11, 11]);
});

test("a snapshot that is answered in a later term is durable all the same", () => {
  const member = bootAsync([1, 2, 3]);
  const snapshot = snapshotOf(11, 4, confOf([1, 2, 3]));
  member.node.step(message("Snap", { from: 2 }, { term: 5, snapshot }));
  member.process();
  member.node.step(message("Heartbeat", { from: 3 }, { term: 6, commit: 11 }));
  drain(member);
  assert.equal(member.node.status().applied, 11);
  member.node.campaign();
  assert.equal(member.node.status().state, "candidate");
});

test("a group with asynchronous writes agrees as one with synchronous ones", () => {
  const run = (asyncStorageWrites: boolean): unknown => {
    const group = Group.found([1, 2, 3], [], { asyncStorageWrites });
    group.elect(2);
    for (const each of ["a", "b", "c"]) {
      group.node(1).propose(utf8(each));
      group.settle();
    }
    group.elect(3);
    return [1, 2, 3].map((id) => [group.at(id).applied, group.node(id).status().term]);
  };
  assert.deepEqual(run(true), run(false));
});

test("R7 what was not written when a node went down was never told", () => {
  const group = Group.found([1, 2, 3], [], { asyncStorageWrites: true });
  const voter = group.at(3);
  voter.node.step(message("Vote", { from: 1, to: 3 }, { term: 1, index: 1, logTerm: 1 }));
  assert.deepEqual(voter.process().sent, []);
  const again = group.restart(3);
  assert.equal(again.node.status().vote, 0);
  const sent = exchange(
    again,
    message("Vote", { from: 2, to: 3 }, { term: 1, index: 1, logTerm: 1 }),
  );
  assert.deepEqual(showAll(sent), ["3>2 VoteResp term 1"]);
});
