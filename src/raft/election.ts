// Who leads. Paper, sections 5.2 and 5.4.1; dissertation, section 9.6 (pre-vote).
import { assert } from "#base/assert.ts";
import { emptyBytes, equalBytes } from "#base/bytes.ts";
import { normalEntry } from "./entry.ts";
import { newMessage, transferContext } from "./message.ts";
import type { Raft } from "./raft.ts";
import { appendEntries, broadcastAppend } from "./replication.ts";
import { type Message, none } from "./types.ts";

/** Why a node campaigns: to ask first, by its own, or because its leader told it to. */
type Campaign = "preElection" | "election" | "transfer";

/** Campaigns because time is up. */
export function standForElection(raft: Raft): void {
  considerCampaign(raft, raft.options.preVote ? "preElection" : "election");
}

/** Campaigns because the driver says so. Its own vote, too, is bound by its leader's lease. */
export function campaignNow(raft: Raft): void {
  if (raft.options.readOnly === "lease" && isBound(raft)) return;
  standForElection(raft);
}

/** Campaigns because the leader hands over. No pre-vote: there was no partition to recover from. */
export function takeOver(raft: Raft): void {
  considerCampaign(raft, "transfer");
}

function considerCampaign(raft: Raft, kind: Campaign): void {
  if (raft.state === "leader" || !raft.isPromotable) return;
  // A committed change decides who votes: not before it is in force.
  if (raft.log.someUnapplied((entry) => entry.kind === "conf")) return;
  campaign(raft, kind);
}

function becomePreCandidate(raft: Raft): void {
  assert(raft.state !== "leader", "R1: a leader does not campaign");
  // Neither term nor vote change: whoever cannot win must not disturb.
  raft.tracker.clearVotes();
  raft.lead = none;
  raft.state = "precandidate";
}

function becomeCandidate(raft: Raft): void {
  assert(raft.state !== "leader", "R1: a leader does not campaign");
  raft.restart(raft.term + 1);
  raft.vote = raft.id;
  raft.state = "candidate";
}

function becomeLeader(raft: Raft): void {
  assert(raft.state === "candidate", "R1: only a candidate becomes leader");
  raft.restart(raft.term);
  raft.lead = raft.id;
  raft.state = "leader";
  const own = raft.tracker.get(raft.id);
  assert(own !== undefined, "R1: a leader is a voter when it is elected");
  own.becomeReplicate();
  own.active = true;
  // Any entry there may be a change that is not in force yet.
  raft.pendingConfIndex = raft.log.lastIndex;
  const isAppended = appendEntries(raft, [normalEntry(emptyBytes)]);
  assert(isAppended, "R4: an empty entry is always appended");
}

function campaign(raft: Raft, kind: Campaign): void {
  if (kind === "preElection") becomePreCandidate(raft);
  else becomeCandidate(raft);
  const term = kind === "preElection" ? raft.term + 1 : raft.term;
  const { lastIndex, lastTerm } = raft.log;
  for (const id of raft.tracker.voterIds()) {
    if (id === raft.id) {
      // R7: the node's own vote counts once it is durable, as everyone else's.
      const voucher = newMessage(kind === "preElection" ? "PreVoteResp" : "VoteResp", id);
      voucher.term = term;
      raft.send(voucher);
      continue;
    }
    const request = newMessage(kind === "preElection" ? "PreVote" : "Vote", id);
    request.term = term;
    request.index = lastIndex;
    request.logTerm = lastTerm;
    if (kind === "transfer") request.context = transferContext;
    raft.send(request);
  }
}

/** A (pre-)candidate counts an answer to its campaign. */
export function countVote(raft: Raft, message: Message): void {
  const result = raft.tracker.countVote(message.from, !message.reject);
  if (result === "lost") {
    raft.becomeFollower(raft.term, none);
  } else if (result === "won" && raft.state === "precandidate") {
    campaign(raft, "election");
  } else if (result === "won") {
    becomeLeader(raft);
    broadcastAppend(raft);
  }
}

/** Whether a vote for a later term is to be ignored: a leader was heard from not long ago. */
export function isHeldByLease(raft: Raft, message: Message): boolean {
  if (message.type !== "Vote" && message.type !== "PreVote") return false;
  const { context } = message;
  if (context !== undefined && equalBytes(context, transferContext)) return false;
  return isBound(raft);
}

/** Whether a leader was, or with leases may have been, heard from not long ago. */
function isBound({ options, lead, electionElapsed, boundTicks }: Raft): boolean {
  if (boundTicks > 0) return true;
  return options.checkQuorum && lead !== none && electionElapsed < options.electionTick;
}

/** Answers a (pre-)vote of this term, or a pre-vote of a later one. Learners vote too. */
export function handleVote(raft: Raft, message: Message): void {
  const isPreVote = message.type === "PreVote";
  const answer = newMessage(isPreVote ? "PreVoteResp" : "VoteResp", message.from);
  const isFree =
    raft.vote === message.from ||
    (raft.vote === none && raft.lead === none) ||
    (isPreVote && message.term > raft.term);
  if (!isFree || !raft.log.isUpToDate(message.index, message.logTerm)) {
    answer.term = raft.term;
    answer.reject = true;
    raft.send(answer);
    return;
  }
  // The term asked for: a pre-candidate would pass over an answer of this node's older term.
  answer.term = message.term;
  raft.send(answer);
  if (isPreVote) return;
  raft.electionElapsed = 0;
  raft.vote = message.from;
}
