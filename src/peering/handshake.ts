import { equalBytes } from "#base/bytes.ts";
import type { PeerHello } from "#format/index.ts";
import type { Connection } from "#ports/index.ts";
import { type PeerFrame, framePartsOf, readFrame } from "./frames.ts";
import { messageOverheadBytes, reasonLengthMax, streamWindowBytes } from "./limits.ts";
import { PeerError, type PeerRegistry, streamMessageBytesMax } from "./peers.ts";

/** Who this node is, and whom it knows. */
export interface Acquaintance {
  readonly self: number;
  readonly registry: PeerRegistry;
}

/** What this node says of itself. */
function helloOf({ self, registry }: Acquaintance): PeerFrame {
  return {
    kind: "hello",
    value: {
      clusterId: registry.clusterId,
      epoch: registry.epoch(),
      node: self,
      streamWindowBytes,
    },
  };
}

/**
 * Greets a node that was dialed, whose key is the right one.
 *
 * @throws PeerError when it is not who it should be, or does not want to talk
 */
export async function greet(
  connection: Connection,
  own: Acquaintance,
  node: number,
): Promise<PeerHello> {
  await connection.send(framePartsOf(helloOf(own)));
  const hello = await receiveHello(connection);
  const reason = whyNotHeard(hello, own.registry, node);
  if (reason !== undefined) throw new PeerError("refused", reason);
  return hello;
}

/**
 * Answers the greeting of who dialed, whose key is known.
 *
 * @throws PeerError when it is not to be heard; it is told why
 */
export async function answerGreeting(
  connection: Connection,
  own: Acquaintance,
): Promise<{ node: number; hello: PeerHello }> {
  const hello = await receiveHello(connection);
  // The registry may have changed while it was waited for.
  const node = own.registry.nodeOf(connection.peer);
  if (node === undefined) throw new PeerError("refused", "its key is not known any more");
  const reason = whyNotHeard(hello, own.registry, node);
  if (reason !== undefined) {
    await connection.send(framePartsOf({ kind: "refusal", value: { reason } }));
    throw new PeerError("refused", reason);
  }
  await connection.send(framePartsOf(helloOf(own)));
  return { node, hello };
}

async function receiveHello(connection: Connection): Promise<PeerHello> {
  const bytes = await connection.receive();
  if (bytes === undefined) throw new PeerError("unreachable", "the other end broke off");
  const { frame } = readFrame(bytes);
  if (frame?.kind === "hello") return frame.value;
  if (frame?.kind === "refusal") {
    const { reason } = frame.value;
    throw new PeerError("refused", `refused by the other end: ${reason.slice(0, reasonLengthMax)}`);
  }
  throw new PeerError("refused", "it does not greet");
}

function whyNotHeard(hello: PeerHello, registry: PeerRegistry, node: number): string | undefined {
  if (!equalBytes(hello.clusterId, registry.clusterId)) return "it is of another cluster";
  const epoch = registry.epoch();
  if (hello.epoch < epoch) return `it is of epoch ${hello.epoch}, which ${epoch} replaced`;
  if (hello.epoch > epoch) return `it is of epoch ${hello.epoch}, of which nothing is known here`;
  if (hello.node !== node) return `it calls itself node ${hello.node}; its key is node ${node}'s`;
  if (hello.streamWindowBytes < streamMessageBytesMax + messageOverheadBytes) {
    return "its windows are too small for a message";
  }
  return undefined;
}
