/**
 * What stood in the way of a command or a read.
 *
 * - `busy`: too much is waiting, or the log has no room; nothing happened, try again later
 * - `timeout`: not answered in time; see `mayStillHappen`
 * - `stopped`: the node stops or has failed; see `mayStillHappen`
 * - `not-leader`: nobody leads just now; nothing happened
 * - `refused`: the session does not admit the command; nothing happened
 * - `removed`: the node is no member any more
 */
export type ReplicaErrorCode =
  | "busy"
  | "timeout"
  | "stopped"
  | "not-leader"
  | "refused"
  | "removed";

/** A command was not committed as far as is known, or a read could not be made safe. */
export class ReplicaError extends Error {
  override readonly name = "ReplicaError";
  readonly code: ReplicaErrorCode;
  /** The command is in the log: it may have been applied, or may be yet. */
  readonly mayStillHappen: boolean;

  constructor(
    code: ReplicaErrorCode,
    message: string,
    options: { mayStillHappen?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.mayStillHappen = options.mayStillHappen ?? false;
  }
}

/** Why a replica does not start on what it finds on disk. */
export type BootRefusal =
  | "log-missing"
  | "log-corrupt"
  | "log-behind-store"
  | "log-behind-checkpoint"
  | "log-begins-too-late"
  | "all-missing"
  | "another-member"
  | "member-damaged";

/** The node does not start: what it would start on may lack acknowledged writes. */
export class BootRefusedError extends Error {
  override readonly name = "BootRefusedError";
  readonly reason: BootRefusal;
  /**
   * `rejoin`: other voters have what this node may lack; it must never vote under its Raft id again,
   * but may begin anew under a fresh one, as a learner that keeps its shelf.
   */
  readonly remedy: "restore" | "rejoin";
  /** The file or directory that is at fault, relative to the data directory. */
  readonly path: string;

  constructor(refusal: {
    reason: BootRefusal;
    remedy: "restore" | "rejoin";
    path: string;
    /** What is wrong. */
    finding: string;
    /** What could be missing if one went on. */
    lostAtMost: string;
    nextStep: string;
    cause?: unknown;
  }) {
    const { finding, lostAtMost, nextStep, cause } = refusal;
    super(
      `${refusal.path}: ${finding}. Lost at most: ${lostAtMost}. Next step: ${nextStep}`,
      cause === undefined ? undefined : { cause },
    );
    this.reason = refusal.reason;
    this.remedy = refusal.remedy;
    this.path = refusal.path;
  }
}

/**
 * Most replicas have another state than this one, though every row here passes its checksum: the
 * node stops, and the next boot makes the state anew, of the log or of what another member has.
 */
export class StateDiffersError extends Error {
  override readonly name = "StateDiffersError";
}

/** Why a survivor is not to go on alone. */
export type RecoverRefusal = "has-majority" | "others-have-more" | "no-state" | "no-room";

/** A survivor was not made a cluster of its own; nothing was changed. */
export class RecoverRefusedError extends Error {
  override readonly name = "RecoverRefusedError";
  readonly reason: RecoverRefusal;

  constructor(reason: RecoverRefusal, message: string) {
    super(message);
    this.reason = reason;
  }
}
