import { assert } from "#base/assert.ts";
import {
  decodePackState,
  decodePendingFile,
  decodeRemovalBytes,
  decodeShelfEntry,
  decodeShelfIndexState,
  encodePackState,
  encodePendingFile,
  encodeRemovalBytes,
  encodeShelfEntry,
  encodeShelfIndexState,
  FormatError,
  type PackState,
  type PendingFile,
  type RecordPlace,
  type ShardName,
  type ShelfEntry,
  type ShelfIndexState,
} from "#format/index.ts";
import type { KeyValue, KeyValueChange } from "#ports/index.ts";
import { packHeaderSizeBytes, recordAlignmentBytes } from "./pack-record.ts";
import {
  allRemovalsRange,
  entryKey,
  entryRange,
  keyBehind,
  nameFromKey,
  packFromKey,
  packKey,
  packRange,
  partitionRange,
  pendingKey,
  pendingRange,
  placeFromPendingKey,
  removalHolder,
  removalKey,
  removalRange,
  removalTarget,
  stateKey,
} from "./shelf-keys.ts";

const indexVersion = 1;

/** What the shelf holds, in bytes. Every byte of a pack counts as one of these. */
export interface ShelfUsage {
  readonly packs: {
    readonly count: number;
    readonly shardCount: number;
    /** Records of shards that are wanted. */
    readonly liveBytes: number;
    /** Removal records that a rebuild of the index would need. */
    readonly removalBytes: number;
    /** What compaction gives back. */
    readonly deadBytes: number;
    readonly headerBytes: number;
  };
  readonly files: { readonly count: number; readonly bytes: number };
}

/** What is known of the shelf as a whole. */
interface Book {
  readonly packs: Map<number, PackState>;
  readonly state: ShelfIndexState;
  /** Unfinished, the index is being built, and a crash has it built anew. */
  isFinished: boolean;
  /** Settles with the latest change, and so with all before it. */
  flushed: Promise<void>;
  /** Why no change lasts any more. */
  failure: unknown;
}

/**
 * The shelf's own index: where each shard is, and what each pack holds. It keeps no list of shards in
 * memory, only one small record for each pack.
 */
export class ShelfIndex {
  readonly #store: KeyValue;
  readonly #packs: Map<number, PackState>;
  readonly #book: Book;

  private constructor(store: KeyValue, book: Book) {
    this.#store = store;
    this.#packs = book.packs;
    this.#book = book;
  }

  /**
   * Reads what the index knows of its packs.
   *
   * @param store the rows, checksummed
   * @returns undefined where the index was never finished and must be built
   * @throws FormatError `newer` where a newer program wrote it
   * @throws StoreDamagedError where a row fails its checksum
   */
  static load(store: KeyValue): ShelfIndex | undefined {
    const row = store.get(stateKey);
    if (row === undefined) return undefined;
    const state = decodeShelfIndexState(row);
    if (state.version > indexVersion) {
      throw new FormatError("newer", "the shelf's index is of a newer Hamster: run that");
    }
    const packs = new Map<number, PackState>();
    for (const [key, value] of store.scan(packRange)) {
      packs.set(packFromKey(key), decodePackState(value));
    }
    return new ShelfIndex(store, {
      packs,
      state,
      isFinished: true,
      flushed: Promise.resolve(),
      failure: undefined,
    });
  }

  /** An index without rows, to be filled and then finished by `finish`. */
  static empty(store: KeyValue): ShelfIndex {
    const state = { version: indexVersion, fileCount: 0, fileBytes: 0, nextPack: 1 };
    return new ShelfIndex(store, {
      packs: new Map(),
      state,
      isFinished: false,
      flushed: Promise.resolve(),
      failure: undefined,
    });
  }

  /** Whether the index is being built from nothing. */
  get isBuilding(): boolean {
    return !this.#book.isFinished;
  }

  /** Why no change of the index lasts any more, if so. */
  get failure(): unknown {
    return this.#book.failure;
  }

  /** Resolves when every change so far is durable. */
  flushed(): Promise<void> {
    return this.#book.flushed;
  }

  /** Where a shard is, if it is on this shelf. */
  entry(name: ShardName): ShelfEntry | undefined {
    const row = this.#store.get(entryKey(name));
    return row === undefined ? undefined : decodeShelfEntry(row);
  }

  has(name: ShardName): boolean {
    return this.#store.get(entryKey(name)) !== undefined;
  }

  /** The shards of a partition, in the order of their keys, as they stood at the call. */
  *list(partition: number): Generator<ShardName> {
    for (const [key] of this.#store.scan(partitionRange(partition))) yield nameFromKey(key);
  }

  /**
   * A page of all shards, in the order of their keys.
   *
   * @param after the last shard of the page before
   */
  page(after: ShardName | undefined, limit: number): ShardName[] {
    const start = after === undefined ? entryRange.start : keyBehind(entryKey(after));
    const page: ShardName[] = [];
    for (const [key] of this.#store.scan({ start, end: entryRange.end, limit })) {
      page.push(nameFromKey(key));
    }
    return page;
  }

  /** Files whose sealing or removal had begun and not ended. */
  pending(): { place: RecordPlace; action: PendingFile["action"] }[] {
    const pending = [];
    for (const [key, value] of this.#store.scan(pendingRange)) {
      pending.push({ place: placeFromPendingKey(key), action: decodePendingFile(value).action });
    }
    return pending;
  }

  /** The packs, in the order of their numbers. */
  packs(): [pack: number, state: Readonly<PackState>][] {
    return [...this.#packs].toSorted(([a], [b]) => a - b);
  }

  pack(pack: number): Readonly<PackState> | undefined {
    return this.#packs.get(pack);
  }

  /** The number of the next pack. */
  get nextPack(): number {
    return this.#book.state.nextPack;
  }

  /** The packs that the removal records of a pack are about. Reads all such rows. */
  removalTargets(holder: number): number[] {
    const targets: number[] = [];
    for (const [key] of this.#store.scan(allRemovalsRange)) {
      if (removalHolder(key) === holder) targets.push(removalTarget(key));
    }
    return targets;
  }

  usage(): ShelfUsage {
    const packs = { count: 0, shardCount: 0, liveBytes: 0, removalBytes: 0 };
    let deadBytes = 0;
    for (const state of this.#packs.values()) {
      packs.count++;
      packs.shardCount += state.shardCount;
      packs.liveBytes += state.shardBytes;
      packs.removalBytes += state.removalBytes;
      deadBytes += deadBytesOf(state);
    }
    const headerBytes = packs.count * packHeaderSizeBytes;
    const { fileCount, fileBytes } = this.#book.state;
    const files = { count: fileCount, bytes: fileBytes };
    return { packs: { ...packs, deadBytes, headerBytes }, files };
  }

  /** Begins a change. It must be committed in the same synchronous stretch. */
  change(): IndexChange {
    return new IndexChange(this.#store, this.#book);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

/** What compaction of a pack gives back, in bytes. */
export function deadBytesOf(state: PackState): number {
  return state.indexedBytes - packHeaderSizeBytes - state.shardBytes - state.removalBytes;
}

/** How much of its pack the record of a shard takes. */
function recordBytesOf(entry: ShelfEntry): number {
  const exact = entry.shardOffset + entry.sizeBytes;
  return Math.ceil(exact / recordAlignmentBytes) * recordAlignmentBytes;
}

/** Whether an index row says that its shard is at a place. */
export function isAt(entry: ShelfEntry, place: RecordPlace): boolean {
  return entry.pack === place.pack && entry.offset === place.offset;
}

/**
 * Changes of the index that become visible, and durable, all at once. One change names a shard only
 * once: it does not see its own rows.
 */
export class IndexChange {
  readonly #store: KeyValue;
  readonly #packs: Map<number, PackState>;
  readonly #book: Book;
  readonly #rows: KeyValueChange[] = [];
  readonly #packsChanged = new Set<number>();
  #stateChanged = false;

  constructor(store: KeyValue, book: Book) {
    this.#store = store;
    this.#packs = book.packs;
    this.#book = book;
  }

  /** Lists a shard that the index does not list yet. */
  add(name: ShardName, entry: ShelfEntry): void {
    this.#count(entry, 1);
    this.#rows.push({ key: entryKey(name), value: encodeShelfEntry(entry) });
  }

  /** Lists a shard, in another place than before if there is one. */
  set(name: ShardName, entry: ShelfEntry, before: ShelfEntry | undefined): void {
    if (before !== undefined) this.#count(before, -1);
    this.add(name, entry);
  }

  /** Lists a shard no more. */
  drop(name: ShardName, entry: ShelfEntry): void {
    this.#count(entry, -1);
    this.#rows.push({ key: entryKey(name), value: undefined });
  }

  /** Says how far the index tells a pack; the first time, that there is one. */
  advance(pack: number, indexedBytes: number): void {
    const state = this.#packs.get(pack);
    if (state === undefined) {
      const empty = { closed: false, shardCount: 0, shardBytes: 0, removalBytes: 0 };
      this.#packs.set(pack, { ...empty, indexedBytes });
      this.reservePack(pack);
    } else {
      assert(indexedBytes >= state.indexedBytes, "S4: a pack's watermark does not go back");
      state.indexedBytes = indexedBytes;
    }
    this.#packsChanged.add(pack);
  }

  /** Says that a pack had this number: it is not used again. */
  reservePack(pack: number): void {
    const { state } = this.#book;
    state.nextPack = Math.max(state.nextPack, pack + 1);
    this.#stateChanged = true;
  }

  /** Says that nothing is appended to a pack any more. */
  closePack(pack: number): void {
    this.#packState(pack).closed = true;
  }

  /** Counts a removal record in `holder`, as long as the pack it is about is there. */
  addRemoval(pair: { target: number; holder: number }, sizeBytes: number): void {
    if (!this.#packs.has(pair.target)) return;
    const key = removalKey(pair);
    const row = this.#store.get(key);
    const bytes = sizeBytes + (row === undefined ? 0 : decodeRemovalBytes(row).bytes);
    this.#rows.push({ key, value: encodeRemovalBytes({ bytes }) });
    this.#packState(pair.holder).removalBytes += sizeBytes;
  }

  /**
   * Forgets a pack that is gone.
   *
   * @param targets the packs whose shards its removal records were about
   */
  dropPack(pack: number, targets: Iterable<number>): void {
    assert(this.#packs.get(pack)?.shardCount === 0, "S6: a pack with live shards is not removed");
    for (const [key, value] of this.#store.scan(removalRange(pack))) {
      this.#rows.push({ key, value: undefined });
      const holder = removalHolder(key);
      if (holder === pack) continue;
      this.#packState(holder).removalBytes -= decodeRemovalBytes(value).bytes;
    }
    for (const target of targets) {
      if (target === pack) continue;
      this.#rows.push({ key: removalKey({ target, holder: pack }), value: undefined });
    }
    this.#packs.delete(pack);
    this.#packsChanged.delete(pack);
    this.#rows.push({ key: packKey(pack), value: undefined });
  }

  /** Notes that a shard file is about to appear or to go. */
  addPending(place: RecordPlace, kind: "sealing" | "removing"): void {
    const value = encodePendingFile({ action: { kind, value: {} } });
    this.#rows.push({ key: pendingKey(place), value });
  }

  /** Notes that what was pending has been settled. */
  settle(place: RecordPlace): void {
    this.#rows.push({ key: pendingKey(place), value: undefined });
  }

  /** Says that the index is whole: from now on a start reads only what lies past the watermarks. */
  finish(): void {
    this.#book.isFinished = true;
    this.#stateChanged = true;
  }

  /**
   * Makes the change visible.
   *
   * @returns resolves when it is durable; see `KeyValue.write`
   */
  commit(): Promise<void> {
    for (const pack of this.#packsChanged) {
      const state = this.#packs.get(pack);
      assert(state !== undefined, "a pack that changed is known");
      assert(deadBytesOf(state) >= 0, "S7: a pack's parts are no more than the pack");
      this.#rows.push({ key: packKey(pack), value: encodePackState(state) });
    }
    if (this.#stateChanged && this.#book.isFinished) {
      this.#rows.push({ key: stateKey, value: encodeShelfIndexState(this.#book.state) });
    }
    const { flushed } = this.#store.write(this.#rows);
    this.#book.flushed = flushed;
    flushed.catch((error: unknown) => (this.#book.failure ??= error));
    return flushed;
  }

  #count(entry: ShelfEntry, sign: 1 | -1): void {
    if (entry.inFile) {
      this.#book.state.fileCount += sign;
      this.#book.state.fileBytes += sign * entry.sizeBytes;
      this.#stateChanged = true;
      return;
    }
    // The pack may be gone, where someone took the file away.
    if (!this.#packs.has(entry.pack)) return;
    const state = this.#packState(entry.pack);
    state.shardCount += sign;
    state.shardBytes += sign * recordBytesOf(entry);
  }

  #packState(pack: number): PackState {
    const state = this.#packs.get(pack);
    assert(state !== undefined, "a change is about a pack that is there");
    this.#packsChanged.add(pack);
    return state;
  }
}
