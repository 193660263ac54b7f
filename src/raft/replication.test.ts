// How the log gets to the others: paper, sections 5.3 and 5.4.2.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { ack, beatAnswer, boot, bootVoter, drain, entriesOf, exchange } from "./conformance-rig.ts";
import { lastOf, message, progressOf, refuses, showAll, winElection } from "./conformance-rig.ts";
import { confOf, Group } from "./rig.ts";
import type { Entry, Message } from "./types.ts";

const data = utf8("x");

function termsOf(entries: readonly Entry[]): number[] {
  return entries.map(({ term }) => term);
}

test("R3 an App is accepted where the log agrees, and rejected with a hint where not", () => {
  // The log: index 1 2 3 4 5, terms 1 1 2 2 4; committed up to 2.
  const table: [index: number, logTerm: number, answer: string][] = [
    [1, 1, "at 0/2"],
    [2, 1, "at 0/2"],
    [3, 2, "at 0/3"],
    [5, 4, "at 0/5"],
    [3, 1, "at 1/3 reject hint 2"],
    [4, 1, "at 1/4 reject hint 2"],
    [5, 3, "at 2/5 reject hint 4"],
    [6, 4, "at 4/6 reject hint 5"],
    [9, 3, "at 2/9 reject hint 4"],
    [9, 1, "at 1/9 reject hint 2"],
  ];
  for (const [index, logTerm, answer] of table) {
    const hard = { term: 5, vote: 0, commit: 2 };
    const member = boot({ conf: confOf([1, 2, 3]), terms: [1, 2, 2, 4], hard });
    const sent = exchange(member, message("App", { from: 2 }, { term: 5, index, logTerm }));
    assert.deepEqual(showAll(sent), [`1>2 AppResp term 5 ${answer}`], `${logTerm}/${index}`);
  }
});

test("R3 a follower keeps what agrees and replaces what does not", () => {
  const table: [
    index: number,
    logTerm: number,
    terms: number[],
    log: number[],
    written: number[],
  ][] = [
    [3, 2, [3], [1, 2, 3], [3]],
    [2, 1, [3, 4], [1, 3, 4], [3, 4]],
    [1, 1, [1], [1, 2], []],
    [1, 1, [1, 2], [1, 2], []],
    [1, 1, [3], [3], [3]],
    [1, 1, [1, 2, 2], [1, 2, 2], [2]],
    [3, 2, [], [1, 2], []],
  ];
  for (const [index, logTerm, terms, log, written] of table) {
    const hard = { term: 4, vote: 0, commit: 1 };
    const member = boot({ conf: confOf([1, 2, 3]), terms: [1, 2], hard });
    const entries = entriesOf(index + 1, terms);
    member.node.step(message("App", { from: 2 }, { term: 4, index, logTerm, entries }));
    const { readies, sent } = drain(member);
    assert.deepEqual(termsOf(readies.flatMap((ready) => ready.entries)), written);
    const last = member.storage.lastIndex();
    assert.deepEqual(termsOf(member.storage.entries(2, last + 1, Infinity)), log);
    assert.equal(sent[0]?.index, index + terms.length);
  }
});

test("R5 a follower commits up to the leader's commit, but not past what that App covers", () => {
  const table: [index: number, count: number, commit: number, committed: number][] = [
    [1, 0, 3, 1],
    [1, 1, 3, 2],
    [3, 0, 3, 3],
    [3, 0, 9, 3],
    [3, 1, 9, 4],
    [3, 2, 4, 4],
    [1, 2, 2, 2],
  ];
  for (const [index, count, commit, committed] of table) {
    const member = boot({ conf: confOf([1, 2, 3]), terms: [1, 1] });
    const entries = entriesOf(
      index + 1,
      Array.from({ length: count }, () => 1),
    );
    exchange(member, message("App", { from: 2 }, { term: 1, index, logTerm: 1, entries, commit }));
    assert.equal(member.node.status().commit, committed, `${index}+${count}, commit ${commit}`);
    assert.deepEqual(member.applied.map((entry) => entry.index).at(-1) ?? 1, committed);
  }
});

test("R5 a heartbeat commits what the leader says, and never takes back", () => {
  const hard = { term: 1, vote: 0, commit: 2 };
  const member = boot({ conf: confOf([1, 2, 3]), terms: [1, 1], hard });
  exchange(member, message("Heartbeat", { from: 2 }, { term: 1, commit: 3 }));
  assert.equal(member.node.status().commit, 3);
  const sent = exchange(member, message("Heartbeat", { from: 2 }, { term: 1, commit: 1 }));
  assert.equal(member.node.status().commit, 3);
  assert.deepEqual(showAll(sent), ["1>2 HeartbeatResp term 1"]);
});

test("R3 where a rejection points, the leader's next probe goes: hints on both sides", () => {
  const table: {
    leader: number[];
    follower: number[];
    hint: [term: number, index: number];
    next: [term: number, index: number];
  }[] = [
    // The leader skips the follower's terms that it does not have.
    {
      leader: [1, 2, 2, 4, 4, 4, 4],
      follower: [1, 2, 2, 3, 3, 3, 3, 3, 3, 3],
      hint: [3, 8],
      next: [2, 4],
    },
    {
      leader: [1, 2, 2, 3, 4, 4, 4, 5],
      follower: [1, 2, 2, 3, 3, 3, 3, 3, 3],
      hint: [3, 9],
      next: [3, 5],
    },
    // The follower skips its own terms that are later than the leader's.
    { leader: [1, 1, 1, 1], follower: [1, 2, 2, 4], hint: [1, 2], next: [1, 2] },
    { leader: [1, 1, 1, 1, 1, 1], follower: [1, 2, 2, 4], hint: [1, 2], next: [1, 2] },
    { leader: [1, 1, 1, 1], follower: [1, 2, 2, 4, 4, 4], hint: [1, 2], next: [1, 2] },
    // The follower is only behind.
    { leader: [1, 1, 1, 4, 5], follower: [1, 1, 1, 4], hint: [4, 5], next: [4, 5] },
    // Both have diverged by whole terms.
    { leader: [2, 5, 5, 5, 5, 5, 5], follower: [2, 4, 4, 4, 4, 4], hint: [4, 7], next: [2, 2] },
    { leader: [2, 2, 2, 2, 2], follower: [2, 4, 4, 4, 4, 4, 4], hint: [2, 2], next: [2, 2] },
  ];
  for (const { leader: own, follower: other, hint, next } of table) {
    const conf = confOf([1, 2, 3]);
    const leader = boot({ conf, terms: own, hard: { term: 7, vote: 0, commit: 1 } });
    const follower = boot({ conf, terms: other, id: 2, hard: { term: 7, vote: 0, commit: 1 } });
    const probe = winElection(leader, 3).filter(({ to }) => to === 2);
    const [rejection] = exchange(follower, ...probe);
    assert.ok(rejection?.reject === true);
    assert.deepEqual([rejection.logTerm, rejection.rejectHint], hint);
    const [again] = exchange(leader, rejection);
    assert.deepEqual([again?.logTerm, again?.index], next);
    const [accepted] = exchange(follower, ...(again === undefined ? [] : [again]));
    assert.equal(accepted?.reject, false, "the second probe agrees");
    const last = lastOf(leader) + 1;
    assert.deepEqual(
      follower.storage.entries(2, last, Infinity),
      leader.storage.entries(2, last, Infinity),
    );
  }
});

test("R2 every follower's log ends as the leader's, whatever it held (paper, figure 7)", () => {
  const own = [1, 1, 4, 4, 5, 5, 6, 6, 6];
  const others = [
    [1, 1, 4, 4, 5, 5, 6, 6],
    [1, 1, 4],
    [1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    [1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    [1, 1, 4, 4, 4, 4],
    [1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  ];
  for (const other of others) {
    const group = new Group();
    const conf = confOf([1, 2, 3]);
    for (const [id, terms] of [
      [1, own],
      [2, other],
      [3, []],
    ] as const) {
      const member = boot({ conf, id, terms: [...terms], hard: { term: 7, vote: 0, commit: 1 } });
      group.members.set(id, member);
    }
    group.elect(1).propose(data);
    group.settle();
    const logs = [1, 2, 3].map((id) =>
      termsOf(group.at(id).storage.entries(2, group.at(id).storage.lastIndex() + 1, Infinity)),
    );
    assert.deepEqual(
      logs,
      [0, 1, 2].map(() => [...own, 8, 8]),
    );
    assert.equal(group.node(2).status().commit, 12);
  }
});

test("R3 a stale rejection, of a probe that is not the last, changes nothing", () => {
  const member = boot({ conf: confOf([1, 2, 3]), terms: [1, 1, 1] });
  winElection(member, 3);
  const before = progressOf(member, 2);
  const stale = { term: 2, index: 2, reject: true, rejectHint: 1, logTerm: 1 };
  assert.deepEqual(exchange(member, message("AppResp", { from: 2 }, stale)), []);
  assert.deepEqual(progressOf(member, 2), { ...before, active: true });
});

test("R6 in state replicate a rejection below match is stale, a later one leads to probing", () => {
  const member = bootVoter([1, 2, 3]);
  winElection(member, 3);
  exchange(member, ack(member, 2, 2));
  member.node.propose(data);
  member.node.propose(data);
  drain(member);
  assert.equal(progressOf(member, 2).next, 5);
  const rejection = (index: number): Message =>
    message(
      "AppResp",
      { from: 2 },
      { term: 1, index, reject: true, rejectHint: index - 1, logTerm: 1 },
    );
  assert.deepEqual(exchange(member, rejection(2)), []);
  assert.equal(progressOf(member, 2).state, "replicate");
  assert.deepEqual(showAll(exchange(member, rejection(3))), [
    "1>2 App term 1 at 1/2 commit 2 entries 3,4",
  ]);
  assert.deepEqual([progressOf(member, 2).state, progressOf(member, 2).match], ["probe", 2]);
});

test("R4 a leader commits what a majority holds, and all before it", () => {
  const table: [size: number, acks: number[], commits: boolean][] = [
    [1, [], true],
    [2, [], false],
    [2, [2], true],
    [3, [], false],
    [3, [3], true],
    [5, [2], false],
    [5, [2, 4], true],
    [5, [2, 3, 4, 5], true],
  ];
  for (const [size, acks, commits] of table) {
    const voters = Array.from({ length: size }, (_, at) => at + 1);
    const member = boot({ conf: confOf(voters), terms: [1, 1] });
    winElection(member, ...voters.slice(1));
    exchange(member, ...acks.map((from) => ack(member, from, 4)));
    assert.equal(member.node.status().commit, commits ? 4 : 1, `${size} voters`);
    assert.deepEqual(
      member.applied.map(({ index }) => index),
      commits ? [2, 3, 4] : [],
    );
  }
});

test("R4 entries of older terms commit only with one of the leader's own", () => {
  const member = boot({
    conf: confOf([1, 2, 3]),
    terms: [1, 2],
    hard: { term: 2, vote: 0, commit: 1 },
  });
  winElection(member, 2);
  for (const index of [2, 3]) {
    exchange(member, ack(member, 2, index));
    assert.equal(
      member.node.status().commit,
      1,
      `held by two of three up to ${index}, but of old terms`,
    );
  }
  exchange(member, ack(member, 2, 4));
  assert.equal(member.node.status().commit, 4);
});

test("R4 a learner's copy does not count", () => {
  const member = boot({ conf: confOf([1, 2], [3]) });
  winElection(member, 2);
  exchange(member, ack(member, 3, 2));
  assert.equal(member.node.status().commit, 1);
  exchange(member, ack(member, 2, 2));
  assert.equal(member.node.status().commit, 2);
  assert.equal(progressOf(member, 3).learner, true);
});

test("a learner gets the log as everyone else", () => {
  const group = Group.found([1], [2]);
  group.elect(1).propose(data);
  group.settle();
  assert.deepEqual(group.at(2).applied, group.at(1).applied);
  assert.equal(group.node(2).status().state, "follower");
});

test("R3 acknowledgements out of order leave match at the highest", () => {
  const member = bootVoter([1, 2, 3]);
  winElection(member, 3);
  exchange(member, ack(member, 2, 2));
  for (let at = 0; at < 3; at++) member.node.propose(data);
  drain(member);
  exchange(member, ack(member, 2, 4), ack(member, 2, 3));
  assert.deepEqual([progressOf(member, 2).match, progressOf(member, 2).next], [4, 6]);
});

test("a follower passes proposals on to its leader, in its own name and without a term", () => {
  const member = bootVoter([1, 2, 3]);
  refuses("proposal-dropped", () => member.node.propose(data));
  exchange(member, message("Heartbeat", { from: 2 }, { term: 1 }));
  member.node.propose(data);
  const [passed] = drain(member).sent;
  assert.deepEqual([passed?.type, passed?.from, passed?.to, passed?.term], ["Prop", 1, 2, 0]);
  assert.deepEqual(passed?.entries[0]?.data, data);
  const group = Group.found([1, 2, 3]);
  group.elect(1);
  group.node(2).propose(data);
  group.settle();
  for (const id of [1, 2, 3]) assert.deepEqual(group.at(id).applied.at(-1)?.data, data);
});

test("a candidate drops proposals", () => {
  for (const preVote of [false, true]) {
    const member = bootVoter([1, 2, 3], { preVote });
    member.node.campaign();
    refuses("proposal-dropped", () => member.node.propose(data));
  }
});

test("a leader sends heartbeats every heartbeatTick, to learners too", () => {
  const member = boot({ conf: confOf([1, 2], [3]) }, { heartbeatTick: 2 });
  winElection(member, 2);
  member.node.tick();
  assert.deepEqual(drain(member).sent, []);
  member.node.tick();
  assert.deepEqual(showAll(drain(member).sent), ["1>2 Heartbeat term 1", "1>3 Heartbeat term 1"]);
});

test("R6 a heartbeat's answer leads to an App only while something is missing", () => {
  const member = bootVoter([1, 2, 3]);
  winElection(member, 3);
  assert.equal(showAll(exchange(member, beatAnswer(member, 2)), "App").length, 1);
  assert.equal(
    showAll(exchange(member, beatAnswer(member, 2)), "App").length,
    1,
    "again: it may be lost",
  );
  exchange(member, ack(member, 2, 2));
  assert.deepEqual(exchange(member, beatAnswer(member, 2)), []);
});

test("a peer reported unreachable is probed, and an idle one found again by a heartbeat", () => {
  const group = Group.found([1, 2, 3]);
  group.elect(1).reportUnreachable(2);
  assert.equal(progressOf(group.at(1), 2).state, "probe");
  assert.equal(progressOf(group.at(1), 2).next, progressOf(group.at(1), 2).match + 1);
  group.node(1).tick();
  group.settle();
  assert.equal(progressOf(group.at(1), 2).state, "replicate");
});

test("a commit index that was lost on the way comes with the next exchange of heartbeats", () => {
  const group = Group.found([1, 2, 3]);
  group.elect(1).propose(data);
  group.loses = ({ type, from, to }) =>
    (type === "AppResp" && from === 3) || (to === 3 && type === "App");
  group.settle();
  assert.equal(group.node(3).status().commit, 2);
  group.heal();
  group.node(1).tick();
  group.settle();
  assert.equal(group.node(3).status().commit, 3);
});

test("R10 the same inputs give the same outputs", () => {
  const run = (): string[] => {
    const group = Group.found([1, 2, 3]);
    const lines: string[] = [];
    group.loses = (each) => lines.push(...showAll([each])) % 7 === 0;
    group.elect(2);
    for (const each of ["a", "b", "c"]) group.node(1).propose(utf8(each));
    group.settle();
    return lines;
  };
  assert.ok(run().length > 10);
  assert.deepEqual(run(), run());
});
