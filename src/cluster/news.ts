import {
  decodeKnownPeers,
  decodeNodeFacts,
  encodeKnownPeers,
  encodeNodeFacts,
  FormatError,
  type KnownPeers,
  type NodeFacts,
  type PeerSeed,
} from "#format/index.ts";
import { nodeOf } from "#metadata/index.ts";
import { PeerError, type Peers } from "#peering/index.ts";
import type { Ports } from "#ports/index.ts";
import { type Replica, ReplicaError } from "#replica/index.ts";
import type { Registry } from "./registry.ts";

const service = "member-news";
const answerMsMax = 3_000;
/** Between two rounds over all members. */
const pauseMs = 2_000;

type Recorder = Pick<Replica, "propose" | "reader">;

/** What a node needs to tell and hear news. */
interface NewsParts {
  readonly peers: Pick<Peers, "call" | "self" | "serve">;
  readonly registry: Registry;
  readonly replica: Recorder;
}

/**
 * Tells a member that asks who belongs to the cluster, and has its place written down where it is
 * another than the state says: who cannot be reached cannot say so by a command of its own.
 */
export function serveNews(
  { trace }: Pick<Ports, "trace">,
  { peers, registry, replica }: NewsParts,
): void {
  peers.serve(service, async (from, body) => {
    try {
      await recordFacts(replica, from, decodeNodeFacts(body));
    } catch (error) {
      if (!(error instanceof ReplicaError)) throw error;
      trace.write("info", "factsNotRecorded", { node: from, reason: error.message });
    }
    return encodeKnownPeers(registry.known);
  });
}

/** Asks a member who belongs to the cluster. @throws PeerError, FormatError */
export async function askNews(
  peers: Pick<Peers, "call">,
  node: number,
  { facts, signal }: { facts: NodeFacts; signal?: AbortSignal | undefined },
): Promise<KnownPeers> {
  const options = { timeoutMs: answerMsMax, signal };
  return decodeKnownPeers(await peers.call(node, service, encodeNodeFacts(facts), options));
}

/** Writes down what a node says of itself, unless the state says the same. @throws ReplicaError */
export async function recordFacts(
  replica: Recorder,
  node: number,
  { addresses, host, zone, weight, name }: NodeFacts,
): Promise<void> {
  const row = nodeOf(replica.reader, node);
  if (row === undefined || row.state === "removed") return;
  const isSame =
    row.host === host &&
    row.zone === zone &&
    row.weight === weight &&
    (row.name ?? "") === name &&
    row.addresses.join(" ") === addresses.join(" ");
  if (isSame) return;
  const value = { node, addresses, host, zone, weight, name };
  await replica.propose({ kind: "updateNode", value }, { timeoutMs: answerMsMax });
}

/**
 * Asks other members who belongs to the cluster as long as nobody is known to lead, and tells them
 * where this node is: one that was away for long, or has moved, gets so back in touch.
 *
 * @param parts.unheard called in turn with the members that do not answer this node
 */
export async function gatherNews(
  { clock, trace }: Pick<Ports, "clock" | "trace">,
  parts: NewsParts & {
    facts: NodeFacts;
    hasLeader: () => boolean;
    unheard: (member: PeerSeed, signal: AbortSignal) => Promise<void>;
  },
  signal: AbortSignal,
): Promise<void> {
  const { peers, registry, facts, hasLeader } = parts;
  for (let round = 0; ; round++) {
    await clock.sleep(pauseMs, signal);
    if (hasLeader()) continue;
    const silent: PeerSeed[] = [];
    for (const member of registry.known.peers) {
      const { node } = member;
      if (node === peers.self) continue;
      try {
        registry.learn(await askNews(peers, node, { facts, signal }));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PeerError || error instanceof FormatError)) throw error;
        trace.write("debug", "memberNotAsked", { node, reason: error.message });
        silent.push(member);
      }
    }
    // One a round: who does not answer may make it wait.
    const member = silent[round % Math.max(silent.length, 1)];
    if (member !== undefined && !hasLeader()) await parts.unheard(member, signal);
  }
}
