import {
  answerAdmin,
  askStanding,
  clusterStatus,
  confirmRecovery,
  gatherNews,
  knownPeersOf,
  makeToken,
  Membership,
  NodeRemovedError,
  operationCalls,
  ownSpace,
  recordFacts,
  rotateKey,
  serveNews,
  serveShardsLeft,
  serveSpace,
  shardsLeft,
  spaceOf,
  type WalkReport,
} from "#cluster/index.ts";
import type { KnownPeers, NodeSpace, PeerSeed } from "#format/index.ts";
import { nodeOf } from "#metadata/index.ts";
import type { Ports } from "#ports/index.ts";
import { type Replica, ReplicaError } from "#replica/index.ts";
import type { Shelf } from "#storage/index.ts";
import type { IdentityKeeper } from "./identity-keeper.ts";
import type { Loops } from "./loops.ts";
import type { Neighbours } from "./neighbours.ts";
import type { Upkeep } from "./upkeep.ts";

/** How often the registry is compared with the state. */
const registryPauseMs = 500;
const factsPauseMs = 2_000;

/** The cluster went on without the node, whose log is void: it has to be started again. */
export class LeftBehindError extends Error {
  override readonly name = "LeftBehindError";
}

/** A node with its state, among others. */
interface MemberParts {
  readonly ports: Ports;
  readonly keeper: IdentityKeeper;
  readonly neighbours: Neighbours;
  readonly replica: Replica;
  readonly shelf: Shelf;
}

/** Takes part in the cluster: answers members and joiners, and does what falls to this node. */
export function takePart(parts: MemberParts, loops: Loops): void {
  const { ports, neighbours, replica, shelf } = parts;
  const { peers, registry, admission, facts } = neighbours;
  admission.use(replica);
  serveNews(ports, { peers, registry, replica });
  serveSpace(peers, () => ownSpace(ports.disk, shelf));
  serveShardsLeft(peers, () => shardsLeft(replica.reader, shelf));
  loops.begin("registry", (signal) => keepRegistry(parts, signal));
  loops.begin("membership", (signal) => new Membership({ ports, replica, peers }).run(signal));
  const hasLeader = (): boolean => {
    const node = registry.nodeOfRaftId(replica.status().leader);
    // Who does not vote goes on following a leader that is out of reach.
    return node !== undefined && peers.liveness(node) !== "down";
  };
  const unheard = (member: PeerSeed, signal: AbortSignal): Promise<void> =>
    learnStanding(parts, member, signal);
  loops.begin("news", (signal) => {
    return gatherNews(ports, { peers, registry, replica, facts, hasLeader, unheard }, signal);
  });
}

/**
 * Learns what has become of this node, from a member that does not hear it.
 *
 * @throws LeftBehindError, NodeRemovedError where it cannot go on as it is
 */
async function learnStanding(
  { ports, neighbours, keeper }: MemberParts,
  member: PeerSeed,
  signal: AbortSignal,
): Promise<void> {
  const { registry, facts } = neighbours;
  const standing = await askStanding(ports, { registry, facts }, { member, signal });
  const { known, raftId = 0 } = standing ?? {};
  const epoch = registry.epoch();
  if (known === undefined || known.epoch < epoch) return;
  if (known.epoch === epoch) {
    registry.learn(known);
    return;
  }
  await keeper.beginAnew({ raftId, known });
  throw new LeftBehindError(
    `the cluster goes on in epoch ${known.epoch}, from what one survivor had; this node was in ` +
      `epoch ${epoch}: it begins anew as ${raftId}, and keeps its shards`,
  );
}

/** What the command line may ask of the node, besides what upkeep answers. */
export function adminOf(
  { ports, neighbours, replica, shelf }: Omit<MemberParts, "keeper">,
  upkeep: Pick<Upkeep, "calls" | "walkOf">,
): (line: string) => Promise<string> {
  const { peers, registry, facts } = neighbours;
  const { self } = peers;
  const space = (node: number): Promise<NodeSpace | undefined> =>
    node === self ? ownSpace(ports.disk, shelf) : spaceOf(peers, node);
  const walk = (node: number): Promise<WalkReport | undefined> => upkeep.walkOf(node);
  const ownShardsLeft = (): number => shardsLeft(replica.reader, shelf);
  return answerAdmin({
    ...upkeep.calls,
    "confirm-recovery": () => confirmRecovery(replica),
    "rotate-key": () => rotateKey({ ports, replica, peers, facts }),
    ...operationCalls({ ports, replica, peers, space, ownShardsLeft, walk }),
    token: (fields) => makeToken({ ports, replica, registry, peers }, fields),
    status: () =>
      clusterStatus({
        self,
        reader: replica.reader,
        group: () => {
          const { leader, conf } = replica.status();
          return { leader, voters: conf.voters, learners: conf.learners };
        },
        liveness: (node) => peers.liveness(node),
        space,
        walk,
      }),
  });
}

/** Tells the cluster where this node is and what it takes, once it can. */
export async function tellFacts(
  { ports, neighbours, replica }: Omit<MemberParts, "keeper" | "shelf">,
  signal: AbortSignal,
): Promise<void> {
  const { peers, facts } = neighbours;
  for (;;) {
    try {
      await recordFacts(replica, peers.self, facts);
      return;
    } catch (error) {
      if (!(error instanceof ReplicaError)) throw error;
      await ports.clock.sleep(factsPauseMs, signal);
    }
  }
}

/** Lets the registry be what the state says, and keeps it for the next start. */
async function keepRegistry(parts: MemberParts, signal: AbortSignal): Promise<void> {
  const { ports, neighbours, keeper, replica } = parts;
  const { registry, peers } = neighbours;
  let known: KnownPeers | undefined;
  for (;;) {
    if (known?.appliedIndex !== replica.status().appliedIndex) {
      known = knownHere(replica, peers.self);
    }
    if (known !== undefined) {
      if (registry.learn(known)) peers.registryChanged();
      peers.meetAll();
    }
    // A joiner that was let in here is known before the state is looked at.
    if (keeper.known === undefined || !registry.says(keeper.known)) {
      await keeper.keepKnown(registry.known);
    }
    await ports.clock.sleep(registryPauseMs, signal);
  }
}

/**
 * Undefined before there is a state, and while a newer one takes its place.
 *
 * @throws NodeRemovedError where the state has only a tombstone of this node
 */
function knownHere(replica: Replica, self: number): KnownPeers | undefined {
  try {
    const isRemoved = nodeOf(replica.reader, self)?.state === "removed";
    if (isRemoved) throw new NodeRemovedError(`node ${self} was removed`);
    return knownPeersOf(replica.reader, replica.status().appliedIndex);
  } catch (error) {
    if (error instanceof ReplicaError) return undefined;
    throw error;
  }
}
