import { countVote } from "./election.ts";
import { RaftError } from "./errors.ts";
import { type Handler, type HandlerTable, ignore } from "./handler.ts";
import { handleSnapshot } from "./membership.ts";
import { handleAppend, handleHeartbeat } from "./replication.ts";

/** Someone leads this term: the campaign is over. */
function yieldTo(handle: Handler): Handler {
  return (raft, message) => {
    raft.becomeFollower(message.term, message.from);
    handle(raft, message);
  };
}

const propose: Handler = () => {
  throw new RaftError("proposal-dropped", "there is no leader");
};

/** What a candidate does with messages of its term. Late answers to its pre-vote mean nothing. */
export const candidateHandlers: HandlerTable = {
  Hup: ignore,
  Beat: ignore,
  Prop: propose,
  App: yieldTo(handleAppend),
  AppResp: ignore,
  Vote: ignore,
  VoteResp: countVote,
  PreVote: ignore,
  PreVoteResp: ignore,
  Snap: yieldTo(handleSnapshot),
  Heartbeat: yieldTo(handleHeartbeat),
  HeartbeatResp: ignore,
  TimeoutNow: ignore,
  TransferLeader: ignore,
  ReadIndex: ignore,
  ReadIndexResp: ignore,
  Unreachable: ignore,
  SnapStatus: ignore,
  CheckQuorum: ignore,
  ForgetLeader: ignore,
  StorageAppend: ignore,
  StorageAppendResp: ignore,
  StorageApply: ignore,
  StorageApplyResp: ignore,
};

/** What a pre-candidate does: the same, but it counts the answers to its pre-vote. */
export const preCandidateHandlers: HandlerTable = {
  ...candidateHandlers,
  VoteResp: ignore,
  PreVoteResp: countVote,
};
