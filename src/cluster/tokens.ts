import { sha256 } from "#base/hash.ts";
import type { TokenMember } from "#format/index.ts";
import { nodesOf } from "#metadata/index.ts";
import type { Peers } from "#peering/index.ts";
import type { Ports } from "#ports/index.ts";
import type { Replica } from "#replica/index.ts";
import { type AdminFields, AdminRefusedError } from "./admin.ts";
import { joinTokenText, tokenSecretSizeBytes } from "./join-token.ts";
import type { Registry } from "./registry.ts";
import { twoNodesWarning } from "./status.ts";

/** So many members are named: one that is down must not be the only one. */
const membersNamedMax = 3;
/** A token lies about somewhere meanwhile. */
const lifetimeMsMax = 30 * 86_400_000;

/** What the node answers to `token`. */
export interface MadeToken {
  readonly token: string;
  readonly expiresUnixMs: number;
  readonly warnings: readonly string[];
}

/**
 * Makes a token that lets one node join: its hash is committed before anybody sees it.
 *
 * @throws AdminRefusedError, ReplicaError
 */
export async function makeToken(
  parts: {
    ports: Pick<Ports, "clock" | "entropy">;
    replica: Pick<Replica, "propose" | "reader">;
    registry: Registry;
    peers: Pick<Peers, "liveness" | "self">;
  },
  fields: AdminFields,
): Promise<MadeToken> {
  const { ports, replica, registry, peers } = parts;
  const lifetimeMs = Number(fields["lifetimeMs"]);
  if (!(lifetimeMs > 0 && lifetimeMs <= lifetimeMsMax)) {
    throw new AdminRefusedError("a token lasts from a moment to 30 days", "Give another --ttl.");
  }
  const secret = ports.entropy.bytes(tokenSecretSizeBytes);
  const expiresUnixMs = ports.clock.unixMs() + Math.ceil(lifetimeMs);
  const value = { secretHash: sha256(secret), expiresUnixMs, issuer: peers.self };
  const { outcome } = await replica.propose({ kind: "createToken", value });
  if (outcome?.kind === "refusal") {
    throw new AdminRefusedError(outcome.value.detail, "Try again later.");
  }
  const members = membersToAsk(registry, peers);
  const { clusterId } = registry;
  const token = joinTokenText({ clusterId, secret, expiresUnixMs, members });
  const memberCount = [...nodesOf(replica.reader)].filter(({ node }) => node.state !== "removed");
  const warnings = memberCount.length === 1 ? [twoNodesWarning] : [];
  return { token, expiresUnixMs, warnings };
}

/** This node first, which is there, then others that answer. */
function membersToAsk({ known }: Registry, peers: Pick<Peers, "liveness" | "self">): TokenMember[] {
  const isSelf = (node: number): number => (node === peers.self ? 0 : 1);
  return known.peers
    .filter(({ node }) => node === peers.self || peers.liveness(node) !== "down")
    .toSorted((a, b) => isSelf(a.node) - isSelf(b.node) || a.node - b.node)
    .slice(0, membersNamedMax)
    .flatMap(({ addresses, keyFingerprints: [keyFingerprint] }) =>
      keyFingerprint === undefined ? [] : [{ addresses, keyFingerprint }],
    );
}
