import { standForElection } from "./election.ts";
import { beat, checkQuorum } from "./leader.ts";
import { newMessage } from "./message.ts";
import type { Raft } from "./raft.ts";
import { none } from "./types.ts";

function tickLeader(raft: Raft): void {
  const { electionTick, heartbeatTick } = raft.options;
  raft.heartbeatElapsed++;
  raft.lease.tick(raft.log.lastIndex);
  if (raft.electionElapsed >= electionTick) {
    raft.electionElapsed = 0;
    if (raft.options.checkQuorum) checkQuorum(raft, newMessage("CheckQuorum", none));
    if (raft.state !== "leader") return;
    // Whoever was to take over has not: this leader takes proposals again.
    raft.transferee = none;
  }
  if (raft.heartbeatElapsed >= heartbeatTick) {
    raft.heartbeatElapsed = 0;
    beat(raft, newMessage("Beat", none));
  }
}

/** A tick has passed: time to campaign, to send heartbeats, or to see whether a quorum is there. */
export function tick(raft: Raft): void {
  raft.electionElapsed++;
  raft.boundTicks = Math.max(0, raft.boundTicks - 1);
  if (raft.state === "leader") {
    tickLeader(raft);
  } else if (raft.isPromotable && raft.electionElapsed >= raft.electionTimeout) {
    raft.electionElapsed = 0;
    standForElection(raft);
  }
}
