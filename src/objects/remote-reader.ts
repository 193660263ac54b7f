import { equalBytes } from "#base/bytes.ts";
import { hashSizeBytes } from "#base/hash.ts";
import { blockCount, rootOf } from "#erasure/index.ts";
import { FormatError } from "#format/index.ts";
import { spanOf, verifiedPart } from "./block-span.ts";
import type { ShardCalls } from "./shard-calls.ts";
import { calledBytesMax, readTimeoutMs } from "./shard-limits.ts";
import type {
  Corrupt,
  Missing,
  OpenShard,
  ShardBytes,
  ShardRange,
  WantedShard,
} from "./shard-store.ts";

/**
 * A shard of another node. Nothing is asked before the first read. What comes is believed only as
 * far as it fits the root: the block checksums first, then every block.
 */
export class RemoteReader implements OpenShard {
  readonly kind = "reader";
  readonly #calls: ShardCalls;
  readonly #node: number;
  readonly #wanted: WantedShard;
  /** Of all blocks; a single block's is the root itself. */
  #checksums: Uint8Array | undefined;

  constructor(calls: ShardCalls, node: number, wanted: WantedShard) {
    this.#calls = calls;
    this.#node = node;
    this.#wanted = wanted;
    if (blockCount(wanted.dataSizeBytes) === 1) this.#checksums = wanted.root;
  }

  async read(range: ShardRange, signal?: AbortSignal): Promise<ShardBytes> {
    const span = spanOf(range, this.#wanted.dataSizeBytes);
    const blocks = await this.#fetch(span, signal);
    if (blocks.kind !== "blocks") return blocks;
    return verifiedPart(blocks.bytes, blocks.checksums, { span, range });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #fetch(
    span: ShardRange,
    signal: AbortSignal | undefined,
  ): Promise<{ kind: "blocks"; bytes: Uint8Array; checksums: Uint8Array } | Missing | Corrupt> {
    const { name, root } = this.#wanted;
    const withChecksums = this.#checksums === undefined;
    const question = {
      kind: "read",
      value: { shard: name, root, ...span, withChecksums },
    } as const;
    const patience = { timeoutMs: readTimeoutMs, signal };
    const { lengthBytes } = span;
    const { answer, raw } =
      lengthBytes <= calledBytesMax
        ? await this.#calls.ask(this.#node, question, patience)
        : await this.#calls.read(this.#node, question, { ...patience, lengthBytes });
    if (answer.kind === "missing") return { kind: "missing" };
    if (answer.kind === "corrupt") {
      const { block, detail } = answer.value;
      return { kind: "corrupt", block, detail };
    }
    if (answer.kind !== "blocks" || raw.length !== lengthBytes) {
      throw new FormatError("malformed", `node ${this.#node} answered a read with something else`);
    }
    const checksums = this.#checksums ?? answer.value.checksums;
    if (!this.#fitsRoot(checksums)) {
      const detail = "its checksums are not those that were committed";
      return { kind: "corrupt", block: undefined, detail };
    }
    this.#checksums ??= checksums.slice();
    return { kind: "blocks", bytes: raw, checksums };
  }

  #fitsRoot(checksums: Uint8Array): boolean {
    if (this.#checksums !== undefined) return true;
    const { dataSizeBytes, root } = this.#wanted;
    const isWhole = checksums.length === blockCount(dataSizeBytes) * hashSizeBytes;
    return isWhole && equalBytes(rootOf(checksums), root);
  }
}
