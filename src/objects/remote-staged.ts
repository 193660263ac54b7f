import { assert } from "#base/assert.ts";
import { shardLayout } from "#erasure/index.ts";
import { encodeShardRequest, FormatError, type ShardDescription } from "#format/index.ts";
import { type PeerStream, streamMessageBytesMax } from "#peering/index.ts";
import { framed } from "./framed.ts";
import { nextAnswer, type ShardCalls } from "./shard-calls.ts";
import { writeTimeoutMs } from "./shard-limits.ts";
import { type NoRoom, NoRoomError, type StagedShard, type WholeShard } from "./shard-store.ts";

/** Where a shard goes, and what may end that early. */
export interface RemoteTarget {
  readonly node: number;
  readonly description: ShardDescription;
  readonly signal: AbortSignal;
  /** Called where the node has no room. */
  readonly onFull: () => void;
}

/** Puts a small shard on another node with one call. */
export async function putInCall(
  calls: ShardCalls,
  target: { node: number; shard: WholeShard; signal: AbortSignal },
): Promise<void> {
  const { node, shard, signal } = target;
  const { description, data, footer } = shard;
  const { body, raw } = framedPut(description, data.length + footer.length);
  raw.set(data);
  raw.set(footer, data.length);
  const { answer } = await calls.send(node, body, { timeoutMs: writeTimeoutMs, signal });
  assertSealed(node, answer.kind);
}

function framedPut(shard: ShardDescription, rawSizeBytes: number): ReturnType<typeof framed> {
  return framed(encodeShardRequest({ request: { kind: "put", value: { shard } } }), rawSizeBytes);
}

/** A small shard on its way to another node: it gathers here and goes with one call. */
export class StagedInCall implements StagedShard {
  readonly #calls: ShardCalls;
  readonly #target: RemoteTarget;
  readonly #rawSizeBytes: number;
  readonly #dataSizeBytes: number;
  /** Made when the first bytes come: who sends nothing holds nothing. */
  #frame: ReturnType<typeof framed> | undefined;
  #usedBytes = 0;

  constructor(calls: ShardCalls, target: RemoteTarget) {
    this.#calls = calls;
    this.#target = target;
    const { dataSizeBytes, footerSizeBytes } = shardLayout(target.description);
    this.#dataSizeBytes = dataSizeBytes;
    this.#rawSizeBytes = dataSizeBytes + footerSizeBytes;
  }

  write(slice: Uint8Array): Promise<void> {
    const { raw } = this.#ready();
    raw.set(slice, this.#usedBytes);
    this.#usedBytes += slice.length;
    return Promise.resolve();
  }

  async seal(footer: Uint8Array): Promise<void> {
    assert(this.#usedBytes === this.#dataSizeBytes, "O1: a shard is sealed whole");
    const { body, raw } = this.#ready();
    raw.set(footer, this.#usedBytes);
    const { node, signal, onFull } = this.#target;
    const { answer } = await this.#calls.send(node, body, { timeoutMs: writeTimeoutMs, signal });
    this.#frame = undefined;
    if (answer.kind === "full") onFull();
    assertSealed(node, answer.kind);
  }

  abort(): Promise<void> {
    this.#frame = undefined;
    return Promise.resolve();
  }

  #ready(): ReturnType<typeof framed> {
    this.#frame ??= framedPut(this.#target.description, this.#rawSizeBytes);
    return this.#frame;
  }
}

/** A shard on its way to another node, slice by slice. */
export class StagedInStream implements StagedShard {
  readonly #node: number;
  readonly #stream: PeerStream;

  private constructor(node: number, stream: PeerStream) {
    this.#node = node;
    this.#stream = stream;
  }

  /** Begins it; the other node has made room when this resolves. */
  static async open(
    calls: ShardCalls,
    { node, description, signal, onFull }: RemoteTarget,
  ): Promise<StagedInStream | NoRoom> {
    const question = { kind: "put", value: { shard: description } } as const;
    const stream = await calls.open(node, question, { timeoutMs: writeTimeoutMs, signal });
    try {
      const answer = await nextAnswer(stream);
      if (answer.kind === "full") {
        onFull();
        await stream.end();
        return { kind: "full" };
      }
      assertSealed(node, answer.kind);
      return new StagedInStream(node, stream);
    } catch (error) {
      stream.abort("a shard could not be staged");
      throw error;
    }
  }

  async write(slice: Uint8Array): Promise<void> {
    for (let at = 0; at < slice.length; at += streamMessageBytesMax) {
      await this.#stream.write(slice.subarray(at, at + streamMessageBytesMax));
    }
  }

  async seal(footer: Uint8Array): Promise<void> {
    await this.#stream.write(footer);
    await this.#stream.end();
    const answer = await nextAnswer(this.#stream);
    assertSealed(this.#node, answer.kind);
  }

  abort(): Promise<void> {
    this.#stream.abort("the shard is dropped");
    return Promise.resolve();
  }
}

function assertSealed(node: number, answer: string): void {
  if (answer === "done") return;
  if (answer === "full") throw new NoRoomError(`node ${node} has no room for a shard`);
  throw new FormatError("malformed", `node ${node} answered a shard with ${answer}`);
}
