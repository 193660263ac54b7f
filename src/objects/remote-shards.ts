import { shardDataSizeBytes, geometryOf } from "#erasure/index.ts";
import { type EncodingId, FormatError, type ShardName, type UnitId } from "#format/index.ts";
import type { Peers } from "#peering/index.ts";
import { RemoteReader } from "./remote-reader.ts";
import { putInCall, type RemoteTarget, StagedInCall, StagedInStream } from "./remote-staged.ts";
import { ShardCalls, type ShardQuestion } from "./shard-calls.ts";
import {
  adoptTimeoutMs,
  calledBytesMax,
  namesPerCallMax,
  readTimeoutMs,
  writeTimeoutMs,
} from "./shard-limits.ts";
import type {
  Adoption,
  NoRoom,
  OpenShard,
  StagedShard,
  WantedShard,
  WholeShard,
} from "./shard-store.ts";

/** The shards of all nodes but this one. */
export class RemoteShards {
  readonly #calls: ShardCalls;

  constructor(peers: Pick<Peers, "call" | "openStream">) {
    this.#calls = new ShardCalls(peers);
  }

  async stage(target: RemoteTarget): Promise<StagedShard | NoRoom> {
    const { description } = target;
    const dataSizeBytes = shardDataSizeBytes(geometryOf(description), description.index);
    return dataSizeBytes <= calledBytesMax
      ? new StagedInCall(this.#calls, target)
      : StagedInStream.open(this.#calls, target);
  }

  put(node: number, shard: WholeShard, signal: AbortSignal): Promise<void> {
    return putInCall(this.#calls, { node, shard, signal });
  }

  open(node: number, wanted: WantedShard): OpenShard {
    return new RemoteReader(this.#calls, node, wanted);
  }

  async remove(node: number, names: readonly ShardName[]): Promise<void> {
    for (let first = 0; first < names.length; first += namesPerCallMax) {
      const shards = names.slice(first, first + namesPerCallMax);
      await this.#have(node, { kind: "remove", value: { shards } }, writeTimeoutMs);
    }
  }

  async find(node: number, unit: UnitId, encoding: EncodingId): Promise<readonly number[]> {
    const question = { kind: "find", value: { unit, encoding } } as const;
    const { answer } = await this.#calls.ask(node, question, { timeoutMs: readTimeoutMs });
    return answer.kind === "found" ? answer.value.indexes : [];
  }

  async list(node: number, after?: ShardName): Promise<readonly ShardName[]> {
    const question = { kind: "list", value: { after } } as const;
    const { answer } = await this.#calls.ask(node, question, { timeoutMs: readTimeoutMs });
    if (answer.kind === "listed") return answer.value.shards;
    throw new FormatError("malformed", `node ${node} answered list with ${answer.kind}`);
  }

  adopt(node: number, { description, root, from }: Adoption): Promise<void> {
    const value = { shard: description, root, from };
    return this.#have(node, { kind: "adopt", value }, adoptTimeoutMs);
  }

  suspect(node: number, name: ShardName): Promise<void> {
    return this.#have(node, { kind: "suspect", value: { shard: name } }, readTimeoutMs);
  }

  /** Has something done. */
  async #have(node: number, question: ShardQuestion, timeoutMs: number): Promise<void> {
    const { answer } = await this.#calls.ask(node, question, { timeoutMs });
    if (answer.kind === "done") return;
    throw new FormatError(
      "malformed",
      `node ${node} answered ${question.kind} with ${answer.kind}`,
    );
  }
}
