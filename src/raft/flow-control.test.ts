// What is under way to one peer, uncommitted, or handed out to be applied is bounded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { ack, beatAnswer, boot, bootVoter, drain, entriesOf, exchange } from "./conformance-rig.ts";
import { message, progressOf, refuses, showAll, winElection } from "./conformance-rig.ts";
import { entryBytes } from "./entry.ts";
import { confOf, type Member } from "./rig.ts";
import type { Message, Options } from "./types.ts";

const data = utf8("12345678");

/** A leader of two whose peer is in state replicate, with everything acknowledged up to 2. */
function leaderOfTwo(with_: Partial<Options>): Member {
  const member = bootVoter([1, 2], with_);
  winElection(member, 2);
  exchange(member, ack(member, 2, 2));
  return member;
}

function proposeMany(member: Member, count: number): Message[] {
  for (let at = 0; at < count; at++) member.node.propose(data);
  return drain(member).sent;
}

test("R6 a window that is full of Apps stops the leader, until one is acknowledged", () => {
  const member = leaderOfTwo({ maxInflightMsgs: 3 });
  assert.equal(proposeMany(member, 5).length, 3);
  const progress = progressOf(member, 2);
  assert.deepEqual(
    [progress.inflight, progress.inflightFull, progress.paused, progress.next],
    [3, true, true, 6],
  );
  assert.deepEqual(proposeMany(member, 2), []);
  const sent = exchange(member, ack(member, 2, 3));
  assert.deepEqual(
    showAll(sent).filter((line) => line.includes("entries")),
    ["1>2 App term 1 at 1/5 commit 3 entries 6,7,8,9"],
  );
});

test("R6 an acknowledgement frees all Apps up to it, and a repeated one frees none", () => {
  const member = leaderOfTwo({ maxInflightMsgs: 4 });
  proposeMany(member, 4);
  exchange(member, ack(member, 2, 5));
  assert.equal(progressOf(member, 2).inflight, 1);
  proposeMany(member, 3);
  assert.equal(progressOf(member, 2).inflightFull, true);
  for (const index of [2, 3, 5]) {
    assert.deepEqual(exchange(member, ack(member, 2, index)), []);
    assert.equal(progressOf(member, 2).inflightFull, true);
  }
});

test("R6 with a full window each heartbeat's answer lets one empty App through", () => {
  const member = leaderOfTwo({ maxInflightMsgs: 2 });
  proposeMany(member, 4);
  for (let at = 0; at < 3; at++) {
    assert.deepEqual(showAll(exchange(member, beatAnswer(member, 2))), [
      "1>2 App term 1 at 1/4 commit 2",
    ]);
    assert.equal(progressOf(member, 2).inflight, 2);
    assert.deepEqual(proposeMany(member, 1), []);
  }
});

test("R6 an empty App that is rejected shows that the whole window was lost", () => {
  const member = leaderOfTwo({ maxInflightMsgs: 2 });
  proposeMany(member, 3);
  exchange(member, beatAnswer(member, 2));
  const rejection = { term: 1, index: 4, reject: true, rejectHint: 2, logTerm: 1 };
  assert.deepEqual(showAll(exchange(member, message("AppResp", { from: 2 }, rejection))), [
    "1>2 App term 1 at 1/2 commit 2 entries 3,4,5",
  ]);
  assert.equal(progressOf(member, 2).state, "probe");
});

test("R6 a window in bytes: the App that reaches it is the last", () => {
  const member = leaderOfTwo({ maxInflightBytes: 20, maxBytesPerMsg: 20 });
  assert.equal(proposeMany(member, 5).length, 3);
  assert.equal(progressOf(member, 2).inflightFull, true);
  exchange(member, ack(member, 2, 3));
  assert.equal(progressOf(member, 2).inflightFull, true, "8 bytes free, 1 App of them sent");
});

test("R6 a probe is paused by what it sends, resumed by an answer", () => {
  const member = bootVoter([1, 2, 3]);
  winElection(member, 3);
  assert.equal(progressOf(member, 2).paused, true);
  assert.deepEqual(
    proposeMany(member, 10).filter(({ to }) => to === 2),
    [],
  );
  for (let at = 0; at < 3; at++) {
    member.node.tick();
    drain(member);
    assert.equal(progressOf(member, 2).paused, true, "a heartbeat alone resumes nothing");
    assert.equal(exchange(member, beatAnswer(member, 2)).length, 1);
    assert.equal(progressOf(member, 2).paused, true);
  }
  exchange(member, ack(member, 2, 2));
  assert.deepEqual(
    [progressOf(member, 2).state, progressOf(member, 2).paused],
    ["replicate", false],
  );
});

test("an App holds entries up to maxBytesPerMsg, at least one", () => {
  const table: [maxBytesPerMsg: number, counts: number[]][] = [
    [0, [1, 1, 1, 1]],
    [entryBytes(entriesOf(1, [1])[0] ?? assert.fail()) - 1, [1, 1, 1, 1]],
    [2 * 19, [2, 2]],
    [Infinity, [4]],
  ];
  for (const [maxBytesPerMsg, counts] of table) {
    const member = bootVoter([1, 2], { maxBytesPerMsg });
    winElection(member, 2);
    proposeMany(member, 4);
    const sent = exchange(member, ack(member, 2, 2)).filter(({ entries }) => entries.length > 0);
    assert.deepEqual(
      sent.map(({ entries }) => entries.length),
      counts,
      `${maxBytesPerMsg}`,
    );
  }
});

test("proposals beyond maxUncommittedBytes are dropped until others are applied", () => {
  const member = leaderOfTwo({ maxUncommittedBytes: 3 * data.length });
  proposeMany(member, 3);
  refuses("proposal-dropped", () => member.node.propose(data));
  member.node.propose(utf8(""));
  member.node.step(ack(member, 2, 5));
  const ready = member.node.ready();
  refuses("proposal-dropped", () => member.node.propose(data));
  member.node.advance(ready);
  proposeMany(member, 3);
  refuses("proposal-dropped", () => member.node.propose(data));
});

test("a proposal larger than the limit is taken while nothing else is uncommitted", () => {
  const member = leaderOfTwo({ maxUncommittedBytes: 10 });
  member.node.propose(new Uint8Array(100));
  refuses("proposal-dropped", () => member.node.propose(utf8("x")));
  drain(member);
  exchange(member, ack(member, 2, 3));
  member.node.propose(utf8("x"));
});

test("a partitioned lone leader's log stays bounded", () => {
  const member = bootVoter([1], { maxUncommittedBytes: 16 * data.length });
  winElection(member);
  let taken = 0;
  for (let at = 0; at < 100; at++) {
    try {
      member.node.propose(data);
      taken++;
    } catch {
      break;
    }
  }
  assert.equal(taken, 16);
  const { readies } = drain(member);
  assert.equal(readies[0]?.entries.length, 16);
  assert.equal(readies.flatMap((ready) => ready.committed).length, 16);
  assert.equal(proposeMany(member, 16).length, 0);
});

test("committed entries come in pages, none twice and none left out", () => {
  const hard = { term: 1, vote: 0, commit: 11 };
  const terms = Array.from({ length: 10 }, () => 1);
  for (const maxCommittedBytesPerReady of [1, 20, 45, Infinity]) {
    for (const asyncStorageWrites of [false, true]) {
      const member = boot(
        { conf: confOf([1]), terms, hard },
        { maxCommittedBytesPerReady, asyncStorageWrites },
      );
      const pages = drain(member)
        .readies.map(({ committed }) => committed)
        .filter((page) => page.length > 0);
      assert.deepEqual(
        pages.flat().map(({ index }) => index),
        [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      );
      for (const page of pages) {
        const bytes = page.reduce((sum, entry) => sum + entryBytes(entry), 0);
        assert.ok(page.length === 1 || bytes <= maxCommittedBytesPerReady);
      }
    }
  }
});

test("a page that ends the limit early is followed by another Ready", () => {
  const hard = { term: 1, vote: 0, commit: 4 };
  const member = boot(
    { conf: confOf([1]), terms: [1, 1, 1], hard },
    { maxCommittedBytesPerReady: 1 },
  );
  const ready = member.node.ready();
  assert.equal(ready.committed.length, 1);
  assert.equal(member.node.hasReady(), false);
  member.node.advance(ready);
  assert.equal(member.node.hasReady(), true);
});
