/**
 * Consensus: keeps one log the same on several nodes, with the behaviour of etcd's raft.
 *
 * R1. At most one leader a term: a node votes once a term, and terms never go back.
 * R2. A leader never overwrites or drops entries of its own log.
 * R3. Two logs with the same term at an index agree up to it; a log has no gaps.
 * R4. A leader commits by counting only entries of its own term.
 * R5. applied <= applying <= committed <= last index; none goes back, nothing committed changes.
 * R6. 0 <= match < next for every member; sending is bounded by a window of messages and bytes.
 * R7. Durable before told: nothing that vouches for state leaves before that state is durable.
 * R8. Configurations change one at a time, when applied, and overlap in their quorums.
 * R9. Nobody is voter and learner at once; learners-to-be are outgoing voters.
 * R10. The core is a function of its inputs and of the random numbers it is handed.
 *
 * It does not send, store, apply, read a clock or roll dice, and knows nothing of what is in an
 * entry. Whoever drives it holds the contract of RawNode.
 */
export { changedConf, emptyConf, enterJoint, leaveJoint, simple } from "./conf-change.ts";
export type { BaseConfiguration, ChangedConf, Configuration } from "./conf-change.ts";
export { entryBytes } from "./entry.ts";
export { RaftError, type RaftErrorCode } from "./errors.ts";
export { committedIndex, voteResult, type VoteResult } from "./quorum.ts";
export { RawNode } from "./raw-node.ts";
export { MemoryStorage } from "./storage.ts";
export { appendThread, applyThread, none } from "./types.ts";
export type {
  ConfChange,
  ConfState,
  Entry,
  HardState,
  Id,
  MemberChange,
  Message,
  MessageType,
  Options,
  Progress,
  RaftStorage,
  ReadState,
  Ready,
  Snapshot,
  State,
  Status,
} from "./types.ts";
