/**
 * The replicated state on this node: commands go in and come back decided, reads are linearizable.
 *
 * R1. A command is answered only when it is durable in the log and applied.
 * R2. A command is applied exactly once: its session and number name it, over restarts too.
 * R3. Entries are applied in the order of the log, each once; a boot skips what the store has.
 * R4. Only what the store flushed in this boot, and two checkpoints reach behind, leaves the log.
 * R5. Commands are stamped with a time that never goes back.
 * R6. A number of a session is drawn once; below a low water nothing is in use.
 * R7. A node starts only on what is provably all that was acknowledged, or says what is not.
 * R8. After a read barrier the reader shows every command answered before it was asked for.
 * R9. A damaged row is never given out; the node stops, and the next boot makes the store anew.
 * R10. A survivor that goes on alone keeps its whole log, in a later epoch; or nothing happens.
 * R11. A replica that has another state than most do makes its state anew, and not of its own.
 *
 * A lone voter needs nobody; members of a group reach each other over Peers. It does not know what
 * commands mean: metadata does. Who should belong is for its owner to say.
 */
export {
  type BootRefusal,
  BootRefusedError,
  type RecoverRefusal,
  RecoverRefusedError,
  ReplicaError,
  type ReplicaErrorCode,
  StateDiffersError,
} from "./replica-error.ts";
export { type RecoverConfig, type Recovered, recoverReplica } from "./recover.ts";
export type { ProposeOptions } from "./proposal.ts";
export type { CommandBody } from "./proposals.ts";
export { type MemberProgress, Replica, type ReplicaStatus } from "./replica.ts";
export type {
  RaftDirectory,
  ReplicaConfig,
  ReplicaGroup,
  ReplicaLimits,
  ReplicaPorts,
} from "./replica-config.ts";
