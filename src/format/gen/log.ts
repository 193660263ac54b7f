// Generated from proto/hamster/log.proto by `npm run generate`. Do not edit.

import { encodeWith, enumName, joinUnknown, missing, Reader, type Writer } from "#format/wire.ts";

export type LogEntryKind = "normal" | "conf";
export const logEntryKindNames: readonly LogEntryKind[] = ["normal", "conf"];

/** One entry of the replicated log. */
export interface LogEntry {
  term: number;
  index: number;
  kind: LogEntryKind;
  /** Opaque to the log. */
  data: Uint8Array;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeLogEntry(writer: Writer, message: LogEntry): void {
  if (message.term !== 0) {
    writer.varint(8);
    writer.varint(message.term);
  }
  if (message.index !== 0) {
    writer.varint(16);
    writer.varint(message.index);
  }
  if (message.kind !== logEntryKindNames[0]) {
    writer.varint(24);
    writer.varint(logEntryKindNames.indexOf(message.kind));
  }
  if (message.data.length > 0) {
    writer.varint(34);
    writer.bytes(message.data);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readLogEntry(reader: Reader): LogEntry {
  let term: number = 0;
  let index: number = 0;
  let kind: LogEntryKind = enumName(logEntryKindNames, 0);
  let data: Uint8Array = new Uint8Array(0);
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        term = reader.varint();
        break;
      case 16:
        index = reader.varint();
        break;
      case 24:
        kind = enumName(logEntryKindNames, reader.varint());
        break;
      case 34:
        data = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: LogEntry = { term, index, kind, data };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeLogEntry(message: LogEntry): Uint8Array<ArrayBuffer> {
  return encodeWith(writeLogEntry, message);
}

export function decodeLogEntry(bytes: Uint8Array): LogEntry {
  return readLogEntry(new Reader(bytes));
}

/** What a voter must not forget besides its log. */
export interface HardState {
  term: number;
  /** The Raft id voted for in this term; 0 is none. */
  vote: number;
  /** Known committed up to here; may lag. */
  commit: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeHardState(writer: Writer, message: HardState): void {
  if (message.term !== 0) {
    writer.varint(8);
    writer.varint(message.term);
  }
  if (message.vote !== 0) {
    writer.varint(16);
    writer.varint(message.vote);
  }
  if (message.commit !== 0) {
    writer.varint(24);
    writer.varint(message.commit);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readHardState(reader: Reader): HardState {
  let term: number = 0;
  let vote: number = 0;
  let commit: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        term = reader.varint();
        break;
      case 16:
        vote = reader.varint();
        break;
      case 24:
        commit = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: HardState = { term, vote, commit };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeHardState(message: HardState): Uint8Array<ArrayBuffer> {
  return encodeWith(writeHardState, message);
}

export function decodeHardState(bytes: Uint8Array): HardState {
  return readHardState(new Reader(bytes));
}

/** A place in the replicated log: an entry's index and term. Index 0 with term 0 is before all. */
export interface LogPoint {
  index: number;
  term: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeLogPoint(writer: Writer, message: LogPoint): void {
  if (message.index !== 0) {
    writer.varint(8);
    writer.varint(message.index);
  }
  if (message.term !== 0) {
    writer.varint(16);
    writer.varint(message.term);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readLogPoint(reader: Reader): LogPoint {
  let index: number = 0;
  let term: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        index = reader.varint();
        break;
      case 16:
        term = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: LogPoint = { index, term };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeLogPoint(message: LogPoint): Uint8Array<ArrayBuffer> {
  return encodeWith(writeLogPoint, message);
}

export function decodeLogPoint(bytes: Uint8Array): LogPoint {
  return readLogPoint(new Reader(bytes));
}

/** What a segment file says of itself, behind its preamble. */
export interface LogSegmentHeader {
  /** From 1, one more for each segment begun. */
  segment: number;
  /** The file's length; a shorter file has lost its end. */
  sizeBytes: number;
  /** The log's last entry when this segment was begun; its own entries follow it. */
  previous: LogPoint;
  /** The hard state then, so that older segments may go. */
  hardState: HardState;
  /** The first entry of each term that began in the segment before this one. */
  previousTerms: LogPoint[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeLogSegmentHeader(writer: Writer, message: LogSegmentHeader): void {
  if (message.segment !== 0) {
    writer.varint(8);
    writer.varint(message.segment);
  }
  if (message.sizeBytes !== 0) {
    writer.varint(16);
    writer.varint(message.sizeBytes);
  }
  {
    writer.varint(26);
    const start = writer.begin();
    writeLogPoint(writer, message.previous);
    writer.end(start);
  }
  {
    writer.varint(34);
    const start = writer.begin();
    writeHardState(writer, message.hardState);
    writer.end(start);
  }
  for (const item of message.previousTerms) {
    writer.varint(42);
    const start = writer.begin();
    writeLogPoint(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readLogSegmentHeader(reader: Reader): LogSegmentHeader {
  let segment: number = 0;
  let sizeBytes: number = 0;
  let previous: LogPoint | undefined;
  let hardState: HardState | undefined;
  const previousTerms: LogPoint[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        segment = reader.varint();
        break;
      case 16:
        sizeBytes = reader.varint();
        break;
      case 26:
        previous = readLogPoint(reader.nested());
        break;
      case 34:
        hardState = readHardState(reader.nested());
        break;
      case 42:
        previousTerms.push(readLogPoint(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (previous === undefined) throw missing("LogSegmentHeader", "previous");
  if (hardState === undefined) throw missing("LogSegmentHeader", "hardState");
  const message: LogSegmentHeader = { segment, sizeBytes, previous, hardState, previousTerms };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeLogSegmentHeader(message: LogSegmentHeader): Uint8Array<ArrayBuffer> {
  return encodeWith(writeLogSegmentHeader, message);
}

export function decodeLogSegmentHeader(bytes: Uint8Array): LogSegmentHeader {
  return readLogSegmentHeader(new Reader(bytes));
}

/** What one frame of a segment carries. Fields take effect in the order of their numbers. */
export interface LogRecord {
  /** The log ends at this point: the entries behind it are void. */
  cut?: LogPoint | undefined;
  entries: LogEntry[];
  hardState?: HardState | undefined;
  /** The last record of a full segment: the log goes on in the segment named. */
  nextSegment?: number | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeLogRecord(writer: Writer, message: LogRecord): void {
  if (message.cut !== undefined) {
    writer.varint(10);
    const start = writer.begin();
    writeLogPoint(writer, message.cut);
    writer.end(start);
  }
  for (const item of message.entries) {
    writer.varint(18);
    const start = writer.begin();
    writeLogEntry(writer, item);
    writer.end(start);
  }
  if (message.hardState !== undefined) {
    writer.varint(26);
    const start = writer.begin();
    writeHardState(writer, message.hardState);
    writer.end(start);
  }
  if (message.nextSegment !== undefined) {
    writer.varint(32);
    writer.varint(message.nextSegment);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readLogRecord(reader: Reader): LogRecord {
  let cut: LogPoint | undefined;
  const entries: LogEntry[] = [];
  let hardState: HardState | undefined;
  let nextSegment: number | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        cut = readLogPoint(reader.nested());
        break;
      case 18:
        entries.push(readLogEntry(reader.nested()));
        break;
      case 26:
        hardState = readHardState(reader.nested());
        break;
      case 32:
        nextSegment = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: LogRecord = { entries };
  if (cut !== undefined) message.cut = cut;
  if (hardState !== undefined) message.hardState = hardState;
  if (nextSegment !== undefined) message.nextSegment = nextSegment;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeLogRecord(message: LogRecord): Uint8Array<ArrayBuffer> {
  return encodeWith(writeLogRecord, message);
}

export function decodeLogRecord(bytes: Uint8Array): LogRecord {
  return readLogRecord(new Reader(bytes));
}
