import { emptyBytes } from "#base/bytes.ts";
import { checkShardDescription } from "#erasure/index.ts";
import {
  decodeShardRequest,
  encodeShardAnswer,
  FormatError,
  type PutShard,
  type ReadShard,
  type ShardAnswer,
  type ShardName,
} from "#format/index.ts";
import { type PeerStream, type Peers, streamMessageBytesMax } from "#peering/index.ts";
import { type Shelf, ShelfError } from "#storage/index.ts";
import { isSpan } from "./block-span.ts";
import { framed, unframed } from "./framed.ts";
import { IncomingShard } from "./incoming-shard.ts";
import { indexesOn } from "./local-shards.ts";
import { ByteBudget } from "./memory-budget.ts";
import type { ShardQuestion } from "./shard-calls.ts";
import { namesPerPage, readAtOnceBytesMax, servedBytesMax, shardService } from "./shard-limits.ts";
import { NoRoomError, type ShardStore } from "./shard-store.ts";

/** What the server serves from. */
export interface ShardServerParts {
  readonly peers: Pick<Peers, "serve" | "serveStream">;
  readonly shelf: Pick<Shelf, "has" | "page" | "reader" | "remove" | "stage" | "verify">;
  /** This node in the eyes of its own coordinators: adopts shards. */
  readonly adopt: (adoption: Parameters<ShardStore["adopt"]>[1]) => Promise<void>;
  /** Whether the state says now that a shard belongs on this node. */
  readonly isAtHome: (name: ShardName) => boolean;
  /** Told of each shard that a reader rightly suspected. */
  readonly onCorrupt: (name: ShardName) => void;
}

type Answer = NonNullable<ShardAnswer["answer"]>;

/** An answer, and the bytes behind it. */
interface Reply {
  readonly answer: Answer;
  readonly raw?: Uint8Array;
}

const done: Answer = { kind: "done", value: {} };
const full: Answer = { kind: "full", value: {} };

/** Serves this node's shelf to the coordinators of other nodes. What they ask is not believed. */
export function serveShards(parts: ShardServerParts): void {
  const server = new ShardServer(parts);
  parts.peers.serve(shardService, (_, body, signal) => server.answer(body, signal));
  parts.peers.serveStream(shardService, (_, header, stream, signal) =>
    server.stream({ stream, signal }, header),
  );
}

/** A stream of another node. */
interface Opened {
  readonly stream: PeerStream;
  readonly signal: AbortSignal;
}

class ShardServer {
  readonly #parts: ShardServerParts;
  readonly #served = new ByteBudget(servedBytesMax);
  /** Shards that are being looked at. */
  readonly #suspected = new Set<string>();

  constructor(parts: ShardServerParts) {
    this.#parts = parts;
  }

  /** Serves a stream, by what it begins with. */
  async stream(opened: Opened, header: Uint8Array): Promise<void> {
    const question = questionIn(header);
    if (question.kind === "put") return this.#receive(question.value, opened);
    if (question.kind === "read") return this.#send(question.value, opened);
    throw new FormatError("malformed", `a stream cannot ask to ${question.kind}`);
  }

  /** Answers a call. */
  async answer(body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const { message, raw } = unframed(body);
    const question = questionIn(message);
    if (question.kind !== "read") {
      return framedReply({ answer: await this.#do(question, raw) });
    }
    const { lengthBytes } = question.value;
    return this.#during(lengthBytes, signal, async () =>
      framedReply(await this.#read(question.value)),
    );
  }

  async #do(question: Exclude<ShardQuestion, { kind: "read" }>, raw: Uint8Array): Promise<Answer> {
    const { shelf, adopt } = this.#parts;
    switch (question.kind) {
      case "put":
        return this.#keep(question.value, raw);
      case "remove": {
        // It may come late: a layout change that was undone has brought the shard back meanwhile.
        const away = question.value.shards.filter((name) => !this.#parts.isAtHome(name));
        await shelf.remove(away);
        return done;
      }
      case "find": {
        const { unit, encoding } = question.value;
        return { kind: "found", value: { indexes: [...indexesOn(shelf, unit, encoding)] } };
      }
      case "list": {
        const shards = [...shelf.page(question.value.after, namesPerPage)];
        return { kind: "listed", value: { shards } };
      }
      case "adopt": {
        const { shard, root, from } = question.value;
        checkShardDescription(shard);
        return refusingFull(() => adopt({ description: shard, root, from }));
      }
      case "suspect":
        await this.#examine(question.value.shard);
        return done;
      default:
        return question satisfies never;
    }
  }

  /** A shard that came whole. */
  async #keep({ shard: description }: PutShard, raw: Uint8Array): Promise<Answer> {
    return refusingFull(async () => {
      const shard = await stage(this.#parts.shelf, description);
      try {
        const dataSizeBytes = shard.missingBytes;
        await shard.add(raw.subarray(0, dataSizeBytes));
        await shard.seal(raw.subarray(dataSizeBytes));
      } finally {
        await shard.abort();
      }
    });
  }

  /** A shard that comes bit by bit. */
  async #receive({ shard: description }: PutShard, { stream }: Opened): Promise<void> {
    const answer = await refusingFull(async () => {
      const shard = await stage(this.#parts.shelf, description);
      try {
        await stream.write(encodeShardAnswer({ answer: done }));
        while (shard.missingBytes > 0) await shard.add(await nextPart(stream));
        await shard.seal(await nextPart(stream));
      } finally {
        await shard.abort();
      }
    });
    await stream.write(encodeShardAnswer({ answer }));
    await stream.end();
  }

  async #send(question: ReadShard, { stream, signal }: Opened): Promise<void> {
    await this.#during(question.lengthBytes, signal, async () => {
      const { answer, raw = emptyBytes } = await this.#read(question);
      await stream.write(encodeShardAnswer({ answer }));
      for (let at = 0; at < raw.length; at += streamMessageBytesMax) {
        await stream.write(raw.subarray(at, at + streamMessageBytesMax));
      }
      await stream.end();
    });
  }

  /** Bounds what is held for readers. */
  async #during<T>(lengthBytes: number, signal: AbortSignal, serve: () => Promise<T>): Promise<T> {
    if (lengthBytes > readAtOnceBytesMax) throw new FormatError("malformed", "a read is too long");
    await this.#served.take(lengthBytes, signal);
    try {
      return await serve();
    } finally {
      this.#served.release(lengthBytes);
    }
  }

  async #read(question: ReadShard): Promise<Reply> {
    const { shard: name, root, offsetBytes, lengthBytes, withChecksums } = question;
    const reader = await this.#parts.shelf.reader(name, root);
    if (reader === undefined) return { answer: { kind: "missing", value: {} } };
    if (reader.kind === "corrupt") return { answer: corruptAnswer(reader) };
    try {
      const span = { offsetBytes, lengthBytes };
      if (!isSpan(span, reader.dataSizeBytes)) {
        throw new FormatError("malformed", "a read is of whole blocks within the shard");
      }
      const result = await reader.read(span);
      if (result.kind === "corrupt") return { answer: corruptAnswer(result) };
      const checksums = withChecksums ? reader.checksums : emptyBytes;
      return { answer: { kind: "blocks", value: { checksums } }, raw: result.bytes };
    } finally {
      await reader.close();
    }
  }

  /** Looks whether a suspicion is right. */
  async #examine(name: ShardName): Promise<void> {
    const { unit, encoding, index } = name;
    const key = [unit, encoding].flatMap((id) => [id.epoch, id.session, id.number]).join(".");
    const shard = `${key}.${index}`;
    if (this.#suspected.has(shard)) return;
    this.#suspected.add(shard);
    try {
      const { kind } = await this.#parts.shelf.verify(name);
      if (kind !== "intact") this.#parts.onCorrupt(name);
    } finally {
      this.#suspected.delete(shard);
    }
  }
}

function questionIn(message: Uint8Array): ShardQuestion {
  const { request } = decodeShardRequest(message);
  if (request === undefined) throw new FormatError("newer", "a request of a newer program");
  return request;
}

function framedReply({ answer, raw = emptyBytes }: Reply): Uint8Array {
  const frame = framed(encodeShardAnswer({ answer }), raw.length);
  frame.raw.set(raw);
  return frame.body;
}

function corruptAnswer({ block, detail }: { block: number | undefined; detail: string }): Answer {
  return { kind: "corrupt", value: { block, detail } };
}

async function stage(
  shelf: ShardServerParts["shelf"],
  description: PutShard["shard"],
): Promise<IncomingShard> {
  const shard = await IncomingShard.stage(shelf, description);
  if (shard === undefined) throw new NoRoomError("this node has no room for a shard");
  return shard;
}

/** Does something, and says whether it was done or there was no room for it. */
async function refusingFull(action: () => Promise<void>): Promise<Answer> {
  try {
    await action();
    return done;
  } catch (error) {
    const isFull = error instanceof ShelfError && error.code === "full";
    if (isFull || error instanceof NoRoomError) return full;
    throw error;
  }
}

async function nextPart(stream: PeerStream): Promise<Uint8Array> {
  const part = await stream.read();
  if (part === undefined) throw new FormatError("malformed", "a shard ended before it was whole");
  return part;
}
