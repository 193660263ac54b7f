import { assert } from "#base/assert.ts";
import {
  decodeLogRecord,
  FormatError,
  type HardState,
  type LogEntry,
  type LogPoint,
  type LogRecord,
  type LogSegmentHeader,
} from "#format/index.ts";
import {
  decodeFrame,
  frameHeaderSizeBytes,
  frameStepBytes,
  isBehind,
  segmentHeaderSizeBytes,
  viewOf,
} from "./segment-format.ts";

/** What a segment holds, as far as it is whole. */
export interface ScannedSegment {
  /** The entries that were still valid at the segment's end, ascending, without gaps. */
  entries: LogEntry[];
  /** The log's last entry at the segment's end. */
  last: LogPoint;
  /** The first entry of each term that begins in this segment. */
  terms: LogPoint[];
  hardState: HardState;
  /** Behind the last whole frame. */
  endOffsetBytes: number;
  endCrc: number;
  /** Up to here it was durable when its last frame was made; a later sync may have failed. */
  syncedEndOffsetBytes: number;
  /** The segment that the last record names as the next. */
  nextSegment?: number | undefined;
  /**
   * Durable bytes that are gone or changed, at `endOffsetBytes`. Without it the rest is torn or
   * unused.
   */
  damage?: string | undefined;
}

/**
 * Reads a segment's frames up to the first that is not whole, and tells why it is not: damage where
 * a later frame says that this place was durable when it was written, a torn tail otherwise.
 *
 * @param bytes the whole file, header included
 * @param header the segment's header, and its crc
 */
export function scanSegment(
  bytes: Uint8Array,
  { header, crc }: { header: LogSegmentHeader; crc: number },
): ScannedSegment {
  const scanned: ScannedSegment = {
    entries: [],
    last: header.previous,
    terms: [],
    hardState: header.hardState,
    endOffsetBytes: segmentHeaderSizeBytes,
    endCrc: crc,
    syncedEndOffsetBytes: segmentHeaderSizeBytes,
  };
  const view = viewOf(bytes);
  const segment = header.segment;
  while (scanned.nextSegment === undefined) {
    const position = { segment, offsetBytes: scanned.endOffsetBytes };
    const frame = decodeFrame(bytes, view, position);
    if (frame === undefined || frame.previousCrc !== scanned.endCrc) {
      if (wasDurable(bytes, view, position)) scanned.damage = "bytes that were durable are damaged";
      break;
    }
    const wrong = takeRecord(scanned, header.previous, frame.payload);
    if (wrong !== undefined) {
      scanned.damage = wrong;
      break;
    }
    scanned.endOffsetBytes += frame.sizeBytes;
    scanned.endCrc = frame.crc;
    const { syncedEnd } = frame;
    if (syncedEnd.segment === segment) scanned.syncedEndOffsetBytes = syncedEnd.offsetBytes;
  }
  return scanned;
}

/** Adds a record's effects, or says why it cannot be one of this log. */
function takeRecord(
  scanned: ScannedSegment,
  base: LogPoint,
  payload: Uint8Array,
): string | undefined {
  let record: LogRecord;
  try {
    record = decodeLogRecord(payload);
  } catch (error) {
    if (error instanceof FormatError) return `a whole record cannot be read: ${error.message}`;
    throw error;
  }
  if (record.cut !== undefined) {
    if (record.cut.index < base.index || record.cut.index > scanned.last.index) {
      return "a record cuts entries that are not in its segment";
    }
    const kept = record.cut.index === base.index ? base : entryAt(scanned, record.cut.index);
    if (kept?.term !== record.cut.term) return "a record cuts the log behind another entry";
    cutScanned(scanned, record.cut, base);
  }
  for (const entry of record.entries) {
    if (entry.index !== scanned.last.index + 1) return "a record's entries do not follow the log";
    if (entry.term < scanned.last.term) return "a record's entries go back in term";
    if (entry.term > scanned.last.term) scanned.terms.push(pointOf(entry));
    scanned.entries.push(entry);
    scanned.last = pointOf(entry);
  }
  scanned.hardState = record.hardState ?? scanned.hardState;
  scanned.nextSegment = record.nextSegment;
  return undefined;
}

function entryAt({ entries }: ScannedSegment, index: number): LogEntry | undefined {
  return entries[index - (entries[0]?.index ?? 0)];
}

function cutScanned(scanned: ScannedSegment, cut: LogPoint, base: LogPoint): void {
  scanned.entries.length = cut.index - base.index;
  scanned.last = { index: cut.index, term: cut.term };
  scanned.terms = scanned.terms.filter(({ index }) => index <= cut.index);
}

function pointOf(entry: LogEntry): LogPoint {
  return { index: entry.index, term: entry.term };
}

/** Whether a whole frame behind `place` says that the bytes there were durable when it was made. */
function wasDurable(
  bytes: Uint8Array,
  view: DataView,
  place: { segment: number; offsetBytes: number },
): boolean {
  assert(place.offsetBytes % frameStepBytes === 0, "L5: frames are aligned");
  const lastOffset = bytes.length - frameHeaderSizeBytes;
  for (let offset = place.offsetBytes; offset <= lastOffset; offset += frameStepBytes) {
    if (view.getUint32(offset + 12, true) !== offset) continue;
    const frame = decodeFrame(bytes, view, { segment: place.segment, offsetBytes: offset });
    if (frame !== undefined && isBehind(frame.syncedEnd, place)) return true;
  }
  return false;
}
