// Generated from proto/hamster/exchange.proto by `npm run generate`. Do not edit.

import { encodeWith, joinUnknown, missing, Reader, type Writer } from "#format/wire.ts";
import { readEncodingId, readUnitId, type EncodingId, type UnitId, writeEncodingId, writeUnitId } from "./ids.ts";
import { readShardName, type ShardName, writeShardName } from "./pack.ts";
import { readShardDescription, type ShardDescription, writeShardDescription } from "./shard.ts";

export interface ShardRequest {
  request:
    | { kind: "put"; value: PutShard }
    | { kind: "read"; value: ReadShard }
    | { kind: "remove"; value: RemoveShards }
    | { kind: "find"; value: FindShards }
    | { kind: "adopt"; value: AdoptShard }
    | { kind: "suspect"; value: SuspectShard }
    | { kind: "list"; value: ListShards }
    | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardRequest(writer: Writer, message: ShardRequest): void {
  switch (message.request?.kind) {
    case "put": {
      writer.varint(10);
      const start = writer.begin();
      writePutShard(writer, message.request.value);
      writer.end(start);
      break;
    }
    case "read": {
      writer.varint(18);
      const start = writer.begin();
      writeReadShard(writer, message.request.value);
      writer.end(start);
      break;
    }
    case "remove": {
      writer.varint(26);
      const start = writer.begin();
      writeRemoveShards(writer, message.request.value);
      writer.end(start);
      break;
    }
    case "find": {
      writer.varint(34);
      const start = writer.begin();
      writeFindShards(writer, message.request.value);
      writer.end(start);
      break;
    }
    case "adopt": {
      writer.varint(42);
      const start = writer.begin();
      writeAdoptShard(writer, message.request.value);
      writer.end(start);
      break;
    }
    case "suspect": {
      writer.varint(50);
      const start = writer.begin();
      writeSuspectShard(writer, message.request.value);
      writer.end(start);
      break;
    }
    case "list": {
      writer.varint(58);
      const start = writer.begin();
      writeListShards(writer, message.request.value);
      writer.end(start);
      break;
    }
    case undefined:
      break;
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardRequest(reader: Reader): ShardRequest {
  let request: ShardRequest["request"];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        request = { kind: "put", value: readPutShard(reader.nested()) };
        break;
      case 18:
        request = { kind: "read", value: readReadShard(reader.nested()) };
        break;
      case 26:
        request = { kind: "remove", value: readRemoveShards(reader.nested()) };
        break;
      case 34:
        request = { kind: "find", value: readFindShards(reader.nested()) };
        break;
      case 42:
        request = { kind: "adopt", value: readAdoptShard(reader.nested()) };
        break;
      case 50:
        request = { kind: "suspect", value: readSuspectShard(reader.nested()) };
        break;
      case 58:
        request = { kind: "list", value: readListShards(reader.nested()) };
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShardRequest = { request };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardRequest(message: ShardRequest): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardRequest, message);
}

export function decodeShardRequest(bytes: Uint8Array): ShardRequest {
  return readShardRequest(new Reader(bytes));
}

/**
 * Keeps a shard. As a call, its data and then its footer follow. As a stream, messages of data
 * follow, each of whole blocks but the last, and then the footer in one.
 */
export interface PutShard {
  shard: ShardDescription;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePutShard(writer: Writer, message: PutShard): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeShardDescription(writer, message.shard);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPutShard(reader: Reader): PutShard {
  let shard: ShardDescription | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        shard = readShardDescription(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (shard === undefined) throw missing("PutShard", "shard");
  const message: PutShard = { shard };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePutShard(message: PutShard): Uint8Array<ArrayBuffer> {
  return encodeWith(writePutShard, message);
}

export function decodePutShard(bytes: Uint8Array): PutShard {
  return readPutShard(new Reader(bytes));
}

/** Asks for whole blocks of a shard. */
export interface ReadShard {
  shard: ShardName;
  /** What its root was when it was committed. */
  root: Uint8Array;
  offsetBytes: number;
  lengthBytes: number;
  /** The checksums of all its blocks are wanted as well. */
  withChecksums: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeReadShard(writer: Writer, message: ReadShard): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeShardName(writer, message.shard);
    writer.end(start);
  }
  if (message.root.length > 0) {
    writer.varint(18);
    writer.bytes(message.root);
  }
  if (message.offsetBytes !== 0) {
    writer.varint(24);
    writer.varint(message.offsetBytes);
  }
  if (message.lengthBytes !== 0) {
    writer.varint(32);
    writer.varint(message.lengthBytes);
  }
  if (message.withChecksums) {
    writer.varint(40);
    writer.varint(message.withChecksums ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readReadShard(reader: Reader): ReadShard {
  let shard: ShardName | undefined;
  let root: Uint8Array = new Uint8Array(0);
  let offsetBytes: number = 0;
  let lengthBytes: number = 0;
  let withChecksums: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        shard = readShardName(reader.nested());
        break;
      case 18:
        root = reader.bytes();
        break;
      case 24:
        offsetBytes = reader.varint();
        break;
      case 32:
        lengthBytes = reader.varint();
        break;
      case 40:
        withChecksums = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (shard === undefined) throw missing("ReadShard", "shard");
  const message: ReadShard = { shard, root, offsetBytes, lengthBytes, withChecksums };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeReadShard(message: ReadShard): Uint8Array<ArrayBuffer> {
  return encodeWith(writeReadShard, message);
}

export function decodeReadShard(bytes: Uint8Array): ReadShard {
  return readReadShard(new Reader(bytes));
}

export interface RemoveShards {
  shards: ShardName[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRemoveShards(writer: Writer, message: RemoveShards): void {
  for (const item of message.shards) {
    writer.varint(10);
    const start = writer.begin();
    writeShardName(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRemoveShards(reader: Reader): RemoveShards {
  const shards: ShardName[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        shards.push(readShardName(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: RemoveShards = { shards };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRemoveShards(message: RemoveShards): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRemoveShards, message);
}

export function decodeRemoveShards(bytes: Uint8Array): RemoveShards {
  return readRemoveShards(new Reader(bytes));
}

/** Asks which shards of one encoding of a unit the node has. */
export interface FindShards {
  unit: UnitId;
  encoding: EncodingId;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeFindShards(writer: Writer, message: FindShards): void {
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
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readFindShards(reader: Reader): FindShards {
  let unit: UnitId | undefined;
  let encoding: EncodingId | undefined;
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
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (unit === undefined) throw missing("FindShards", "unit");
  if (encoding === undefined) throw missing("FindShards", "encoding");
  const message: FindShards = { unit, encoding };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeFindShards(message: FindShards): Uint8Array<ArrayBuffer> {
  return encodeWith(writeFindShards, message);
}

export function decodeFindShards(bytes: Uint8Array): FindShards {
  return readFindShards(new Reader(bytes));
}

/** Copies a shard from another node. */
export interface AdoptShard {
  shard: ShardDescription;
  root: Uint8Array;
  from: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeAdoptShard(writer: Writer, message: AdoptShard): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeShardDescription(writer, message.shard);
    writer.end(start);
  }
  if (message.root.length > 0) {
    writer.varint(18);
    writer.bytes(message.root);
  }
  if (message.from !== 0) {
    writer.varint(24);
    writer.varint(message.from);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readAdoptShard(reader: Reader): AdoptShard {
  let shard: ShardDescription | undefined;
  let root: Uint8Array = new Uint8Array(0);
  let from: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        shard = readShardDescription(reader.nested());
        break;
      case 18:
        root = reader.bytes();
        break;
      case 24:
        from = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (shard === undefined) throw missing("AdoptShard", "shard");
  const message: AdoptShard = { shard, root, from };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeAdoptShard(message: AdoptShard): Uint8Array<ArrayBuffer> {
  return encodeWith(writeAdoptShard, message);
}

export function decodeAdoptShard(bytes: Uint8Array): AdoptShard {
  return readAdoptShard(new Reader(bytes));
}

/** Says that the shard's bytes did not pass a reader's check. */
export interface SuspectShard {
  shard: ShardName;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSuspectShard(writer: Writer, message: SuspectShard): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeShardName(writer, message.shard);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSuspectShard(reader: Reader): SuspectShard {
  let shard: ShardName | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        shard = readShardName(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (shard === undefined) throw missing("SuspectShard", "shard");
  const message: SuspectShard = { shard };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSuspectShard(message: SuspectShard): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSuspectShard, message);
}

export function decodeSuspectShard(bytes: Uint8Array): SuspectShard {
  return readSuspectShard(new Reader(bytes));
}

/** Asks for a page of the shards that the node lists, by partition, unit, encoding and index. */
export interface ListShards {
  /** The last shard of the page before. */
  after?: ShardName | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeListShards(writer: Writer, message: ListShards): void {
  if (message.after !== undefined) {
    writer.varint(10);
    const start = writer.begin();
    writeShardName(writer, message.after);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readListShards(reader: Reader): ListShards {
  let after: ShardName | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        after = readShardName(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ListShards = {  };
  if (after !== undefined) message.after = after;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeListShards(message: ListShards): Uint8Array<ArrayBuffer> {
  return encodeWith(writeListShards, message);
}

export function decodeListShards(bytes: Uint8Array): ListShards {
  return readListShards(new Reader(bytes));
}

export interface ShardAnswer {
  answer:
    | { kind: "done"; value: ShardDone }
    | { kind: "full"; value: ShardFull }
    | { kind: "missing"; value: ShardMissing }
    | { kind: "corrupt"; value: ShardCorrupt }
    | { kind: "blocks"; value: ShardBlocks }
    | { kind: "found"; value: ShardsFound }
    | { kind: "listed"; value: ShardsListed }
    | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardAnswer(writer: Writer, message: ShardAnswer): void {
  switch (message.answer?.kind) {
    case "done": {
      writer.varint(10);
      const start = writer.begin();
      writeShardDone(writer, message.answer.value);
      writer.end(start);
      break;
    }
    case "full": {
      writer.varint(18);
      const start = writer.begin();
      writeShardFull(writer, message.answer.value);
      writer.end(start);
      break;
    }
    case "missing": {
      writer.varint(26);
      const start = writer.begin();
      writeShardMissing(writer, message.answer.value);
      writer.end(start);
      break;
    }
    case "corrupt": {
      writer.varint(34);
      const start = writer.begin();
      writeShardCorrupt(writer, message.answer.value);
      writer.end(start);
      break;
    }
    case "blocks": {
      writer.varint(42);
      const start = writer.begin();
      writeShardBlocks(writer, message.answer.value);
      writer.end(start);
      break;
    }
    case "found": {
      writer.varint(50);
      const start = writer.begin();
      writeShardsFound(writer, message.answer.value);
      writer.end(start);
      break;
    }
    case "listed": {
      writer.varint(58);
      const start = writer.begin();
      writeShardsListed(writer, message.answer.value);
      writer.end(start);
      break;
    }
    case undefined:
      break;
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardAnswer(reader: Reader): ShardAnswer {
  let answer: ShardAnswer["answer"];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        answer = { kind: "done", value: readShardDone(reader.nested()) };
        break;
      case 18:
        answer = { kind: "full", value: readShardFull(reader.nested()) };
        break;
      case 26:
        answer = { kind: "missing", value: readShardMissing(reader.nested()) };
        break;
      case 34:
        answer = { kind: "corrupt", value: readShardCorrupt(reader.nested()) };
        break;
      case 42:
        answer = { kind: "blocks", value: readShardBlocks(reader.nested()) };
        break;
      case 50:
        answer = { kind: "found", value: readShardsFound(reader.nested()) };
        break;
      case 58:
        answer = { kind: "listed", value: readShardsListed(reader.nested()) };
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShardAnswer = { answer };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardAnswer(message: ShardAnswer): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardAnswer, message);
}

export function decodeShardAnswer(bytes: Uint8Array): ShardAnswer {
  return readShardAnswer(new Reader(bytes));
}

export interface ShardDone {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardDone(writer: Writer, message: ShardDone): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardDone(reader: Reader): ShardDone {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShardDone = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardDone(message: ShardDone): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardDone, message);
}

export function decodeShardDone(bytes: Uint8Array): ShardDone {
  return readShardDone(new Reader(bytes));
}

/** There is no room. */
export interface ShardFull {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardFull(writer: Writer, message: ShardFull): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardFull(reader: Reader): ShardFull {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShardFull = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardFull(message: ShardFull): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardFull, message);
}

export function decodeShardFull(bytes: Uint8Array): ShardFull {
  return readShardFull(new Reader(bytes));
}

export interface ShardMissing {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardMissing(writer: Writer, message: ShardMissing): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardMissing(reader: Reader): ShardMissing {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShardMissing = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardMissing(message: ShardMissing): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardMissing, message);
}

export function decodeShardMissing(bytes: Uint8Array): ShardMissing {
  return readShardMissing(new Reader(bytes));
}

export interface ShardCorrupt {
  /** The block of data, from 0; none where it is not the data. */
  block?: number | undefined;
  detail: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardCorrupt(writer: Writer, message: ShardCorrupt): void {
  if (message.block !== undefined) {
    writer.varint(8);
    writer.varint(message.block);
  }
  if (message.detail !== "") {
    writer.varint(18);
    writer.string(message.detail);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardCorrupt(reader: Reader): ShardCorrupt {
  let block: number | undefined;
  let detail: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        block = reader.uint32();
        break;
      case 18:
        detail = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShardCorrupt = { detail };
  if (block !== undefined) message.block = block;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardCorrupt(message: ShardCorrupt): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardCorrupt, message);
}

export function decodeShardCorrupt(bytes: Uint8Array): ShardCorrupt {
  return readShardCorrupt(new Reader(bytes));
}

/** The blocks follow; in a stream, as messages of their own. */
export interface ShardBlocks {
  /** 32 bytes for each block of the shard, where they were wanted. */
  checksums: Uint8Array;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardBlocks(writer: Writer, message: ShardBlocks): void {
  if (message.checksums.length > 0) {
    writer.varint(10);
    writer.bytes(message.checksums);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardBlocks(reader: Reader): ShardBlocks {
  let checksums: Uint8Array = new Uint8Array(0);
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        checksums = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShardBlocks = { checksums };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardBlocks(message: ShardBlocks): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardBlocks, message);
}

export function decodeShardBlocks(bytes: Uint8Array): ShardBlocks {
  return readShardBlocks(new Reader(bytes));
}

export interface ShardsFound {
  /** Ascending. */
  indexes: number[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardsFound(writer: Writer, message: ShardsFound): void {
  if (message.indexes.length > 0) {
    writer.varint(10);
    const start = writer.begin();
    for (const item of message.indexes) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardsFound(reader: Reader): ShardsFound {
  const indexes: number[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        indexes.push(reader.uint32());
        break;
      case 10: {
        const packed = reader.nested();
        while (!packed.done) indexes.push(packed.uint32());
        break;
      }
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShardsFound = { indexes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardsFound(message: ShardsFound): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardsFound, message);
}

export function decodeShardsFound(bytes: Uint8Array): ShardsFound {
  return readShardsFound(new Reader(bytes));
}

export interface ShardsListed {
  /** None: there are no more. */
  shards: ShardName[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardsListed(writer: Writer, message: ShardsListed): void {
  for (const item of message.shards) {
    writer.varint(10);
    const start = writer.begin();
    writeShardName(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardsListed(reader: Reader): ShardsListed {
  const shards: ShardName[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        shards.push(readShardName(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShardsListed = { shards };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardsListed(message: ShardsListed): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardsListed, message);
}

export function decodeShardsListed(bytes: Uint8Array): ShardsListed {
  return readShardsListed(new Reader(bytes));
}
