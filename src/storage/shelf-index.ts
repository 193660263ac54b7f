import { assert } from "#base/assert.ts";
import {
  decodePackState,
  decodePendingFile,
  decodeRemovalBytes,
  decodeShelfEntry,
  decodeShelfIndexState,
  FormatError,
  type PackState,
  type PendingFile,
  type RecordPlace,
  type ShardName,
  type ShelfEntry,
  type ShelfIndexState,
} from "#format/index.ts";
import type { Clock, KeyValue } from "#ports/index.ts";
import { packHeaderSizeBytes } from "./pack-record.ts";
import { deadBytesOf, recordBytesOf } from "./pack-state.ts";
import { IndexRows, type PendingKind, type RemovalPair } from "./shelf-index-rows.ts";
import {
  allRemovalsRange,
  entryKey,
  entryRange,
  keyBehind,
  nameFromKey,
  packFromKey,
  packRange,
  partitionRange,
  pendingRange,
  placeFromPendingKey,
  removalHolder,
  removalKey,
  removalRange,
  removalTarget,
  stateKey,
} from "./shelf-keys.ts";

const indexVersion = 1;

/**
 * Changed rows gather for this long before the store gets them. A start reads the packs past what
 * the store holds, so nothing waits for it; and each of its flushes competes with the packs' syncs.
 */
const gatherMs = 100;
/** So many gathered rows are enough for one batch. */
const gatheredRowsMax = 4096;

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

/**
 * The shelf's own index: where each shard is, and what each pack holds. It keeps no list of shards
 * in memory, only one small record for each pack, and the rows that changed last.
 *
 * A change is visible at once. Changes that are made in one synchronous stretch reach the store
 * together, and none before an earlier one.
 */
export class ShelfIndex {
  readonly #store: KeyValue;
  readonly #clock: Pick<Clock, "sleep">;
  readonly #packs: Map<number, PackState>;
  readonly #state: ShelfIndexState;
  readonly #stop = new AbortController();
  #gathered = new IndexRows();
  #isGathering = false;
  /** Unfinished, the index is being built, and a crash has it built anew. */
  #isFinished: boolean;
  #failure: unknown;

  private constructor(
    parts: { store: KeyValue; clock: Pick<Clock, "sleep"> },
    rows: { packs: Map<number, PackState>; state: ShelfIndexState; isFinished: boolean },
  ) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#packs = rows.packs;
    this.#state = rows.state;
    this.#isFinished = rows.isFinished;
  }

  /**
   * Reads what the index knows of its packs.
   *
   * @param parts.store the rows, checksummed
   * @returns undefined where the index was never finished and must be built
   * @throws FormatError `newer` where a newer program wrote it
   * @throws StoreDamagedError where a row fails its checksum
   */
  static load(parts: { store: KeyValue; clock: Pick<Clock, "sleep"> }): ShelfIndex | undefined {
    const row = parts.store.get(stateKey);
    if (row === undefined) return undefined;
    const state = decodeShelfIndexState(row);
    if (state.version > indexVersion) {
      throw new FormatError("newer", "the shelf's index is of a newer Hamster: run that");
    }
    const packs = new Map<number, PackState>();
    for (const [key, value] of parts.store.scan(packRange)) {
      packs.set(packFromKey(key), decodePackState(value));
    }
    return new ShelfIndex(parts, { packs, state, isFinished: true });
  }

  /** An index without rows, to be filled and then finished by `finish`. */
  static empty(parts: { store: KeyValue; clock: Pick<Clock, "sleep"> }): ShelfIndex {
    const state = { version: indexVersion, fileCount: 0, fileBytes: 0, nextPack: 1 };
    return new ShelfIndex(parts, { packs: new Map(), state, isFinished: false });
  }

  /** Whether the index is being built from nothing. */
  get isBuilding(): boolean {
    return !this.#isFinished;
  }

  /** Why no change of the index lasts any more, if so. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The number of the next pack. */
  get nextPack(): number {
    return this.#state.nextPack;
  }

  /** Where a shard is, if it is on this shelf. */
  entry(name: ShardName): ShelfEntry | undefined {
    const gathered = this.#gathered.entry(name);
    if (gathered !== undefined) return gathered.entry;
    const row = this.#store.get(entryKey(name));
    return row === undefined ? undefined : decodeShelfEntry(row);
  }

  has(name: ShardName): boolean {
    const gathered = this.#gathered.entry(name);
    if (gathered !== undefined) return gathered.entry !== undefined;
    return this.#store.get(entryKey(name)) !== undefined;
  }

  /** The shards of a partition, in the order of their keys, as they stood at the call. */
  list(partition: number): Iterable<ShardName> {
    this.#writeOut();
    const rows = this.#store.scan(partitionRange(partition));
    return (function* names(): Generator<ShardName> {
      for (const [key] of rows) yield nameFromKey(key);
    })();
  }

  /**
   * A page of all shards, in the order of their keys.
   *
   * @param after the last shard of the page before
   */
  page(after: ShardName | undefined, limit: number): ShardName[] {
    this.#writeOut();
    const start = after === undefined ? entryRange.start : keyBehind(entryKey(after));
    const page: ShardName[] = [];
    for (const [key] of this.#store.scan({ start, end: entryRange.end, limit })) {
      page.push(nameFromKey(key));
    }
    return page;
  }

  /** Files whose sealing or removal had begun and not ended. */
  pending(): { place: RecordPlace; action: PendingFile["action"] }[] {
    this.#writeOut();
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

  /** The packs that the removal records of a pack are about. Reads all such rows. */
  removalTargets(holder: number): number[] {
    this.#writeOut();
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
    const { fileCount, fileBytes } = this.#state;
    const files = { count: fileCount, bytes: fileBytes };
    return { packs: { ...packs, deadBytes, headerBytes }, files };
  }

  /** Lists a shard, in another place than before if there is one. */
  set(name: ShardName, entry: ShelfEntry, before: ShelfEntry | undefined): void {
    if (before !== undefined) this.#count(before, -1);
    this.#count(entry, 1);
    this.#gathered.setEntry(name, entry);
    this.#gather();
  }

  /** Lists a shard no more. */
  drop(name: ShardName, entry: ShelfEntry): void {
    this.#count(entry, -1);
    this.#gathered.setEntry(name, undefined);
    this.#gather();
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
    this.#packChanged(pack);
  }

  /** Says that a pack had this number: it is not used again. */
  reservePack(pack: number): void {
    this.#state.nextPack = Math.max(this.#state.nextPack, pack + 1);
    this.#stateChanged();
  }

  /** Says that nothing is appended to a pack any more. */
  closePack(pack: number): void {
    this.#packChanged(pack).closed = true;
  }

  /** Counts a removal record in `holder`, as long as the pack it is about is there. */
  addRemoval(pair: RemovalPair, sizeBytes: number): void {
    if (!this.#packs.has(pair.target)) return;
    this.#gathered.setRemoval(pair, this.#removalBytes(pair) + sizeBytes);
    this.#packChanged(pair.holder).removalBytes += sizeBytes;
  }

  #removalBytes(pair: RemovalPair): number {
    const gathered = this.#gathered.removal(pair);
    if (gathered !== undefined) return gathered.bytes ?? 0;
    const row = this.#store.get(removalKey(pair));
    return row === undefined ? 0 : decodeRemovalBytes(row).bytes;
  }

  /**
   * Forgets a pack that is gone.
   *
   * @param targets the packs whose shards its removal records were about
   */
  dropPack(pack: number, targets: Iterable<number>): void {
    assert(this.#packs.get(pack)?.shardCount === 0, "S6: a pack with live shards is not removed");
    this.#writeOut();
    for (const [key, value] of this.#store.scan(removalRange(pack))) {
      const holder = removalHolder(key);
      this.#gathered.setRemoval({ target: pack, holder }, undefined);
      if (holder === pack) continue;
      this.#packChanged(holder).removalBytes -= decodeRemovalBytes(value).bytes;
    }
    for (const target of targets) {
      this.#gathered.setRemoval({ target, holder: pack }, undefined);
    }
    this.#packs.delete(pack);
    this.#gathered.setPack(pack, undefined);
    this.#gather();
  }

  /** Notes that a shard file is about to appear or to go. */
  addPending(place: RecordPlace, kind: PendingKind): void {
    this.#gathered.setFile(place, kind);
    this.#gather();
  }

  /** Notes that what was pending has been settled. */
  settle(place: RecordPlace): void {
    this.#gathered.setFile(place, undefined);
    this.#gather();
  }

  /** Says that the index is whole: from now on a start reads only what lies past the watermarks. */
  finish(): void {
    this.#isFinished = true;
    this.#stateChanged();
  }

  /** Resolves when every change so far is durable. */
  flushed(): Promise<void> {
    this.#writeOut();
    return this.#store.flush();
  }

  async close(): Promise<void> {
    this.#writeOut();
    this.#stop.abort();
    await this.#store.close();
  }

  #count(entry: ShelfEntry, sign: 1 | -1): void {
    if (entry.inFile) {
      this.#state.fileCount += sign;
      this.#state.fileBytes += sign * entry.sizeBytes;
      this.#stateChanged();
      return;
    }
    // The pack may be gone, where someone took the file away.
    if (!this.#packs.has(entry.pack)) return;
    const state = this.#packChanged(entry.pack);
    state.shardCount += sign;
    state.shardBytes += sign * recordBytesOf(entry);
  }

  #packChanged(pack: number): PackState {
    const state = this.#packs.get(pack);
    assert(state !== undefined, "a change is about a pack that is there");
    this.#gathered.setPack(pack, state);
    this.#gather();
    return state;
  }

  #stateChanged(): void {
    // Without this row a start takes the index for unfinished, and rightly so until it is whole.
    if (!this.#isFinished) return;
    this.#gathered.setState(this.#state);
    this.#gather();
  }

  /** Has the store get what changed, a little later and not in mid-change. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#clock.sleep(gatherMs, this.#stop.signal).then(
      () => this.#writeOut(),
      // Only closing ends the wait early, and that writes what there is itself.
      () => undefined,
    );
  }

  /** Ends a stretch of changes that may have gathered a batch. */
  commit(): void {
    if (this.#gathered.count >= gatheredRowsMax) this.#writeOut();
  }

  #writeOut(): void {
    if (this.#gathered.count === 0) return;
    const rows = this.#gathered.encode();
    this.#gathered = new IndexRows();
    this.#isGathering = false;
    this.#store.write(rows).flushed.catch((error: unknown) => (this.#failure ??= error));
  }
}

/** Whether an index row says that its shard is at a place. */
export function isAt(entry: ShelfEntry, place: RecordPlace): boolean {
  return entry.pack === place.pack && entry.offset === place.offset;
}
