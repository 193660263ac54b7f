import { equalBytes } from "#base/bytes.ts";
import type { KnownPeers, Node, PeerSeed } from "#format/index.ts";
import { clusterOf, keysOf, nodesOf, type Reader } from "#metadata/index.ts";
import type { PeerRecord, PeerRegistry } from "#peering/index.ts";
import type { KeyFingerprint } from "#ports/index.ts";

/**
 * Who belongs to the cluster and by which keys, as the state that is applied here has it. While
 * there is none, or a member told of a later one, what was told counts: a node that was away must
 * know the members of today, or it refuses the very leader that would bring it up to date.
 */
export class Registry implements PeerRegistry {
  clusterId: Uint8Array;
  #known: KnownPeers;

  /** @param known by the member that admitted this node, or by its last boot */
  constructor(clusterId: Uint8Array, known: KnownPeers) {
    this.clusterId = clusterId;
    this.#known = known;
  }

  /** All members as they are known here. */
  get known(): KnownPeers {
    return this.#known;
  }

  /**
   * Takes in what is known elsewhere, or in the state; what is older than what is known is passed
   * over.
   *
   * @returns whether anything is different now
   */
  learn(news: KnownPeers): boolean {
    const { epoch, appliedIndex } = this.#known;
    const isOlder =
      news.epoch < epoch || (news.epoch === epoch && news.appliedIndex < appliedIndex);
    if (isOlder) return false;
    const isSame = this.says(news);
    this.#known = news;
    return !isSame;
  }

  /** Whether the same members are known, of the same epoch. */
  says({ epoch, peers }: KnownPeers): boolean {
    return epoch === this.#known.epoch && samePeers(peers, this.#known.peers);
  }

  epoch(): number {
    return this.#known.epoch;
  }

  nodes(): readonly number[] {
    return this.#known.peers.map(({ node }) => node);
  }

  peer(node: number): PeerRecord | undefined {
    const seed = this.#known.peers.find((one) => one.node === node);
    if (seed === undefined) return undefined;
    return { node, fingerprints: seed.keyFingerprints, addresses: seed.addresses };
  }

  nodeOf(fingerprint: KeyFingerprint): number | undefined {
    const isIts = (key: Uint8Array): boolean => equalBytes(key, fingerprint);
    return this.#known.peers.find(({ keyFingerprints }) => keyFingerprints.some(isIts))?.node;
  }

  /** The node that bears a Raft id now. */
  nodeOfRaftId(raftId: number): number | undefined {
    return this.#known.peers.find((one) => one.raftId === raftId)?.node;
  }
}

/** What a state knows of the members; undefined before there is a cluster in it. */
export function knownPeersOf(reader: Reader, appliedIndex: number): KnownPeers | undefined {
  const cluster = clusterOf(reader);
  if (cluster === undefined) return undefined;
  const peers = [...nodesOf(reader)]
    .filter(({ node }) => node.state !== "removed")
    .map(({ id, node }) => seedOf(id, node));
  return { epoch: cluster.epoch, appliedIndex, peers };
}

function seedOf(node: number, row: Node): PeerSeed {
  const { addresses, raftId } = row;
  return { node, keyFingerprints: keysOf(row), addresses, raftId };
}

function samePeers(a: readonly PeerSeed[], b: readonly PeerSeed[]): boolean {
  return a.length === b.length && a.every((seed, i) => b[i] !== undefined && sameSeed(seed, b[i]));
}

function sameSeed(a: PeerSeed, b: PeerSeed): boolean {
  return (
    a.node === b.node &&
    a.raftId === b.raftId &&
    a.addresses.join(" ") === b.addresses.join(" ") &&
    a.keyFingerprints.length === b.keyFingerprints.length &&
    a.keyFingerprints.every((key, i) => equalBytes(key, b.keyFingerprints[i] ?? new Uint8Array(0)))
  );
}
