import { concatBytes, emptyBytes } from "#base/bytes.ts";
import {
  type CheckAnswer,
  type CheckpointRequest,
  type CheckQuestion,
  decodeCheckAnswer,
  decodeCheckpointAnswer,
  decodeCheckpointOffer,
  decodeCheckpointQuestion,
  decodeCheckpointRequest,
  decodeCheckQuestion,
  decodeForwardAnswer,
  decodeForwardedCommands,
  decodeMemberStanding,
  encodeCheckAnswer,
  encodeCheckpointAnswer,
  encodeCheckpointQuestion,
  encodeCheckpointRequest,
  encodeCheckQuestion,
  encodeForwardAnswer,
  encodeForwardedCommands,
  encodeMemberStanding,
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
  /** Which checkpoint there is that reaches an entry, if there is one yet. */
  checkpointReaching(index: number): LogPoint | undefined;
  /** Sends a checkpoint's offer, then its bytes. */
  sendCheckpoint(request: CheckpointRequest, stream: PeerStream): Promise<void>;
  /** What a check has come to here; what it says of most replicas is taken in. */
  answerCheck(question: CheckQuestion): CheckAnswer;
  /** The last entry in its log. */
  last(): LogPoint;
}

const proposeService = "replica-propose";
const checkpointService = "replica-checkpoint";
const checkpointNameService = "replica-checkpoint-name";
const checkService = "replica-check";
const standingService = "replica-standing";

/** How long each piece of a checkpoint may take, in milliseconds. */
const pieceTimeoutMs = 10_000;

/** How long an answer to a forwarded batch may take: the leader's disk, in milliseconds. */
const forwardTimeoutMs = 5000;

/** A member that does not say what it has by then is taken to be away, in milliseconds. */
const answerTimeoutMs = 3000;

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
    peers.serve(checkpointNameService, async (_from, body) => {
      const { indexMin } = decodeCheckpointQuestion(body);
      return encodeCheckpointAnswer({ point: this.target?.checkpointReaching(indexMin) });
    });
    peers.serve(checkService, async (_from, body) => {
      return encodeCheckAnswer(this.target?.answerCheck(decodeCheckQuestion(body)) ?? {});
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
}

/** Gets a checkpoint from an offset on. @throws PeerError, the pieces too */
export async function fetchCheckpoint(
  peers: Peers,
  node: number,
  request: CheckpointRequest,
  signal: AbortSignal,
): Promise<{ sizeBytes: number; pieces: AsyncIterable<Uint8Array> }> {
  const header = encodeCheckpointRequest(request);
  const options = { timeoutMs: pieceTimeoutMs, signal };
  const stream = await peers.openStream(node, checkpointService, header, options);
  const offer = await stream.read();
  const { sizeBytes } = decodeCheckpointOffer(offer ?? emptyBytes);
  return { sizeBytes, pieces: piecesOf(stream) };
}

/** Which checkpoint a node has that reaches an entry; undefined where it says of none. */
export async function checkpointAt(
  peers: Peers,
  node: number,
  indexMin: number,
): Promise<LogPoint | undefined> {
  const question = encodeCheckpointQuestion({ indexMin });
  const answer = await answerOf(peers, node, checkpointNameService, question);
  return answer && decodeCheckpointAnswer(answer).point;
}

/** What a check has come to on a node; undefined where it has not, or not yet. */
export async function askCheck(
  peers: Peers,
  node: number,
  question: CheckQuestion,
): Promise<Uint8Array | undefined> {
  const answer = await answerOf(peers, node, checkService, encodeCheckQuestion(question));
  return answer && decodeCheckAnswer(answer).hash;
}

/** The last entry in a member's log, or undefined where it does not say. */
export async function standingOf(peers: Peers, node: number): Promise<LogPoint | undefined> {
  const answer = await answerOf(peers, node, standingService, emptyBytes);
  return answer && decodeMemberStanding(answer).last;
}

/** What a node answers; undefined where it does not. */
async function answerOf(
  peers: Peers,
  node: number,
  service: string,
  question: Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    return await peers.call(node, service, question, { timeoutMs: answerTimeoutMs });
  } catch (error) {
    if (error instanceof PeerError) return undefined;
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
