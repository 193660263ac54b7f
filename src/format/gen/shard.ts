// Generated from proto/hamster/shard.proto by `npm run generate`. Do not edit.

import { encodeWith, enumName, joinUnknown, missing, Reader, type Writer } from "#format/wire.ts";
import { readEncodingId, readUnitId, type EncodingId, type UnitId, writeEncodingId, writeUnitId } from "./ids.ts";

/** Which rows make parity out of data, over GF(2^8) with the polynomial 0x11D. */
export type Matrix = "xor" | "pq" | "cauchy";
export const matrixNames: readonly Matrix[] = ["xor", "pq", "cauchy"];

/** What a shard says of itself, ahead of its data. */
export interface ShardDescription {
  unit: UnitId;
  encoding: EncodingId;
  /** From 0 to k + m - 1; below k it holds data. */
  index: number;
  k: number;
  m: number;
  matrix: Matrix;
  /** The slice of a whole stripe, in bytes. */
  sliceSizeBytes: number;
  /** The unit's own length in bytes; with the fields above it gives the shard's length. */
  unitSizeBytes: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardDescription(writer: Writer, message: ShardDescription): void {
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
  if (message.k !== 0) {
    writer.varint(32);
    writer.varint(message.k);
  }
  if (message.m !== 0) {
    writer.varint(40);
    writer.varint(message.m);
  }
  if (message.matrix !== matrixNames[0]) {
    writer.varint(48);
    writer.varint(matrixNames.indexOf(message.matrix));
  }
  if (message.sliceSizeBytes !== 0) {
    writer.varint(56);
    writer.varint(message.sliceSizeBytes);
  }
  if (message.unitSizeBytes !== 0) {
    writer.varint(64);
    writer.varint(message.unitSizeBytes);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardDescription(reader: Reader): ShardDescription {
  let unit: UnitId | undefined;
  let encoding: EncodingId | undefined;
  let index: number = 0;
  let k: number = 0;
  let m: number = 0;
  let matrix: Matrix = enumName(matrixNames, 0);
  let sliceSizeBytes: number = 0;
  let unitSizeBytes: number = 0;
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
      case 32:
        k = reader.uint32();
        break;
      case 40:
        m = reader.uint32();
        break;
      case 48:
        matrix = enumName(matrixNames, reader.varint());
        break;
      case 56:
        sliceSizeBytes = reader.uint32();
        break;
      case 64:
        unitSizeBytes = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (unit === undefined) throw missing("ShardDescription", "unit");
  if (encoding === undefined) throw missing("ShardDescription", "encoding");
  const message: ShardDescription = { unit, encoding, index, k, m, matrix, sliceSizeBytes, unitSizeBytes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardDescription(message: ShardDescription): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardDescription, message);
}

export function decodeShardDescription(bytes: Uint8Array): ShardDescription {
  return readShardDescription(new Reader(bytes));
}
