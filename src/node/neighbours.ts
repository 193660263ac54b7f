import { Admission, JoinDesk, joinProtocol, Registry } from "#cluster/index.ts";
import type { NodeFacts, NodeIdentity } from "#format/index.ts";
import { PeerNetwork } from "#peering/index.ts";
import type { KeyFingerprint, Ports } from "#ports/index.ts";
import type { ReplicaConfig } from "#replica/index.ts";
import type { ClusterConfig } from "./config.ts";
import { factsOf } from "./facts.ts";

/** The other nodes, as far as this one speaks with them. */
export interface Neighbours {
  readonly registry: Registry;
  readonly peers: PeerNetwork;
  readonly admission: Admission;
  /** What this node says of itself. */
  readonly facts: NodeFacts;
  readonly key: KeyFingerprint;
  close(): Promise<void>;
}

/**
 * Takes the node's address and hears other nodes and joiners from now on. What they ask for is
 * answered once the node has its state.
 *
 * @param self this node's number
 * @param identity none where the cluster is being founded
 * @throws NetworkError where the address cannot be listened on
 */
export async function meetNeighbours(
  ports: Ports,
  config: ClusterConfig,
  { self, identity }: { self: number; identity: NodeIdentity | undefined },
): Promise<Neighbours> {
  const key = await ports.identity.fingerprint();
  const nobody = { epoch: 0, appliedIndex: 0, peers: [] };
  const registry = new Registry(
    identity?.clusterId ?? new Uint8Array(0),
    identity?.known ?? nobody,
  );
  const peers = new PeerNetwork(ports, { self, registry });
  const admission = new Admission(ports, registry);
  const desk = new JoinDesk(ports, admission.admit);
  const accept = desk.accept.bind(desk);
  const bound = await peers.listen(config.listen, [{ protocol: joinProtocol, accept }]);
  ports.trace.write("info", "clusterListening", { address: bound, node: self });
  return {
    registry,
    peers,
    admission,
    facts: await factsOf(ports, config, config.advertise(bound)),
    key,
    close: async () => {
      await desk.close();
      await peers.close();
    },
  };
}

/** Which node bears which Raft id, and which there are. */
export function directoryOf(registry: Registry): NonNullable<ReplicaConfig["group"]>["directory"] {
  return {
    nodeOf: (raftId) => registry.nodeOfRaftId(raftId),
    nodes: () => registry.nodes(),
  };
}
