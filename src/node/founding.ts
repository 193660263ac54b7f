import { assert } from "#base/assert.ts";
import { clusterOf, credentialOf } from "#metadata/index.ts";
import type { Ports } from "#ports/index.ts";
import type { Replica } from "#replica/index.ts";
import { accountOf, type Credentials } from "./credentials.ts";
import { writeIdentity } from "./identity.ts";
import type { Neighbours } from "./neighbours.ts";

/**
 * Writes the identity, last, from what was founded: a start that was cut short founds on.
 * Credentials that such a start made were never shown, so those of this one are added.
 */
export async function finishFounding(
  ports: Pick<Ports, "clock" | "disk">,
  { replica, neighbours }: { replica: Replica; neighbours: Neighbours },
  { node, made }: { node: number; made: Credentials | undefined },
): Promise<void> {
  const cluster = clusterOf(replica.reader);
  assert(cluster !== undefined, "N1: a replica that is open has a cluster");
  const { clusterId } = cluster;
  if (made !== undefined && credentialOf(replica.reader, made.accessKeyId) === undefined) {
    await addCredentials(ports, replica, { clusterId, made });
  }
  neighbours.registry.clusterId = clusterId;
  await writeIdentity(ports.disk, { clusterId, node, raftId: 0, hasBegun: true });
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
