// How a leader's log gets to the others, and how they take it. Paper, section 5.3.
import { assert } from "#base/assert.ts";
import { payloadsBytes, placeEntry } from "./entry.ts";
import { newMessage } from "./message.ts";
import type { PeerProgress } from "./progress.ts";
import type { Raft } from "./raft.ts";
import type { Entry, Message } from "./types.ts";

/**
 * Sends a member what comes next for it: an App, or a snapshot when that is compacted.
 *
 * @param evenEmpty whether an App without entries is worth sending, for its commit index
 * @returns whether anything was sent
 */
export function sendAppend(raft: Raft, member: PeerProgress, evenEmpty: boolean): boolean {
  if (member.paused) return false;
  const { log, options } = raft;
  const previous = member.next - 1;
  const term = log.termAt(previous);
  if (term === undefined) return sendSnapshot(raft, member);

  // With a full window an empty App still goes: were all Apps in it lost, nothing else would tell.
  const isFull = member.state === "replicate" && member.inflights.isFull;
  const entries = isFull ? [] : log.entriesFrom(member.next, options.maxBytesPerMsg);
  if (entries === "compacted") return evenEmpty && sendSnapshot(raft, member);
  if (entries === "not-loaded") return false;
  if (entries.length === 0 && !evenEmpty) return false;

  const message = newMessage("App", member.id);
  message.index = previous;
  message.logTerm = term;
  message.entries = entries;
  message.commit = log.committed;
  raft.send(message);
  member.noteSent(entries.length, payloadsBytes(entries));
  member.noteSentCommit(log.committed);
  return true;
}

function sendSnapshot(raft: Raft, member: PeerProgress): boolean {
  if (!member.active) return false;
  const snapshot = raft.log.snapshot();
  if (snapshot === undefined) return false;
  assert(snapshot.index > 0, "R3: what is compacted is in a snapshot");
  member.becomeSnapshot(snapshot.index);
  const message = newMessage("Snap", member.id);
  message.snapshot = snapshot;
  raft.send(message);
  return true;
}

/** Sends every other member what comes next for it, in ascending order of ids. */
export function broadcastAppend(raft: Raft): void {
  for (const member of raft.tracker.members) {
    if (member.id !== raft.id) sendAppend(raft, member, true);
  }
}

/** Sends on where the log could not be read before. */
export function resumeSending(raft: Raft): void {
  if (raft.state !== "leader") return;
  for (const member of raft.tracker.members) {
    if (member.id !== raft.id) while (sendAppend(raft, member, false));
  }
}

/** Sends every other member a heartbeat, with the context of a read to be confirmed, if any. */
export function broadcastHeartbeat(raft: Raft, context: Uint8Array | undefined): void {
  const isLeased = raft.options.readOnly === "lease";
  const carried = isLeased ? raft.lease.stamped(context) : context;
  for (const member of raft.tracker.members) {
    if (member.id === raft.id) continue;
    const message = newMessage("Heartbeat", member.id);
    // Beyond what is known to match, the member may hold other entries than those committed.
    message.commit = Math.min(member.match, raft.log.committed);
    if (carried !== undefined) message.context = carried;
    raft.send(message);
    member.noteSentCommit(message.commit);
  }
}

/** Counts proposed payload; false when it would be too much. Empty entries always pass. */
function admit(raft: Raft, entries: readonly Entry[]): boolean {
  const bytes = payloadsBytes(entries);
  const held = raft.uncommittedBytes;
  if (held > 0 && bytes > 0 && held + bytes > raft.uncommittedBytesMax) return false;
  raft.uncommittedBytes += bytes;
  return true;
}

/** Appends to a leader's own log. False, and nothing appended, when too much is uncommitted. */
export function appendEntries(raft: Raft, proposed: readonly Entry[]): boolean {
  assert(raft.state === "leader", "R2: only a leader makes entries, behind all that it has");
  if (!admit(raft, proposed)) return false;
  let { lastIndex } = raft.log;
  raft.log.append(proposed.map((entry) => placeEntry(entry, raft.term, ++lastIndex)));
  // R7: the leader's own copy counts once it is durable, as everyone else's.
  const voucher = newMessage("AppResp", raft.id);
  voucher.index = lastIndex;
  raft.send(voucher);
  return true;
}

/** Commits what a quorum holds, if it is of the leader's own term. Paper, section 5.4.2. */
export function advanceCommit(raft: Raft): boolean {
  return raft.log.commitInTerm(raft.tracker.committed(), raft.term);
}

/** A follower's answer to an App of its leader. */
export function handleAppend(raft: Raft, message: Message): void {
  const { log } = raft;
  const { from, index, logTerm, entries } = message;
  assert(
    entries.every((entry, at) => entry.index === index + 1 + at),
    "R3: the entries of an App follow its index",
  );
  const answer = newMessage("AppResp", from);
  if (index < log.committed) {
    answer.index = log.committed;
    raft.send(answer);
    return;
  }
  const agreed = log.follow(index, logTerm, entries, message.commit);
  if (agreed !== undefined) {
    answer.index = agreed;
  } else {
    const hint = log.findConflict(Math.min(index, log.lastIndex), logTerm);
    answer.index = index;
    answer.reject = true;
    answer.rejectHint = hint.index;
    answer.logTerm = hint.term;
  }
  raft.send(answer);
}

export function handleHeartbeat(raft: Raft, message: Message): void {
  raft.log.commitTo(message.commit);
  const answer = newMessage("HeartbeatResp", message.from);
  if (message.context !== undefined) answer.context = message.context;
  raft.send(answer);
}
