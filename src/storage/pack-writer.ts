import { assert } from "#base/assert.ts";
import { mib } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import type { RecordPlace } from "#format/index.ts";
import type { Disk, DiskFile, Trace } from "#ports/index.ts";
import {
  encodePackHeader,
  packHeaderSizeBytes,
  type PackedRecord,
  packRecord,
  recordPrefixSizeBytes,
  writeRecord,
} from "./pack-record.ts";
import { ShelfError } from "./shelf-error.ts";
import { packDirectory, packPath } from "./shelf-paths.ts";
import type { DurableRecord, PackedShardFacts, RecordContent } from "./shelf-records.ts";

/**
 * Records of one write and one sync, in bytes: what one group commit may keep the others waiting.
 */
const groupBytesMax: number = mib;

/** What is to be appended. */
export interface PackAppend {
  readonly content: RecordContent;
  /** The whole shard where the content is one, one part behind the other, else nothing. */
  readonly parts: readonly Uint8Array[];
  /** The shard in the body, without its offset in the record. */
  readonly shard: Omit<PackedShardFacts, "shardOffset"> | undefined;
}

interface Waiting {
  readonly append: PackAppend;
  readonly resolve: (place: RecordPlace) => void;
  readonly reject: (error: unknown) => void;
}

interface OpenPack {
  readonly pack: number;
  readonly file: DiskFile;
  /** Everything before this is durable. */
  sizeBytes: number;
  /** The directory does not durably hold the pack's name yet. */
  isNew: boolean;
}

/** A record that was given its place in the group that is being written. */
interface Placed {
  readonly waiting: Waiting;
  readonly record: PackedRecord;
  readonly place: RecordPlace;
}

export interface PackWriterOptions {
  readonly disk: Disk;
  readonly trace: Trace;
  /** A pack that has grown to this is not appended to any more. */
  readonly packSizeBytes: number;
  /** No pack has had this number or a higher one. */
  readonly nextPack: number;
  /** The pack to go on with: durable to its end, without a torn tail. */
  readonly current: { readonly pack: number; readonly sizeBytes: number } | undefined;
  /** Told of every group as soon as it is durable, before those who wait for it. */
  readonly onDurable: (records: readonly DurableRecord[]) => void;
  /** Told of a pack that is not appended to any more. */
  readonly onClosed: (pack: number) => void;
  /** Resolves when what `onClosed` told is durable. */
  readonly flushed: () => Promise<void>;
}

/**
 * Appends records to packs. One group is written and synced at a time; what comes meanwhile gathers
 * and is the next group.
 *
 * After a write that found the disk full the pack is cut back to its durable end; after any other
 * failure, or where cutting fails, nothing is appended to it any more. What was durable before
 * stays so.
 */
export class PackWriter {
  readonly #options: PackWriterOptions;
  readonly #buffer = new Uint8Array(groupBytesMax);
  readonly #queue: Waiting[] = [];
  #open: OpenPack | undefined;
  #nextPack: number;
  #loop: Promise<void> | undefined;

  private constructor(options: PackWriterOptions, open: OpenPack | undefined) {
    this.#options = options;
    this.#open = open;
    this.#nextPack = options.nextPack;
  }

  static async open(options: PackWriterOptions): Promise<PackWriter> {
    const { current, disk } = options;
    if (current === undefined) return new PackWriter(options, undefined);
    const file = await disk.open(packPath(current.pack), "update");
    return new PackWriter(options, { ...current, file, isNew: false });
  }

  /** The pack that is appended to now. Compaction leaves it alone. */
  get currentPack(): number | undefined {
    return this.#open?.pack;
  }

  /**
   * Appends a record. Its parts must not be changed until the promise settles.
   *
   * @returns its place, as soon as it is durable and the index tells of it
   * @throws ShelfError `full` or `io` where it could not be written
   */
  append(append: PackAppend): Promise<RecordPlace> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ append, resolve, reject });
      this.#loop ??= this.#run();
    });
  }

  /** Ends the pack that is appended to, so that compaction may take it. */
  async rotate(): Promise<void> {
    await this.#loop;
    if (this.#loop === undefined) await this.#closeOpen();
  }

  /** Waits for what is being appended and lets go of the pack. */
  async close(): Promise<void> {
    await this.#loop;
    await this.#open?.file.close();
    this.#open = undefined;
  }

  // One turn writes one group. It never throws: each failure belongs to those who wait for the
  // group.
  async #run(): Promise<void> {
    // The appends of one synchronous stretch share a group from the first on.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      let group: Placed[] = [];
      try {
        const open = await this.#openPack();
        group = this.#takeGroup(open);
        await this.#writeGroup(open, group);
      } catch (error) {
        const reason = shelfError(error);
        for (const { waiting } of group) waiting.reject(reason);
        if (group.length === 0) this.#queue.shift()?.reject(reason);
      }
    }
    this.#loop = undefined;
  }

  /** The pack to append to, a new one where the last is full. */
  async #openPack(): Promise<OpenPack> {
    const { disk, packSizeBytes } = this.#options;
    if (this.#open !== undefined && this.#open.sizeBytes >= packSizeBytes) await this.#closeOpen();
    if (this.#open !== undefined) return this.#open;
    const pack = this.#nextPack++;
    const file = await disk.open(packPath(pack), "create");
    this.#open = { pack, file, sizeBytes: packHeaderSizeBytes, isNew: true };
    return this.#open;
  }

  /** Takes from the queue what fits into one write, and gives each record its place. */
  #takeGroup(open: OpenPack): Placed[] {
    const group: Placed[] = [];
    let usedBytes = 0;
    for (const waiting of this.#queue) {
      const placed = this.#place(open, waiting, usedBytes);
      if (placed === undefined) break;
      group.push(placed);
      usedBytes += placed.record.sizeBytes;
    }
    this.#queue.splice(0, group.length);
    return group;
  }

  /** Writes a record into the buffer, behind `usedBytes` of it, if it fits. */
  #place(open: OpenPack, waiting: Waiting, usedBytes: number): Placed | undefined {
    const { content, parts } = waiting.append;
    const record = packRecord({ syncedSizeBytes: open.sizeBytes, content }, parts);
    assert(record.sizeBytes <= groupBytesMax, "a record fits into one group");
    if (usedBytes + record.sizeBytes > groupBytesMax) return undefined;
    const place = { pack: open.pack, offset: open.sizeBytes + usedBytes };
    writeRecord(this.#buffer.subarray(usedBytes), record, place);
    return { waiting, record, place };
  }

  async #writeGroup(open: OpenPack, group: readonly Placed[]): Promise<void> {
    const usedBytes = group.reduce((sum, placed) => sum + placed.record.sizeBytes, 0);
    try {
      const parts = [this.#buffer.subarray(0, usedBytes)];
      if (open.isNew) await open.file.writeDurably([encodePackHeader(), ...parts], 0);
      else await open.file.writeDurably(parts, open.sizeBytes);
      if (open.isNew) await this.#options.disk.syncDirectory(packDirectory);
      open.isNew = false;
    } catch (error) {
      if (!isFull(error)) {
        await this.#abandon(open, error);
        throw error;
      }
      await this.#repair(open, error);
      if (group.length === 1) throw error;
      await this.#writeOneByOne(group);
      return;
    }
    open.sizeBytes += usedBytes;
    this.#options.onDurable(group.map(durableRecord));
    for (const { waiting, place } of group) waiting.resolve(place);
  }

  /** A full disk may still have room for the smaller ones. */
  async #writeOneByOne(group: readonly Placed[]): Promise<void> {
    for (const { waiting } of group) {
      try {
        const open = await this.#openPack();
        const alone = this.#place(open, waiting, 0);
        assert(alone !== undefined, "a record fits into an empty buffer");
        await this.#writeGroup(open, [alone]);
      } catch (error) {
        waiting.reject(shelfError(error));
      }
    }
  }

  /** Takes back what a failed write may have left. */
  async #repair(open: OpenPack, cause: unknown): Promise<void> {
    try {
      await open.file.truncate(open.isNew ? 0 : open.sizeBytes);
    } catch {
      await this.#abandon(open, cause);
    }
  }

  async #abandon(open: OpenPack, cause: unknown): Promise<void> {
    const error = cause instanceof Error ? cause.message : String(cause);
    this.#options.trace.write("error", "packAbandoned", { pack: open.pack, error });
    // What lies behind the durable end counts for nothing. It is only space if this fails too.
    if (!open.isNew) await open.file.truncate(open.sizeBytes).catch(() => undefined);
    await this.#closeOpen();
    // What is told to have failed must not come up at a later start: none scans a closed pack.
    await this.#options.flushed();
  }

  async #closeOpen(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    try {
      await open.file.close();
      // Nothing in it was ever durable, and no row tells of it.
      if (open.isNew) await this.#options.disk.remove(packPath(open.pack));
      else this.#options.onClosed(open.pack);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#options.trace.write("warn", "packNotLetGo", { pack: open.pack, error: text });
    }
  }
}

function durableRecord({ waiting, record, place }: Placed): DurableRecord {
  const { content, shard } = waiting.append;
  const shardOffset = recordPrefixSizeBytes + record.message.length;
  const facts = shard === undefined ? undefined : { ...shard, shardOffset };
  return { place, sizeBytes: record.sizeBytes, content, shard: facts };
}

function isFull(error: unknown): boolean {
  return error instanceof DiskError && error.code === "full";
}

/** What a caller of the shelf is told of a failure: one of the disk, or what it is. */
export function shelfError(error: unknown): unknown {
  if (!(error instanceof DiskError)) return error;
  return new ShelfError(isFull(error) ? "full" : "io", error.message, { cause: error });
}
