/*
 * The data path of a cluster below the gateway, for tests: shelves on any ports that reach each
 * other over any network, and a state that all nodes share because it is a map.
 */
import { mib } from "#base/bytes.ts";
import type { ShardName } from "#format/index.ts";
import type { Peers } from "#peering/index.ts";
import type { Ports } from "#ports/index.ts";
import { Shelf } from "#storage/index.ts";
import { clusterContext, type ObjectsContext } from "./context.ts";
import { makeRig, type Rig } from "./rig.ts";

/** One node's shelf and coordinators. */
export interface ClusterNode {
  readonly shelf: Shelf;
  /** A rig whose shards are the cluster's, as this node sees them. */
  readonly rig: Rig;
  /** Shards of this node that a reader rightly found damaged. */
  readonly corrupt: ShardName[];
}

/** Nodes that share a state. */
export class ClusterRig {
  readonly nodes: Map<number, ClusterNode> = new Map();
  readonly #state: Rig;
  #sessionCount = 0;

  constructor(nodeCount: number) {
    this.#state = makeRig(nodeCount);
  }

  /** Starts a node, on what its disk holds. Its units are named by a session of its own. */
  async start(ports: Ports, peers: Peers): Promise<ClusterNode> {
    const shelf = await Shelf.open(ports, { packSizeBytes: mib, reserveBytesMin: mib });
    const corrupt: ShardName[] = [];
    const { replica, limits, units } = this.#state.context;
    const session = { epoch: 1, session: ++this.#sessionCount };
    const context: ObjectsContext = {
      ...clusterContext({
        ports,
        shelf,
        peers,
        limits,
        replica: { ...replica, session },
        onCorrupt: (name) => void corrupt.push(name),
      }),
      units,
    };
    const holds: Rig["holds"] = (node, name) => this.nodes.get(node)?.shelf.has(name) === true;
    const node = { shelf, corrupt, rig: { ...this.#state, context, holds } };
    this.nodes.set(peers.self, node);
    return node;
  }
}
