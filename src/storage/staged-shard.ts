import { assert } from "#base/assert.ts";
import { equalBytes, mib } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import { Slab } from "#base/slab.ts";
import { decodeShardFooter } from "#erasure/index.ts";
import type { RecordPlace, ShardName } from "#format/index.ts";
import type { Disk, DiskFile, Trace } from "#ports/index.ts";
import { type PackAppend, type PackWriter, shelfError } from "./pack-writer.ts";
import { ShelfError } from "./shelf-error.ts";
import type { ShelfFolders } from "./shelf-folders.ts";
import type { ShelfIndex } from "./shelf-index.ts";
import { shardFileDirectory, shardFilePath } from "./shelf-paths.ts";
import { hashOfName, nameOf, nameText, type ShardFrame, shardSizeBytes } from "./shelf-shard.ts";
import type { ShelfSpace } from "./shelf-space.ts";

/** A shard on its way. It leaves no trace unless it is sealed. */
export interface StagedShard {
  /** Adds the next bytes of data. They must not be changed until the promise settles. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Ends it; resolves when the shard is durable and can be read. Nothing happens where the same
   * shard, by name and root, was sealed before.
   *
   * @param footer as `encodeShardFooter` makes it
   * @throws ShelfError; the shard is dropped then
   */
  seal(footer: Uint8Array): Promise<void>;
  /** Drops it. No write may be under way. Nothing happens where it was sealed or dropped before. */
  abort(): Promise<void>;
}

/** What staged shards need of their shelf. */
export interface Staging {
  readonly disk: Disk;
  readonly trace: Trace;
  readonly index: ShelfIndex;
  readonly writer: PackWriter;
  readonly space: ShelfSpace;
  readonly folders: ShelfFolders;
  readonly sealing: Sealing;
}

/** Lets one shard of a name be sealed at a time, and of the few names that share a hash. */
export class Sealing {
  readonly #underWay = new Map<number, Promise<unknown>>();

  /**
   * Seals a shard unless it is there.
   *
   * @returns whether `seal` was called, and so the staged bytes were kept
   * @throws ShelfError `conflict` where another shard is there under that name
   */
  async once(
    index: ShelfIndex,
    shard: { name: ShardName; root: Uint8Array },
    seal: () => Promise<unknown>,
  ): Promise<boolean> {
    const hash = hashOfName(shard.name);
    for (let other = this.#underWay.get(hash); other !== undefined;) {
      await other.catch(() => undefined);
      other = this.#underWay.get(hash);
    }
    const entry = index.entry(shard.name);
    if (entry !== undefined) {
      if (equalBytes(entry.root, shard.root)) return false;
      const text = nameText(shard.name);
      throw new ShelfError("conflict", `S1: another shard was sealed as ${text}`);
    }
    const sealed = seal();
    this.#underWay.set(hash, sealed);
    try {
      await sealed;
    } finally {
      this.#underWay.delete(hash);
    }
    return true;
  }
}

/** What both kinds of staged shard check and account for. */
abstract class Staged implements StagedShard {
  protected readonly staging: Staging;
  protected readonly frame: ShardFrame;
  protected readonly name: ShardName;
  /** Bytes of header and data so far. */
  protected usedBytes: number;
  #state: "open" | "sealing" | "ended" = "open";

  constructor(staging: Staging, frame: ShardFrame) {
    this.staging = staging;
    this.frame = frame;
    this.name = nameOf(frame.description);
    this.usedBytes = frame.headerSizeBytes;
  }

  write(bytes: Uint8Array): Promise<void> {
    assert(this.#state === "open", "S3: only a staged shard is written to");
    const offset = this.usedBytes;
    this.usedBytes += bytes.length;
    const isInside = this.usedBytes <= this.frame.headerSizeBytes + this.frame.dataSizeBytes;
    assert(isInside, "S3: a shard gets no more data than its description says");
    return this.put(bytes, offset);
  }

  async seal(footer: Uint8Array): Promise<void> {
    assert(this.#state === "open", "S3: a shard is sealed once");
    const isWhole = this.usedBytes === this.frame.headerSizeBytes + this.frame.dataSizeBytes;
    assert(isWhole, "S3: a sealed shard has the data that its description says");
    const root = rootIn(footer, this.frame);
    this.#state = "sealing";
    let isKept = false;
    try {
      const shard = { name: this.name, root };
      isKept = await this.staging.sealing.once(this.staging.index, shard, () =>
        this.keep(footer, root),
      );
    } catch (error) {
      throw shelfError(error);
    } finally {
      await this.#end(isKept);
    }
  }

  async abort(): Promise<void> {
    if (this.#state === "open") await this.#end(false);
  }

  async #end(isKept: boolean): Promise<void> {
    this.#state = "ended";
    if (!isKept) await this.discard();
    this.staging.space.release(shardSizeBytes(this.frame), isKept);
  }

  protected abstract put(bytes: Uint8Array, offset: number): Promise<void>;
  protected abstract keep(footer: Uint8Array, root: Uint8Array): Promise<void>;
  protected abstract discard(): Promise<void>;
}

/** Shards wait in it for their pack's sync. */
const slab = new Slab();

/** A small shard: it gathers in memory and becomes a record of a pack. */
export class StagedInMemory extends Staged {
  readonly #bytes: Uint8Array;

  constructor(staging: Staging, frame: ShardFrame, header: Uint8Array) {
    super(staging, frame);
    this.#bytes = slab.take(shardSizeBytes(frame));
    this.#bytes.set(header);
  }

  protected put(bytes: Uint8Array, offset: number): Promise<void> {
    this.#bytes.set(bytes, offset);
    return Promise.resolve();
  }

  protected async keep(footer: Uint8Array, root: Uint8Array): Promise<void> {
    this.#bytes.set(footer, this.usedBytes);
    await this.staging.writer.append(shardAppend(this.frame, root, [this.#bytes]));
  }

  protected discard(): Promise<void> {
    return Promise.resolve();
  }
}

/** The root in a footer that is the frame's. */
function rootIn(footer: Uint8Array, frame: ShardFrame): Uint8Array {
  const parts = footer.length === frame.footerSizeBytes && decodeShardFooter(footer);
  assert(typeof parts === "object", "S3: a shard's root is that of its checksums");
  return parts.root;
}

/** The record that carries a whole shard, which the index does not list. */
function shardAppend(
  frame: ShardFrame,
  root: Uint8Array,
  parts: readonly Uint8Array[],
): PackAppend {
  const name = nameOf(frame.description);
  const sizeBytes = shardSizeBytes(frame);
  return {
    content: { kind: "shard", value: {} },
    parts,
    shard: { name, root: root.slice(), sizeBytes, isNew: true, isIntact: true },
  };
}

/**
 * Seals a shard of which all is at hand, and gives back the room that was taken for it.
 *
 * @throws ShelfError `conflict` where another shard is there under that name; DiskError
 */
export async function packWhole(
  { sealing, index, space, writer }: Staging,
  frame: ShardFrame,
  { header, data, footer }: { header: Uint8Array; data: Uint8Array; footer: Uint8Array },
): Promise<void> {
  const isWhole = data.length === frame.dataSizeBytes;
  assert(isWhole, "S3: a sealed shard has the data that its description says");
  const root = rootIn(footer, frame);
  const append = shardAppend(frame, root, [header, data, footer]);
  let isKept = false;
  try {
    const shard = { name: nameOf(frame.description), root };
    isKept = await sealing.once(index, shard, () => writer.append(append));
  } finally {
    space.release(shardSizeBytes(frame), isKept);
  }
}

/** So much of a file is written before it is synced a first time, to keep the last sync short. */
const earlySyncBytes: number = 8 * mib;

/** A large shard: a file that gets its name when it is sealed. */
export class StagedInFile extends Staged {
  readonly #file: DiskFile;
  readonly #path: string;
  #isOpen = true;
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;
  #failure: unknown;

  private constructor(staging: Staging, frame: ShardFrame, at: { file: DiskFile; path: string }) {
    super(staging, frame);
    this.#file = at.file;
    this.#path = at.path;
  }

  static async create(
    staging: Staging,
    staged: { frame: ShardFrame; header: Uint8Array; path: string },
  ): Promise<StagedInFile> {
    const { frame, header, path } = staged;
    const file = await staging.disk.open(path, "create");
    const shard = new StagedInFile(staging, frame, { file, path });
    try {
      await file.write([header], 0);
    } catch (error) {
      await shard.discard();
      throw error;
    }
    return shard;
  }

  protected async put(bytes: Uint8Array, offset: number): Promise<void> {
    try {
      await this.#file.write([bytes], offset);
    } catch (error) {
      this.#failure ??= error;
      throw shelfError(error);
    }
    this.#unsyncedBytes += bytes.length;
    if (this.#unsyncedBytes >= earlySyncBytes && this.#syncing === undefined) this.#syncEarly();
  }

  #syncEarly(): void {
    this.#unsyncedBytes = 0;
    this.#syncing = this.#file.sync().then(
      () => (this.#syncing = undefined),
      (error: unknown) => void (this.#failure ??= error),
    );
  }

  protected async keep(footer: Uint8Array, root: Uint8Array): Promise<void> {
    const sizeBytes = this.usedBytes + footer.length;
    const place = await this.#makeDurable(footer);
    await this.#nameFile(place);
    const entry = { ...place, inFile: true, shardOffset: 0, sizeBytes, root: root.slice() };
    this.staging.index.set(this.name, entry, undefined);
    this.staging.index.settle(place);
  }

  /** Syncs the file, and a record that announces it: a start finds the file by that. */
  async #makeDurable(footer: Uint8Array): Promise<RecordPlace> {
    await this.#syncing;
    if (this.#failure !== undefined) throw this.#failure;
    await this.#file.write([footer], this.usedBytes);
    const content = { kind: "file", value: {} } as const;
    const [synced, announced] = await Promise.allSettled([
      this.#file.sync(),
      this.staging.writer.append({ content, parts: [], shard: undefined }),
    ]);
    if (announced.status === "rejected") throw announced.reason;
    if (synced.status === "fulfilled") return announced.value;
    this.staging.index.settle(announced.value);
    throw synced.reason;
  }

  async #nameFile(place: RecordPlace): Promise<void> {
    const { disk, folders } = this.staging;
    const path = shardFilePath(place);
    const directory = shardFileDirectory(place);
    await this.#close();
    await folders.ensure(directory);
    try {
      await disk.rename(this.#path, path);
      await disk.syncDirectory(directory);
    } catch (error) {
      // Whether the name lasts is not known: it stays pending, and the next start settles it.
      await disk.remove(path).catch(() => undefined);
      throw error;
    }
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }

  protected async discard(): Promise<void> {
    await this.#syncing;
    try {
      await this.#close();
      await this.staging.disk.remove(this.#path);
    } catch (error) {
      if (error instanceof DiskError && error.code === "not-found") return;
      // The next start removes it.
      this.staging.trace.write("warn", "stagedShardNotRemoved", { path: this.#path });
    }
  }
}
