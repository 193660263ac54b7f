import { assert } from "#base/assert.ts";
import { equalSecrets, toHex, utf8 } from "#base/bytes.ts";
import { sha256 } from "#base/hash.ts";
import type { Credential, FoundCluster } from "#format/index.ts";
import { credentialOf, featureLevelMax, type Reader } from "#metadata/index.ts";
import type { Clock, Entropy } from "#ports/index.ts";
import type { Neighbours } from "./neighbours.ts";

/** The keys that S3 clients sign with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The credentials given at a later start are not those of the store. */
export class CredentialsDifferError extends Error {
  override readonly name = "CredentialsDifferError";
}

/**
 * Letters and digits that are not mistaken for one another; 32 of them, so that none is likelier.
 */
const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const idLength = 20;
/** Thirty bytes are forty characters. */
const secretSizeBytes = 30;
const clusterIdSizeBytes = 16;

/** Makes credentials that nobody can guess. */
export function makeCredentials(entropy: Entropy): Credentials {
  const digits = [...entropy.bytes(idLength)].map((byte) => idAlphabet[byte % idAlphabet.length]);
  const secretAccessKey = entropy.bytes(secretSizeBytes).toBase64({ alphabet: "base64url" });
  return { accessKeyId: digits.join(""), secretAccessKey };
}

/** The canonical id of the account that owns a cluster's buckets: 64 hexadecimal digits. */
export function accountOf(clusterId: Uint8Array): string {
  return toHex(sha256(clusterId));
}

/** Who founds, with what. */
interface FoundingParts {
  nodeId: number;
  credentials: Credentials;
  neighbours: Pick<Neighbours, "facts" | "key">;
}

/** How a one-node cluster begins. */
export function foundingOf(
  ports: { clock: Clock; entropy: Entropy },
  { nodeId, credentials, neighbours }: FoundingParts,
): FoundCluster {
  const { clock, entropy } = ports;
  const { accessKeyId, secretAccessKey } = credentials;
  const { key, facts } = neighbours;
  const clusterId = entropy.bytes(clusterIdSizeBytes);
  return {
    clusterId,
    epoch: 1,
    featureLevel: featureLevelMax,
    nodeId,
    node: {
      raftId: nodeId,
      keyFingerprint: key,
      addresses: facts.addresses,
      host: facts.host,
      zone: facts.zone,
      weight: facts.weight,
      name: facts.name,
      state: "up",
      layoutVersionWalked: 0,
    },
    accessKeyId,
    credential: {
      secretAccessKey,
      account: accountOf(clusterId),
      createdUnixMs: clock.unixMs(),
    },
  };
}

/**
 * Holds credentials that were given at the start against those in the store.
 *
 * @throws CredentialsDifferError that names the next step
 */
export function checkCredentials(reader: Reader, given: Credentials | undefined): void {
  if (given === undefined) return;
  const stored = credentialOf(reader, given.accessKeyId);
  if (stored !== undefined && isSecretOf(stored, given)) return;
  throw new CredentialsDifferError(
    stored === undefined
      ? `the store was founded with another access key id than ${given.accessKeyId}`
      : `the secret of ${given.accessKeyId} is another than the store's`,
  );
}

function isSecretOf(stored: Credential, { secretAccessKey }: Credentials): boolean {
  assert(stored.secretAccessKey.length > 0, "N2: a stored credential has a secret");
  return equalSecrets(utf8(stored.secretAccessKey), utf8(secretAccessKey));
}
