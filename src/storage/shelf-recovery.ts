import { DiskError } from "#base/disk-error.ts";
import { FormatError, type RecordPlace } from "#format/index.ts";
import type { Disk, DiskFile, Trace } from "#ports/index.ts";
import { checkPackHeader, packHeaderSizeBytes } from "./pack-record.ts";
import { scanPack, type ScannedRecord } from "./pack-scan.ts";
import { readFacts } from "./shard-reader.ts";
import { isAt, type ShelfIndex } from "./shelf-index.ts";
import {
  fileDirectory,
  packDirectory,
  packFromFileName,
  packPath,
  placeFromFileName,
  shardFileDirectory,
  shardFilePath,
} from "./shelf-paths.ts";
import { comparePlaces, indexRecords } from "./shelf-records.ts";
import { nameOf, nameText } from "./shelf-shard.ts";

/** So many changes of the index are under way at once while it is brought up to date. */
const changesUnderWayMax = 512;

/** What recovery needs of the shelf. */
export interface Recovering {
  readonly disk: Disk;
  readonly trace: Trace;
  readonly index: ShelfIndex;
}

/** The numbers of the packs on the disk, in their order. */
export async function listPacks(disk: Disk): Promise<number[]> {
  const packs: number[] = [];
  for (const { name, kind } of await disk.list(packDirectory)) {
    const pack = packFromFileName(name);
    if (kind === "file" && pack !== undefined) packs.push(pack);
  }
  return packs.toSorted((a, b) => a - b);
}

/**
 * Whether the index tells of live shards in packs that are not there: then it cannot be trusted,
 * and is built anew. A pack without live shards may be gone: compaction was about to say so.
 */
export function missesPacks(index: ShelfIndex, packs: readonly number[]): boolean {
  const present = new Set(packs);
  return index.packs().some(([pack, state]) => state.shardCount > 0 && !present.has(pack));
}

/**
 * Brings the index up to date with the packs: what lies past their watermarks, or everything where
 * the index is being built.
 */
export async function recoverPacks(parts: Recovering, packs: readonly number[]): Promise<void> {
  const { disk, index } = parts;
  const present = new Set(packs);
  for (const [pack] of index.packs()) {
    if (present.has(pack)) continue;
    index.dropPack(pack, index.removalTargets(pack));
  }
  // Names that were not synced yet could go again after the index tells of them.
  await disk.syncDirectory(packDirectory);
  const last = packs.at(-1);
  for (const pack of packs) {
    if (index.pack(pack)?.closed !== true) await recoverPack(parts, pack, pack === last);
  }
}

async function recoverPack(parts: Recovering, pack: number, isLast: boolean): Promise<void> {
  const { disk, index, trace } = parts;
  const file = await disk.open(packPath(pack), "update");
  try {
    const end = await file.sizeBytes();
    if (end <= packHeaderSizeBytes && index.pack(pack) === undefined) {
      // A crash came before its first record.
      await disk.remove(packPath(pack));
      return;
    }
    const isUsable = await hasHeader(file, pack, trace);
    const from = index.pack(pack)?.indexedBytes ?? packHeaderSizeBytes;
    if (end < from) {
      trace.write("error", "packCutShort", { pack, sizeBytes: end, indexedBytes: from });
      closePack(index, pack, from);
      return;
    }
    // What a killed process wrote may be in memory only: it must last before the index tells of it.
    if (end > from) await file.sync();
    const { keptBytes, isTorn } = await indexPack(parts, file, { pack, from, end });
    if (isTorn) {
      await file.truncate(keptBytes);
      await file.sync();
    }
    if (isTorn || !isLast || !isUsable) closePack(index, pack, keptBytes);
    else advance(index, pack, keptBytes);
  } finally {
    await file.close();
  }
}

/**
 * Whether a pack begins as packs do.
 *
 * @throws FormatError where a newer program wrote it
 */
async function hasHeader(file: DiskFile, pack: number, trace: Trace): Promise<boolean> {
  const header = new Uint8Array(packHeaderSizeBytes);
  await file.read(header, 0);
  try {
    checkPackHeader(header);
    return true;
  } catch (error) {
    if (!(error instanceof FormatError) || error.code === "newer") throw error;
    // Its records are checked one by one all the same.
    trace.write("warn", "packHeaderDamaged", { pack });
    return false;
  }
}

function closePack(index: ShelfIndex, pack: number, indexedBytes: number): void {
  advance(index, pack, indexedBytes);
  index.closePack(pack);
}

function advance(index: ShelfIndex, pack: number, indexedBytes: number): void {
  index.advance(pack, Math.max(indexedBytes, packHeaderSizeBytes));
}

/**
 * Tells the index of a pack's records.
 *
 * @returns where the last record ends, and whether a torn one lies behind or between them
 */
async function indexPack(
  parts: Recovering,
  file: DiskFile,
  range: { pack: number; from: number; end: number },
): Promise<{ keptBytes: number; isTorn: boolean }> {
  const { index, trace } = parts;
  let keptBytes = range.from;
  let isTorn = false;
  let changeCount = 0;
  for await (const scanned of scanPack(file, range)) {
    if (scanned.kind === "damage") {
      isTorn ||= scanned.isTorn;
      const { place, sizeBytes } = scanned;
      const level = scanned.isTorn ? "info" : "error";
      const event = scanned.isTorn ? "packTailTorn" : "packDamaged";
      trace.write(level, event, { pack: place.pack, offset: place.offset, sizeBytes });
      if (!scanned.isTorn) keptBytes = place.offset + sizeBytes;
      continue;
    }
    keptBytes = scanned.place.offset + scanned.sizeBytes;
    if (index.isBuilding && (await isCopyOfRemoved(parts, scanned))) continue;
    indexScanned(index, scanned);
    if (++changeCount % changesUnderWayMax === 0) await index.flushed();
  }
  return { keptBytes, isTorn };
}

type FoundRecord = Extract<ScannedRecord, { kind: "record" }>;

/**
 * Whether a record is the copy of a shard that was removed while it was copied. The packs before
 * this one are in the index by now: if what it was copied from is there and is not listed, it was
 * removed.
 */
async function isCopyOfRemoved(parts: Recovering, scanned: FoundRecord): Promise<boolean> {
  const { disk, index } = parts;
  const { content } = scanned.record;
  const source = content?.kind === "shard" ? content.value.movedFrom : undefined;
  if (source === undefined || scanned.shard === undefined) return false;
  const sourcePack = index.pack(source.pack);
  const name = nameOf(scanned.shard.description);
  if (sourcePack === undefined || index.has(name)) return false;
  const file = await disk.open(packPath(source.pack), "read");
  try {
    const range = { pack: source.pack, from: source.offset, end: sourcePack.indexedBytes };
    const original = await scanPack(file, range).next();
    return original.done !== true && original.value.kind === "record";
  } finally {
    await file.close();
  }
}

function indexScanned(index: ShelfIndex, scanned: FoundRecord): void {
  const { place, sizeBytes, record, bodyOffset, shard, isIntact } = scanned;
  const content = record.content;
  if (content === undefined) return;
  const facts =
    shard === undefined
      ? undefined
      : {
          name: nameOf(shard.description),
          root: shard.root.slice(),
          sizeBytes: scanned.body.length,
          shardOffset: bodyOffset,
          isNew: false,
          isIntact,
        };
  indexRecords(index, [{ place, sizeBytes, content, shard: facts }]);
}

/** Settles what became of the files whose sealing or removal a crash cut off. */
export async function settlePending(parts: Recovering): Promise<void> {
  const { disk, index, trace } = parts;
  for (const { place, action } of index.pending()) {
    if (action?.kind === "removing") {
      await removeIfThere(disk, shardFilePath(place));
      await disk.syncDirectory(shardFileDirectory(place)).catch(ignoreNotFound);
    } else if (action?.kind === "sealing") {
      await disk.syncDirectory(shardFileDirectory(place)).catch(ignoreNotFound);
      const found = await findFile(parts, place);
      if (found !== "missing")
        trace.write("info", "shardFileSettled", { path: shardFilePath(place) });
    } else {
      throw new FormatError("newer", "the shelf's index has a row of a newer Hamster: run that");
    }
    index.settle(place);
  }
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof DiskError && error.code === "not-found")) throw error;
}

async function removeIfThere(disk: Disk, path: string): Promise<void> {
  await disk.remove(path).catch(ignoreNotFound);
}

/** Lists every shard file in an index that is being built. */
export async function recoverFiles(parts: Recovering): Promise<void> {
  const { disk, index } = parts;
  let lastPack = 0;
  let count = 0;
  for (const folder of await disk.list(fileDirectory)) {
    if (folder.kind !== "directory") continue;
    const path = `${fileDirectory}/${folder.name}`;
    await disk.syncDirectory(path);
    for (const { name } of await disk.list(path)) {
      const place = placeFromFileName(name);
      if (place === undefined) continue;
      lastPack = Math.max(lastPack, place.pack);
      await findFile(parts, place);
      if (++count % changesUnderWayMax === 0) await index.flushed();
    }
  }
  index.reservePack(lastPack);
}

/** Lists a shard file, if it is there and can be read. */
async function findFile(
  parts: Recovering,
  place: RecordPlace,
): Promise<"listed" | "missing" | "unreadable"> {
  const { disk, index, trace } = parts;
  const path = shardFilePath(place);
  let file: DiskFile;
  try {
    file = await disk.open(path, "read");
  } catch (error) {
    ignoreNotFound(error);
    return "missing";
  }
  try {
    const sizeBytes = await file.sizeBytes();
    const facts = await readFacts({ file }, sizeBytes);
    if (facts === undefined) {
      trace.write("error", "shardFileUnreadable", { path, sizeBytes });
      return "unreadable";
    }
    const name = nameOf(facts.frame.description);
    const before = index.entry(name);
    // Of two under one name the later counts: the earlier had been removed, or its sealing failed.
    if (before !== undefined && comparePlaces(before, place) > 0) {
      await disk.remove(path);
      return "listed";
    }
    if (before !== undefined && isAt(before, place)) return "listed";
    if (before?.inFile === true) await removeIfThere(disk, shardFilePath(before));
    const entry = { ...place, inFile: true, shardOffset: 0, sizeBytes, root: facts.root.slice() };
    index.set(name, entry, before);
    trace.write("debug", "shardFileFound", { shard: nameText(name), path });
    return "listed";
  } finally {
    await file.close();
  }
}
