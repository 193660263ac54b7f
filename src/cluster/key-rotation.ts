import { equalBytes, toHex } from "#base/bytes.ts";
import type { CommandResult, NodeFacts } from "#format/index.ts";
import { keysOf, nodeOf, nodesOf } from "#metadata/index.ts";
import { PeerError, type Peers } from "#peering/index.ts";
import type { KeyFingerprint, Ports } from "#ports/index.ts";
import type { Replica } from "#replica/index.ts";
import { AdminRefusedError } from "./admin.ts";
import { askNews } from "./news.ts";

/** Members have this long to learn of a key: they apply the command that adds it, or ask again. */
const learnMsMax = 10_000;
const pauseMs = 100;

/** What a key's rotation leans on. */
export interface RotationParts {
  readonly ports: Pick<Ports, "clock" | "identity" | "trace">;
  readonly replica: Pick<Replica, "propose" | "reader">;
  readonly peers: Pick<Peers, "call" | "liveness" | "self">;
  /** What this node says of itself. */
  readonly facts: NodeFacts;
}

/** What the node answers to `rotate-key`. */
export interface RotatedKey {
  readonly keyFingerprint: string;
}

/**
 * Changes this node's key: the next one is registered, used once every member knows it, and then
 * the others are nobody's for ever. Cut short, it is done by being asked for again.
 *
 * @throws AdminRefusedError while a member does not know the next key; ReplicaError
 */
export async function rotateKey(parts: RotationParts): Promise<RotatedKey> {
  const { ports, replica, peers } = parts;
  const { identity, trace } = ports;
  const node = peers.self;
  const next = await identity.next();
  expectDone(await replica.propose({ kind: "addKey", value: { node, keyFingerprint: next } }));
  await untilKnown(parts, next);
  await identity.rotate();
  // Also those that an earlier change, cut short, has left.
  const row = nodeOf(replica.reader, node);
  const retired = row === undefined ? [] : keysOf(row).filter((key) => !equalBytes(key, next));
  for (const keyFingerprint of retired) {
    expectDone(await replica.propose({ kind: "retireKey", value: { node, keyFingerprint } }));
  }
  trace.write("info", "keyRotated", { key: toHex(next), retired: retired.map(toHex).join(" ") });
  return { keyFingerprint: toHex(next) };
}

function expectDone({ outcome }: CommandResult): void {
  if (outcome?.kind === "done") return;
  const reason = outcome?.kind === "refusal" ? outcome.value.detail : "there was no result";
  throw new AdminRefusedError(reason, "Try again later.");
}

/** Waits until every other member hears who proves the key: one that does not could be cut off. */
async function untilKnown(parts: RotationParts, key: KeyFingerprint): Promise<void> {
  const { ports, replica, peers } = parts;
  const { clock } = ports;
  const deadlineMs = clock.monotonicMs() + learnMsMax;
  const left = new Set(
    [...nodesOf(replica.reader)]
      .filter(({ id, node }) => id !== peers.self && node.state !== "removed")
      .map(({ id }) => id),
  );
  for (;;) {
    for (const node of left) if (await knows(parts, node, key)) left.delete(node);
    const [first] = left;
    if (first === undefined) return;
    if (clock.monotonicMs() >= deadlineMs || peers.liveness(first) === "down") {
      throw new AdminRefusedError(
        `node ${first} does not know the next key yet, and would not hear this node by it`,
        "Start it, or remove it if it is gone for good; then try again. The old key is in use still.",
      );
    }
    await clock.sleep(pauseMs);
  }
}

async function knows(
  { peers, facts }: RotationParts,
  node: number,
  key: KeyFingerprint,
): Promise<boolean> {
  try {
    const known = await askNews(peers, node, { facts });
    const own = known.peers.find((peer) => peer.node === peers.self);
    return own?.keyFingerprints.some((one) => equalBytes(one, key)) === true;
  } catch (error) {
    if (error instanceof PeerError) return false;
    throw error;
  }
}
