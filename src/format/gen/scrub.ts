// Generated from proto/hamster/scrub.proto by `npm run generate`. Do not edit.

import { encodeWith, joinUnknown, missing, Reader, type Writer } from "#format/wire.ts";

/**
 * How far the scrub of a node's shelf has come: the file scrub.hamster, for the next start, and
 * what the node tells others.
 */
export interface ScrubState {
  /** The partition to look at next; those below it are done. */
  partition: number;
  current: ScrubPass;
  /** The last pass that came to its end. */
  last?: ScrubPass | undefined;
  /** The pass runs through, instead of being spread over its time. */
  isHurried: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeScrubState(writer: Writer, message: ScrubState): void {
  if (message.partition !== 0) {
    writer.varint(8);
    writer.varint(message.partition);
  }
  {
    writer.varint(18);
    const start = writer.begin();
    writeScrubPass(writer, message.current);
    writer.end(start);
  }
  if (message.last !== undefined) {
    writer.varint(26);
    const start = writer.begin();
    writeScrubPass(writer, message.last);
    writer.end(start);
  }
  if (message.isHurried) {
    writer.varint(32);
    writer.varint(message.isHurried ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readScrubState(reader: Reader): ScrubState {
  let partition: number = 0;
  let current: ScrubPass | undefined;
  let last: ScrubPass | undefined;
  let isHurried: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        partition = reader.uint32();
        break;
      case 18:
        current = readScrubPass(reader.nested());
        break;
      case 26:
        last = readScrubPass(reader.nested());
        break;
      case 32:
        isHurried = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (current === undefined) throw missing("ScrubState", "current");
  const message: ScrubState = { partition, current, isHurried };
  if (last !== undefined) message.last = last;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeScrubState(message: ScrubState): Uint8Array<ArrayBuffer> {
  return encodeWith(writeScrubState, message);
}

export function decodeScrubState(bytes: Uint8Array): ScrubState {
  return readScrubState(new Reader(bytes));
}

/** One look at every shard of a shelf. */
export interface ScrubPass {
  begunUnixMs: number;
  /** 0 while it goes on. */
  endedUnixMs: number;
  shards: number;
  /** Of data, as read. */
  bytes: number;
  /** Shards that were not what was committed. */
  damaged: number;
  /** Shards that the shelf listed and did not have. */
  missing: number;
  /** Shards that no row names and none will. */
  unowned: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeScrubPass(writer: Writer, message: ScrubPass): void {
  if (message.begunUnixMs !== 0) {
    writer.varint(8);
    writer.varint(message.begunUnixMs);
  }
  if (message.endedUnixMs !== 0) {
    writer.varint(16);
    writer.varint(message.endedUnixMs);
  }
  if (message.shards !== 0) {
    writer.varint(24);
    writer.varint(message.shards);
  }
  if (message.bytes !== 0) {
    writer.varint(32);
    writer.varint(message.bytes);
  }
  if (message.damaged !== 0) {
    writer.varint(40);
    writer.varint(message.damaged);
  }
  if (message.missing !== 0) {
    writer.varint(48);
    writer.varint(message.missing);
  }
  if (message.unowned !== 0) {
    writer.varint(56);
    writer.varint(message.unowned);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readScrubPass(reader: Reader): ScrubPass {
  let begunUnixMs: number = 0;
  let endedUnixMs: number = 0;
  let shards: number = 0;
  let bytes: number = 0;
  let damaged: number = 0;
  let missing: number = 0;
  let unowned: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        begunUnixMs = reader.varint();
        break;
      case 16:
        endedUnixMs = reader.varint();
        break;
      case 24:
        shards = reader.varint();
        break;
      case 32:
        bytes = reader.varint();
        break;
      case 40:
        damaged = reader.varint();
        break;
      case 48:
        missing = reader.varint();
        break;
      case 56:
        unowned = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ScrubPass = { begunUnixMs, endedUnixMs, shards, bytes, damaged, missing, unowned };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeScrubPass(message: ScrubPass): Uint8Array<ArrayBuffer> {
  return encodeWith(writeScrubPass, message);
}

export function decodeScrubPass(bytes: Uint8Array): ScrubPass {
  return readScrubPass(new Reader(bytes));
}

/** Asks a node how its scrub stands; the answer is a ScrubState. */
export interface ScrubRequest {
  /** Begins a pass at once, and runs it through. */
  now: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeScrubRequest(writer: Writer, message: ScrubRequest): void {
  if (message.now) {
    writer.varint(8);
    writer.varint(message.now ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readScrubRequest(reader: Reader): ScrubRequest {
  let now: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        now = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ScrubRequest = { now };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeScrubRequest(message: ScrubRequest): Uint8Array<ArrayBuffer> {
  return encodeWith(writeScrubRequest, message);
}

export function decodeScrubRequest(bytes: Uint8Array): ScrubRequest {
  return readScrubRequest(new Reader(bytes));
}
