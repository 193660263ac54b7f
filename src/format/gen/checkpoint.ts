// Generated from proto/hamster/checkpoint.proto by `npm run generate`. Do not edit.

import { encodeWith, joinUnknown, missing, Reader, type Writer } from "#format/wire.ts";
import { readLogPoint, type LogPoint, writeLogPoint } from "./log.ts";
import { readConfState, type ConfState, writeConfState } from "./raft.ts";

/** What a checkpoint says of itself, behind its preamble. */
export interface CheckpointHeader {
  /** The store as it is when exactly the entries up to this one are applied. */
  applied: LogPoint;
  /** Who belongs as of `applied`; without it the node that wrote it, alone. */
  conf?: ConfState | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCheckpointHeader(writer: Writer, message: CheckpointHeader): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeLogPoint(writer, message.applied);
    writer.end(start);
  }
  if (message.conf !== undefined) {
    writer.varint(18);
    const start = writer.begin();
    writeConfState(writer, message.conf);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCheckpointHeader(reader: Reader): CheckpointHeader {
  let applied: LogPoint | undefined;
  let conf: ConfState | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        applied = readLogPoint(reader.nested());
        break;
      case 18:
        conf = readConfState(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (applied === undefined) throw missing("CheckpointHeader", "applied");
  const message: CheckpointHeader = { applied };
  if (conf !== undefined) message.conf = conf;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCheckpointHeader(message: CheckpointHeader): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCheckpointHeader, message);
}

export function decodeCheckpointHeader(bytes: Uint8Array): CheckpointHeader {
  return readCheckpointHeader(new Reader(bytes));
}

export interface CheckpointRow {
  key: Uint8Array;
  value: Uint8Array;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCheckpointRow(writer: Writer, message: CheckpointRow): void {
  if (message.key.length > 0) {
    writer.varint(10);
    writer.bytes(message.key);
  }
  if (message.value.length > 0) {
    writer.varint(18);
    writer.bytes(message.value);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCheckpointRow(reader: Reader): CheckpointRow {
  let key: Uint8Array = new Uint8Array(0);
  let value: Uint8Array = new Uint8Array(0);
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        key = reader.bytes();
        break;
      case 18:
        value = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CheckpointRow = { key, value };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCheckpointRow(message: CheckpointRow): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCheckpointRow, message);
}

export function decodeCheckpointRow(bytes: Uint8Array): CheckpointRow {
  return readCheckpointRow(new Reader(bytes));
}

/** One frame of a checkpoint: rows in ascending order of keys, or the end. */
export interface CheckpointPiece {
  rows: CheckpointRow[];
  /** Only in the last frame. */
  end?: CheckpointEnd | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCheckpointPiece(writer: Writer, message: CheckpointPiece): void {
  for (const item of message.rows) {
    writer.varint(10);
    const start = writer.begin();
    writeCheckpointRow(writer, item);
    writer.end(start);
  }
  if (message.end !== undefined) {
    writer.varint(18);
    const start = writer.begin();
    writeCheckpointEnd(writer, message.end);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCheckpointPiece(reader: Reader): CheckpointPiece {
  const rows: CheckpointRow[] = [];
  let end: CheckpointEnd | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        rows.push(readCheckpointRow(reader.nested()));
        break;
      case 18:
        end = readCheckpointEnd(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CheckpointPiece = { rows };
  if (end !== undefined) message.end = end;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCheckpointPiece(message: CheckpointPiece): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCheckpointPiece, message);
}

export function decodeCheckpointPiece(bytes: Uint8Array): CheckpointPiece {
  return readCheckpointPiece(new Reader(bytes));
}

/** What a whole checkpoint must add up to. */
export interface CheckpointEnd {
  rowCount: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCheckpointEnd(writer: Writer, message: CheckpointEnd): void {
  if (message.rowCount !== 0) {
    writer.varint(8);
    writer.varint(message.rowCount);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCheckpointEnd(reader: Reader): CheckpointEnd {
  let rowCount: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        rowCount = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CheckpointEnd = { rowCount };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCheckpointEnd(message: CheckpointEnd): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCheckpointEnd, message);
}

export function decodeCheckpointEnd(bytes: Uint8Array): CheckpointEnd {
  return readCheckpointEnd(new Reader(bytes));
}
