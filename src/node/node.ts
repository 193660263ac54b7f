import { assert } from "#base/assert.ts";
import { toHex } from "#base/bytes.ts";
import { knownPeersOf, NodeRemovedError, requestJoin } from "#cluster/index.ts";
import type { NodeIdentity } from "#format/index.ts";
import { clusterOf } from "#metadata/index.ts";
import { clusterContext } from "#objects/index.ts";
import type { KeyValueReader, Ports } from "#ports/index.ts";
import { BootRefusedError, Replica, type ReplicaConfig, ReplicaError } from "#replica/index.ts";
import { createGateway, type HttpRequest, type HttpResponse } from "#s3/index.ts";
import { Shelf } from "#storage/index.ts";
import type { NodeConfig } from "./config.ts";
import { checkCredentials, type Credentials, foundingOf, makeCredentials } from "./credentials.ts";
import { identityOf, NotEnrolledError } from "./enrolment.ts";
import { finishFounding } from "./founding.ts";
import { IdentityKeeper } from "./identity-keeper.ts";
import { writeIdentity } from "./identity.ts";
import { Loops } from "./loops.ts";
import { adminOf, takePart, tellFacts } from "./membership.ts";
import { directoryOf, meetNeighbours, type Neighbours } from "./neighbours.ts";
import { ClientTraffic } from "./traffic.ts";
import { Upkeep } from "./upkeep.ts";

/** A running node. */
export interface Node {
  /** Answers one S3 request; with 503 before the node is ready. Never rejects. */
  handle(request: HttpRequest): Promise<HttpResponse>;
  /** Answers a line of the command line. Never rejects. */
  admin(line: string): Promise<string>;
  /** Credentials that this start made, to be shown once. */
  readonly madeCredentials: Credentials | undefined;
  /** Resolves once requests are served: a member needs somebody to lead. */
  readonly ready: Promise<void>;
  /** Resolves with the reason if the node cannot go on: it must be closed. */
  readonly failure: Promise<Error>;
  /** Makes everything durable and lets go of it. Requests must have ended. */
  close(): Promise<void>;
}

/** The first node of a cluster. */
const firstNode = 1;
/** A member that lost its log goes on asking for another Raft id this long. */
const rejoinMsMax = 60_000;
/** A leader that stops waits this long for another to take over. */
const handoverMsMax = 3_000;
const handoverLookMs = 50;

/** What is open while a node runs. */
interface Opened {
  readonly identity: NodeIdentity | undefined;
  readonly neighbours: Neighbours;
  readonly shelf: Shelf;
  readonly replica: Replica;
}

/**
 * Starts a node on its data directory: founds a cluster, joins one, or recovers. One that is alone
 * is ready when this resolves.
 *
 * @throws FormatError, BootRefusedError, StoreDamagedError where the directory cannot be served
 *   from; CredentialsDifferError where `config.credentials` are not the store's; NotEnrolledError,
 *   JoinRefusedError, ForeignTokenError where it is no node's and does not become one; NetworkError
 *   where the node's address cannot be listened on
 */
export async function startNode(ports: Ports, config: NodeConfig): Promise<Node> {
  const enrolled = await identityOf(ports, config.cluster);
  if (enrolled === undefined && !config.cluster.mayFound) {
    throw new NotEnrolledError("the data directory is empty");
  }
  const identity = enrolled?.identity;
  const node = identity?.node ?? firstNode;
  const isNew = identity === undefined;
  const made =
    isNew && config.credentials === undefined ? makeCredentials(ports.entropy) : undefined;
  const cluster = { ...config.cluster, listen: enrolled?.address ?? config.cluster.listen };
  const neighbours = await meetNeighbours(ports, cluster, { self: node, identity });
  const opened = await open(ports, config, { identity, node, neighbours, made });
  try {
    if (isLone(opened.replica)) {
      await opened.replica.opened;
      if (isNew) await finishFounding(ports, opened, { node, made });
      checkCredentials(opened.replica.reader, config.credentials);
    }
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
  return run(ports, config, { node, opened, made });
}

/** Opens both at once; where one fails, all is closed again. */
async function open(
  ports: Ports,
  config: NodeConfig,
  parts: {
    identity: NodeIdentity | undefined;
    node: number;
    neighbours: Neighbours;
    made: Credentials | undefined;
  },
): Promise<Opened> {
  const { identity, node, neighbours, made } = parts;
  const credentials = config.credentials ?? made;
  const founding =
    identity === undefined && credentials !== undefined
      ? foundingOf(ports, { nodeId: node, credentials, neighbours })
      : undefined;
  const { registry, peers } = neighbours;
  const noteState = (reader: KeyValueReader, appliedIndex: number): void => {
    const known = knownPeersOf(reader, appliedIndex);
    if (known !== undefined && registry.learn(known)) peers.registryChanged();
  };
  const replicaConfig: ReplicaConfig = {
    nodeId: node,
    founding,
    group: { peers, directory: directoryOf(registry), noteState },
    limits: config.limits?.replica,
  };
  const [shelf, replica] = await Promise.allSettled([
    Shelf.open(ports, config.limits?.shelf),
    openReplica(ports, replicaConfig, { identity, neighbours }),
  ]);
  if (shelf.status === "fulfilled" && replica.status === "fulfilled") {
    return { neighbours, shelf: shelf.value, ...replica.value };
  }
  if (shelf.status === "fulfilled") await shelf.value.close();
  else ports.trace.write("error", "startFailed", { reason: String(shelf.reason) });
  if (replica.status === "fulfilled") await replica.value.replica.close();
  else ports.trace.write("error", "startFailed", { reason: String(replica.reason) });
  await neighbours.close();
  throw replica.status === "rejected" ? replica.reason : (shelf as PromiseRejectedResult).reason;
}

/** Starts the replica; a member that has lost its log takes part anew, under another Raft id. */
async function openReplica(
  ports: Ports,
  config: ReplicaConfig,
  parts: { identity: NodeIdentity | undefined; neighbours: Neighbours },
): Promise<Pick<Opened, "identity" | "replica">> {
  const { identity, neighbours } = parts;
  try {
    return await beginReplica(ports, config, identity);
  } catch (error) {
    const hasOthers = (identity?.known?.peers.length ?? 0) > 1;
    const isCurable =
      error instanceof BootRefusedError &&
      (error.remedy === "rejoin" || error.reason === "all-missing");
    if (identity === undefined || !hasOthers || !isCurable) throw error;
    ports.trace.write("error", "logLost", { reason: error.message });
    return beginReplica(ports, config, await renew(ports, identity, neighbours));
  }
}

async function beginReplica(
  ports: Ports,
  config: ReplicaConfig,
  identity: NodeIdentity | undefined,
): Promise<Pick<Opened, "identity" | "replica">> {
  const begun = identity === undefined ? undefined : { ...identity, hasBegun: true };
  // First, so that no log can be lost of which nothing is known; a start that is cut short here
  // costs a Raft id.
  if (begun !== undefined && identity?.hasBegun !== true) await writeIdentity(ports.disk, begun);
  const replica = await Replica.start(ports, { ...config, ...raftIdOf(identity) });
  return { identity: begun, replica };
}

/** A founder bears its node's number, and nobody gave it another. */
function raftIdOf(
  identity: NodeIdentity | undefined,
): Pick<ReplicaConfig, "hasBegun" | "isJoining" | "raftId"> {
  if (identity === undefined || identity.raftId === 0) return {};
  const { raftId, hasBegun } = identity;
  return { raftId, hasBegun, isJoining: true };
}

async function renew(
  ports: Ports,
  identity: NodeIdentity,
  { facts, registry }: Neighbours,
): Promise<NodeIdentity> {
  const { clusterId, node } = identity;
  const lostRaftId = identity.raftId === 0 ? node : identity.raftId;
  const members = registry.known.peers
    .filter((peer) => peer.node !== node)
    .flatMap(({ addresses, keyFingerprints }) =>
      keyFingerprints.map((keyFingerprint) => ({ addresses, keyFingerprint })),
    );
  const request = { clusterId, secret: new Uint8Array(0), facts, replaces: 0, lostRaftId };
  const accepted = await requestJoin(ports, { request, members, timeoutMs: rejoinMsMax });
  const { raftId, known } = accepted;
  const renewed = { ...identity, raftId, known, hasBegun: false };
  await writeIdentity(ports.disk, renewed);
  registry.learn(known);
  ports.trace.write("warn", "raftIdRenewed", { node, lostRaftId, raftId });
  return renewed;
}

/** Whether the node decides alone: it is ready without anybody. */
function isLone(replica: Replica): boolean {
  const { voters, votersOutgoing, learners } = replica.status().conf;
  return voters.length === 1 && votersOutgoing.length === 0 && learners.length === 0;
}

function run(
  ports: Ports,
  config: NodeConfig,
  { node, opened, made }: { node: number; opened: Opened; made: Credentials | undefined },
): Node {
  const { shelf, replica, neighbours } = opened;
  const loops = new Loops(ports.trace);
  let isReady = false;
  const cutting = config.limits?.cutting;
  const { registry, peers } = neighbours;
  const objects = clusterContext({
    ports,
    replica,
    shelf,
    peers,
    onCorrupt: (name) => upkeep.suspect(name),
    ...(cutting === undefined ? {} : { limits: cutting }),
  });
  const gateway = createGateway({
    ports,
    objects,
    region: config.region,
    domains: config.domains,
    hostId: `${toHex(registry.clusterId)}-${node}`,
    isReady: () => isReady,
  });
  const traffic = new ClientTraffic(ports.clock);
  const { scrubPassMs } = config;
  const upkeep = new Upkeep({ ports, peers, replica, shelf, objects, traffic, scrubPassMs });
  const identity = opened.identity ?? identityOfFounder(replica, node);
  const keeper = new IdentityKeeper(ports.disk, identity);
  takePart({ ports, keeper, neighbours, replica, shelf }, loops);
  const isOpen = replica.opened.catch((error: unknown) => {
    if (!(error instanceof ReplicaError) || error.code !== "removed") throw error;
    throw new NodeRemovedError(`node ${node} was removed`, { cause: error });
  });
  const ready = isOpen.then(() => {
    checkCredentials(replica.reader, config.credentials);
    isReady = true;
    loops.begin("facts", (signal) => tellFacts({ ports, neighbours, replica }, signal));
    upkeep.begin(loops);
  });
  const unready = new Promise<Error>((resolve) => {
    ready.catch((error: unknown) => {
      resolve(error instanceof Error ? error : new Error(String(error)));
    });
  });
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await handOver(ports, replica);
    await loops.close();
    await closeAll(opened);
  };
  return {
    handle: (request) => traffic.during(() => gateway.handle(request)),
    admin: adminOf({ ports, neighbours, replica, shelf }, upkeep),
    madeCredentials: made,
    ready,
    failure: Promise.race([replica.failure, loops.failure, unready]),
    close: () => (closed ??= close()),
  };
}

function identityOfFounder(replica: Replica, node: number): NodeIdentity {
  const cluster = clusterOf(replica.reader);
  assert(cluster !== undefined, "N1: a founder has its cluster when it runs");
  return { clusterId: cluster.clusterId, node, raftId: 0, hasBegun: true };
}

/** Where this node leads others, one of them leads before it goes: nobody has to miss it first. */
async function handOver({ clock, trace }: Ports, replica: Replica): Promise<void> {
  const { role, leader } = replica.status();
  if (role !== "leader") return;
  const members = await replica.members().catch(() => []);
  const heir = members
    .filter(({ raftId, isLearner, isActive }) => raftId !== leader && !isLearner && isActive)
    .reduce<(typeof members)[number] | undefined>(
      (best, one) => (best === undefined || one.matchIndex > best.matchIndex ? one : best),
      undefined,
    );
  if (heir === undefined) return;
  trace.write("info", "leadershipHandedOver", { to: heir.raftId });
  await replica.transferLeadership(heir.raftId).catch(() => undefined);
  const deadlineMs = clock.monotonicMs() + handoverMsMax;
  while (replica.status().role === "leader" && clock.monotonicMs() < deadlineMs) {
    await clock.sleep(handoverLookMs);
  }
}

/**
 * Closes all, also where one fails. The replica first: what it leaves says that the end was clean.
 */
async function closeAll({ shelf, replica, neighbours }: Opened): Promise<void> {
  try {
    await replica.close();
  } finally {
    await neighbours.close();
    await shelf.close();
  }
}
