// The front door itself: booting, what it refuses, what a Ready says, what a status shows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InvariantError } from "#base/assert.ts";
import { utf8 } from "#base/bytes.ts";
import { ack, boot, bootVoter, drain, entriesOf, exchange, message } from "./conformance-rig.ts";
import { refuses, snapshotOf, winElection } from "./conformance-rig.ts";
import { RawNode } from "./raw-node.ts";
import { confOf, Member, plainOptions } from "./rig.ts";
import { MemoryStorage } from "./storage.ts";
import { appendThread, applyThread, type MessageType, type Options } from "./types.ts";

const data = utf8("x");

test("options that cannot be are refused", () => {
  const table: Partial<Options>[] = [
    { id: 0 },
    { id: -1 },
    { id: 1.5 },
    { id: appendThread },
    { id: applyThread },
    { heartbeatTick: 0 },
    { electionTick: 1, heartbeatTick: 1 },
    { maxInflightMsgs: 0 },
    { maxInflightBytes: 10, maxBytesPerMsg: 11 },
    { readOnly: "lease", checkQuorum: false },
  ];
  for (const with_ of table) {
    const storage = new MemoryStorage();
    refuses("bad-conf", () => new RawNode({ ...plainOptions(1, storage), ...with_ }));
  }
});

test("R9 a stored configuration that cannot be is refused", () => {
  for (const conf of [
    confOf([1, 1]),
    confOf([1], [1]),
    confOf([], [2]),
    { ...confOf([1]), autoLeave: true },
  ]) {
    refuses("bad-conf", () => boot({ conf }));
  }
});

test("R5 a stored state that does not fit the stored log stops the boot", () => {
  const conf = confOf([1]);
  const hard = { term: 1, vote: 0, commit: 9 };
  assert.throws(() => boot({ conf, terms: [1], hard }), InvariantError, "the log was lost");
  assert.throws(() => boot({ conf, terms: [1] }, { applied: 3 }), InvariantError);
});

test("R5 a commit index that was lost with the power is made up for by what is known", () => {
  // The commit index is not synced for its own sake; what is applied or in a snapshot is committed.
  const hard = { term: 1, vote: 1, commit: 2 };
  const { node } = boot({ conf: confOf([1, 2]), terms: [1, 1, 1], hard }, { applied: 4 });
  const { commit, applied, term, vote } = node.status();
  assert.deepEqual([commit, applied, term, vote], [4, 4, 1, 1]);
  assert.equal(node.hasReady(), false);
  const storage = new MemoryStorage();
  storage.setHardState(hard);
  storage.applySnapshot(snapshotOf(7, 1, confOf([1, 2])));
  const behind = new RawNode({ ...plainOptions(1, storage), applied: 0 });
  assert.deepEqual([behind.status().commit, behind.status().applied], [7, 7]);
});

test("a storage that holds nothing makes a node that waits", () => {
  const storage = new MemoryStorage();
  const { node } = new Member(storage, { ...plainOptions(4, storage), applied: 0 });
  for (let at = 0; at < 50; at++) node.tick();
  assert.equal(node.hasReady(), false);
  const { id, state, lead, term, vote, commit, applied, progress } = node.status();
  assert.deepEqual([id, state, lead, term, vote, commit, applied], [4, "follower", 0, 0, 0, 0, 0]);
  assert.deepEqual(progress, []);
});

test("messages that only a node itself may send are refused from others", () => {
  const local: MessageType[] = ["Hup", "Beat", "Unreachable", "SnapStatus", "CheckQuorum"];
  const storage: MessageType[] = [
    "StorageAppend",
    "StorageAppendResp",
    "StorageApply",
    "StorageApplyResp",
  ];
  const { node } = bootVoter([1, 2]);
  for (const type of [...local, ...storage]) {
    refuses("local-message", () => node.step(message(type, { from: 2 })));
  }
  assert.equal(node.status().state, "follower");
});

test("answers of strangers are refused", () => {
  const types: MessageType[] = [
    "AppResp",
    "VoteResp",
    "PreVoteResp",
    "HeartbeatResp",
    "ReadIndexResp",
  ];
  const member = bootVoter([1, 2]);
  winElection(member, 2);
  for (const type of types) {
    refuses("peer-not-found", () => member.node.step(message(type, { from: 9 }, { term: 1 })));
  }
});

test("requests of strangers are not: who belongs is not known everywhere at once", () => {
  const member = bootVoter([1, 2]);
  const sent = exchange(member, message("Vote", { from: 9 }, { term: 1, index: 1, logTerm: 1 }));
  assert.deepEqual(
    sent.map(({ type, to, reject }) => [type, to, reject]),
    [["VoteResp", 9, false]],
  );
});

test("every type of message is taken or passed over in every role, and none throws", () => {
  const types: MessageType[] = [
    "App",
    "AppResp",
    "Vote",
    "VoteResp",
    "PreVote",
    "PreVoteResp",
    "Snap",
    "Heartbeat",
    "HeartbeatResp",
    "TimeoutNow",
    "TransferLeader",
    "ReadIndex",
    "ReadIndexResp",
    "ForgetLeader",
  ];
  for (const role of ["follower", "precandidate", "candidate", "leader"] as const) {
    for (const type of types) {
      const member = bootVoter([1, 2, 3], { preVote: role === "precandidate" });
      if (role === "leader") winElection(member, 2);
      else if (role !== "follower") member.node.campaign();
      drain(member);
      const { term } = member.node.status();
      // In one's own term only the leader sends these.
      const isLeaders = role === "leader" && ["App", "Snap", "Heartbeat"].includes(type);
      if (!isLeaders) exchange(member, message(type, { from: 2 }, { term, index: 1, logTerm: 1 }));
      assert.equal(member.node.hasReady(), false, `${type} to a ${role}`);
    }
  }
});

test("a Ready says soft and hard state only when they changed, and when to sync", () => {
  const member = bootVoter([1, 2]);
  member.node.step(message("Heartbeat", { from: 2 }, { term: 1 }));
  const first = member.node.ready();
  assert.deepEqual(
    [first.soft, first.hard, first.mustSync],
    [{ lead: 2, state: "follower" }, { term: 1, vote: 0, commit: 1 }, true],
  );
  member.node.advance(first);
  const entries = entriesOf(2, [1]);
  member.node.step(message("App", { from: 2 }, { term: 1, index: 1, logTerm: 1, entries }));
  const second = member.node.ready();
  assert.deepEqual([second.soft, second.hard, second.mustSync], [undefined, undefined, true]);
  member.storage.append(second.entries);
  member.node.advance(second);
  member.node.step(message("Heartbeat", { from: 2 }, { term: 1, commit: 2 }));
  const third = member.node.ready();
  assert.deepEqual(
    [third.soft, third.hard, third.mustSync],
    [undefined, { term: 1, vote: 0, commit: 2 }, false],
  );
  assert.deepEqual(third.committed, entries);
  member.node.advance(third);
  assert.equal(member.node.hasReady(), false);
});

test("an empty Ready is empty, and may be advanced", () => {
  const { node } = bootVoter([1, 2]);
  const ready = node.ready();
  assert.deepEqual(ready, {
    entries: [],
    committed: [],
    messages: [],
    readStates: [],
    mustSync: false,
  });
  node.advance(ready);
});

test("R7 a Ready is advanced before the next is taken", () => {
  const { node } = bootVoter([1]);
  node.campaign();
  node.ready();
  assert.throws(() => node.ready(), InvariantError);
});

test("work that comes in between ready and advance is in the next Ready", () => {
  const member = bootVoter([1]);
  winElection(member);
  member.node.propose(utf8("a"));
  const first = member.node.ready();
  member.node.propose(utf8("b"));
  assert.deepEqual(
    first.entries.map(({ index }) => index),
    [3],
  );
  member.storage.append(first.entries);
  member.node.advance(first);
  const second = member.node.ready();
  assert.deepEqual(
    second.entries.map(({ index }) => index),
    [4],
  );
  assert.deepEqual(
    second.committed.map(({ index }) => index),
    [3],
  );
});

test("proposals are copied: what a caller holds is not changed, nor is a message stepped", () => {
  const member = bootVoter([1, 2]);
  winElection(member, 2);
  const proposal = message(
    "Prop",
    { from: 2 },
    { entries: [{ term: 0, index: 0, kind: "normal", data }] },
  );
  const before = structuredClone(proposal);
  member.node.step(proposal);
  assert.deepEqual(proposal, before);
  assert.equal(member.node.ready().entries[0]?.index, 3);
});

test("a status is a copy, and shows progress on a leader only", () => {
  const member = boot({ conf: confOf([3, 1, 2], [4]) });
  assert.deepEqual(member.node.status().progress, []);
  winElection(member, 2);
  const status = member.node.status();
  assert.deepEqual(
    status.progress.map(({ id }) => id),
    [1, 2, 3, 4],
  );
  assert.deepEqual(status.progress[0], {
    id: 1,
    state: "replicate",
    match: 2,
    next: 3,
    learner: false,
    paused: false,
    active: true,
    pendingSnapshot: 0,
    inflight: 0,
    inflightFull: false,
  });
  status.conf.voters.push(9);
  for (const each of status.progress) each.match = 99;
  assert.deepEqual(member.node.status().conf, confOf([1, 2, 3], [4]));
  assert.equal(member.node.status().commit, 1);
});

test("a node that was restarted knows its term, vote, log and commit", () => {
  const member = bootVoter([1]);
  winElection(member);
  member.node.propose(data);
  drain(member);
  const applied = member.appliedIndex;
  const again = new Member(member.storage, { ...member.options, applied });
  const { term, vote, commit, state } = again.node.status();
  assert.deepEqual([term, vote, commit, state], [1, 1, 3, "follower"]);
  assert.equal(again.node.hasReady(), false);
  winElection(again);
  assert.deepEqual(
    again.applied.map(({ index }) => index),
    [4],
  );
});

test("a node boots behind a snapshot and its log, and applies what follows", () => {
  const storage = new MemoryStorage();
  storage.applySnapshot(snapshotOf(5, 2, confOf([1, 2])));
  storage.append(entriesOf(6, [2, 3]));
  storage.setHardState({ term: 3, vote: 2, commit: 6 });
  const member = new Member(storage, plainOptions(1, storage));
  const { readies } = drain(member);
  assert.deepEqual(
    readies.flatMap(({ committed }) => committed.map(({ index }) => index)),
    [6],
  );
  assert.equal(member.node.status().applied, 6);
});

test("a lone voter commits by itself; its learners follow", () => {
  const member = boot({ conf: confOf([1], [2]) });
  winElection(member);
  assert.equal(member.node.status().commit, 2);
  member.node.propose(data);
  const { readies } = drain(member);
  assert.deepEqual(
    readies.flatMap(({ committed }) => committed.map(({ index }) => index)),
    [3],
  );
  exchange(member, ack(member, 2, 3));
  assert.equal(member.node.status().progress[1]?.match, 3);
});

test("a storage in memory answers as any storage must", () => {
  const storage = new MemoryStorage();
  assert.deepEqual([storage.firstIndex(), storage.lastIndex(), storage.term(0)], [1, 0, 0]);
  storage.append(entriesOf(1, [1, 1, 2, 2, 3]));
  storage.compact(2);
  assert.deepEqual([storage.firstIndex(), storage.lastIndex(), storage.term(2)], [3, 5, 1]);
  refuses("compacted", () => storage.term(1));
  refuses("unavailable", () => storage.term(6));
  refuses("compacted", () => storage.entries(2, 4, Infinity));
  refuses("unavailable", () => storage.entries(3, 7, Infinity));
  refuses("compacted", () => storage.compact(2));
  refuses("unavailable", () => storage.compact(6));
  assert.deepEqual(
    storage.entries(3, 6, 0).map(({ index }) => index),
    [3],
    "at least one",
  );
  storage.append(entriesOf(2, [9, 9, 9]));
  assert.deepEqual([storage.lastIndex(), storage.term(2), storage.term(4)], [4, 1, 9]);
  storage.applySnapshot(snapshotOf(10, 9, confOf([1])));
  assert.deepEqual([storage.firstIndex(), storage.lastIndex(), storage.term(10)], [11, 10, 9]);
  refuses("compacted", () => storage.applySnapshot(snapshotOf(10, 9, confOf([1]))));
});
