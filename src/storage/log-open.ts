import { DiskError } from "#base/disk-error.ts";
import type { HardState, LogPoint, LogSegmentHeader } from "#format/index.ts";
import type { Disk } from "#ports/index.ts";
import { damageOf, Log, type LogConfig, type LogPorts } from "./log.ts";
import { LogCache } from "./log-cache.ts";
import { LogDamagedError, type LogPosition } from "./log-error.ts";
import { LogIndex, type SegmentInfo } from "./log-index.ts";
import { LogWriter } from "./log-writer.ts";
import {
  beginSegment,
  openSegment,
  readSegment,
  type SegmentFile,
  segmentOfName,
  segmentPath,
  SpareSegments,
} from "./segment-file.ts";
import { segmentHeaderSizeBytes } from "./segment-format.ts";
import { type ScannedSegment, scanSegment } from "./segment-scan.ts";

/** What was found where a log should be. */
export type OpenedLog =
  | { kind: "intact"; log: Log }
  | { kind: "missing" }
  | { kind: "corrupt"; damage: LogDamagedError };

const beginning: LogPoint = { index: 0, term: 0 };

/**
 * Opens a log. Of the segments only the newest is read whole; an older one is checked when its
 * entries are read. A torn tail (bytes that nothing says were durable) is cut; what is given back
 * is durable.
 *
 * @param cleanEnd where the log ended when it was closed, if it was and nothing was written since
 * @throws FormatError with code `newer` for files of a newer program
 */
export async function openLog(
  ports: LogPorts,
  config: LogConfig,
  cleanEnd?: LogPosition,
): Promise<OpenedLog> {
  const files = await listLog(ports.disk, config.directory);
  if (files.segments.length === 0) return { kind: "missing" };
  const opened: SegmentFile[] = [];
  try {
    const found = await openSegments(ports.disk, config.directory, files.segments, opened);
    if (cleanEnd !== undefined) checkEnd(found, cleanEnd);
    return { kind: "intact", log: await takeOver(ports, config, found, files.others) };
  } catch (error) {
    for (const { file } of opened) await file.close();
    if (error instanceof LogDamagedError) return { kind: "corrupt", damage: error };
    throw error;
  }
}

/**
 * Makes a log that begins behind an entry, in place of anything that is there.
 *
 * @param previous the entry it begins behind; without it the log begins with entry 1
 */
export async function createLog(
  ports: LogPorts,
  config: LogConfig,
  start: { previous: LogPoint; hardState: HardState } = {
    previous: beginning,
    hardState: { term: 0, vote: 0, commit: 0 },
  },
): Promise<Log> {
  const { disk } = ports;
  const { directory, segmentSizeBytes } = config;
  await disk.makeDirectory(directory);
  await disk.syncDirectory(directory.slice(0, Math.max(0, directory.lastIndexOf("/"))));
  const files = await listLog(disk, directory);
  // Newest first: what is left after a crash has a beginning still, and is judged as before.
  for (const segment of [...files.segments].reverse()) {
    await disk.remove(segmentPath(directory, segment));
    await disk.syncDirectory(directory);
  }
  const spares = new SpareSegments(disk, directory, segmentSizeBytes);
  await spares.adopt(files.others);
  const previous = { index: start.previous.index, term: start.previous.term };
  const header: LogSegmentHeader = {
    segment: (files.segments.at(-1) ?? 0) + 1,
    sizeBytes: segmentSizeBytes,
    previous,
    hardState: start.hardState,
    previousTerms: [],
  };
  const active = await beginSegment(disk, { directory, sparePath: await spares.take(), header });
  const scan: ScannedSegment = {
    entries: [],
    last: previous,
    terms: [],
    hardState: start.hardState,
    endOffsetBytes: segmentHeaderSizeBytes,
    endCrc: active.headerCrc,
    syncedEndOffsetBytes: segmentHeaderSizeBytes,
  };
  return assemble(ports, config, { older: [], active, scan }, spares);
}

/** The segments of a log and where it ends. */
interface FoundLog {
  older: LogSegmentHeader[];
  active: SegmentFile;
  scan: ScannedSegment;
  /** A segment behind the active one that was begun and never used. */
  unused?: SegmentFile | undefined;
}

async function listLog(
  disk: Disk,
  directory: string,
): Promise<{ segments: number[]; others: string[] }> {
  const segments: number[] = [];
  const others: string[] = [];
  try {
    for (const { name, kind } of await disk.list(directory)) {
      const segment = segmentOfName(name);
      if (segment !== undefined) segments.push(segment);
      else if (kind === "file") others.push(name);
    }
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== "not-found") throw error;
  }
  return { segments: segments.sort((a, b) => a - b), others };
}

/**
 * Opens all segments, scans the newest, and finds the end. `opened` gets what is to be closed on
 * failure.
 */
async function openSegments(
  disk: Disk,
  directory: string,
  segments: readonly number[],
  opened: SegmentFile[],
): Promise<FoundLog> {
  const headers: LogSegmentHeader[] = [];
  let lastIntact = beginning;
  for (const segment of segments) {
    const before = headers.at(-1);
    if (before !== undefined && segment !== before.segment + 1) {
      throw missingSegment(directory, before.segment + 1, lastIntact);
    }
    const found = await openSegment(disk, { directory, segment, lastIntact });
    headers.push(found.header);
    lastIntact = found.header.previous;
    if (segments.length - headers.length < 2) opened.push(found);
    else await found.file.close();
  }
  const newest = opened.at(-1);
  if (newest === undefined) throw missingSegment(directory, 1, beginning);
  const scan = await scanFile(newest);
  const second = opened.length > 1 ? opened[0] : undefined;
  if (scan.nextSegment !== undefined) throw missingSegment(directory, scan.nextSegment, scan.last);
  if (second === undefined) return { older: headers.slice(0, -1), active: newest, scan };
  return withSecond({ second, newest, scan, headers });
}

/** Settles whether the newest segment is in use, by how the one before it ends. */
async function withSecond(segments: {
  second: SegmentFile;
  newest: SegmentFile;
  scan: ScannedSegment;
  headers: readonly LogSegmentHeader[];
}): Promise<FoundLog> {
  const { second, newest, scan, headers } = segments;
  const isUsed = scan.endOffsetBytes > segmentHeaderSizeBytes;
  if (isUsed) {
    await second.file.close();
    return { older: headers.slice(0, -1), active: newest, scan };
  }
  const before = await scanFile(second);
  if (before.nextSegment === newest.header.segment) {
    await second.file.close();
    return { older: headers.slice(0, -1), active: newest, scan };
  }
  // All of the segment before was durable when the newest was begun, so its end must be this one.
  const { previous, hardState } = newest.header;
  const isWhole =
    before.last.index >= previous.index && equalHardState(before.hardState, hardState);
  if (!isWhole) throw damageOf(second.path, second.header.segment, before);
  return { older: headers.slice(0, -2), active: second, scan: before, unused: newest };
}

function equalHardState(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote && a.commit === b.commit;
}

async function scanFile(segment: SegmentFile): Promise<ScannedSegment> {
  const { header, headerCrc, path } = segment;
  const scan = scanSegment(await readSegment(segment), { header, crc: headerCrc });
  if (scan.damage !== undefined) throw damageOf(path, header.segment, scan);
  return scan;
}

function missingSegment(directory: string, segment: number, lastIntact: LogPoint): LogDamagedError {
  return new LogDamagedError({
    path: segmentPath(directory, segment),
    position: { segment, offsetBytes: 0 },
    reason: "the file is missing",
    lastIntact,
  });
}

function checkEnd({ active, scan }: FoundLog, cleanEnd: LogPosition): void {
  const { segment } = active.header;
  if (segment === cleanEnd.segment && scan.endOffsetBytes === cleanEnd.offsetBytes) return;
  throw damageOf(active.path, segment, {
    ...scan,
    damage:
      `the log was closed at byte ${cleanEnd.offsetBytes} of segment ${cleanEnd.segment}, ` +
      `and is whole only up to here`,
  });
}

/** Makes what was found the log that goes on: durable, without leftovers. */
async function takeOver(
  ports: LogPorts,
  config: LogConfig,
  found: FoundLog,
  others: readonly string[],
): Promise<Log> {
  const { disk, trace } = ports;
  const { directory } = config;
  await makeTailDurable(found);
  const spares = new SpareSegments(disk, directory, config.segmentSizeBytes);
  await spares.adopt(others);
  if (found.unused !== undefined) {
    await found.unused.file.close();
    await spares.recycle(found.unused.path, found.unused.header.sizeBytes);
  }
  const { scan, active } = found;
  trace.write("info", "logOpened", {
    segments: found.older.length + 1,
    segment: active.header.segment,
    offsetBytes: scan.endOffsetBytes,
    lastIndex: scan.last.index,
  });
  return assemble(ports, config, found, spares);
}

/**
 * Writes the end of the log again and syncs it. A process that was killed may have left bytes that
 * only the system's cache holds; where its last sync failed, the cache takes them for written, and
 * no sync makes them durable unless they are written anew.
 */
async function makeTailDurable({ active, scan }: FoundLog): Promise<void> {
  const { file } = active;
  const tail = new Uint8Array(scan.endOffsetBytes - scan.syncedEndOffsetBytes);
  await file.read(tail, scan.syncedEndOffsetBytes);
  if (tail.length > 0) await file.write([tail], scan.syncedEndOffsetBytes);
  await file.sync();
}

function assemble(
  ports: LogPorts,
  config: LogConfig,
  { older, active, scan }: FoundLog,
  spares: SpareSegments,
): Log {
  const [oldest, ...newer] = [...older, active.header];
  const index = new LogIndex(infoOf(oldest ?? active.header));
  for (const header of newer) index.addSegment(infoOf(header), header.previousTerms);
  const cache = new LogCache(config.cacheBytesMax);
  for (const entry of scan.entries) {
    index.push({ index: entry.index, term: entry.term });
    cache.push(entry);
  }
  const writer = new LogWriter(ports.disk, config, {
    index,
    spares,
    tail: { active, ...scan },
  });
  return new Log(ports, config, { index, cache, writer, spares });
}

function infoOf({ segment, sizeBytes, previous }: LogSegmentHeader): SegmentInfo {
  return { segment, sizeBytes, previous };
}
