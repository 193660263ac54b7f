// Where every message comes in: first its term, then what all roles do alike, then the role.
import { candidateHandlers, preCandidateHandlers } from "./candidate.ts";
import { campaignNow, handleVote, isHeldByLease } from "./election.ts";
import { entriesBytes, payloadsBytes } from "./entry.ts";
import { followerHandlers } from "./follower.ts";
import type { Handler, HandlerTable } from "./handler.ts";
import { leaderHandlers } from "./leader.ts";
import { noteApplied, noteSnapshotStable } from "./membership.ts";
import { newMessage } from "./message.ts";
import type { Raft } from "./raft.ts";
import { type Message, type MessageType, none, type State } from "./types.ts";

const handlersOf: Readonly<Record<State, HandlerTable>> = {
  follower: followerHandlers,
  precandidate: preCandidateHandlers,
  candidate: candidateHandlers,
  leader: leaderHandlers,
};

const takeStorageAppendResponse: Handler = (raft, message) => {
  if (message.index !== 0) raft.log.unstable.stableTo(message.index, message.logTerm);
  if (message.snapshot !== undefined) noteSnapshotStable(raft, message.snapshot);
};

const takeStorageApplyResponse: Handler = (raft, message) => {
  const last = message.entries.at(-1);
  if (last === undefined) return;
  noteApplied(raft, last.index, entriesBytes(message.entries));
  const done = payloadsBytes(message.entries);
  raft.uncommittedBytes = Math.max(0, raft.uncommittedBytes - done);
};

/** What does not depend on the role. */
const commonHandlers: Readonly<Partial<Record<MessageType, Handler>>> = {
  Hup: campaignNow,
  Vote: handleVote,
  PreVote: handleVote,
  StorageAppendResp: takeStorageAppendResponse,
  StorageApplyResp: takeStorageApplyResponse,
};

/** Whether a message of a later term moves this node into that term. */
function raisesTerm({ type, reject }: Message): boolean {
  // A pre-vote is about a term that nobody is in yet; so is its grant.
  return type !== "PreVote" && (type !== "PreVoteResp" || reject);
}

/** The sender is behind. Mostly it finds out by itself; where it would not, it is told. */
function answerOldTerm(raft: Raft, message: Message): void {
  const { type, from, snapshot } = message;
  const { checkQuorum, preVote } = raft.options;
  if ((checkQuorum || preVote) && (type === "Heartbeat" || type === "App")) {
    // This node's own votes may be ignored, so an old leader learns of the term only by this.
    raft.send(newMessage("AppResp", from));
  } else if (type === "PreVote") {
    const answer = newMessage("PreVoteResp", from);
    answer.reject = true;
    raft.send(answer);
  } else if (type === "StorageAppendResp" && snapshot !== undefined) {
    // The entries it vouches for may be overwritten by now; what a snapshot holds is committed.
    noteSnapshotStable(raft, snapshot);
  }
}

/**
 * Takes in a message.
 *
 * @throws RaftError `proposal-dropped` for a proposal that is not appended or passed on
 */
export function step(raft: Raft, message: Message): void {
  const { type, term } = message;
  // Term 0: a local message, or one that is passed on to whoever leads.
  if (term !== 0 && term < raft.term) {
    answerOldTerm(raft, message);
    return;
  }
  if (term > raft.term) {
    if (isHeldByLease(raft, message)) return;
    if (raisesTerm(message)) {
      const isLeaders = type === "App" || type === "Heartbeat" || type === "Snap";
      raft.becomeFollower(term, isLeaders ? message.from : none);
    }
  }
  const handle = commonHandlers[type] ?? handlersOf[raft.state][type];
  handle(raft, message);
}
