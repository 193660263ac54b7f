/**
 * What a RaftError is about:
 * - `proposal-dropped`: not appended; there is no leader, it is leaving, or too much is uncommitted
 * - `peer-not-found`: a response from a node that is no member
 * - `compacted`: before the log's first index
 * - `unavailable`: past the log's last index
 * - `not-loaded`: not in memory; the storage loads it, and the driver then calls `resume`
 * - `snapshot-unavailable`: the storage needs time to make a snapshot
 * - `local-message`: came over the network, but only a node itself may send it
 * - `bad-conf`: a configuration or change that cannot be
 */
export type RaftErrorCode =
  | "proposal-dropped"
  | "peer-not-found"
  | "compacted"
  | "unavailable"
  | "not-loaded"
  | "snapshot-unavailable"
  | "local-message"
  | "bad-conf";

/** An operation that the core or its storage refuses, and that left everything as it was. */
export class RaftError extends Error {
  override readonly name = "RaftError";
  readonly code: RaftErrorCode;

  constructor(code: RaftErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
