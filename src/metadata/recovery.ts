import type { CommandResult, RecoverCluster } from "#format/index.ts";
import { clusterKey, nodeKey } from "./keyspace.ts";
import { clusterOf, nodesOf } from "./queries.ts";
import { type Step, done, refused } from "./step.ts";
import { clusters, nodes } from "./tables.ts";

/**
 * Applies RecoverCluster: the survivor's epoch from here on. The others' logs may hold what was
 * decided differently, so none of them takes part again under the Raft id of its log. Nor is
 * anything reclaimed for now: they may have shards whose commits the survivor never saw.
 */
export function recoverCluster(step: Step, { epoch, node }: RecoverCluster): CommandResult {
  const cluster = clusterOf(step.batch);
  if (cluster === undefined) return refused("not-founded", "there is no cluster");
  if (epoch <= cluster.epoch) return refused("invalid-command", "an epoch is later than the last");
  const all = [...nodesOf(step.batch)];
  if (!all.some(({ id }) => id === node)) return refused("no-such-node", String(node));
  let lastRaftId = Math.max(cluster.lastRaftId, ...all.map((one) => one.node.raftId));
  for (const { id, node: row } of all) {
    if (id === node || row.state === "removed") continue;
    step.batch.put(nodes, nodeKey(id), { ...row, raftId: ++lastRaftId });
  }
  const recovered = { ...cluster, epoch, lastRaftId, awaitsConfirmation: true };
  step.batch.put(clusters, clusterKey, recovered);
  return done();
}

/** Applies ConfirmRecovery. That nothing waits for it is no failure. */
export function confirmRecovery(step: Step): CommandResult {
  const cluster = clusterOf(step.batch);
  if (cluster === undefined) return refused("not-founded", "there is no cluster");
  step.batch.put(clusters, clusterKey, { ...cluster, awaitsConfirmation: false });
  return done();
}
