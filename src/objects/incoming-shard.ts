import { equalBytes } from "#base/bytes.ts";
import { hashSizeBytes } from "#base/hash.ts";
import {
  blockSizeBytes,
  checkShardDescription,
  checksumBlocks,
  decodeShardFooter,
  type ShardLayout,
  shardLayout,
} from "#erasure/index.ts";
import { FormatError, type ShardDescription } from "#format/index.ts";
import type { Shelf, StagedShard } from "#storage/index.ts";

/**
 * A shard that another node sends. Nothing that comes is believed: it is sealed only where its
 * bytes have the checksums that its footer says.
 */
export class IncomingShard {
  readonly #staged: StagedShard;
  readonly #layout: ShardLayout;
  readonly #checksums: Uint8Array;
  #receivedBytes = 0;

  private constructor(staged: StagedShard, layout: ShardLayout) {
    this.#staged = staged;
    this.#layout = layout;
    this.#checksums = new Uint8Array(layout.blockCount * hashSizeBytes);
  }

  /**
   * Starts it on the shelf.
   *
   * @returns undefined where there is no room
   * @throws FormatError where the description is wrong; ShelfError
   */
  static async stage(
    shelf: Pick<Shelf, "stage">,
    description: ShardDescription,
  ): Promise<IncomingShard | undefined> {
    checkShardDescription(description);
    const layout = shardLayout(description);
    const staged = await shelf.stage(description);
    return "kind" in staged ? undefined : new IncomingShard(staged, layout);
  }

  /** How much data is still to come. */
  get missingBytes(): number {
    return this.#layout.dataSizeBytes - this.#receivedBytes;
  }

  get footerSizeBytes(): number {
    return this.#layout.footerSizeBytes;
  }

  /**
   * Adds the next data; the bytes must stay as they are.
   *
   * @throws FormatError where they are not what may come next; ShelfError
   */
  async add(data: Uint8Array): Promise<void> {
    const isLast = data.length === this.missingBytes;
    const isWhole = data.length > 0 && data.length % blockSizeBytes === 0;
    if (data.length > this.missingBytes || !(isLast || isWhole)) {
      throw new FormatError("malformed", "the data of a shard comes in whole blocks");
    }
    if (data.length === 0) return;
    const firstBlock = this.#receivedBytes / blockSizeBytes;
    checksumBlocks(data, this.#checksums.subarray(firstBlock * hashSizeBytes));
    this.#receivedBytes += data.length;
    await this.#staged.write(data);
  }

  /**
   * Makes it durable.
   *
   * @throws FormatError where the bytes are not those that the footer is of; ShelfError
   */
  async seal(footer: Uint8Array): Promise<void> {
    const isWhole = this.missingBytes === 0 && footer.length === this.footerSizeBytes;
    const parts = isWhole ? decodeShardFooter(footer) : undefined;
    if (parts === undefined || !equalBytes(parts.checksums, this.#checksums)) {
      throw new FormatError("malformed", "a shard is not what its footer says");
    }
    await this.#staged.seal(footer);
  }

  /** Drops it unless it was sealed. Nothing may be under way. */
  abort(): Promise<void> {
    return this.#staged.abort();
  }
}
