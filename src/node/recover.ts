import type { Ports } from "#ports/index.ts";
import { type Recovered, recoverReplica } from "#replica/index.ts";
import type { NodeConfig } from "./config.ts";
import { NotEnrolledError } from "./enrolment.ts";
import { readIdentity } from "./identity.ts";
import { directoryOf, meetNeighbours } from "./neighbours.ts";

/** What a recovery came to, by the nodes' numbers. */
export interface RecoveredNode extends Pick<Recovered, "epoch" | "last" | "undecidedCount"> {
  readonly node: number;
  /** Who has to take part anew before it belongs again. */
  readonly leftBehind: readonly number[];
}

/**
 * Lets a node that is stopped go on alone, where the others will not come back; it has to be
 * started then. Those that answer are asked first.
 *
 * @throws NotEnrolledError; RecoverRefusedError, BootRefusedError, as `recoverReplica` does
 */
export async function recoverNode(
  ports: Ports,
  config: NodeConfig,
  { isForced }: { isForced: boolean },
): Promise<RecoveredNode> {
  const identity = await readIdentity(ports.disk);
  if (identity === undefined) throw new NotEnrolledError("the data directory is empty");
  const { node, raftId } = identity;
  const neighbours = await meetNeighbours(ports, config.cluster, { self: node, identity });
  try {
    const { registry, peers } = neighbours;
    const recovered = await recoverReplica(ports, {
      nodeId: node,
      raftId: raftId === 0 ? node : raftId,
      group: { peers, directory: directoryOf(registry) },
      limits: config.limits?.replica,
      isForced,
    });
    const { epoch, last, undecidedCount } = recovered;
    const leftBehind = recovered.leftBehind.map((id) => registry.nodeOfRaftId(id) ?? id);
    return { node, epoch, last, undecidedCount, leftBehind };
  } finally {
    await neighbours.close();
  }
}
