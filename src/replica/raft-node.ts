import type { Id, RaftStorage } from "#raft/index.ts";
import { RawNode } from "#raft/index.ts";
import type { Random } from "#ports/index.ts";
import type { ReplicaLimits } from "./replica-config.ts";

/** Messages with entries that a member may not have answered yet. */
const inflightMessagesMax = 64;

/** The core of consensus, as a replica runs it. */
export function raftNode(parts: {
  raftId: Id;
  storage: RaftStorage;
  appliedIndex: number;
  limits: ReplicaLimits;
  random: Random;
}): RawNode {
  const { raftId, storage, appliedIndex, limits, random } = parts;
  return new RawNode({
    id: raftId,
    storage,
    applied: appliedIndex,
    electionTick: limits.electionTicks,
    heartbeatTick: 1,
    preVote: true,
    checkQuorum: true,
    maxBytesPerMsg: limits.messageBytesMax,
    maxCommittedBytesPerReady: limits.applyBytesMax,
    maxUncommittedBytes: limits.unflushedBytesMax,
    maxInflightMsgs: inflightMessagesMax,
    maxInflightBytes: 16 * limits.messageBytesMax,
    readOnly: "safe",
    stepDownOnRemoval: true,
    validateConfChange: true,
    // Sending overlaps the leader's own sync.
    asyncStorageWrites: true,
    random: (below) => random.below(below),
  });
}
