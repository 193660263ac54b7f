import { assert } from "#base/assert.ts";
import type { PackRecord, RecordPlace, ShardName, ShelfEntry } from "#format/index.ts";
import { isAt, type ShelfIndex } from "./shelf-index.ts";

/** What a record is about. */
export type RecordContent = NonNullable<PackRecord["content"]>;

/** A durable record of a pack, as the index is told of it: when it was written, or at a start. */
export interface DurableRecord {
  readonly place: RecordPlace;
  readonly sizeBytes: number;
  readonly content: RecordContent;
  /** The shard that the record carries. */
  readonly shard: PackedShardFacts | undefined;
}

export interface PackedShardFacts {
  readonly name: ShardName;
  readonly root: Uint8Array;
  readonly sizeBytes: number;
  /** Where in the record the shard begins. */
  readonly shardOffset: number;
  /** The index is known not to list it. */
  readonly isNew: boolean;
  /** All of its data is as it was written. */
  readonly isIntact: boolean;
}

/**
 * Brings the index up to date with records of one pack, in their order. The same function serves
 * while the shelf runs and when it starts, so that a start comes to the index that a crash took.
 */
export function indexRecords(index: ShelfIndex, records: readonly DurableRecord[]): void {
  for (const record of records) {
    index.advance(record.place.pack, record.place.offset + record.sizeBytes);
    applyRecord(index, record);
  }
  index.commit();
}

function applyRecord(index: ShelfIndex, record: DurableRecord): void {
  const { place, content, shard } = record;
  switch (content.kind) {
    case "shard":
      assert(shard !== undefined, "a shard's record comes with the shard");
      applyShard(index, { place, shard, movedFrom: content.value.movedFrom });
      return;
    case "file":
      // An index that is built from nothing lists the files that are there before it reads the
      // packs.
      if (!index.isBuilding) index.addPending(place, "sealing");
      return;
    case "packedRemoved":
      indexRemoval(index, content);
      index.addRemoval({ target: content.value.pack, holder: place.pack }, record.sizeBytes);
      return;
    case "filesRemoved":
      indexRemoval(index, content);
  }
}

/** What records say that take shards off the shelf. */
export type RemovalContent = Extract<RecordContent, { kind: "packedRemoved" | "filesRemoved" }>;

/** Takes shards off the index. Without a record of it in a pack, a start may find them again. */
export function indexRemoval(index: ShelfIndex, content: RemovalContent): void {
  if (content.kind === "packedRemoved") {
    const { pack, shards } = content.value;
    for (const { name, offset } of shards) {
      drop(index, name, { place: { pack, offset }, inFile: false });
    }
    return;
  }
  for (const { name, place } of content.value.files) {
    const isDropped = drop(index, name, { place, inFile: true });
    if (isDropped || !index.isBuilding) index.addPending(place, "removing");
  }
}

interface PackedShard {
  readonly place: RecordPlace;
  readonly shard: PackedShardFacts;
  readonly movedFrom: RecordPlace | undefined;
}

function applyShard(index: ShelfIndex, packed: PackedShard): void {
  const { place, shard } = packed;
  const { name, root, sizeBytes, shardOffset } = shard;
  const entry: ShelfEntry = { ...place, inFile: false, shardOffset, sizeBytes, root };
  const before = shard.isNew ? undefined : index.entry(name);
  if (shard.isNew || isWanted(index, packed, before)) index.set(name, entry, before);
}

function isWanted(index: ShelfIndex, packed: PackedShard, before: ShelfEntry | undefined): boolean {
  const { place, shard, movedFrom } = packed;
  if (before === undefined) {
    // What a copy was made of was removed meanwhile; only an index that is being built from nothing
    // does not list it because the pack it was in is gone.
    return movedFrom === undefined || index.isBuilding;
  }
  if (isAt(before, place) || !shard.isIntact) return false;
  // A copy takes the place of what it is a copy of and of nothing else. Of two that were sealed
  // under one name the later counts: the earlier had failed, or had been removed.
  if (movedFrom !== undefined) return !before.inFile && isAt(before, movedFrom);
  return comparePlaces(before, place) < 0;
}

function drop(
  index: ShelfIndex,
  name: ShardName,
  target: { place: RecordPlace; inFile: boolean },
): boolean {
  const entry = index.entry(name);
  if (entry === undefined || entry.inFile !== target.inFile) return false;
  if (!isAt(entry, target.place)) return false;
  index.drop(name, entry);
  return true;
}

/** Negative, zero or positive as `a` was written before, with or after `b`. */
export function comparePlaces(a: RecordPlace, b: RecordPlace): number {
  return a.pack - b.pack || a.offset - b.offset;
}
