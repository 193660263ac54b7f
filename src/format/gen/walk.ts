// Generated from proto/hamster/walk.proto by `npm run generate`. Do not edit.

import { encodeWith, enumName, joinUnknown, Reader, type Writer } from "#format/wire.ts";
import { readShardName, type ShardName, writeShardName } from "./pack.ts";

export type WalkPhase = "idle" | "looking" | "pulling" | "waiting" | "paused";
export const walkPhaseNames: readonly WalkPhase[] = ["idle", "looking", "pulling", "waiting", "paused"];

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

/** Asks a node how its walk stands; the answer is a WalkState. */
export interface WalkRequest {
  /** Looks at everything at once. */
  now: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeWalkRequest(writer: Writer, message: WalkRequest): void {
  if (message.now) {
    writer.varint(8);
    writer.varint(message.now ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readWalkRequest(reader: Reader): WalkRequest {
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
  const message: WalkRequest = { now };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeWalkRequest(message: WalkRequest): Uint8Array<ArrayBuffer> {
  return encodeWith(writeWalkRequest, message);
}

export function decodeWalkRequest(bytes: Uint8Array): WalkRequest {
  return readWalkRequest(new Reader(bytes));
}

/** How a node's walk stands. */
export interface WalkState {
  phase: WalkPhase;
  /** Shards of this pass that have come, and all that were missing when it began. */
  doneShards: number;
  totalShards: number;
  doneBytes: number;
  totalBytes: number;
  bytesPerSecond: number;
  /** Shards that could not be had when they were last tried, and may come yet. */
  waitingShards: number;
  /** Nodes that these wait for: they may have them, and do not answer. */
  silentNodes: number[];
  /** Some of them find no room on the node. */
  isFull: boolean;
  /** Shards that no node can give or make any more. */
  lostShards: number;
  /** Shards that were found damaged and are not made anew yet. */
  damagedShards: number;
  /** Of all passes since the node has started. */
  pulledBytesEver: number;
  recoding?: RecodingState | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeWalkState(writer: Writer, message: WalkState): void {
  if (message.phase !== walkPhaseNames[0]) {
    writer.varint(8);
    writer.varint(walkPhaseNames.indexOf(message.phase));
  }
  if (message.doneShards !== 0) {
    writer.varint(16);
    writer.varint(message.doneShards);
  }
  if (message.totalShards !== 0) {
    writer.varint(24);
    writer.varint(message.totalShards);
  }
  if (message.doneBytes !== 0) {
    writer.varint(32);
    writer.varint(message.doneBytes);
  }
  if (message.totalBytes !== 0) {
    writer.varint(40);
    writer.varint(message.totalBytes);
  }
  if (message.bytesPerSecond !== 0) {
    writer.varint(48);
    writer.varint(message.bytesPerSecond);
  }
  if (message.waitingShards !== 0) {
    writer.varint(56);
    writer.varint(message.waitingShards);
  }
  if (message.silentNodes.length > 0) {
    writer.varint(66);
    const start = writer.begin();
    for (const item of message.silentNodes) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.isFull) {
    writer.varint(72);
    writer.varint(message.isFull ? 1 : 0);
  }
  if (message.lostShards !== 0) {
    writer.varint(80);
    writer.varint(message.lostShards);
  }
  if (message.damagedShards !== 0) {
    writer.varint(88);
    writer.varint(message.damagedShards);
  }
  if (message.pulledBytesEver !== 0) {
    writer.varint(96);
    writer.varint(message.pulledBytesEver);
  }
  if (message.recoding !== undefined) {
    writer.varint(106);
    const start = writer.begin();
    writeRecodingState(writer, message.recoding);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readWalkState(reader: Reader): WalkState {
  let phase: WalkPhase = enumName(walkPhaseNames, 0);
  let doneShards: number = 0;
  let totalShards: number = 0;
  let doneBytes: number = 0;
  let totalBytes: number = 0;
  let bytesPerSecond: number = 0;
  let waitingShards: number = 0;
  const silentNodes: number[] = [];
  let isFull: boolean = false;
  let lostShards: number = 0;
  let damagedShards: number = 0;
  let pulledBytesEver: number = 0;
  let recoding: RecodingState | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        phase = enumName(walkPhaseNames, reader.varint());
        break;
      case 16:
        doneShards = reader.varint();
        break;
      case 24:
        totalShards = reader.varint();
        break;
      case 32:
        doneBytes = reader.varint();
        break;
      case 40:
        totalBytes = reader.varint();
        break;
      case 48:
        bytesPerSecond = reader.varint();
        break;
      case 56:
        waitingShards = reader.varint();
        break;
      case 64:
        silentNodes.push(reader.uint32());
        break;
      case 66: {
        const packed = reader.nested();
        while (!packed.done) silentNodes.push(packed.uint32());
        break;
      }
      case 72:
        isFull = reader.bool();
        break;
      case 80:
        lostShards = reader.varint();
        break;
      case 88:
        damagedShards = reader.varint();
        break;
      case 96:
        pulledBytesEver = reader.varint();
        break;
      case 106:
        recoding = readRecodingState(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: WalkState = { phase, doneShards, totalShards, doneBytes, totalBytes, bytesPerSecond, waitingShards, silentNodes, isFull, lostShards, damagedShards, pulledBytesEver };
  if (recoding !== undefined) message.recoding = recoding;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeWalkState(message: WalkState): Uint8Array<ArrayBuffer> {
  return encodeWith(writeWalkState, message);
}

export function decodeWalkState(bytes: Uint8Array): WalkState {
  return readWalkState(new Reader(bytes));
}

/** How a node codes units anew. */
export interface RecodingState {
  /** Since the node has started. */
  recodedBytesEver: number;
  /** Units that could not be coded anew when they were last tried, by what they wait for. */
  unitsWithoutRoom: number;
  unitsWithoutNodes: number;
  unitsUnreadable: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRecodingState(writer: Writer, message: RecodingState): void {
  if (message.recodedBytesEver !== 0) {
    writer.varint(8);
    writer.varint(message.recodedBytesEver);
  }
  if (message.unitsWithoutRoom !== 0) {
    writer.varint(16);
    writer.varint(message.unitsWithoutRoom);
  }
  if (message.unitsWithoutNodes !== 0) {
    writer.varint(24);
    writer.varint(message.unitsWithoutNodes);
  }
  if (message.unitsUnreadable !== 0) {
    writer.varint(32);
    writer.varint(message.unitsUnreadable);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRecodingState(reader: Reader): RecodingState {
  let recodedBytesEver: number = 0;
  let unitsWithoutRoom: number = 0;
  let unitsWithoutNodes: number = 0;
  let unitsUnreadable: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        recodedBytesEver = reader.varint();
        break;
      case 16:
        unitsWithoutRoom = reader.varint();
        break;
      case 24:
        unitsWithoutNodes = reader.varint();
        break;
      case 32:
        unitsUnreadable = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: RecodingState = { recodedBytesEver, unitsWithoutRoom, unitsWithoutNodes, unitsUnreadable };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRecodingState(message: RecodingState): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRecodingState, message);
}

export function decodeRecodingState(bytes: Uint8Array): RecodingState {
  return readRecodingState(new Reader(bytes));
}
