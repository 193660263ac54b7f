import { kib, mib } from "#base/bytes.ts";
import type { FoundCluster } from "#format/index.ts";
import type { Peers } from "#peering/index.ts";
import type { KeyValueReader, Ports } from "#ports/index.ts";

/** What the replica needs of the world. */
export type ReplicaPorts = Pick<
  Ports,
  "clock" | "disk" | "entropy" | "random" | "stores" | "trace"
>;

/** Which node bears which Raft id. */
export interface RaftDirectory {
  /** Undefined where it is not known, or nobody's any more. */
  nodeOf(raftId: number): number | undefined;
  /** All nodes that may be members, this one too. */
  nodes(): Iterable<number>;
}

/** The other members, as far as a replica needs to know them. */
export interface ReplicaGroup {
  peers: Peers;
  directory: RaftDirectory;
  /**
   * Is shown the state that a start found, before any member is heard: it says who they are, and of
   * which epoch.
   */
  noteState?: ((reader: KeyValueReader, appliedIndex: number) => void) | undefined;
}

/** How a replica is set up. */
export interface ReplicaConfig {
  /** This node, from 1. */
  nodeId: number;
  /** This node's number in the Raft group; without it, that of the node, as the founder's is. */
  raftId?: number | undefined;
  /**
   * The Raft id is a fresh one: unless this was done before, what is here of another is dropped,
   * and the node waits for a leader to give it the state.
   */
  isJoining?: boolean | undefined;
  /**
   * It was begun under this Raft id before: where there is no trace of it, it is refused, for what
   * it has voted for is forgotten.
   */
  hasBegun?: boolean | undefined;
  /** Without it the node is a lone voter for good. */
  group?: ReplicaGroup | undefined;
  /** How the cluster begins, given only if nothing was ever kept in this data directory. */
  founding?: FoundCluster | undefined;
  limits?: Partial<ReplicaLimits> | undefined;
}

/** What bounds a replica. Tests take smaller ones, so that small runs take every turn. */
export interface ReplicaLimits {
  /** The length of a log segment: it is written ahead, and recycled. */
  segmentSizeBytes: number;
  /** Newest entries in memory: what is not applied yet, and what the others may need again. */
  logCacheBytesMax: number;
  /** No checkpoint before the log has grown by this, however small the store is. */
  checkpointLogBytesMin: number;
  /** A checkpoint that was read from stays for so long, should the reader break off and resume. */
  checkpointLeaseMs: number;
  /** Commands that wait, in bytes; beyond it `busy`. Bounds memory and how long one waits. */
  queueBytesMax: number;
  /** One append and one apply: so long the node does nothing else (some 10 ms). */
  batchCommandsMax: number;
  batchBytesMax: number;
  /** Changes on their way into the store; beyond it commands wait. Bounds memory and replay. */
  unflushedBytesMax: number;
  /** How long a command waits for its answer where its proposer does not say. */
  proposalTimeoutMs: number;
  /** The tick of the core of consensus. */
  tickMs: number;
  /** A voter that hears of no leader for so many ticks, up to twice that, stands for election. */
  electionTicks: number;
  /** Entries in one message to another member, in bytes; one entry goes in any case. */
  messageBytesMax: number;
  /** Committed entries that are applied in one stretch, in bytes. */
  applyBytesMax: number;
  /** A leader whose disk takes longer for one write hands its office over. */
  diskStallMs: number;
  /** So many bytes of rows, at least, are compared with other replicas at a time. */
  checkBytesMin: number;
  /** Between two such comparisons: they cost each node a few milliseconds of its processor. */
  checkPauseMs: number;
  /** After all of the state was compared. */
  checkRestMs: number;
}

export const replicaLimits: ReplicaLimits = {
  segmentSizeBytes: 16 * mib,
  logCacheBytesMax: 4 * mib,
  checkpointLogBytesMin: 64 * mib,
  checkpointLeaseMs: 120_000,
  queueBytesMax: 8 * mib,
  batchCommandsMax: 512,
  batchBytesMax: 4 * mib,
  unflushedBytesMax: 64 * mib,
  proposalTimeoutMs: 30_000,
  tickMs: 100,
  electionTicks: 8,
  messageBytesMax: 256 * kib,
  applyBytesMax: mib,
  diskStallMs: 2000,
  checkBytesMin: 4 * mib,
  checkPauseMs: 10_000,
  checkRestMs: 3_600_000,
};

/** Where things are, relative to the data directory. */
export const logDirectory = "log";
export const checkpointDirectory = "checkpoints";
export const replicaDirectory = "replica";
