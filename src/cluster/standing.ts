import type { JoinAccepted, NodeFacts, PeerSeed } from "#format/index.ts";
import type { Network, Ports } from "#ports/index.ts";
import { JoinRefusedError, requestJoin } from "./join.ts";
import type { Registry } from "./registry.ts";

/** One member is asked, and it may have to wait for a leader itself. */
const askMsMax = 5_000;

/** The cluster wants this node no more: it must not go on. */
export class NodeRemovedError extends Error {
  override readonly name = "NodeRemovedError";
}

/**
 * Asks a member that does not hear this node what the cluster knows of it, as a joiner asks: who is
 * no member is told nothing anywhere else.
 *
 * @returns the node's Raft id, and who belongs to the cluster; undefined where it cannot be said
 * @throws NodeRemovedError where this node does not belong to it
 */
export async function askStanding(
  ports: Pick<Ports, "clock" | "trace"> & { network: Network },
  { registry, facts }: { registry: Registry; facts: NodeFacts },
  { member, signal }: { member: PeerSeed; signal: AbortSignal },
): Promise<JoinAccepted | undefined> {
  const { clusterId } = registry;
  const { addresses, keyFingerprints } = member;
  const members = keyFingerprints.map((keyFingerprint) => ({ addresses, keyFingerprint }));
  // It has lost nothing: it asks for no other Raft id.
  const request = { clusterId, secret: new Uint8Array(0), facts, replaces: 0, lostRaftId: 0 };
  try {
    const options = { request, members, timeoutMs: 0, attemptMs: askMsMax, signal };
    return await requestJoin(ports, options);
  } catch (error) {
    if (!(error instanceof JoinRefusedError)) throw error;
    if (error.code !== "removed" && error.code !== "stranger") return undefined;
    throw new NodeRemovedError(error.message, { cause: error });
  }
}
