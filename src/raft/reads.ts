// Linearizable reads without log entries. Dissertation, section 6.4.
import { unstamped } from "./lease.ts";
import { newMessage, readContextOf } from "./message.ts";
import type { Raft } from "./raft.ts";
import { broadcastHeartbeat } from "./replication.ts";
import { type Message, none } from "./types.ts";

/**
 * Reads that may wait for a leader's first commit. More are dropped, as reads without a leader
 * are, and asked for again: a leader that commits nothing must not collect them without end.
 */
const postponedReadsMax = 65_536;

/**
 * Whether this leader knows the commit index: it has committed an entry of its own term. A lone
 * voter needs this too: what it committed before a crash may exceed the commit index it stored.
 */
function knowsCommit(raft: Raft): boolean {
  return raft.log.termAt(raft.log.committed) === raft.term;
}

/** Tells whoever asked up to where to apply before it reads. */
function grant(raft: Raft, request: Message, index: number): void {
  const context = readContextOf(request);
  if (context === undefined) return;
  if (request.from === none || request.from === raft.id) {
    raft.readStates.push({ index, context });
    return;
  }
  const answer = newMessage("ReadIndexResp", request.from);
  answer.index = index;
  answer.entries = request.entries;
  raft.send(answer);
}

/** A leader takes a read, its own or a forwarded one. */
export function handleRead(raft: Raft, request: Message): void {
  if (knowsCommit(raft)) {
    startRead(raft, request);
  } else if (raft.postponedReads.length < postponedReadsMax) {
    raft.postponedReads.push(request);
  }
}

function isSureToLead({ options, lease, tracker, id }: Raft): boolean {
  if (tracker.decidesAlone(id)) return true;
  return options.readOnly === "lease" && lease.isHeld(tracker, id);
}

function startRead(raft: Raft, request: Message): void {
  const context = readContextOf(request);
  if (context === undefined) return;
  if (isSureToLead(raft)) {
    grant(raft, request, raft.log.committed);
    return;
  }
  raft.reads.add(request, context, raft.log.committed);
  raft.reads.acknowledge(raft.id, context);
  broadcastHeartbeat(raft, context);
}

/** Takes up the reads that waited for the first commit of this term. */
export function startPostponedReads(raft: Raft): void {
  if (raft.postponedReads.length === 0 || !knowsCommit(raft)) return;
  const waiting = raft.postponedReads;
  raft.postponedReads = [];
  for (const request of waiting) startRead(raft, request);
}

/** Grants the reads that wait if this leader decides alone now: nobody is left to confirm them. */
export function settleReads(raft: Raft): void {
  const newest = raft.reads.newestContext();
  if (newest === undefined || !raft.tracker.decidesAlone(raft.id)) return;
  for (const read of raft.reads.takeThrough(newest)) grant(raft, read.request, read.index);
}

/** A heartbeat that carried a read was answered; grants it and all before it once a quorum has. */
export function confirmRead(raft: Raft, response: Message): void {
  const { from } = response;
  let { context } = response;
  if (context === undefined || context.length === 0) return;
  if (raft.options.readOnly === "lease") {
    raft.lease.noteBeat(from, context);
    context = unstamped(context);
  }
  const confirmed = raft.reads.acknowledge(from, context);
  if (confirmed === undefined || raft.tracker.resultOf(confirmed) !== "won") return;
  for (const read of raft.reads.takeThrough(context)) grant(raft, read.request, read.index);
}
