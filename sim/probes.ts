/**
 * Events of the nodes' own trace that many runs together ought to come to. Each tells of a place in
 * the code that is rarely reached: runs that never were there say nothing of what happens there.
 */
export const probes: readonly string[] = [
  // The log and the replicated state.
  "checkpointReceived",
  "checkpointWritten",
  "leadershipHandedOver",
  "logFailed",
  "logLost",
  "logReplayed",
  "raftIdRenewed",
  "replicaFailed",
  "replicasCompared",
  "snapshotInstalled",
  "storeRebuilt",
  // The shelf.
  "packAbandoned",
  "packCompacted",
  "packTailTorn",
  "shardCorrupt",
  "shardFileSettled",
  "shelfIndexBuilding",
  "shelfIndexDamaged",
  // Bodies over several nodes.
  "homesAskedAnew",
  "readHedged",
  "readRebuilt",
  "shardsLeftBehind",
  "shardUnreadable",
  "unitUnreadable",
  // Upkeep and members.
  "garbageRemoved",
  "memberDidNotAdmit",
  "reclaimHeldUp",
  "shardHealed",
];
