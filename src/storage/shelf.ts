import { assert } from "#base/assert.ts";
import { kib, mib } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import { encodeShardHeader } from "#erasure/index.ts";
import type { RecordPlace, ShardDescription, ShardName, ShelfEntry } from "#format/index.ts";
import type { Disk, Ports, Trace } from "#ports/index.ts";
import { OpenFiles } from "./open-files.ts";
import { PackWriter, shelfError } from "./pack-writer.ts";
import { ReadSlab } from "./read-slab.ts";
import {
  type CorruptShard,
  type FileFacts,
  openShard,
  readSizeBytesMax,
  type ShardReader,
} from "./shard-reader.ts";
import {
  type Compacting,
  compactPack,
  type Compaction,
  packToCompact,
} from "./shelf-compaction.ts";
import { ShelfError } from "./shelf-error.ts";
import { ShelfFolders } from "./shelf-folders.ts";
import type { ShelfIndex, ShelfUsage } from "./shelf-index.ts";
import { openIndex } from "./shelf-open.ts";
import { shardFileDirectory, shardFilePath, stagedPath } from "./shelf-paths.ts";
import { indexRecords, indexRemoval, type RemovalContent } from "./shelf-records.ts";
import { frameOf, shardSizeBytes } from "./shelf-shard.ts";
import { reserveBytesMin, ShelfSpace } from "./shelf-space.ts";
import {
  packWhole,
  Sealing,
  StagedInFile,
  StagedInMemory,
  type StagedShard,
  type Staging,
} from "./staged-shard.ts";

/** The world as far as the shelf needs it. */
export type ShelfPorts = Pick<Ports, "clock" | "disk" | "stores" | "trace">;

/** What may be set; the defaults are what a node runs with. */
export interface ShelfConfig {
  /** A pack that has grown to this is not appended to any more. */
  readonly packSizeBytes: number;
  /** Shards with no more data than this go to packs: below it the syncs of a file cost most. */
  readonly packedDataBytesMax: number;
  /** The least that is left free on the file system, whatever 5 % of it are. */
  readonly reserveBytesMin: number;
  /** Files kept open for readers. Their checksums take at most 128 KiB each. */
  readonly openFilesMax: number;
  /** How long a start may look at the index for damage. */
  readonly inspectBudgetMs: number;
}

const shelfDefaults: ShelfConfig = {
  packSizeBytes: 128 * mib,
  packedDataBytesMax: 128 * kib,
  reserveBytesMin,
  openFilesMax: 128,
  inspectBudgetMs: 500,
};

/** Records of packs hold at most this much data, so that one fits into one write. */
const packedDataBytesLimit: number = 512 * kib;
/** Shards that one removal record names: what keeps its message below its bound. */
const namesPerRecordMax = 512;
/** Shards that `scan` and `verify` read at once, in bytes. */
const verifyStepBytes: number = mib;
const namesPerPage = 64;
/** A shard that moves this often while it is opened is not moving. */
const movesMax = 8;

/** What verifying a shard found. */
export type Verification =
  | { readonly kind: "intact" }
  | { readonly kind: "missing" }
  | CorruptShard;

/** One node's shards. See the room's front door for what it promises. */
export class Shelf {
  readonly #config: ShelfConfig;
  readonly #disk: Disk;
  readonly #trace: Trace;
  readonly #index: ShelfIndex;
  readonly #writer: PackWriter;
  readonly #files: OpenFiles<FileFacts>;
  readonly #staging: Staging;
  readonly #compacting: Compacting;
  readonly #slab = new ReadSlab();
  #compaction: Promise<Compaction> | undefined;
  #stagedCount = 0;
  #isClosed = false;

  private constructor(config: ShelfConfig, parts: Staging & { files: OpenFiles<FileFacts> }) {
    const { disk, trace, index, writer, files } = parts;
    this.#config = config;
    this.#disk = disk;
    this.#trace = trace;
    this.#index = index;
    this.#writer = writer;
    this.#files = files;
    this.#staging = parts;
    const { packSizeBytes } = config;
    const blocked = new Map<number, number>();
    this.#compacting = { disk, trace, index, writer, files, packSizeBytes, blocked };
  }

  /**
   * Opens the shelf, or makes an empty one. Staged leftovers vanish; what the packs hold past the
   * index's watermarks is read; an index that is missing or damaged is built anew from all there
   * is.
   *
   * @throws DiskError where the disk fails
   * @throws FormatError where a newer program wrote the shelf
   */
  static async open(ports: ShelfPorts, settings: Partial<ShelfConfig> = {}): Promise<Shelf> {
    const config = { ...shelfDefaults, ...settings };
    const { disk, clock, trace } = ports;
    assert(config.packedDataBytesMax <= packedDataBytesLimit, "packed shards fit into one write");
    const index = await openIndex(ports, config.inspectBudgetMs);
    const current = index.packs().findLast(([, state]) => !state.closed);
    const writer = await PackWriter.open({
      disk,
      trace,
      packSizeBytes: config.packSizeBytes,
      nextPack: index.nextPack,
      current: current && { pack: current[0], sizeBytes: current[1].indexedBytes },
      onDurable: (records) => indexRecords(index, records),
      onClosed: (pack) => index.closePack(pack),
      flushed: () => index.flushed(),
    });
    const space = new ShelfSpace({ disk, clock, reserveBytesMin: config.reserveBytesMin });
    return new Shelf(config, {
      disk,
      trace,
      index,
      writer,
      space,
      folders: new ShelfFolders(disk),
      sealing: new Sealing(),
      files: new OpenFiles<FileFacts>(disk, config.openFilesMax),
    });
  }

  /**
   * Starts a shard; its name and its length follow from the description.
   *
   * @returns `full` where it would take of the reserve
   * @throws ShelfError
   */
  async stage(description: ShardDescription): Promise<StagedShard | { kind: "full" }> {
    this.#assertRunning();
    const header = encodeShardHeader(description);
    const frame = frameOf(description, header.length);
    const sizeBytes = shardSizeBytes(frame);
    const { space } = this.#staging;
    try {
      if (!(await space.take(sizeBytes))) return { kind: "full" };
    } catch (error) {
      throw shelfError(error);
    }
    if (frame.dataSizeBytes <= this.#config.packedDataBytesMax) {
      return new StagedInMemory(this.#staging, frame, header);
    }
    try {
      const path = stagedPath(this.#stagedCount++);
      return await StagedInFile.create(this.#staging, { frame, header, path });
    } catch (error) {
      space.release(sizeBytes, false);
      throw shelfError(error);
    }
  }

  /**
   * Seals a shard of which all is at hand; resolves when it is durable and can be read. Nothing
   * happens where the same shard, by name and root, was sealed before.
   *
   * @param parts.data must not be changed until the promise settles
   * @param parts.footer as `encodeShardFooter` makes it
   * @throws ShelfError; the shard is dropped then
   */
  async put(
    description: ShardDescription,
    parts: { data: Uint8Array; footer: Uint8Array },
  ): Promise<void> {
    this.#assertRunning();
    if (parts.data.length > this.#config.packedDataBytesMax) {
      return this.#putInFile(description, parts);
    }
    const header = encodeShardHeader(description);
    const frame = frameOf(description, header.length);
    const sizeBytes = shardSizeBytes(frame);
    const { space } = this.#staging;
    try {
      const isTaken = space.tryTake(sizeBytes) || (await space.take(sizeBytes));
      if (!isTaken) throw reserveError();
      await packWhole(this.#staging, frame, { header, ...parts });
    } catch (error) {
      throw shelfError(error);
    }
  }

  async #putInFile(
    description: ShardDescription,
    { data, footer }: { data: Uint8Array; footer: Uint8Array },
  ): Promise<void> {
    const staged = await this.stage(description);
    if ("kind" in staged) throw reserveError();
    try {
      await staged.write(data);
      await staged.seal(footer);
    } finally {
      await staged.abort();
    }
  }

  /**
   * Opens a sealed shard.
   *
   * @param root what its root was when it was committed
   * @returns undefined where the shelf does not have it
   */
  async reader(name: ShardName, root: Uint8Array): Promise<ShardReader | CorruptShard | undefined> {
    this.#assertRunning();
    const entry = this.#index.entry(name);
    return entry === undefined ? undefined : this.#open(name, entry, root);
  }

  async #open(
    name: ShardName,
    first: ShelfEntry,
    root: Uint8Array,
  ): Promise<ShardReader | CorruptShard | undefined> {
    const from = { files: this.#files, trace: this.#trace, slab: this.#slab };
    let entry: ShelfEntry | undefined = first;
    for (let moves = 0; entry !== undefined && moves < movesMax; moves++) {
      try {
        return await openShard(from, { name, entry, root });
      } catch (error) {
        if (!(error instanceof DiskError && error.code === "not-found")) throw shelfError(error);
      }
      // It was moved or removed since the index was asked, or someone took the file away.
      const now = this.#index.entry(name);
      if (now !== undefined && isSamePlace(now, entry)) {
        const path = now.inFile ? shardFilePath(now) : `pack ${now.pack}`;
        this.#trace.write("error", "shardFileMissing", { path });
        return undefined;
      }
      entry = now;
    }
    return undefined;
  }

  /** Whether the shelf lists a shard. It says nothing about the shard's bytes. */
  has(name: ShardName): boolean {
    this.#assertRunning();
    return this.#index.has(name);
  }

  /** The shards of a partition that the shelf lists, in the order of unit, encoding and index. */
  list(partition: number): Iterable<ShardName> {
    this.#assertRunning();
    return this.#index.list(partition);
  }

  /**
   * A page of all shards that the shelf lists, in the order of partition, unit, encoding and index.
   *
   * @param after the last one of the page before
   */
  page(after: ShardName | undefined, limit: number): readonly ShardName[] {
    this.#assertRunning();
    return this.#index.page(after, limit);
  }

  /** All shards that the shelf lists, in that order; each page as it stands when it is its turn. */
  *pages(limit: number): Iterable<readonly ShardName[]> {
    let page = this.page(undefined, limit);
    while (page.length > 0) {
      yield page;
      page = page.length < limit ? [] : this.page(page.at(-1), limit);
    }
  }

  /**
   * Takes shards off the shelf; those that it does not have are passed over. They are gone for good
   * when it resolves; their space comes back with the file, or by compaction.
   *
   * @throws ShelfError `io` where the disk failed; some may be gone then
   */
  async remove(names: readonly ShardName[]): Promise<void> {
    this.#assertRunning();
    // Compaction may move a shard while its removal is on its way: then it is removed again.
    for (let rest = names; rest.length > 0; rest = rest.filter((name) => this.#index.has(name))) {
      const contents = this.#removals(rest);
      await Promise.all(contents.map((content) => this.#recordRemoval(content)));
      await this.#removeFiles(contents);
    }
  }

  /** What records must say so that these shards are gone. */
  #removals(names: readonly ShardName[]): RemovalContent[] {
    const packed = new Map<number, { name: ShardName; offset: number }[]>();
    const files: { name: ShardName; place: RecordPlace }[] = [];
    for (const name of names) {
      const entry = this.#index.entry(name);
      if (entry === undefined) continue;
      const { pack, offset } = entry;
      if (entry.inFile) files.push({ name, place: { pack, offset } });
      else packed.getOrInsertComputed(pack, () => []).push({ name, offset });
    }
    const contents: RemovalContent[] = [];
    for (const [pack, shards] of packed) {
      for (let first = 0; first < shards.length; first += namesPerRecordMax) {
        const some = shards.slice(first, first + namesPerRecordMax);
        contents.push({ kind: "packedRemoved", value: { pack, shards: some } });
      }
    }
    for (let first = 0; first < files.length; first += namesPerRecordMax) {
      const some = files.slice(first, first + namesPerRecordMax);
      contents.push({ kind: "filesRemoved", value: { files: some } });
    }
    return contents;
  }

  async #recordRemoval(content: RemovalContent): Promise<void> {
    try {
      await this.#writer.append({ content, parts: [], shard: undefined });
    } catch (error) {
      if (!(error instanceof ShelfError && error.code === "full")) throw error;
      // Room must come back on a full disk too. Without the record a rebuild may find the shards
      // again, as garbage that is removed again.
      this.#trace.write("warn", "removalNotRecorded", { kind: content.kind });
      indexRemoval(this.#index, content);
    }
  }

  async #removeFiles(contents: readonly RemovalContent[]): Promise<void> {
    const places = contents.flatMap((content) =>
      content.kind === "filesRemoved" ? content.value.files.map(({ place }) => place) : [],
    );
    const removed = await Promise.all(places.map((place) => this.#removeFile(place)));
    const directories = new Set(places.map(shardFileDirectory));
    try {
      await Promise.all([...directories].map((path) => this.#disk.syncDirectory(path)));
    } catch (error) {
      // The files stay pending, and the next start removes what is left of them.
      throw shelfError(error);
    }
    for (const [i, place] of places.entries()) if (removed[i] === true) this.#index.settle(place);
  }

  async #removeFile(place: RecordPlace): Promise<boolean> {
    const path = shardFilePath(place);
    await this.#files.forget(path);
    try {
      await this.#disk.remove(path);
      return true;
    } catch (error) {
      if (error instanceof DiskError && error.code === "not-found") return true;
      const text = error instanceof Error ? error.message : String(error);
      this.#trace.write("error", "shardFileNotRemoved", { path, error: text });
      return false;
    }
  }

  /**
   * Reads a whole shard and compares every byte with what was written.
   *
   * @param options.root what the root was when the shard was committed; else as the shelf noted it
   * @param options.afterRead sets the pace: the next read waits for it
   */
  async verify(
    name: ShardName,
    options: { root?: Uint8Array; afterRead?: (sizeBytes: number) => Promise<void> } = {},
  ): Promise<Verification> {
    this.#assertRunning();
    const entry = this.#index.entry(name);
    const reader = entry && (await this.#open(name, entry, options.root ?? entry.root));
    if (reader === undefined) return { kind: "missing" };
    if (reader.kind === "corrupt") return reader;
    try {
      assert(verifyStepBytes <= readSizeBytesMax, "S8: one read takes a bounded range");
      for (let offsetBytes = 0; offsetBytes < reader.dataSizeBytes;) {
        const lengthBytes = Math.min(verifyStepBytes, reader.dataSizeBytes - offsetBytes);
        const result = await reader.read({ offsetBytes, lengthBytes });
        if (result.kind === "corrupt") return result;
        offsetBytes += lengthBytes;
        await options.afterRead?.(lengthBytes);
      }
    } finally {
      await reader.close();
    }
    return { kind: "intact" };
  }

  /**
   * Walks and verifies everything, in the order of partition, unit, encoding and index. The caller
   * sets the pace: a shard is read when the next one is asked for. Shards that come or go meanwhile
   * may be missed or seen.
   *
   * @param after where an earlier walk stopped
   */
  async *scan(
    after?: ShardName,
  ): AsyncGenerator<{ readonly name: ShardName; readonly result: Verification }> {
    let last = after;
    for (;;) {
      this.#assertRunning();
      const page = this.#index.page(last, namesPerPage);
      if (page.length === 0) return;
      for (const name of page) {
        const result = await this.verify(name);
        // Removed since the page was read: it is not missing, it is gone.
        if (result.kind !== "missing" || this.#index.has(name)) yield { name, result };
      }
      last = page.at(-1);
    }
  }

  /**
   * Compacts the pack that gives back most, if one is worth it. One at a time: a second caller gets
   * what the first does.
   *
   * @param options.deadFractionMin packs with a smaller part dead are left alone
   * @throws ShelfError
   */
  compact(options: { deadFractionMin?: number } = {}): Promise<Compaction> {
    this.#assertRunning();
    this.#compaction ??= this.#compactOne(options.deadFractionMin ?? 0.25).finally(
      () => (this.#compaction = undefined),
    );
    return this.#compaction;
  }

  async #compactOne(deadFractionMin: number): Promise<Compaction> {
    const pack = packToCompact(this.#compacting, deadFractionMin);
    if (pack === undefined) return { kind: "idle" };
    try {
      return await compactPack(this.#compacting, pack);
    } catch (error) {
      throw shelfError(error);
    }
  }

  /** Whether it takes no shard for want of room. */
  isFull(): Promise<boolean> {
    return this.#staging.space.isFull();
  }

  /** What the shelf holds, to the byte, and what is being staged. */
  usage(): ShelfUsage & { readonly stagedBytes: number } {
    return { ...this.#index.usage(), stagedBytes: this.#staging.space.stagedBytes };
  }

  /** Ends what is being written and lets go of everything. Staged shards must be ended before. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#compaction?.catch(() => undefined);
    await this.#writer.close();
    await this.#files.close();
    await this.#index.close();
  }

  #assertRunning(): void {
    if (this.#isClosed) throw new ShelfError("stopped", "the shelf is closed");
    const cause = this.#index.failure;
    if (cause !== undefined) {
      throw new ShelfError("stopped", "the shelf's index failed: start the node again", { cause });
    }
  }
}

function reserveError(): ShelfError {
  return new ShelfError("full", "a shard would take of the reserve");
}

function isSamePlace(a: ShelfEntry, b: ShelfEntry): boolean {
  return a.pack === b.pack && a.offset === b.offset && a.inFile === b.inFile;
}
