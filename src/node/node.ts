import { assert } from "#base/assert.ts";
import { toHex } from "#base/bytes.ts";
import { clusterOf, credentialOf } from "#metadata/index.ts";
import { type CuttingLimits, localContext } from "#objects/index.ts";
import type { Ports } from "#ports/index.ts";
import { Replica, type ReplicaLimits } from "#replica/index.ts";
import { createGateway, type HttpRequest, type HttpResponse } from "#s3/index.ts";
import { Shelf, type ShelfConfig } from "#storage/index.ts";
import { Reclaim } from "#upkeep/index.ts";
import {
  accountOf,
  checkCredentials,
  type Credentials,
  foundingOf,
  makeCredentials,
} from "./credentials.ts";
import { readIdentity, writeIdentity } from "./identity.ts";

/** Bounds of the rooms that tests make smaller, so that small runs take every turn. */
export interface NodeLimits {
  readonly replica?: Partial<ReplicaLimits> | undefined;
  readonly shelf?: Partial<ShelfConfig> | undefined;
  readonly cutting?: CuttingLimits | undefined;
}

export interface NodeConfig {
  /** The region that clients sign for. */
  readonly region: string;
  /** Domains whose subdomains are buckets. */
  readonly domains: readonly string[];
  /** What to found the cluster with; at a later start, what its credentials must be. */
  readonly credentials?: Credentials | undefined;
  readonly limits?: NodeLimits | undefined;
}

/** A running node. */
export interface Node {
  /** Answers one S3 request. Never rejects. */
  handle(request: HttpRequest): Promise<HttpResponse>;
  /** Credentials that this start made, to be shown once. */
  readonly madeCredentials: Credentials | undefined;
  /** Resolves with the reason if the node cannot go on: it must be closed. */
  readonly failure: Promise<Error>;
  /** Makes everything durable and lets go of it. Requests must have ended. */
  close(): Promise<void>;
}

/** The first node of a cluster. */
const firstNode = 1;

/** What is open while a node runs. */
interface Opened {
  readonly shelf: Shelf;
  readonly replica: Replica;
}

/**
 * Starts a node on its data directory: founds a cluster, or recovers.
 *
 * @throws FormatError, BootRefusedError, StoreDamagedError where the directory cannot be served
 *   from; CredentialsDifferError where `config.credentials` are not the store's
 */
export async function createNode(ports: Ports, config: NodeConfig): Promise<Node> {
  const identity = await readIdentity(ports.disk);
  const isNew = identity === undefined;
  const node = identity?.node ?? firstNode;
  const made =
    isNew && config.credentials === undefined ? makeCredentials(ports.entropy) : undefined;
  const credentials = config.credentials ?? made;
  const founding =
    isNew && credentials !== undefined
      ? foundingOf(ports, { nodeId: node, credentials })
      : undefined;

  const opened = await open(ports, {
    shelf: Shelf.open(ports, config.limits?.shelf),
    replica: Replica.open(ports, { nodeId: node, founding, limits: config.limits?.replica }),
  });
  try {
    if (isNew) await finishFounding(ports, opened.replica, node, made);
    checkCredentials(opened.replica.reader, config.credentials);
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
  return run(ports, config, { node, opened, made });
}

/** Opens both at once; where one fails, the other is closed again. */
async function open(
  ports: Pick<Ports, "trace">,
  opening: { shelf: Promise<Shelf>; replica: Promise<Replica> },
): Promise<Opened> {
  const [shelf, replica] = await Promise.allSettled([opening.shelf, opening.replica]);
  if (shelf.status === "fulfilled" && replica.status === "fulfilled") {
    return { shelf: shelf.value, replica: replica.value };
  }
  for (const one of [shelf, replica]) {
    if (one.status === "fulfilled") await one.value.close();
    else ports.trace.write("error", "startFailed", { reason: String(one.reason) });
  }
  throw replica.status === "rejected" ? replica.reason : (shelf as PromiseRejectedResult).reason;
}

/**
 * Writes the identity, last, from what was founded: a start that was cut short founds on.
 * Credentials that such a start made were never shown, so those of this one are added.
 */
async function finishFounding(
  ports: Pick<Ports, "clock" | "disk">,
  replica: Replica,
  node: number,
  made: Credentials | undefined,
): Promise<void> {
  const cluster = clusterOf(replica.reader);
  assert(cluster !== undefined, "N1: a replica that is open has a cluster");
  if (made !== undefined && credentialOf(replica.reader, made.accessKeyId) === undefined) {
    await addCredentials(ports, replica, { clusterId: cluster.clusterId, made });
  }
  await writeIdentity(ports.disk, { clusterId: cluster.clusterId, node });
}

async function addCredentials(
  ports: Pick<Ports, "clock">,
  replica: Replica,
  { clusterId, made }: { clusterId: Uint8Array; made: Credentials },
): Promise<void> {
  const { accessKeyId, secretAccessKey } = made;
  const account = accountOf(clusterId);
  const credential = { secretAccessKey, account, createdUnixMs: ports.clock.unixMs() };
  const value = { accessKeyId, credential };
  const { outcome } = await replica.propose({ kind: "putCredential", value });
  assert(outcome?.kind === "done", "N2: a new credential is taken");
}

function run(
  ports: Ports,
  config: NodeConfig,
  { node, opened, made }: { node: number; opened: Opened; made: Credentials | undefined },
): Node {
  const { shelf, replica } = opened;
  const cutting = config.limits?.cutting;
  const gateway = createGateway({
    ports,
    objects: localContext({
      ports,
      replica,
      shelf,
      node,
      ...(cutting === undefined ? {} : { limits: cutting }),
    }),
    region: config.region,
    domains: config.domains,
    hostId: hostIdOf(replica, node),
  });
  const closing = new AbortController();
  const upkeep = new Reclaim({ ports, replica, shelf }).run(closing.signal);
  const upkeepFailure = new Promise<Error>((resolve) => {
    upkeep.catch((error: unknown) => {
      const failure = error instanceof Error ? error : new Error(String(error));
      ports.trace.write("error", "upkeepFailed", { reason: failure.message });
      resolve(failure);
    });
  });
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.allSettled([upkeep]);
    await closeAll(opened);
  };
  return {
    handle: (request) => gateway.handle(request),
    madeCredentials: made,
    failure: Promise.race([replica.failure, upkeepFailure]),
    close: () => (closed ??= close()),
  };
}

/**
 * Closes both, also where one fails. The replica first: what it leaves says that the end was clean.
 */
async function closeAll({ shelf, replica }: Opened): Promise<void> {
  try {
    await replica.close();
  } finally {
    await shelf.close();
  }
}

function hostIdOf(replica: Replica, node: number): string {
  const cluster = clusterOf(replica.reader);
  assert(cluster !== undefined, "N1: a replica that is open has a cluster");
  return `${toHex(cluster.clusterId)}-${node}`;
}
