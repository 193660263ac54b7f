import { equalBytes } from "#base/bytes.ts";
import { joinProtocol, parseJoinToken, requestJoin } from "#cluster/index.ts";
import type { NodeIdentity } from "#format/index.ts";
import type { Disk, Ports } from "#ports/index.ts";
import type { ClusterConfig } from "./config.ts";
import { factsOf } from "./facts.ts";
import { readIdentity, writeIdentity } from "./identity.ts";

/** How long a joiner goes on asking; its operator waits. */
const joinMsMax = 60_000;

/** The data directory is no node's yet, and was not to become one. */
export class NotEnrolledError extends Error {
  override readonly name = "NotEnrolledError";
}

/** The token is of another cluster than the data directory. */
export class ForeignTokenError extends Error {
  override readonly name = "ForeignTokenError";
}

/** What a node needs to become one. */
type EnrolmentPorts = Pick<Ports, "clock" | "disk" | "identity" | "network" | "trace">;

/** Whether the data directory is a node's. @throws FormatError */
export async function isEnrolled(disk: Disk): Promise<boolean> {
  return (await readIdentity(disk)) !== undefined;
}

/**
 * Whose data directory this is; where it is nobody's and there is a token, it joins the cluster
 * that made it, once: what the cluster answers is on disk before this resolves.
 *
 * @returns undefined where it is nobody's and there is no token
 * @throws JoinRefusedError, JoinTokenError, ForeignTokenError, FormatError, NetworkError
 */
export async function identityOf(
  ports: EnrolmentPorts,
  config: ClusterConfig,
): Promise<{ identity: NodeIdentity; address: string } | undefined> {
  const identity = await readIdentity(ports.disk);
  const token = config.token === undefined ? undefined : parseJoinToken(config.token);
  if (identity !== undefined) {
    if (token !== undefined && !equalBytes(token.clusterId, identity.clusterId)) {
      throw new ForeignTokenError("the data directory belongs to another cluster than the token");
    }
    // The same command line works again: the token did its work at the first start.
    return { identity, address: config.listen };
  }
  if (token === undefined) return undefined;
  // Taken while the others are told of it; whoever comes before the node runs is turned away.
  const listener = await ports.network.listen({
    address: config.listen,
    protocols: [joinProtocol],
    accept: (connection) => connection.close(),
  });
  try {
    return { identity: await join(ports, config, listener.address), address: listener.address };
  } finally {
    await listener.close();
  }
}

async function join(
  ports: EnrolmentPorts,
  config: ClusterConfig,
  address: string,
): Promise<NodeIdentity> {
  const { clusterId, secret, members } = parseJoinToken(config.token ?? "");
  // The key is made and kept before it is registered: a join that is cut short is asked again.
  await ports.identity.fingerprint();
  const facts = await factsOf(ports, config, config.advertise(address));
  const replaces = config.replaces ?? 0;
  const request = { clusterId, secret, facts, replaces, lostRaftId: 0 };
  const accepted = await requestJoin(ports, { request, members, timeoutMs: joinMsMax });
  const { node, raftId, known } = accepted;
  const identity: NodeIdentity = {
    clusterId: accepted.clusterId,
    node,
    raftId,
    known,
    hasBegun: false,
  };
  await writeIdentity(ports.disk, identity);
  ports.trace.write("info", "clusterJoined", { node, raftId });
  return identity;
}

/**
 * Joins a cluster and does no more: the node is run later.
 *
 * @throws as `identityOf` does; NotEnrolledError without a token
 */
export async function enrol(ports: EnrolmentPorts, config: ClusterConfig): Promise<NodeIdentity> {
  const enrolled = await identityOf(ports, config);
  if (enrolled === undefined) throw new NotEnrolledError("there is no token to join with");
  return enrolled.identity;
}
