// Generated from proto/hamster/ids.proto by `npm run generate`. Do not edit.

import { encodeWith, joinUnknown, Reader, type Writer } from "#format/wire.ts";

/** One boot of one node: the cluster's epoch and the log index of the command that opened it. */
export interface SessionId {
  epoch: number;
  session: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSessionId(writer: Writer, message: SessionId): void {
  if (message.epoch !== 0) {
    writer.varint(8);
    writer.varint(message.epoch);
  }
  if (message.session !== 0) {
    writer.varint(16);
    writer.varint(message.session);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSessionId(reader: Reader): SessionId {
  let epoch: number = 0;
  let session: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        epoch = reader.uint32();
        break;
      case 16:
        session = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SessionId = { epoch, session };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSessionId(message: SessionId): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSessionId, message);
}

export function decodeSessionId(bytes: Uint8Array): SessionId {
  return readSessionId(new Reader(bytes));
}

/** A data unit, named by the session that wrote it. No two writers ever use one name. */
export interface UnitId {
  epoch: number;
  session: number;
  number: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeUnitId(writer: Writer, message: UnitId): void {
  if (message.epoch !== 0) {
    writer.varint(8);
    writer.varint(message.epoch);
  }
  if (message.session !== 0) {
    writer.varint(16);
    writer.varint(message.session);
  }
  if (message.number !== 0) {
    writer.varint(24);
    writer.varint(message.number);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readUnitId(reader: Reader): UnitId {
  let epoch: number = 0;
  let session: number = 0;
  let number: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        epoch = reader.uint32();
        break;
      case 16:
        session = reader.varint();
        break;
      case 24:
        number = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: UnitId = { epoch, session, number };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeUnitId(message: UnitId): Uint8Array<ArrayBuffer> {
  return encodeWith(writeUnitId, message);
}

export function decodeUnitId(bytes: Uint8Array): UnitId {
  return readUnitId(new Reader(bytes));
}

/** One way a unit's bytes are cut and coded into shards, named by the session that coded it. */
export interface EncodingId {
  epoch: number;
  session: number;
  number: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeEncodingId(writer: Writer, message: EncodingId): void {
  if (message.epoch !== 0) {
    writer.varint(8);
    writer.varint(message.epoch);
  }
  if (message.session !== 0) {
    writer.varint(16);
    writer.varint(message.session);
  }
  if (message.number !== 0) {
    writer.varint(24);
    writer.varint(message.number);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readEncodingId(reader: Reader): EncodingId {
  let epoch: number = 0;
  let session: number = 0;
  let number: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        epoch = reader.uint32();
        break;
      case 16:
        session = reader.varint();
        break;
      case 24:
        number = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: EncodingId = { epoch, session, number };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeEncodingId(message: EncodingId): Uint8Array<ArrayBuffer> {
  return encodeWith(writeEncodingId, message);
}

export function decodeEncodingId(bytes: Uint8Array): EncodingId {
  return readEncodingId(new Reader(bytes));
}
