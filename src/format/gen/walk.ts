// Generated from proto/hamster/walk.proto by `npm run generate`. Do not edit.

import { encodeWith, joinUnknown, Reader, type Writer } from "#format/wire.ts";
import { readShardName, type ShardName, writeShardName } from "./pack.ts";

/** Asks a node whether it has shards that the asker has too, and that belong to the node now. */
export interface ConfirmShards {
  /** The layout that the asker goes by. */
  layoutVersion: number;
  shards: ShardName[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeConfirmShards(writer: Writer, message: ConfirmShards): void {
  if (message.layoutVersion !== 0) {
    writer.varint(8);
    writer.varint(message.layoutVersion);
  }
  for (const item of message.shards) {
    writer.varint(18);
    const start = writer.begin();
    writeShardName(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readConfirmShards(reader: Reader): ConfirmShards {
  let layoutVersion: number = 0;
  const shards: ShardName[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        layoutVersion = reader.varint();
        break;
      case 18:
        shards.push(readShardName(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ConfirmShards = { layoutVersion, shards };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeConfirmShards(message: ConfirmShards): Uint8Array<ArrayBuffer> {
  return encodeWith(writeConfirmShards, message);
}

export function decodeConfirmShards(bytes: Uint8Array): ConfirmShards {
  return readConfirmShards(new Reader(bytes));
}

/** What the node has: read and found to be what was committed, under the layout that was named. */
export interface ShardsConfirmed {
  /** Places in the question, from 0, ascending. */
  places: number[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardsConfirmed(writer: Writer, message: ShardsConfirmed): void {
  if (message.places.length > 0) {
    writer.varint(10);
    const start = writer.begin();
    for (const item of message.places) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardsConfirmed(reader: Reader): ShardsConfirmed {
  const places: number[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        places.push(reader.uint32());
        break;
      case 10: {
        const packed = reader.nested();
        while (!packed.done) places.push(packed.uint32());
        break;
      }
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShardsConfirmed = { places };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardsConfirmed(message: ShardsConfirmed): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardsConfirmed, message);
}

export function decodeShardsConfirmed(bytes: Uint8Array): ShardsConfirmed {
  return readShardsConfirmed(new Reader(bytes));
}
