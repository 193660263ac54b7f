import { mib } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import type { PackState, RecordPlace, ShardName } from "#format/index.ts";
import type { Disk, Trace } from "#ports/index.ts";
import type { OpenFiles } from "./open-files.ts";
import { packHeaderSizeBytes } from "./pack-record.ts";
import { scanPack, type ScannedRecord } from "./pack-scan.ts";
import { deadBytesOf } from "./pack-state.ts";
import type { PackWriter } from "./pack-writer.ts";
import type { FileFacts } from "./shard-reader.ts";
import { ShelfError } from "./shelf-error.ts";
import { isAt, type ShelfIndex } from "./shelf-index.ts";
import { packDirectory, packPath } from "./shelf-paths.ts";
import { nameOf, nameText } from "./shelf-shard.ts";

/** What compaction does in one call. */
export type Compaction =
  /** No pack is worth it. */
  | { readonly kind: "idle" }
  | { readonly kind: "compacted"; readonly pack: number; readonly freedBytes: number }
  /** A live shard in the pack is damaged: the pack stays until that shard is removed. */
  | { readonly kind: "blocked"; readonly pack: number }
  /** The disk has no room for copies. */
  | { readonly kind: "full"; readonly pack: number };

/** What compaction needs of the shelf. */
export interface Compacting {
  readonly disk: Disk;
  readonly trace: Trace;
  readonly index: ShelfIndex;
  readonly writer: PackWriter;
  readonly files: OpenFiles<FileFacts>;
  readonly packSizeBytes: number;
  /** Packs that a damaged live shard keeps, with their dead bytes when that was found. */
  readonly blocked: Map<number, number>;
}

/** Copies on their way at once, in bytes. */
const copiesUnderWayBytesMax: number = 4 * mib;

/**
 * The pack whose compaction gives back most for what it copies.
 *
 * @param deadFractionMin packs with a smaller part dead are left alone
 */
export function packToCompact(parts: Compacting, deadFractionMin: number): number | undefined {
  let best: number | undefined;
  let bestFraction = 0;
  for (const [pack, state] of parts.index.packs()) {
    const fraction = deadFraction(state, parts.packSizeBytes);
    const isWorthIt = fraction > bestFraction && fraction >= deadFractionMin;
    if (!isWorthIt || parts.blocked.get(pack) === deadBytesOf(state)) continue;
    best = pack;
    bestFraction = fraction;
  }
  return best;
}

/** A closed pack that stayed small is the worse for it: many of them would gather. */
function deadFraction(state: Readonly<PackState>, packSizeBytes: number): number {
  const deadBytes = deadBytesOf(state);
  if (deadBytes === 0) return 0;
  const usedBytes = state.indexedBytes - packHeaderSizeBytes;
  return state.closed ? deadBytes / usedBytes : deadBytes / Math.max(usedBytes, packSizeBytes / 4);
}

/**
 * Moves what is wanted out of a pack and removes it. A crash at any step leaves each shard in its
 * old place or in its new one.
 */
export async function compactPack(parts: Compacting, pack: number): Promise<Compaction> {
  const { index, writer, trace } = parts;
  if (writer.currentPack === pack) await writer.rotate();
  if (writer.currentPack === pack) return { kind: "idle" };
  const before = index.pack(pack)?.indexedBytes ?? 0;
  let copied: Copied;
  try {
    copied = await copyLive(parts, pack);
  } catch (error) {
    if (error instanceof ShelfError && error.code === "full") return { kind: "full", pack };
    throw error;
  }
  const state = index.pack(pack);
  if (state === undefined) return { kind: "idle" };
  if (state.shardCount > 0) {
    parts.blocked.set(pack, deadBytesOf(state));
    trace.write("error", "compactionBlocked", { pack, shardCount: state.shardCount });
    return { kind: "blocked", pack };
  }
  // Not before the index durably points elsewhere: with the pack its shards would be gone.
  await index.flushed();
  await removePack(parts, pack, copied.targets);
  parts.blocked.delete(pack);
  const freedBytes = before - copied.bytes;
  trace.write("info", "packCompacted", { pack, freedBytes, copiedBytes: copied.bytes });
  return { kind: "compacted", pack, freedBytes };
}

interface Copied {
  bytes: number;
  /** The packs that removal records in this one were about. */
  readonly targets: Set<number>;
}

async function copyLive(parts: Compacting, pack: number): Promise<Copied> {
  const copied: Copied = { bytes: 0, targets: new Set() };
  const open = await parts.files.acquire(packPath(pack));
  const underWay: Promise<void>[] = [];
  let underWayBytes = 0;
  try {
    const end = Math.min(await open.file.sizeBytes(), parts.index.pack(pack)?.indexedBytes ?? 0);
    for await (const scanned of scanPack(open.file, { pack, from: packHeaderSizeBytes, end })) {
      if (scanned.kind === "damage") continue;
      const copy = copyRecord(parts, scanned, copied);
      if (copy === undefined) continue;
      underWay.push(copy);
      copied.bytes += scanned.sizeBytes;
      underWayBytes += scanned.sizeBytes;
      if (underWayBytes < copiesUnderWayBytesMax) continue;
      await settled(underWay.splice(0));
      underWayBytes = 0;
    }
  } finally {
    await settled(underWay);
    await parts.files.release(open);
  }
  return copied;
}

/** Waits for all of them, and then fails if one did. */
async function settled(promises: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(promises)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}

type FoundRecord = Extract<ScannedRecord, { kind: "record" }>;

/** Appends what must outlive the pack, if the record is that. */
function copyRecord(
  parts: Compacting,
  found: FoundRecord,
  copied: Copied,
): Promise<void> | undefined {
  const content = found.record.content;
  switch (content?.kind) {
    case "shard":
      return copyShard(parts, found);
    case "packedRemoved": {
      const target = content.value.pack;
      copied.targets.add(target);
      if (target === found.place.pack || parts.index.pack(target) === undefined) return undefined;
      const append = { content, parts: [], shard: undefined };
      return parts.writer.append(append).then(() => undefined);
    }
    // Files are found by their names, and what was pending is in the index.
    case "file":
    case "filesRemoved":
    case undefined:
  }
  return undefined;
}

function copyShard(parts: Compacting, found: FoundRecord): Promise<void> | undefined {
  const { index, writer } = parts;
  const { place, shard, body } = found;
  if (shard === undefined) return undefined;
  const name = nameOf(shard.description);
  const entry = index.entry(name);
  if (entry === undefined || entry.inFile || !isAt(entry, place)) return undefined;
  // Damage is never copied: the pack keeps it, to be seen and repaired.
  if (!found.isIntact) return undefined;
  const root = shard.root.slice();
  const copy = writer.append({
    content: { kind: "shard", value: { movedFrom: place } },
    parts: [body],
    shard: { name, root, sizeBytes: body.length, isNew: false, isIntact: true },
  });
  return copy.then((copiedTo) => buryStillborn(parts, name, copiedTo));
}

/** A shard that was removed while it was copied must not come back with its copy. */
async function buryStillborn(
  parts: Compacting,
  name: ShardName,
  place: RecordPlace,
): Promise<void> {
  const entry = parts.index.entry(name);
  if (entry !== undefined && !entry.inFile && isAt(entry, place)) return;
  const shards = [{ name, offset: place.offset }];
  parts.trace.write("debug", "copyBuried", { shard: nameText(name) });
  await parts.writer.append({
    content: { kind: "packedRemoved", value: { pack: place.pack, shards } },
    parts: [],
    shard: undefined,
  });
}

async function removePack(
  parts: Compacting,
  pack: number,
  targets: ReadonlySet<number>,
): Promise<void> {
  const { disk, index, files } = parts;
  try {
    await disk.remove(packPath(pack));
  } catch (error) {
    if (!(error instanceof DiskError && error.code === "not-found")) throw error;
  }
  await disk.syncDirectory(packDirectory);
  index.dropPack(pack, targets);
  await files.forget(packPath(pack));
}
