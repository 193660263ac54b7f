// Generated from proto/hamster/shelf.proto by `npm run generate`. Do not edit.

import { encodeWith, joinUnknown, Reader, type Writer } from "#format/wire.ts";

/** The first row of a shelf's index: an index without it was never finished. */
export interface ShelfIndexState {
  version: number;
  /** Shards in files of their own. */
  fileCount: number;
  fileBytes: number;
  /** No pack has had this number or a higher one: numbers name files too, and are not used again. */
  nextPack: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShelfIndexState(writer: Writer, message: ShelfIndexState): void {
  if (message.version !== 0) {
    writer.varint(8);
    writer.varint(message.version);
  }
  if (message.fileCount !== 0) {
    writer.varint(16);
    writer.varint(message.fileCount);
  }
  if (message.fileBytes !== 0) {
    writer.varint(24);
    writer.varint(message.fileBytes);
  }
  if (message.nextPack !== 0) {
    writer.varint(32);
    writer.varint(message.nextPack);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShelfIndexState(reader: Reader): ShelfIndexState {
  let version: number = 0;
  let fileCount: number = 0;
  let fileBytes: number = 0;
  let nextPack: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        version = reader.uint32();
        break;
      case 16:
        fileCount = reader.varint();
        break;
      case 24:
        fileBytes = reader.varint();
        break;
      case 32:
        nextPack = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShelfIndexState = { version, fileCount, fileBytes, nextPack };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShelfIndexState(message: ShelfIndexState): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShelfIndexState, message);
}

export function decodeShelfIndexState(bytes: Uint8Array): ShelfIndexState {
  return readShelfIndexState(new Reader(bytes));
}

/** Where the shelf keeps one shard. */
export interface ShelfEntry {
  pack: number;
  offset: number;
  /** In the file named after the place, not in the pack itself. */
  inFile: boolean;
  /** How far into the record the shard begins; 0 in a file. */
  shardOffset: number;
  /** The whole shard: header, data and footer. */
  sizeBytes: number;
  /** The root over its block checksums. */
  root: Uint8Array;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShelfEntry(writer: Writer, message: ShelfEntry): void {
  if (message.pack !== 0) {
    writer.varint(8);
    writer.varint(message.pack);
  }
  if (message.offset !== 0) {
    writer.varint(16);
    writer.varint(message.offset);
  }
  if (message.inFile) {
    writer.varint(24);
    writer.varint(message.inFile ? 1 : 0);
  }
  if (message.shardOffset !== 0) {
    writer.varint(32);
    writer.varint(message.shardOffset);
  }
  if (message.sizeBytes !== 0) {
    writer.varint(40);
    writer.varint(message.sizeBytes);
  }
  if (message.root.length > 0) {
    writer.varint(50);
    writer.bytes(message.root);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShelfEntry(reader: Reader): ShelfEntry {
  let pack: number = 0;
  let offset: number = 0;
  let inFile: boolean = false;
  let shardOffset: number = 0;
  let sizeBytes: number = 0;
  let root: Uint8Array = new Uint8Array(0);
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
      case 24:
        inFile = reader.bool();
        break;
      case 32:
        shardOffset = reader.uint32();
        break;
      case 40:
        sizeBytes = reader.varint();
        break;
      case 50:
        root = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShelfEntry = { pack, offset, inFile, shardOffset, sizeBytes, root };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShelfEntry(message: ShelfEntry): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShelfEntry, message);
}

export function decodeShelfEntry(bytes: Uint8Array): ShelfEntry {
  return readShelfEntry(new Reader(bytes));
}

/** What the index knows of one pack. */
export interface PackState {
  /** The index tells all of the pack up to here; a start scans only past it. */
  indexedBytes: number;
  /** Nothing is appended any more, and nothing past `indexed_bytes` counts. */
  closed: boolean;
  /** Records of shards that the index lists. */
  shardCount: number;
  shardBytes: number;
  /** Removal records that are still needed: their targets lie in packs that are still there. */
  removalBytes: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePackState(writer: Writer, message: PackState): void {
  if (message.indexedBytes !== 0) {
    writer.varint(8);
    writer.varint(message.indexedBytes);
  }
  if (message.closed) {
    writer.varint(16);
    writer.varint(message.closed ? 1 : 0);
  }
  if (message.shardCount !== 0) {
    writer.varint(24);
    writer.varint(message.shardCount);
  }
  if (message.shardBytes !== 0) {
    writer.varint(32);
    writer.varint(message.shardBytes);
  }
  if (message.removalBytes !== 0) {
    writer.varint(40);
    writer.varint(message.removalBytes);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPackState(reader: Reader): PackState {
  let indexedBytes: number = 0;
  let closed: boolean = false;
  let shardCount: number = 0;
  let shardBytes: number = 0;
  let removalBytes: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        indexedBytes = reader.varint();
        break;
      case 16:
        closed = reader.bool();
        break;
      case 24:
        shardCount = reader.varint();
        break;
      case 32:
        shardBytes = reader.varint();
        break;
      case 40:
        removalBytes = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PackState = { indexedBytes, closed, shardCount, shardBytes, removalBytes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePackState(message: PackState): Uint8Array<ArrayBuffer> {
  return encodeWith(writePackState, message);
}

export function decodePackState(bytes: Uint8Array): PackState {
  return readPackState(new Reader(bytes));
}

/** How many bytes of removal records one pack holds for shards of another. */
export interface RemovalBytes {
  bytes: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRemovalBytes(writer: Writer, message: RemovalBytes): void {
  if (message.bytes !== 0) {
    writer.varint(8);
    writer.varint(message.bytes);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRemovalBytes(reader: Reader): RemovalBytes {
  let bytes: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        bytes = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: RemovalBytes = { bytes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRemovalBytes(message: RemovalBytes): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRemovalBytes, message);
}

export function decodeRemovalBytes(bytes: Uint8Array): RemovalBytes {
  return readRemovalBytes(new Reader(bytes));
}

/** A shard file whose name may or may not be there: settled at the next start. */
export interface PendingFile {
  action:
    | { kind: "sealing"; value: FileSealing }
    | { kind: "removing"; value: FileRemoving }
    | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePendingFile(writer: Writer, message: PendingFile): void {
  switch (message.action?.kind) {
    case "sealing": {
      writer.varint(10);
      const start = writer.begin();
      writeFileSealing(writer, message.action.value);
      writer.end(start);
      break;
    }
    case "removing": {
      writer.varint(18);
      const start = writer.begin();
      writeFileRemoving(writer, message.action.value);
      writer.end(start);
      break;
    }
    case undefined:
      break;
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPendingFile(reader: Reader): PendingFile {
  let action: PendingFile["action"];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        action = { kind: "sealing", value: readFileSealing(reader.nested()) };
        break;
      case 18:
        action = { kind: "removing", value: readFileRemoving(reader.nested()) };
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PendingFile = { action };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePendingFile(message: PendingFile): Uint8Array<ArrayBuffer> {
  return encodeWith(writePendingFile, message);
}

export function decodePendingFile(bytes: Uint8Array): PendingFile {
  return readPendingFile(new Reader(bytes));
}

export interface FileSealing {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeFileSealing(writer: Writer, message: FileSealing): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readFileSealing(reader: Reader): FileSealing {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: FileSealing = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeFileSealing(message: FileSealing): Uint8Array<ArrayBuffer> {
  return encodeWith(writeFileSealing, message);
}

export function decodeFileSealing(bytes: Uint8Array): FileSealing {
  return readFileSealing(new Reader(bytes));
}

export interface FileRemoving {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeFileRemoving(writer: Writer, message: FileRemoving): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readFileRemoving(reader: Reader): FileRemoving {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: FileRemoving = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeFileRemoving(message: FileRemoving): Uint8Array<ArrayBuffer> {
  return encodeWith(writeFileRemoving, message);
}

export function decodeFileRemoving(bytes: Uint8Array): FileRemoving {
  return readFileRemoving(new Reader(bytes));
}
