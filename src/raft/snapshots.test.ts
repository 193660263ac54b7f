// Snapshots sent, taken in and aborted: paper, section 7; dissertation, section 5.1.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { ack, beatAnswer, boot, drain, entriesOf, exchange, lastOf } from "./conformance-rig.ts";
import { message, progressOf, showAll, snapshotOf, winElection } from "./conformance-rig.ts";
import { RaftError } from "./errors.ts";
import { confOf, Group, Member, plainOptions } from "./rig.ts";
import { MemoryStorage } from "./storage.ts";
import type { Message, Snapshot } from "./types.ts";

const data = utf8("x");
const trio = confOf([1, 2, 3]);

function snapTo(to: number, snapshot: Snapshot, term = 5): Message {
  return message("Snap", { from: 2, to }, { term, snapshot });
}

/** A leader of three, its log begins behind index 11; it knows nothing of 2, and 3 has all. */
function compactedLeader(with_ = {}): Member {
  const storage = new MemoryStorage();
  storage.applySnapshot(snapshotOf(11, 1, trio));
  const member = new Member(storage, { ...plainOptions(1, storage), ...with_ });
  winElection(member, 3);
  exchange(member, ack(member, 3, 12));
  return member;
}

/** Lets 2 say that its log is empty. */
function emptyRejection(member: Member): Message[] {
  const rejection = { term: 1, index: 11, reject: true, rejectHint: 0 };
  return exchange(member, message("AppResp", { from: 2 }, rejection));
}

test("a follower takes in a snapshot: state, configuration, commit", () => {
  const conf = { ...confOf([1, 3], [4]), votersOutgoing: [1, 2, 3], learnersNext: [2] };
  const member = boot({ conf: trio, terms: [1, 1] });
  const snapshot = { ...snapshotOf(11, 4, conf), data };
  member.node.step(snapTo(1, snapshot));
  const ready = member.node.ready();
  assert.deepEqual(ready.snapshot, snapshot);
  assert.deepEqual([ready.hard, ready.mustSync], [{ term: 5, vote: 0, commit: 11 }, true]);
  assert.deepEqual(showAll(ready.messages), ["1>2 AppResp term 5 at 0/11"]);
  assert.deepEqual(ready.committed, []);
  member.storage.applySnapshot(snapshot);
  member.node.advance(ready);
  const status = member.node.status();
  assert.deepEqual([status.commit, status.applied, status.conf], [11, 11, conf]);
  exchange(
    member,
    message("App", { from: 2 }, { term: 5, index: 11, logTerm: 4, entries: entriesOf(12, [5]) }),
  );
  assert.equal(member.storage.lastIndex(), 12);
});

test("R7 a node with a snapshot that is not durable does not campaign", () => {
  const member = boot({ conf: trio });
  member.node.step(snapTo(1, snapshotOf(11, 4, trio)));
  for (let at = 0; at < 30; at++) member.node.tick();
  member.node.campaign();
  assert.equal(member.node.status().state, "follower");
  drain(member);
  member.node.campaign();
  assert.equal(member.node.status().state, "candidate");
});

test("R5 a snapshot that brings nothing new is answered with the commit index", () => {
  const hard = { term: 5, vote: 0, commit: 3 };
  const table: [index: number, term: number, committed: number][] = [
    [2, 1, 3],
    [3, 1, 3],
    // The log agrees with the snapshot: only the commit index moves, the log stays.
    [4, 2, 4],
    [5, 2, 5],
  ];
  for (const [index, term, committed] of table) {
    const member = boot({ conf: trio, terms: [1, 1, 2, 2], hard });
    const sent = exchange(member, snapTo(1, snapshotOf(index, term, trio)));
    assert.deepEqual(showAll(sent), [`1>2 AppResp term 5 at 0/${committed}`]);
    assert.equal(member.installed.length, 0);
    assert.equal(member.storage.lastIndex(), 5);
  }
});

test("R3 a snapshot that differs from the uncommitted log replaces it", () => {
  const member = boot({ conf: trio, terms: [1, 1, 2, 2], hard: { term: 5, vote: 0, commit: 3 } });
  const sent = exchange(member, snapTo(1, snapshotOf(4, 3, trio)));
  assert.deepEqual(showAll(sent), ["1>2 AppResp term 5 at 0/4"]);
  assert.deepEqual([member.storage.firstIndex(), member.storage.lastIndex()], [5, 4]);
});

test("a snapshot whose configuration does not hold this node is not for it", () => {
  const member = boot({ conf: trio });
  const sent = exchange(member, snapTo(1, snapshotOf(11, 4, confOf([2, 3, 4]))));
  assert.deepEqual(showAll(sent), ["1>2 AppResp term 5 at 0/1"]);
  assert.equal(member.installed.length, 0);
});

test("R9 a snapshot may make learners of voters and voters of learners", () => {
  const roles: [stored: [number[], number[]], brought: [number[], number[]]][] = [
    [
      [[1, 2, 3], []],
      [[2, 3], [1]],
    ],
    [
      [[2, 3], [1]],
      [[1, 2, 3], []],
    ],
    [
      [[2, 3], [1]],
      [
        [2, 3],
        [1, 4],
      ],
    ],
  ];
  for (const [stored, brought] of roles) {
    const member = boot({ conf: confOf(...stored) });
    exchange(member, snapTo(1, snapshotOf(11, 4, confOf(...brought))));
    assert.deepEqual(member.node.status().conf, confOf(...brought));
    member.node.campaign();
    const isVoter = brought[0].includes(1);
    assert.equal(member.node.status().state, isVoter ? "candidate" : "follower");
  }
});

test("a joiner with nothing stored takes in the snapshot that names it", () => {
  const member = boot({ conf: confOf([]), id: 4 });
  const storage = new MemoryStorage();
  const empty = new Member(storage, { ...plainOptions(4, storage), applied: 0 });
  for (const each of [member, empty]) {
    exchange(each, snapTo(4, snapshotOf(11, 4, confOf([1, 2, 3], [4]))));
    assert.deepEqual([each.node.status().commit, each.node.status().applied], [11, 11]);
    assert.deepEqual(each.node.status().conf, confOf([1, 2, 3], [4]));
  }
});

test("a leader sends a snapshot to whoever needs what is compacted, and then waits", () => {
  const member = compactedLeader();
  assert.deepEqual(showAll(emptyRejection(member)), ["1>2 Snap term 1 snapshot 1/11"]);
  const progress = progressOf(member, 2);
  assert.deepEqual(
    [progress.state, progress.pendingSnapshot, progress.next, progress.paused],
    ["snapshot", 11, 12, true],
  );
  member.node.propose(data);
  assert.deepEqual(showAll(drain(member).sent), ["1>3 App term 1 at 1/12 commit 12 entries 13"]);
  assert.deepEqual(exchange(member, beatAnswer(member, 2)), []);
  member.node.tick();
  assert.deepEqual(showAll(drain(member).sent, "Heartbeat").length, 2, "but heartbeats go on");
});

test("a snapshot that arrived: the next probe follows the answer or a heartbeat", () => {
  const member = compactedLeader();
  emptyRejection(member);
  member.node.reportSnapshot(2, true);
  const progress = progressOf(member, 2);
  assert.deepEqual([progress.state, progress.next, progress.paused], ["probe", 12, true]);
  assert.deepEqual(drain(member).sent, []);
  assert.deepEqual(showAll(exchange(member, beatAnswer(member, 2))), [
    "1>2 App term 1 at 1/11 commit 12 entries 12",
  ]);
});

test("a snapshot that failed: probing begins again behind match, after a heartbeat", () => {
  const member = compactedLeader();
  emptyRejection(member);
  member.node.reportSnapshot(2, false);
  const progress = progressOf(member, 2);
  assert.deepEqual(
    [progress.state, progress.next, progress.pendingSnapshot, progress.paused],
    ["probe", 1, 0, true],
  );
  assert.deepEqual(showAll(exchange(member, beatAnswer(member, 2))), [
    "1>2 Snap term 1 snapshot 1/11",
  ]);
});

test("an acknowledgement that reaches the log ends a snapshot, older than it or newer", () => {
  for (const index of [11, 12]) {
    const member = compactedLeader();
    emptyRejection(member);
    exchange(member, ack(member, 2, index));
    const progress = progressOf(member, 2);
    assert.deepEqual(
      [progress.state, progress.match, progress.pendingSnapshot],
      ["replicate", index, 0],
    );
    assert.equal(progress.next, 13);
  }
});

test("an acknowledgement from before the log does not end a snapshot", () => {
  const member = compactedLeader();
  emptyRejection(member);
  assert.deepEqual(exchange(member, ack(member, 2, 4)), []);
  assert.deepEqual([progressOf(member, 2).state, progressOf(member, 2).match], ["snapshot", 4]);
});

test("reports that fit no snapshot under way change nothing", () => {
  const member = compactedLeader();
  const before = member.node.status();
  for (const ok of [true, false]) for (const id of [2, 3, 9]) member.node.reportSnapshot(id, ok);
  member.node.reportUnreachable(9);
  assert.deepEqual(member.node.status(), before);
});

test("whoever is not heard from is sent no snapshot until it is", () => {
  const member = compactedLeader({ checkQuorum: true });
  exchange(member, ack(member, 2, 12));
  for (let at = 0; at < 20; at++) {
    member.node.tick();
    exchange(member, beatAnswer(member, 3));
  }
  assert.equal(progressOf(member, 2).active, false);
  member.node.reportUnreachable(2);
  member.node.propose(data);
  member.node.propose(data);
  drain(member);
  member.node.reportUnreachable(2);
  exchange(member, ack(member, 3, 14));
  member.compact();
  exchange(member, beatAnswer(member, 3));
  member.node.propose(data);
  assert.deepEqual(
    drain(member).sent.filter(({ to }) => to === 2),
    [],
  );
  assert.deepEqual(showAll(exchange(member, beatAnswer(member, 2))), [
    "1>2 Snap term 1 snapshot 1/14",
  ]);
});

test("a snapshot that the storage has not ready yet is sent later", () => {
  let isReady = false;
  class SlowStorage extends MemoryStorage {
    override snapshot(): Snapshot {
      if (!isReady) throw new RaftError("snapshot-unavailable", "being made");
      return super.snapshot();
    }
  }
  const storage = new SlowStorage();
  storage.applySnapshot(snapshotOf(11, 1, trio));
  isReady = true;
  const member = new Member(storage, plainOptions(1, storage));
  isReady = false;
  winElection(member, 3);
  exchange(member, ack(member, 3, 12));
  assert.deepEqual(emptyRejection(member), []);
  assert.equal(progressOf(member, 2).state, "probe");
  isReady = true;
  assert.deepEqual(showAll(exchange(member, beatAnswer(member, 2))), [
    "1>2 Snap term 1 snapshot 1/11",
  ]);
});

test("a laggard catches up over a snapshot and follows on", () => {
  const group = Group.found([1, 2, 3]);
  group.elect(1);
  group.isolate(3);
  for (let at = 0; at < 20; at++) {
    group.node(1).propose(utf8(`${at}`));
    group.settle();
  }
  group.at(1).compact();
  group.heal();
  group.node(1).tick();
  group.settle();
  group.node(1).propose(utf8("after"));
  group.settle();
  assert.equal(group.at(3).installed.length, 1);
  assert.deepEqual(group.at(3).applied.at(-1)?.data, utf8("after"));
  assert.equal(group.node(3).status().commit, group.node(1).status().commit);
  assert.equal(progressOf(group.at(1), 3).state, "replicate");
});

test("a laggard catches up when its snapshot is behind the log again", () => {
  const group = Group.found([1, 2, 3]);
  group.elect(1);
  group.isolate(3);
  for (let at = 0; at < 3; at++) group.node(1).propose(data);
  group.settle();
  group.at(1).compact();
  for (let at = 0; at < 3; at++) group.node(1).propose(data);
  group.settle();
  group.heal();
  group.node(1).tick();
  group.settle();
  assert.equal(group.node(3).status().applied, lastOf(group.at(1)));
});

test("a learner gets snapshots too", () => {
  const group = Group.found([1], [2]);
  group.elect(1);
  group.isolate(2);
  group.node(1).propose(data);
  group.settle();
  group.at(1).compact();
  group.heal();
  group.node(1).tick();
  group.settle();
  assert.equal(group.at(2).installed.length, 1);
  assert.deepEqual(group.node(2).status().conf, confOf([1], [2]));
});
