// Generated from proto/hamster/raft.proto by `npm run generate`. Do not edit.

import { encodeWith, enumName, joinUnknown, missing, Reader, type Writer } from "#format/wire.ts";
import { readLogEntry, readLogPoint, type LogEntry, type LogPoint, writeLogEntry, writeLogPoint } from "./log.ts";

export type ConfTransition = "auto" | "implicit" | "explicit" | "alone";
export const confTransitionNames: readonly ConfTransition[] = ["auto", "implicit", "explicit", "alone"];

export type MemberOperation = "voter" | "learner" | "remove" | "update";
export const memberOperationNames: readonly MemberOperation[] = ["voter", "learner", "remove", "update"];

export type RaftMessageType = "app" | "app-resp" | "vote" | "vote-resp" | "pre-vote" | "pre-vote-resp" | "snap" | "heartbeat" | "heartbeat-resp" | "timeout-now" | "transfer-leader" | "read-index" | "read-index-resp";
export const raftMessageTypeNames: readonly RaftMessageType[] = ["app", "app-resp", "vote", "vote-resp", "pre-vote", "pre-vote-resp", "snap", "heartbeat", "heartbeat-resp", "timeout-now", "transfer-leader", "read-index", "read-index-resp"];

export type ForwardOutcome = "logged" | "not-leader" | "busy";
export const forwardOutcomeNames: readonly ForwardOutcome[] = ["logged", "not-leader", "busy"];

/** Who belongs to the Raft group, by Raft id. All lists ascend. */
export interface ConfState {
  voters: number[];
  learners: number[];
  /** The voters before the change that is under way, whose majority still counts too. */
  votersOutgoing: number[];
  /** Outgoing voters that become learners once the change is through. */
  learnersNext: number[];
  /** The leader ends the change by itself. */
  autoLeave: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeConfState(writer: Writer, message: ConfState): void {
  if (message.voters.length > 0) {
    writer.varint(10);
    const start = writer.begin();
    for (const item of message.voters) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.learners.length > 0) {
    writer.varint(18);
    const start = writer.begin();
    for (const item of message.learners) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.votersOutgoing.length > 0) {
    writer.varint(26);
    const start = writer.begin();
    for (const item of message.votersOutgoing) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.learnersNext.length > 0) {
    writer.varint(34);
    const start = writer.begin();
    for (const item of message.learnersNext) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.autoLeave) {
    writer.varint(40);
    writer.varint(message.autoLeave ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readConfState(reader: Reader): ConfState {
  const voters: number[] = [];
  const learners: number[] = [];
  const votersOutgoing: number[] = [];
  const learnersNext: number[] = [];
  let autoLeave: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        voters.push(reader.varint());
        break;
      case 10: {
        const packed = reader.nested();
        while (!packed.done) voters.push(packed.varint());
        break;
      }
      case 16:
        learners.push(reader.varint());
        break;
      case 18: {
        const packed = reader.nested();
        while (!packed.done) learners.push(packed.varint());
        break;
      }
      case 24:
        votersOutgoing.push(reader.varint());
        break;
      case 26: {
        const packed = reader.nested();
        while (!packed.done) votersOutgoing.push(packed.varint());
        break;
      }
      case 32:
        learnersNext.push(reader.varint());
        break;
      case 34: {
        const packed = reader.nested();
        while (!packed.done) learnersNext.push(packed.varint());
        break;
      }
      case 40:
        autoLeave = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ConfState = { voters, learners, votersOutgoing, learnersNext, autoLeave };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeConfState(message: ConfState): Uint8Array<ArrayBuffer> {
  return encodeWith(writeConfState, message);
}

export function decodeConfState(bytes: Uint8Array): ConfState {
  return readConfState(new Reader(bytes));
}

export interface MemberChange {
  op: MemberOperation;
  id: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeMemberChange(writer: Writer, message: MemberChange): void {
  if (message.op !== memberOperationNames[0]) {
    writer.varint(8);
    writer.varint(memberOperationNames.indexOf(message.op));
  }
  if (message.id !== 0) {
    writer.varint(16);
    writer.varint(message.id);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readMemberChange(reader: Reader): MemberChange {
  let op: MemberOperation = enumName(memberOperationNames, 0);
  let id: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        op = enumName(memberOperationNames, reader.varint());
        break;
      case 16:
        id = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: MemberChange = { op, id };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeMemberChange(message: MemberChange): Uint8Array<ArrayBuffer> {
  return encodeWith(writeMemberChange, message);
}

export function decodeMemberChange(bytes: Uint8Array): MemberChange {
  return readMemberChange(new Reader(bytes));
}

/** The data of a log entry that changes who belongs. Without changes it ends a change under way. */
export interface ConfChange {
  transition: ConfTransition;
  changes: MemberChange[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeConfChange(writer: Writer, message: ConfChange): void {
  if (message.transition !== confTransitionNames[0]) {
    writer.varint(8);
    writer.varint(confTransitionNames.indexOf(message.transition));
  }
  for (const item of message.changes) {
    writer.varint(18);
    const start = writer.begin();
    writeMemberChange(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readConfChange(reader: Reader): ConfChange {
  let transition: ConfTransition = enumName(confTransitionNames, 0);
  const changes: MemberChange[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        transition = enumName(confTransitionNames, reader.varint());
        break;
      case 18:
        changes.push(readMemberChange(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ConfChange = { transition, changes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeConfChange(message: ConfChange): Uint8Array<ArrayBuffer> {
  return encodeWith(writeConfChange, message);
}

export function decodeConfChange(bytes: Uint8Array): ConfChange {
  return readConfChange(new Reader(bytes));
}

/** Says which checkpoint there is; its bytes are streamed apart. */
export interface RaftSnapshot {
  point: LogPoint;
  conf: ConfState;
  /** The sender's log holds the entries from here on. */
  logFirstIndex: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRaftSnapshot(writer: Writer, message: RaftSnapshot): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeLogPoint(writer, message.point);
    writer.end(start);
  }
  {
    writer.varint(18);
    const start = writer.begin();
    writeConfState(writer, message.conf);
    writer.end(start);
  }
  if (message.logFirstIndex !== 0) {
    writer.varint(24);
    writer.varint(message.logFirstIndex);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRaftSnapshot(reader: Reader): RaftSnapshot {
  let point: LogPoint | undefined;
  let conf: ConfState | undefined;
  let logFirstIndex: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        point = readLogPoint(reader.nested());
        break;
      case 18:
        conf = readConfState(reader.nested());
        break;
      case 24:
        logFirstIndex = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (point === undefined) throw missing("RaftSnapshot", "point");
  if (conf === undefined) throw missing("RaftSnapshot", "conf");
  const message: RaftSnapshot = { point, conf, logFirstIndex };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRaftSnapshot(message: RaftSnapshot): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRaftSnapshot, message);
}

export function decodeRaftSnapshot(bytes: Uint8Array): RaftSnapshot {
  return readRaftSnapshot(new Reader(bytes));
}

/** What members of a Raft group tell each other. */
export interface RaftMessage {
  type: RaftMessageType;
  from: number;
  to: number;
  term: number;
  logTerm: number;
  index: number;
  commit: number;
  entries: LogEntry[];
  reject: boolean;
  rejectHint: number;
  snapshot?: RaftSnapshot | undefined;
  context?: Uint8Array | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRaftMessage(writer: Writer, message: RaftMessage): void {
  if (message.type !== raftMessageTypeNames[0]) {
    writer.varint(8);
    writer.varint(raftMessageTypeNames.indexOf(message.type));
  }
  if (message.from !== 0) {
    writer.varint(16);
    writer.varint(message.from);
  }
  if (message.to !== 0) {
    writer.varint(24);
    writer.varint(message.to);
  }
  if (message.term !== 0) {
    writer.varint(32);
    writer.varint(message.term);
  }
  if (message.logTerm !== 0) {
    writer.varint(40);
    writer.varint(message.logTerm);
  }
  if (message.index !== 0) {
    writer.varint(48);
    writer.varint(message.index);
  }
  if (message.commit !== 0) {
    writer.varint(56);
    writer.varint(message.commit);
  }
  for (const item of message.entries) {
    writer.varint(66);
    const start = writer.begin();
    writeLogEntry(writer, item);
    writer.end(start);
  }
  if (message.reject) {
    writer.varint(72);
    writer.varint(message.reject ? 1 : 0);
  }
  if (message.rejectHint !== 0) {
    writer.varint(80);
    writer.varint(message.rejectHint);
  }
  if (message.snapshot !== undefined) {
    writer.varint(90);
    const start = writer.begin();
    writeRaftSnapshot(writer, message.snapshot);
    writer.end(start);
  }
  if (message.context !== undefined) {
    writer.varint(98);
    writer.bytes(message.context);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRaftMessage(reader: Reader): RaftMessage {
  let type: RaftMessageType = enumName(raftMessageTypeNames, 0);
  let from: number = 0;
  let to: number = 0;
  let term: number = 0;
  let logTerm: number = 0;
  let index: number = 0;
  let commit: number = 0;
  const entries: LogEntry[] = [];
  let reject: boolean = false;
  let rejectHint: number = 0;
  let snapshot: RaftSnapshot | undefined;
  let context: Uint8Array | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        type = enumName(raftMessageTypeNames, reader.varint());
        break;
      case 16:
        from = reader.varint();
        break;
      case 24:
        to = reader.varint();
        break;
      case 32:
        term = reader.varint();
        break;
      case 40:
        logTerm = reader.varint();
        break;
      case 48:
        index = reader.varint();
        break;
      case 56:
        commit = reader.varint();
        break;
      case 66:
        entries.push(readLogEntry(reader.nested()));
        break;
      case 72:
        reject = reader.bool();
        break;
      case 80:
        rejectHint = reader.varint();
        break;
      case 90:
        snapshot = readRaftSnapshot(reader.nested());
        break;
      case 98:
        context = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: RaftMessage = { type, from, to, term, logTerm, index, commit, entries, reject, rejectHint };
  if (snapshot !== undefined) message.snapshot = snapshot;
  if (context !== undefined) message.context = context;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRaftMessage(message: RaftMessage): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRaftMessage, message);
}

export function decodeRaftMessage(bytes: Uint8Array): RaftMessage {
  return readRaftMessage(new Reader(bytes));
}

/** What goes over the wire: a message, or one of several parts of a long one, in order. */
export interface RaftFrame {
  /** A part of an encoded RaftMessage. */
  part: Uint8Array;
  /** From 0. */
  partIndex: number;
  isLast: boolean;
  /** The sender's wall clock when it left. */
  timeUnixMs: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRaftFrame(writer: Writer, message: RaftFrame): void {
  if (message.part.length > 0) {
    writer.varint(10);
    writer.bytes(message.part);
  }
  if (message.partIndex !== 0) {
    writer.varint(16);
    writer.varint(message.partIndex);
  }
  if (message.isLast) {
    writer.varint(24);
    writer.varint(message.isLast ? 1 : 0);
  }
  if (message.timeUnixMs !== 0) {
    writer.varint(32);
    writer.varint(message.timeUnixMs);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRaftFrame(reader: Reader): RaftFrame {
  let part: Uint8Array = new Uint8Array(0);
  let partIndex: number = 0;
  let isLast: boolean = false;
  let timeUnixMs: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        part = reader.bytes();
        break;
      case 16:
        partIndex = reader.uint32();
        break;
      case 24:
        isLast = reader.bool();
        break;
      case 32:
        timeUnixMs = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: RaftFrame = { part, partIndex, isLast, timeUnixMs };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRaftFrame(message: RaftFrame): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRaftFrame, message);
}

export function decodeRaftFrame(bytes: Uint8Array): RaftFrame {
  return readRaftFrame(new Reader(bytes));
}

/** Commands that a node asks the leader to put into the log, without stamps. */
export interface ForwardedCommands {
  commands: Uint8Array[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeForwardedCommands(writer: Writer, message: ForwardedCommands): void {
  for (const item of message.commands) {
    writer.varint(10);
    writer.bytes(item);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readForwardedCommands(reader: Reader): ForwardedCommands {
  const commands: Uint8Array[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        commands.push(reader.bytes());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ForwardedCommands = { commands };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeForwardedCommands(message: ForwardedCommands): Uint8Array<ArrayBuffer> {
  return encodeWith(writeForwardedCommands, message);
}

export function decodeForwardedCommands(bytes: Uint8Array): ForwardedCommands {
  return readForwardedCommands(new Reader(bytes));
}

export interface ForwardAnswer {
  outcome: ForwardOutcome;
  term: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeForwardAnswer(writer: Writer, message: ForwardAnswer): void {
  if (message.outcome !== forwardOutcomeNames[0]) {
    writer.varint(8);
    writer.varint(forwardOutcomeNames.indexOf(message.outcome));
  }
  if (message.term !== 0) {
    writer.varint(16);
    writer.varint(message.term);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readForwardAnswer(reader: Reader): ForwardAnswer {
  let outcome: ForwardOutcome = enumName(forwardOutcomeNames, 0);
  let term: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        outcome = enumName(forwardOutcomeNames, reader.varint());
        break;
      case 16:
        term = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ForwardAnswer = { outcome, term };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeForwardAnswer(message: ForwardAnswer): Uint8Array<ArrayBuffer> {
  return encodeWith(writeForwardAnswer, message);
}

export function decodeForwardAnswer(bytes: Uint8Array): ForwardAnswer {
  return readForwardAnswer(new Reader(bytes));
}

/** What a member answers to a survivor that is to go on alone. */
export interface MemberStanding {
  /** The last entry in its log. */
  last: LogPoint;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeMemberStanding(writer: Writer, message: MemberStanding): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeLogPoint(writer, message.last);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readMemberStanding(reader: Reader): MemberStanding {
  let last: LogPoint | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        last = readLogPoint(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (last === undefined) throw missing("MemberStanding", "last");
  const message: MemberStanding = { last };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeMemberStanding(message: MemberStanding): Uint8Array<ArrayBuffer> {
  return encodeWith(writeMemberStanding, message);
}

export function decodeMemberStanding(bytes: Uint8Array): MemberStanding {
  return readMemberStanding(new Reader(bytes));
}

/** Asks what a check has come to here. */
export interface CheckQuestion {
  name: Uint8Array;
  /** Most replicas have this hash: one that has another has a wrong store. */
  right?: Uint8Array | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCheckQuestion(writer: Writer, message: CheckQuestion): void {
  if (message.name.length > 0) {
    writer.varint(10);
    writer.bytes(message.name);
  }
  if (message.right !== undefined) {
    writer.varint(18);
    writer.bytes(message.right);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCheckQuestion(reader: Reader): CheckQuestion {
  let name: Uint8Array = new Uint8Array(0);
  let right: Uint8Array | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        name = reader.bytes();
        break;
      case 18:
        right = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CheckQuestion = { name };
  if (right !== undefined) message.right = right;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCheckQuestion(message: CheckQuestion): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCheckQuestion, message);
}

export function decodeCheckQuestion(bytes: Uint8Array): CheckQuestion {
  return readCheckQuestion(new Reader(bytes));
}

/** Without a hash: the check has not been run here, or not yet. */
export interface CheckAnswer {
  hash?: Uint8Array | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCheckAnswer(writer: Writer, message: CheckAnswer): void {
  if (message.hash !== undefined) {
    writer.varint(10);
    writer.bytes(message.hash);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCheckAnswer(reader: Reader): CheckAnswer {
  let hash: Uint8Array | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        hash = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CheckAnswer = {  };
  if (hash !== undefined) message.hash = hash;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCheckAnswer(message: CheckAnswer): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCheckAnswer, message);
}

export function decodeCheckAnswer(bytes: Uint8Array): CheckAnswer {
  return readCheckAnswer(new Reader(bytes));
}

/** Asks which checkpoint there is that reaches an entry. Where there is none, one is written. */
export interface CheckpointQuestion {
  indexMin: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCheckpointQuestion(writer: Writer, message: CheckpointQuestion): void {
  if (message.indexMin !== 0) {
    writer.varint(8);
    writer.varint(message.indexMin);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCheckpointQuestion(reader: Reader): CheckpointQuestion {
  let indexMin: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        indexMin = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CheckpointQuestion = { indexMin };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCheckpointQuestion(message: CheckpointQuestion): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCheckpointQuestion, message);
}

export function decodeCheckpointQuestion(bytes: Uint8Array): CheckpointQuestion {
  return readCheckpointQuestion(new Reader(bytes));
}

/** Without a point: not yet. */
export interface CheckpointAnswer {
  point?: LogPoint | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCheckpointAnswer(writer: Writer, message: CheckpointAnswer): void {
  if (message.point !== undefined) {
    writer.varint(10);
    const start = writer.begin();
    writeLogPoint(writer, message.point);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCheckpointAnswer(reader: Reader): CheckpointAnswer {
  let point: LogPoint | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        point = readLogPoint(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CheckpointAnswer = {  };
  if (point !== undefined) message.point = point;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCheckpointAnswer(message: CheckpointAnswer): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCheckpointAnswer, message);
}

export function decodeCheckpointAnswer(bytes: Uint8Array): CheckpointAnswer {
  return readCheckpointAnswer(new Reader(bytes));
}

/** Asks for a checkpoint's bytes from an offset on. */
export interface CheckpointRequest {
  point: LogPoint;
  offsetBytes: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCheckpointRequest(writer: Writer, message: CheckpointRequest): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeLogPoint(writer, message.point);
    writer.end(start);
  }
  if (message.offsetBytes !== 0) {
    writer.varint(16);
    writer.varint(message.offsetBytes);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCheckpointRequest(reader: Reader): CheckpointRequest {
  let point: LogPoint | undefined;
  let offsetBytes: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        point = readLogPoint(reader.nested());
        break;
      case 16:
        offsetBytes = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (point === undefined) throw missing("CheckpointRequest", "point");
  const message: CheckpointRequest = { point, offsetBytes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCheckpointRequest(message: CheckpointRequest): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCheckpointRequest, message);
}

export function decodeCheckpointRequest(bytes: Uint8Array): CheckpointRequest {
  return readCheckpointRequest(new Reader(bytes));
}

/** The first message back; the bytes follow. */
export interface CheckpointOffer {
  sizeBytes: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCheckpointOffer(writer: Writer, message: CheckpointOffer): void {
  if (message.sizeBytes !== 0) {
    writer.varint(8);
    writer.varint(message.sizeBytes);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCheckpointOffer(reader: Reader): CheckpointOffer {
  let sizeBytes: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        sizeBytes = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CheckpointOffer = { sizeBytes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCheckpointOffer(message: CheckpointOffer): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCheckpointOffer, message);
}

export function decodeCheckpointOffer(bytes: Uint8Array): CheckpointOffer {
  return readCheckpointOffer(new Reader(bytes));
}
