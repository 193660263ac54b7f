// Generated from proto/hamster/pack.proto by `npm run generate`. Do not edit.

import { encodeWith, joinUnknown, missing, Reader, type Writer } from "#format/wire.ts";
import { readEncodingId, readUnitId, type EncodingId, type UnitId, writeEncodingId, writeUnitId } from "./ids.ts";

/** One shard, among all shards there will ever be. */
export interface ShardName {
  unit: UnitId;
  encoding: EncodingId;
  /** From 0 to k + m - 1. */
  index: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardName(writer: Writer, message: ShardName): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeUnitId(writer, message.unit);
    writer.end(start);
  }
  {
    writer.varint(18);
    const start = writer.begin();
    writeEncodingId(writer, message.encoding);
    writer.end(start);
  }
  if (message.index !== 0) {
    writer.varint(24);
    writer.varint(message.index);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardName(reader: Reader): ShardName {
  let unit: UnitId | undefined;
  let encoding: EncodingId | undefined;
  let index: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        unit = readUnitId(reader.nested());
        break;
      case 18:
        encoding = readEncodingId(reader.nested());
        break;
      case 24:
        index = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (unit === undefined) throw missing("ShardName", "unit");
  if (encoding === undefined) throw missing("ShardName", "encoding");
  const message: ShardName = { unit, encoding, index };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardName(message: ShardName): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardName, message);
}

export function decodeShardName(bytes: Uint8Array): ShardName {
  return readShardName(new Reader(bytes));
}

/** Where a record begins. No two records ever have one place: pack numbers are not used again. */
export interface RecordPlace {
  pack: number;
  offset: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRecordPlace(writer: Writer, message: RecordPlace): void {
  if (message.pack !== 0) {
    writer.varint(8);
    writer.varint(message.pack);
  }
  if (message.offset !== 0) {
    writer.varint(16);
    writer.varint(message.offset);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRecordPlace(reader: Reader): RecordPlace {
  let pack: number = 0;
  let offset: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        pack = reader.varint();
        break;
      case 16:
        offset = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: RecordPlace = { pack, offset };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRecordPlace(message: RecordPlace): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRecordPlace, message);
}

export function decodeRecordPlace(bytes: Uint8Array): RecordPlace {
  return readRecordPlace(new Reader(bytes));
}

/** What a record of a pack says, ahead of the shard it may carry. */
export interface PackRecord {
  /** The pack was known to be durable up to here when this record was written. */
  syncedSizeBytes: number;
  content:
    | { kind: "shard"; value: PackedShard }
    | { kind: "file"; value: FileAnnounced }
    | { kind: "packedRemoved"; value: PackedShardsRemoved }
    | { kind: "filesRemoved"; value: FilesRemoved }
    | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePackRecord(writer: Writer, message: PackRecord): void {
  if (message.syncedSizeBytes !== 0) {
    writer.varint(8);
    writer.varint(message.syncedSizeBytes);
  }
  switch (message.content?.kind) {
    case "shard": {
      writer.varint(18);
      const start = writer.begin();
      writePackedShard(writer, message.content.value);
      writer.end(start);
      break;
    }
    case "file": {
      writer.varint(26);
      const start = writer.begin();
      writeFileAnnounced(writer, message.content.value);
      writer.end(start);
      break;
    }
    case "packedRemoved": {
      writer.varint(34);
      const start = writer.begin();
      writePackedShardsRemoved(writer, message.content.value);
      writer.end(start);
      break;
    }
    case "filesRemoved": {
      writer.varint(42);
      const start = writer.begin();
      writeFilesRemoved(writer, message.content.value);
      writer.end(start);
      break;
    }
    case undefined:
      break;
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPackRecord(reader: Reader): PackRecord {
  let syncedSizeBytes: number = 0;
  let content: PackRecord["content"];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        syncedSizeBytes = reader.varint();
        break;
      case 18:
        content = { kind: "shard", value: readPackedShard(reader.nested()) };
        break;
      case 26:
        content = { kind: "file", value: readFileAnnounced(reader.nested()) };
        break;
      case 34:
        content = { kind: "packedRemoved", value: readPackedShardsRemoved(reader.nested()) };
        break;
      case 42:
        content = { kind: "filesRemoved", value: readFilesRemoved(reader.nested()) };
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PackRecord = { syncedSizeBytes, content };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePackRecord(message: PackRecord): Uint8Array<ArrayBuffer> {
  return encodeWith(writePackRecord, message);
}

export function decodePackRecord(bytes: Uint8Array): PackRecord {
  return readPackRecord(new Reader(bytes));
}

/** The record's body is a whole shard: header, data and footer. */
export interface PackedShard {
  /** The record this one is a copy of. */
  movedFrom?: RecordPlace | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePackedShard(writer: Writer, message: PackedShard): void {
  if (message.movedFrom !== undefined) {
    writer.varint(10);
    const start = writer.begin();
    writeRecordPlace(writer, message.movedFrom);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPackedShard(reader: Reader): PackedShard {
  let movedFrom: RecordPlace | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        movedFrom = readRecordPlace(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PackedShard = {  };
  if (movedFrom !== undefined) message.movedFrom = movedFrom;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePackedShard(message: PackedShard): Uint8Array<ArrayBuffer> {
  return encodeWith(writePackedShard, message);
}

export function decodePackedShard(bytes: Uint8Array): PackedShard {
  return readPackedShard(new Reader(bytes));
}

/** A shard file named after this record's place may appear after it. */
export interface FileAnnounced {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeFileAnnounced(writer: Writer, message: FileAnnounced): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readFileAnnounced(reader: Reader): FileAnnounced {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: FileAnnounced = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeFileAnnounced(message: FileAnnounced): Uint8Array<ArrayBuffer> {
  return encodeWith(writeFileAnnounced, message);
}

export function decodeFileAnnounced(bytes: Uint8Array): FileAnnounced {
  return readFileAnnounced(new Reader(bytes));
}

/** Shards of one pack that are no longer wanted. */
export interface PackedShardsRemoved {
  pack: number;
  shards: PackedShardRemoved[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePackedShardsRemoved(writer: Writer, message: PackedShardsRemoved): void {
  if (message.pack !== 0) {
    writer.varint(8);
    writer.varint(message.pack);
  }
  for (const item of message.shards) {
    writer.varint(18);
    const start = writer.begin();
    writePackedShardRemoved(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPackedShardsRemoved(reader: Reader): PackedShardsRemoved {
  let pack: number = 0;
  const shards: PackedShardRemoved[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        pack = reader.varint();
        break;
      case 18:
        shards.push(readPackedShardRemoved(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PackedShardsRemoved = { pack, shards };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePackedShardsRemoved(message: PackedShardsRemoved): Uint8Array<ArrayBuffer> {
  return encodeWith(writePackedShardsRemoved, message);
}

export function decodePackedShardsRemoved(bytes: Uint8Array): PackedShardsRemoved {
  return readPackedShardsRemoved(new Reader(bytes));
}

export interface PackedShardRemoved {
  name: ShardName;
  offset: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePackedShardRemoved(writer: Writer, message: PackedShardRemoved): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeShardName(writer, message.name);
    writer.end(start);
  }
  if (message.offset !== 0) {
    writer.varint(16);
    writer.varint(message.offset);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPackedShardRemoved(reader: Reader): PackedShardRemoved {
  let name: ShardName | undefined;
  let offset: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        name = readShardName(reader.nested());
        break;
      case 16:
        offset = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (name === undefined) throw missing("PackedShardRemoved", "name");
  const message: PackedShardRemoved = { name, offset };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePackedShardRemoved(message: PackedShardRemoved): Uint8Array<ArrayBuffer> {
  return encodeWith(writePackedShardRemoved, message);
}

export function decodePackedShardRemoved(bytes: Uint8Array): PackedShardRemoved {
  return readPackedShardRemoved(new Reader(bytes));
}

/** Shard files that are no longer wanted. */
export interface FilesRemoved {
  files: FileRemoved[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeFilesRemoved(writer: Writer, message: FilesRemoved): void {
  for (const item of message.files) {
    writer.varint(10);
    const start = writer.begin();
    writeFileRemoved(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readFilesRemoved(reader: Reader): FilesRemoved {
  const files: FileRemoved[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        files.push(readFileRemoved(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: FilesRemoved = { files };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeFilesRemoved(message: FilesRemoved): Uint8Array<ArrayBuffer> {
  return encodeWith(writeFilesRemoved, message);
}

export function decodeFilesRemoved(bytes: Uint8Array): FilesRemoved {
  return readFilesRemoved(new Reader(bytes));
}

export interface FileRemoved {
  name: ShardName;
  place: RecordPlace;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeFileRemoved(writer: Writer, message: FileRemoved): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeShardName(writer, message.name);
    writer.end(start);
  }
  {
    writer.varint(18);
    const start = writer.begin();
    writeRecordPlace(writer, message.place);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readFileRemoved(reader: Reader): FileRemoved {
  let name: ShardName | undefined;
  let place: RecordPlace | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        name = readShardName(reader.nested());
        break;
      case 18:
        place = readRecordPlace(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (name === undefined) throw missing("FileRemoved", "name");
  if (place === undefined) throw missing("FileRemoved", "place");
  const message: FileRemoved = { name, place };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeFileRemoved(message: FileRemoved): Uint8Array<ArrayBuffer> {
  return encodeWith(writeFileRemoved, message);
}

export function decodeFileRemoved(bytes: Uint8Array): FileRemoved {
  return readFileRemoved(new Reader(bytes));
}
