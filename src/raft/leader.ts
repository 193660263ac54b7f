import { RaftError } from "./errors.ts";
import { type Handler, type HandlerTable, ignore } from "./handler.ts";
import { proposeEntries } from "./membership.ts";
import { newMessage } from "./message.ts";
import type { PeerProgress } from "./progress.ts";
import type { Raft } from "./raft.ts";
import { confirmRead, handleRead, startPostponedReads } from "./reads.ts";
import { advanceCommit, broadcastAppend, broadcastHeartbeat, sendAppend } from "./replication.ts";
import { type Message, none } from "./types.ts";

/** A handler of messages that say something about the member they come from. */
function ofMember(handle: (raft: Raft, member: PeerProgress, message: Message) => void): Handler {
  return (raft, message) => {
    const member = raft.tracker.get(message.from);
    if (member !== undefined) handle(raft, member, message);
  };
}

export const beat: Handler = (raft) => {
  broadcastHeartbeat(raft, raft.reads.newestContext());
};

/** Steps down if no quorum was heard from since the last time. Dissertation, section 6.2. */
export const checkQuorum: Handler = (raft) => {
  if (!raft.tracker.isQuorumActive()) raft.becomeFollower(raft.term, none);
  for (const member of raft.tracker.members) if (member.id !== raft.id) member.active = false;
};

const propose: Handler = (raft, message) => {
  if (!proposeEntries(raft, message.entries)) {
    throw new RaftError("proposal-dropped", "this leader takes no proposals now");
  }
};

function takeRejection(raft: Raft, member: PeerProgress, message: Message): void {
  const { rejectHint, logTerm } = message;
  // By its term at the hint, the member cannot agree where this log has later terms.
  const next = logTerm > 0 ? raft.log.findConflict(rejectHint, logTerm).index : rejectHint;
  if (!member.fallBack(message.index, next)) return;
  if (member.state === "replicate") member.becomeProbe();
  sendAppend(raft, member, true);
}

/** The member's log agrees up to here: it can be sent more, in the way its state allows now. */
function settleState(raft: Raft, member: PeerProgress, index: number): void {
  if (member.state === "replicate") {
    member.inflights.freeTo(index);
  } else if (member.state === "probe") {
    member.becomeReplicate();
  } else if (member.match + 1 >= raft.log.firstIndex) {
    // Whichever snapshot it was that it got: what comes next for it is in the log.
    member.becomeProbe();
    member.becomeReplicate();
  }
}

function handOver(raft: Raft, member: PeerProgress): void {
  raft.lease.giveUp();
  raft.send(newMessage("TimeoutNow", member.id));
}

function takeAcceptance(raft: Raft, member: PeerProgress, message: Message): void {
  raft.lease.noteAccepted(member.id, message.index);
  const isNews = member.acknowledge(message.index);
  // A probe of a member that is up to date tells only that it can be sent to again.
  if (!isNews && !(member.state === "probe" && member.match === message.index)) return;
  settleState(raft, member, message.index);
  const isOther = member.id !== raft.id;
  if (advanceCommit(raft)) {
    startPostponedReads(raft);
    broadcastAppend(raft);
  } else if (isOther && member.canRaiseCommit(raft.log.committed)) {
    sendAppend(raft, member, true);
  }
  if (isOther) while (sendAppend(raft, member, false));
  if (member.id === raft.transferee && member.match === raft.log.lastIndex) {
    handOver(raft, member);
  }
}

const takeAppendResponse = ofMember((raft, member, message) => {
  member.active = true;
  if (message.reject) takeRejection(raft, member, message);
  else takeAcceptance(raft, member, message);
});

const takeHeartbeatResponse = ofMember((raft, member, message) => {
  member.active = true;
  member.flowPaused = false;
  // A probed member that is up to date is sent an empty App too: its answer ends the probing.
  if (member.match < raft.log.lastIndex || member.state === "probe") {
    sendAppend(raft, member, true);
  }
  confirmRead(raft, message);
});

const takeSnapshotStatus = ofMember((_raft, member, message) => {
  if (member.state !== "snapshot") return;
  if (message.reject) member.pendingSnapshot = 0;
  member.becomeProbe();
  // Arrived: the member will say so itself. Failed: not again before the next heartbeat.
  member.flowPaused = true;
});

const takeUnreachable = ofMember((_raft, member) => {
  // Apps under way are probably lost.
  if (member.state === "replicate") member.becomeProbe();
});

/** Dissertation, section 3.10. */
const transferLeader = ofMember((raft, member) => {
  if (member.learner || raft.transferee === member.id) return;
  raft.transferee = none;
  if (member.id === raft.id) return;
  // It has one election timeout to take over.
  raft.electionElapsed = 0;
  raft.transferee = member.id;
  if (member.match === raft.log.lastIndex) handOver(raft, member);
  else sendAppend(raft, member, true);
});

/** What a leader does with messages of its term. */
export const leaderHandlers: HandlerTable = {
  Hup: ignore,
  Beat: beat,
  Prop: propose,
  App: ignore,
  AppResp: takeAppendResponse,
  Vote: ignore,
  VoteResp: ignore,
  PreVote: ignore,
  PreVoteResp: ignore,
  Snap: ignore,
  Heartbeat: ignore,
  HeartbeatResp: takeHeartbeatResponse,
  TimeoutNow: ignore,
  TransferLeader: transferLeader,
  ReadIndex: handleRead,
  ReadIndexResp: ignore,
  Unreachable: takeUnreachable,
  SnapStatus: takeSnapshotStatus,
  CheckQuorum: checkQuorum,
  ForgetLeader: ignore,
  StorageAppend: ignore,
  StorageAppendResp: ignore,
  StorageApply: ignore,
  StorageApplyResp: ignore,
};
