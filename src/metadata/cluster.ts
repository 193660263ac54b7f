import type { CommandResult, FoundCluster, PutCredential, SetFeatureLevel } from "#format/index.ts";
import { clusterKey, credentialKey, nodeKey } from "./keyspace.ts";
import { foundLayout } from "./layout.ts";
import { accessKeyIdLengthMax, featureLevelMax } from "./limits.ts";
import { clusterOf } from "./queries.ts";
import { type Step, done, refused } from "./step.ts";
import { clusters, credentials, nodes } from "./tables.ts";

/** A command or a feature level that this code does not know: the node must stop, not guess. */
export class UnknownCommandError extends Error {
  override readonly name = "UnknownCommandError";
}

const clusterIdSizeBytes = 16;
const firstLayoutVersion = 1;

/** Applies FoundCluster: the state's first command. */
export function foundCluster(step: Step, command: FoundCluster): CommandResult {
  const { clusterId, epoch, featureLevel, nodeId, node, accessKeyId, credential } = command;
  if (clusterOf(step.batch) !== undefined) return refused("already-founded", "there is a cluster");
  if (clusterId.length !== clusterIdSizeBytes || epoch < 1 || nodeId < 1) {
    return refused("invalid-command", "a cluster has an id, an epoch and a node");
  }
  if (!isAccessKeyId(accessKeyId)) return refused("invalid-command", "the access key id");
  knowLevel(featureLevel);
  step.batch.put(clusters, clusterKey, {
    clusterId,
    epoch,
    featureLevel,
    foundedUnixMs: step.nowUnixMs,
    layoutVersion: firstLayoutVersion,
    // Ids of the founder, and of clusters older than these fields, are found among the nodes.
    lastNodeId: 0,
    lastRaftId: 0,
    awaitsConfirmation: false,
  });
  step.batch.put(nodes, nodeKey(nodeId), node);
  step.batch.put(credentials, credentialKey(accessKeyId), credential);
  foundLayout(step, firstLayoutVersion, nodeId);
  return done();
}

/** Applies SetFeatureLevel. A level never falls. */
export function setFeatureLevel(step: Step, { featureLevel }: SetFeatureLevel): CommandResult {
  knowLevel(featureLevel);
  const cluster = clusterOf(step.batch);
  if (cluster === undefined) return refused("not-founded", "there is no cluster");
  if (featureLevel < cluster.featureLevel) return refused("invalid-command", "a level never falls");
  step.batch.put(clusters, clusterKey, { ...cluster, featureLevel });
  return done();
}

function knowLevel(featureLevel: number): void {
  if (featureLevel <= featureLevelMax) return;
  throw new UnknownCommandError(
    `feature level ${featureLevel} was committed; this program knows up to ${featureLevelMax}`,
  );
}

/** Applies PutCredential. */
export function putCredential(step: Step, command: PutCredential): CommandResult {
  const { accessKeyId, credential } = command;
  if (!isAccessKeyId(accessKeyId)) return refused("invalid-command", "the access key id");
  step.batch.put(credentials, credentialKey(accessKeyId), credential);
  return done();
}

function isAccessKeyId(text: string): boolean {
  return text.length > 0 && text.length <= accessKeyIdLengthMax && text.isWellFormed();
}
