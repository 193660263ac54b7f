// Changes of who belongs: committed changes, and snapshots that carry a configuration.
import { changedConf, isJoint, membersOf, copyConf } from "./conf-change.ts";
import { changeOf, confEntry, normalEntry } from "./entry.ts";
import { emptyBytes } from "#base/bytes.ts";
import { newMessage } from "./message.ts";
import type { Raft } from "./raft.ts";
import { settleReads } from "./reads.ts";
import { advanceCommit, appendEntries, broadcastAppend, sendAppend } from "./replication.ts";
import { type ConfChange, type ConfState, type Entry, type Message, none } from "./types.ts";
import type { Snapshot } from "./types.ts";

/** R8: why this change must not be proposed now, or undefined. */
function objectionTo(raft: Raft, change: ConfChange): string | undefined {
  const joint = isJoint(raft.tracker.conf);
  const leaves = change.changes.length === 0;
  if (change.transition === "alone") return "a majority does not decide that one goes on alone";
  if (raft.pendingConfIndex > raft.log.applied) return "another change may not be applied yet";
  if (joint && !leaves) return "the joint phase must be left first";
  if (!joint && leaves) return "there is no joint phase to leave";
  return undefined;
}

/** What a leader appends for its proposals: a change that cannot be now becomes an empty entry. */
function vetted(raft: Raft, proposed: readonly Entry[]): readonly Entry[] {
  if (!proposed.some(({ kind }) => kind === "conf")) return proposed;
  return proposed.map((entry, at) => {
    if (entry.kind !== "conf") return entry;
    const isRefused = objectionTo(raft, changeOf(entry)) !== undefined;
    if (isRefused && raft.options.validateConfChange) return normalEntry(emptyBytes);
    raft.pendingConfIndex = raft.log.lastIndex + at + 1;
    return entry;
  });
}

/**
 * Appends proposals to the leader's log and sends them out.
 *
 * @returns false, with nothing appended, when there is nothing to, when this leader is no member or
 *   hands over, or when too much is uncommitted
 */
export function proposeEntries(raft: Raft, proposed: readonly Entry[]): boolean {
  if (raft.tracker.get(raft.id) === undefined || raft.transferee !== none) return false;
  if (proposed.length === 0) return false;
  if (!appendEntries(raft, vetted(raft, proposed))) return false;
  broadcastAppend(raft);
  return true;
}

/** The driver has applied up to `index`. A joint phase that is to end by itself ends now. */
export function noteApplied(raft: Raft, index: number, bytes: number): void {
  const applied = Math.max(index, raft.log.applied);
  raft.log.appliedTo(applied, bytes);
  const isDue = raft.tracker.conf.autoLeave && applied >= raft.pendingConfIndex;
  // Dropped while leadership is handed over; then it is tried again with the next entry applied.
  if (isDue && raft.state === "leader") {
    proposeEntries(raft, [confEntry({ transition: "auto", changes: [] })]);
  }
}

/** The driver has installed a snapshot and made it durable. */
export function noteSnapshotStable(raft: Raft, snapshot: Snapshot): void {
  const { unstable } = raft.log;
  unstable.snapshotStable(snapshot.index);
  if (unstable.snapshot === undefined) raft.overtakenConf = undefined;
  noteApplied(raft, snapshot.index, 0);
}

/**
 * Puts a committed change into force, unless what is in force is newer: the configuration of a
 * snapshot on its way to the disk, which stands for all entries handed out before it. Then it only
 * tells what the configuration was at that entry.
 *
 * @throws RaftError `bad-conf` when it does not fit; nothing changes then
 */
export function applyConfChange(raft: Raft, change: ConfChange): ConfState {
  const { tracker, log } = raft;
  if (raft.overtakenConf !== undefined) {
    raft.overtakenConf = changedConf(raft.overtakenConf, change).conf;
    return copyConf(raft.overtakenConf);
  }
  tracker.change(changedConf(tracker.conf, change), log.lastIndex);
  const conf = copyConf(tracker.conf);
  if (raft.state === "leader") settleLeader(raft);
  return conf;
}

/** What a leader does about a new configuration. */
function settleLeader(raft: Raft): void {
  const { tracker } = raft;
  const own = tracker.get(raft.id);
  if (own === undefined || own.learner) {
    if (raft.options.stepDownOnRemoval) raft.becomeFollower(raft.term, none);
    return;
  }
  if (advanceCommit(raft)) {
    broadcastAppend(raft);
  } else {
    // New members need not wait for a heartbeat to get their first probe.
    for (const member of tracker.members) {
      if (member.id !== raft.id) sendAppend(raft, member, false);
    }
  }
  if (raft.transferee !== none && !tracker.isVoter(raft.transferee)) raft.transferee = none;
  settleReads(raft);
}

/** A follower's answer to a snapshot: up to where its log agrees now. */
export function handleSnapshot(raft: Raft, message: Message): void {
  const { snapshot } = message;
  const isRestored = snapshot !== undefined && restore(raft, snapshot);
  const answer = newMessage("AppResp", message.from);
  answer.index = isRestored ? raft.log.lastIndex : raft.log.committed;
  raft.send(answer);
}

/** Begins anew behind a snapshot; false when it brings nothing new, or is not for this node. */
function restore(raft: Raft, snapshot: Snapshot): boolean {
  const { log, tracker } = raft;
  if (snapshot.index <= log.committed) return false;
  if (!membersOf(snapshot.conf).includes(raft.id)) return false;
  if (log.matches(snapshot.index, snapshot.term)) {
    log.commitTo(snapshot.index);
    return false;
  }
  const before = tracker.conf;
  tracker.restore(snapshot.conf, snapshot.index);
  raft.overtakenConf ??= before;
  log.restore(snapshot);
  return true;
}
