import { emptyBytes } from "#base/bytes.ts";
import {
  decodeShardAnswer,
  encodeShardRequest,
  FormatError,
  type ShardAnswer,
  type ShardRequest,
} from "#format/index.ts";
import type { PeerStream, Peers } from "#peering/index.ts";
import { framed, unframed } from "./framed.ts";
import { NodeTurns } from "./node-turns.ts";
import { callsPerNodeMax, readStreamsPerNodeMax, shardService } from "./shard-limits.ts";

export type ShardQuestion = NonNullable<ShardRequest["request"]>;
type Answer = NonNullable<ShardAnswer["answer"]>;

/** How long an answer is waited for. */
export interface Patience {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Asks other nodes' shelves: the client's end of what `ShardServer` answers. */
export class ShardCalls {
  readonly #peers: Pick<Peers, "call" | "openStream">;
  readonly #calls = new NodeTurns(callsPerNodeMax);
  readonly #reads = new NodeTurns(readStreamsPerNodeMax);

  constructor(peers: Pick<Peers, "call" | "openStream">) {
    this.#peers = peers;
  }

  /**
   * Asks once.
   *
   * @returns the answer and the raw bytes behind it
   * @throws PeerError; FormatError where the answer makes no sense
   */
  ask(
    node: number,
    question: ShardQuestion,
    patience: Patience,
  ): Promise<{ answer: Answer; raw: Uint8Array }> {
    return this.send(node, framed(encodeShardRequest({ request: question }), 0).body, patience);
  }

  /** As `ask`, of a request that is in its frame already. */
  async send(
    node: number,
    body: Uint8Array,
    patience: Patience,
  ): Promise<{ answer: Answer; raw: Uint8Array }> {
    return this.#calls.during(node, patience.signal, async () => {
      const reply = await this.#peers.call(node, shardService, body, patience);
      const { message, raw } = unframed(reply);
      return { answer: answerIn(message), raw };
    });
  }

  /** Opens a stream that begins with a question. It is for the caller to end or to abort. */
  open(node: number, question: ShardQuestion, patience: Patience): Promise<PeerStream> {
    const header = encodeShardRequest({ request: question });
    return this.#peers.openStream(node, shardService, header, patience);
  }

  /**
   * Asks by stream, for an answer and more bytes behind it than fit into a call's.
   *
   * @param lengthBytes how many bytes follow an answer `blocks`
   */
  async read(
    node: number,
    question: ShardQuestion,
    patience: Patience & { lengthBytes: number },
  ): Promise<{ answer: Answer; raw: Uint8Array }> {
    return this.#reads.during(node, patience.signal, async () => {
      const stream = await this.open(node, question, patience);
      try {
        await stream.end();
        const answer = await nextAnswer(stream);
        if (answer.kind !== "blocks") return { answer, raw: emptyBytes };
        return { answer, raw: await readRaw(stream, patience.lengthBytes) };
      } catch (error) {
        stream.abort("the answer is not read on");
        throw error;
      }
    });
  }
}

/**
 * The next message of a stream as an answer.
 *
 * @throws FormatError where there is none
 */
export async function nextAnswer(stream: PeerStream): Promise<Answer> {
  const message = await stream.read();
  if (message === undefined) throw new FormatError("malformed", "a stream ended unanswered");
  return answerIn(message);
}

function answerIn(message: Uint8Array): Answer {
  const { answer } = decodeShardAnswer(message);
  if (answer === undefined) throw new FormatError("newer", "an answer of a newer program");
  return answer;
}

/** Reads messages until they make up a length. One that is all of it is not copied. */
async function readRaw(stream: PeerStream, lengthBytes: number): Promise<Uint8Array> {
  let whole: Uint8Array | undefined;
  let receivedBytes = 0;
  while (receivedBytes < lengthBytes) {
    const message = await stream.read();
    const end = receivedBytes + (message?.length ?? 0);
    if (message === undefined || message.length === 0 || end > lengthBytes) {
      throw new FormatError("malformed", "an answer has another length than was asked for");
    }
    if (message.length === lengthBytes) return message;
    whole ??= new Uint8Array(lengthBytes);
    whole.set(message, receivedBytes);
    receivedBytes = end;
  }
  return whole ?? emptyBytes;
}
