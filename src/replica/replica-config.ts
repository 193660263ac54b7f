import { kib, mib } from "#base/bytes.ts";
import type { FoundCluster } from "#format/index.ts";
import type { Ports } from "#ports/index.ts";

/** What the replica needs of the world. */
export type ReplicaPorts = Pick<Ports, "clock" | "disk" | "entropy" | "stores" | "trace">;

/** How a replica is set up. */
export interface ReplicaConfig {
  /** This node, from 1. */
  nodeId: number;
  /** How the cluster begins, given only if nothing was ever kept in this data directory. */
  founding?: FoundCluster | undefined;
  limits?: Partial<ReplicaLimits> | undefined;
}

/** What bounds a replica. Tests take smaller ones, so that small runs take every turn. */
export interface ReplicaLimits {
  /** The length of a log segment: it is written ahead, and recycled. */
  segmentSizeBytes: number;
  /** Newest entries in memory. One voter never reads them: little is enough. */
  logCacheBytesMax: number;
  /** No checkpoint before the log has grown by this, however small the store is. */
  checkpointLogBytesMin: number;
  /** Commands that wait, in bytes; beyond it `busy`. Bounds memory and how long one waits. */
  queueBytesMax: number;
  /** One append and one apply: so long the node does nothing else (some 10 ms). */
  batchCommandsMax: number;
  batchBytesMax: number;
  /** Changes on their way into the store; beyond it commands wait. Bounds memory and replay. */
  unflushedBytesMax: number;
  /** How long a command waits for its answer where its proposer does not say. */
  proposalTimeoutMs: number;
}

export const replicaLimits: ReplicaLimits = {
  segmentSizeBytes: 16 * mib,
  logCacheBytesMax: 256 * kib,
  checkpointLogBytesMin: 64 * mib,
  queueBytesMax: 8 * mib,
  batchCommandsMax: 512,
  batchBytesMax: 4 * mib,
  unflushedBytesMax: 64 * mib,
  proposalTimeoutMs: 30_000,
};

/** Where things are, relative to the data directory. */
export const logDirectory = "log";
export const checkpointDirectory = "checkpoints";
export const replicaDirectory = "replica";
