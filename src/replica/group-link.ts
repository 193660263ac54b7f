import { concatBytes, emptyBytes } from "#base/bytes.ts";
import {
  type CheckpointRequest,
  decodeCheckpointOffer,
  decodeCheckpointRequest,
  decodeForwardAnswer,
  decodeForwardedCommands,
  decodeMemberStanding,
  encodeCheckpointRequest,
  encodeForwardAnswer,
  encodeForwardedCommands,
  encodeMemberStanding,
  FormatError,
  type ForwardAnswer,
  type LogPoint,
} from "#format/index.ts";
import {
  callBytesMax,
  PeerError,
  type PeerStream,
  type Peers,
  streamMessageBytesMax,
} from "#peering/index.ts";

/** What answers the other members: the replica that runs now. */
export interface GroupTarget {
  receiveRaft(node: number, frame: Uint8Array): void;
  takeForwarded(commands: readonly Uint8Array[]): Promise<ForwardAnswer>;
  /** Sends a checkpoint's offer, then its bytes. */
  sendCheckpoint(request: CheckpointRequest, stream: PeerStream): Promise<void>;
  /** The last entry in its log. */
  last(): LogPoint;
}

const proposeService = "replica-propose";
const checkpointService = "replica-checkpoint";
const standingService = "replica-standing";

/** How long each piece of a checkpoint may take, in milliseconds. */
const pieceTimeoutMs = 10_000;

/** How long an answer to a forwarded batch may take: the leader's disk, in milliseconds. */
const forwardTimeoutMs = 5000;

/** A member that does not say how far it is by then is taken to be away, in milliseconds. */
const standingTimeoutMs = 3000;

/** What a forwarded batch may have at most, in bytes. */
const batchBytesMax = 32 * 1024 * 1024;

/** The calls and streams between replicas. Serves whichever replica is the target now. */
export class GroupLink {
  target: GroupTarget | undefined;
  readonly peers: Peers;

  constructor(peers: Peers) {
    this.peers = peers;
    peers.onRaft((from, frame) => this.target?.receiveRaft(from, frame));
    peers.serve(proposeService, (_from, body) => this.#answer(body));
    peers.serveStream(proposeService, async (_from, _header, stream) => {
      const answer = await this.#answer(await readAll(stream));
      await stream.write(answer);
      await stream.end();
    });
    peers.serveStream(checkpointService, async (_from, header, stream) => {
      if (this.target === undefined) throw new Error("the replica is not running");
      await this.target.sendCheckpoint(decodeCheckpointRequest(header), stream);
      await stream.end();
    });
    peers.serve(standingService, async () => {
      if (this.target === undefined) throw new Error("the replica is not running");
      return encodeMemberStanding({ last: this.target.last() });
    });
  }

  async #answer(body: Uint8Array): Promise<Uint8Array> {
    const { commands } = decodeForwardedCommands(body);
    const { target } = this;
    if (target === undefined) return encodeForwardAnswer({ outcome: "not-leader", term: 0 });
    return encodeForwardAnswer(await target.takeForwarded(commands));
  }

  /** Asks the leader to put commands into the log. @throws PeerError */
  async forward(node: number, commands: Uint8Array[], signal: AbortSignal): Promise<ForwardAnswer> {
    const body = encodeForwardedCommands({ commands });
    const options = { timeoutMs: forwardTimeoutMs, signal };
    if (body.length <= callBytesMax) {
      return decodeForwardAnswer(await this.peers.call(node, proposeService, body, options));
    }
    const stream = await this.peers.openStream(node, proposeService, emptyBytes, options);
    for (let offset = 0; offset < body.length; offset += streamMessageBytesMax) {
      await stream.write(body.subarray(offset, offset + streamMessageBytesMax));
    }
    await stream.end();
    return decodeForwardAnswer(await readAll(stream));
  }

  /** Gets a checkpoint from an offset on. @throws PeerError, the pieces too */
  async fetchCheckpoint(
    node: number,
    request: CheckpointRequest,
    signal: AbortSignal,
  ): Promise<{ sizeBytes: number; pieces: AsyncIterable<Uint8Array> }> {
    const header = encodeCheckpointRequest(request);
    const options = { timeoutMs: pieceTimeoutMs, signal };
    const stream = await this.peers.openStream(node, checkpointService, header, options);
    const offer = await stream.read();
    const { sizeBytes } = decodeCheckpointOffer(offer ?? emptyBytes);
    return { sizeBytes, pieces: piecesOf(stream) };
  }
}

/** The last entry in a member's log, or undefined where it does not say. */
export async function standingOf(peers: Peers, node: number): Promise<LogPoint | undefined> {
  try {
    const options = { timeoutMs: standingTimeoutMs };
    return decodeMemberStanding(await peers.call(node, standingService, emptyBytes, options)).last;
  } catch (error) {
    if (error instanceof PeerError || error instanceof FormatError) return undefined;
    throw error;
  }
}

async function* piecesOf(stream: PeerStream): AsyncGenerator<Uint8Array> {
  for (let piece = await stream.read(); piece !== undefined; piece = await stream.read()) {
    yield piece;
  }
}

async function readAll(stream: PeerStream): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (let part = await stream.read(); part !== undefined; part = await stream.read()) {
    bytes += part.length;
    if (bytes > batchBytesMax) throw new Error("more commands at once than anybody may forward");
    parts.push(part);
  }
  return concatBytes(parts);
}
