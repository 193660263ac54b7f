// Generated from proto/hamster/replica.proto by `npm run generate`. Do not edit.

import { encodeWith, joinUnknown, missing, Reader, type Writer } from "#format/wire.ts";
import { readHardState, readLogPoint, type HardState, type LogPoint, writeHardState, writeLogPoint } from "./log.ts";
import { readConfState, type ConfState, writeConfState } from "./raft.ts";

/** How far the store has come; a row of the store, written with each batch. */
export interface AppliedState {
  applied: LogPoint;
  /** The newest time a command was stamped with, so that no later one is older. */
  timeUnixMs: number;
  /** Who belongs as of `applied`; without it the node itself, alone. */
  conf?: ConfState | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeAppliedState(writer: Writer, message: AppliedState): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeLogPoint(writer, message.applied);
    writer.end(start);
  }
  if (message.timeUnixMs !== 0) {
    writer.varint(16);
    writer.varint(message.timeUnixMs);
  }
  if (message.conf !== undefined) {
    writer.varint(26);
    const start = writer.begin();
    writeConfState(writer, message.conf);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readAppliedState(reader: Reader): AppliedState {
  let applied: LogPoint | undefined;
  let timeUnixMs: number = 0;
  let conf: ConfState | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        applied = readLogPoint(reader.nested());
        break;
      case 16:
        timeUnixMs = reader.varint();
        break;
      case 26:
        conf = readConfState(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (applied === undefined) throw missing("AppliedState", "applied");
  const message: AppliedState = { applied, timeUnixMs };
  if (conf !== undefined) message.conf = conf;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeAppliedState(message: AppliedState): Uint8Array<ArrayBuffer> {
  return encodeWith(writeAppliedState, message);
}

export function decodeAppliedState(bytes: Uint8Array): AppliedState {
  return readAppliedState(new Reader(bytes));
}

/** Left by a clean stop and gone before the log grows again: the log ended exactly so. */
export interface CleanStop {
  last: LogPoint;
  hardState: HardState;
  /** The end of the log's last synced byte. */
  segment: number;
  offsetBytes: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCleanStop(writer: Writer, message: CleanStop): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeLogPoint(writer, message.last);
    writer.end(start);
  }
  {
    writer.varint(18);
    const start = writer.begin();
    writeHardState(writer, message.hardState);
    writer.end(start);
  }
  if (message.segment !== 0) {
    writer.varint(24);
    writer.varint(message.segment);
  }
  if (message.offsetBytes !== 0) {
    writer.varint(32);
    writer.varint(message.offsetBytes);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCleanStop(reader: Reader): CleanStop {
  let last: LogPoint | undefined;
  let hardState: HardState | undefined;
  let segment: number = 0;
  let offsetBytes: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        last = readLogPoint(reader.nested());
        break;
      case 18:
        hardState = readHardState(reader.nested());
        break;
      case 24:
        segment = reader.varint();
        break;
      case 32:
        offsetBytes = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (last === undefined) throw missing("CleanStop", "last");
  if (hardState === undefined) throw missing("CleanStop", "hardState");
  const message: CleanStop = { last, hardState, segment, offsetBytes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCleanStop(message: CleanStop): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCleanStop, message);
}

export function decodeCleanStop(bytes: Uint8Array): CleanStop {
  return readCleanStop(new Reader(bytes));
}

/** By which number a node belongs to the Raft group: it lives and dies with the log. */
export interface Member {
  raftId: number;
  /** What an earlier member left here is still to be removed. */
  isBeginning: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeMember(writer: Writer, message: Member): void {
  if (message.raftId !== 0) {
    writer.varint(8);
    writer.varint(message.raftId);
  }
  if (message.isBeginning) {
    writer.varint(16);
    writer.varint(message.isBeginning ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readMember(reader: Reader): Member {
  let raftId: number = 0;
  let isBeginning: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        raftId = reader.varint();
        break;
      case 16:
        isBeginning = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Member = { raftId, isBeginning };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeMember(message: Member): Uint8Array<ArrayBuffer> {
  return encodeWith(writeMember, message);
}

export function decodeMember(bytes: Uint8Array): Member {
  return readMember(new Reader(bytes));
}

/** A checkpoint is taking the place of store and log: if the store has it, the log is begun anew. */
export interface Install {
  applied: LogPoint;
  hardState: HardState;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeInstall(writer: Writer, message: Install): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeLogPoint(writer, message.applied);
    writer.end(start);
  }
  {
    writer.varint(18);
    const start = writer.begin();
    writeHardState(writer, message.hardState);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readInstall(reader: Reader): Install {
  let applied: LogPoint | undefined;
  let hardState: HardState | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        applied = readLogPoint(reader.nested());
        break;
      case 18:
        hardState = readHardState(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (applied === undefined) throw missing("Install", "applied");
  if (hardState === undefined) throw missing("Install", "hardState");
  const message: Install = { applied, hardState };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeInstall(message: Install): Uint8Array<ArrayBuffer> {
  return encodeWith(writeInstall, message);
}

export function decodeInstall(bytes: Uint8Array): Install {
  return readInstall(new Reader(bytes));
}
