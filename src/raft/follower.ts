import { takeOver } from "./election.ts";
import { RaftError } from "./errors.ts";
import { type Handler, type HandlerTable, ignore } from "./handler.ts";
import { handleSnapshot } from "./membership.ts";
import { readContextOf } from "./message.ts";
import { handleAppend, handleHeartbeat } from "./replication.ts";
import { none } from "./types.ts";

/** Obeys whoever leads this term. */
function fromLeader(handle: Handler): Handler {
  return (raft, message) => {
    raft.electionElapsed = 0;
    raft.lead = message.from;
    handle(raft, message);
  };
}

/** Passes on to the leader, in the name of whoever asked. Without a leader it is lost. */
const forward: Handler = (raft, message) => {
  if (raft.lead !== none) raft.send({ ...message, to: raft.lead, term: 0 });
};

const propose: Handler = (raft, message) => {
  if (raft.lead === none) throw new RaftError("proposal-dropped", "there is no leader");
  forward(raft, message);
};

/** With leases, whoever forgets its leader could elect another one before its lease ends. */
const forgetLeader: Handler = (raft) => {
  if (raft.options.readOnly !== "lease") raft.lead = none;
};

const takeReadResponse: Handler = (raft, message) => {
  const context = readContextOf(message);
  if (context !== undefined) raft.readStates.push({ index: message.index, context });
};

/** What a follower or learner does with messages of its term. */
export const followerHandlers: HandlerTable = {
  Hup: ignore,
  Beat: ignore,
  Prop: propose,
  App: fromLeader(handleAppend),
  AppResp: ignore,
  Vote: ignore,
  VoteResp: ignore,
  PreVote: ignore,
  PreVoteResp: ignore,
  Snap: fromLeader(handleSnapshot),
  Heartbeat: fromLeader(handleHeartbeat),
  HeartbeatResp: ignore,
  TimeoutNow: takeOver,
  TransferLeader: forward,
  ReadIndex: forward,
  ReadIndexResp: takeReadResponse,
  Unreachable: ignore,
  SnapStatus: ignore,
  CheckQuorum: ignore,
  ForgetLeader: forgetLeader,
  StorageAppend: ignore,
  StorageAppendResp: ignore,
  StorageApply: ignore,
  StorageApplyResp: ignore,
};
