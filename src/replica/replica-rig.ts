// What the room's tests share: a founded replica on simulated ports, and commands for it.
import type { CommandResult, FoundCluster, Node } from "#format/index.ts";
import { bucketOf } from "#metadata/index.ts";
import type { KeyValueReader } from "#ports/index.ts";
import { type CommandBody, type ReplicaConfig, type ReplicaLimits } from "./index.ts";

/** Small, so that short runs take every turn: rotations, checkpoints, replay. */
export const rigLimits: Partial<ReplicaLimits> = {
  segmentSizeBytes: 16 * 1024,
  logCacheBytesMax: 2048,
  checkpointLogBytesMin: 32 * 1024,
};

export function rigConfig(limits: Partial<ReplicaLimits> = {}): ReplicaConfig {
  return { nodeId: 1, founding, limits: { ...rigLimits, ...limits } };
}

export const rigNode: Node = {
  raftId: 1,
  keyFingerprint: new Uint8Array(32),
  addresses: [],
  host: "host",
  zone: "zone",
  weight: 1,
  state: "up",
  layoutVersionWalked: 0,
};

const founding: FoundCluster = {
  clusterId: new Uint8Array(16).fill(7),
  epoch: 1,
  featureLevel: 1,
  nodeId: 1,
  node: rigNode,
  accessKeyId: "key",
  credential: { secretAccessKey: "secret", account: "owner", createdUnixMs: 0 },
};

/** Creates a bucket: the smallest command that leaves a row. */
export function createBucket(bucket: string): CommandBody {
  return { kind: "createBucket", value: { bucket, owner: "owner", lockEnabled: false } };
}

/** Whether the result is not a refusal. */
export function isDone({ outcome }: CommandResult): boolean {
  return outcome?.kind === "done";
}

export function hasBucket(reader: KeyValueReader, bucket: string): boolean {
  return bucketOf(reader, bucket) !== undefined;
}
