// Generated from proto/hamster/peer.proto by `npm run generate`. Do not edit.

import { encodeWith, enumName, joinUnknown, Reader, type Writer } from "#format/wire.ts";

export type PeerFailureCode = "refused" | "busy";
export const peerFailureCodeNames: readonly PeerFailureCode[] = ["refused", "busy"];

/**
 * Begins every frame between nodes, behind its length in two bytes, little-endian. The frame's body
 * follows as it is: a call's bytes, a stream's message, a Raft message.
 */
export interface PeerHeader {
  frame:
    | { kind: "hello"; value: PeerHello }
    | { kind: "refusal"; value: PeerRefusal }
    | { kind: "ping"; value: PeerPing }
    | { kind: "pong"; value: PeerPong }
    | { kind: "raft"; value: PeerRaft }
    | { kind: "call"; value: PeerCall }
    | { kind: "answer"; value: number }
    | { kind: "failure"; value: PeerFailure }
    | { kind: "cancel"; value: number }
    | { kind: "opening"; value: PeerOpening }
    | { kind: "piece"; value: number }
    | { kind: "end"; value: PeerEnd }
    | { kind: "break"; value: PeerBreak }
    | { kind: "credit"; value: PeerCredit }
    | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerHeader(writer: Writer, message: PeerHeader): void {
  switch (message.frame?.kind) {
    case "hello": {
      writer.varint(10);
      const start = writer.begin();
      writePeerHello(writer, message.frame.value);
      writer.end(start);
      break;
    }
    case "refusal": {
      writer.varint(18);
      const start = writer.begin();
      writePeerRefusal(writer, message.frame.value);
      writer.end(start);
      break;
    }
    case "ping": {
      writer.varint(26);
      const start = writer.begin();
      writePeerPing(writer, message.frame.value);
      writer.end(start);
      break;
    }
    case "pong": {
      writer.varint(34);
      const start = writer.begin();
      writePeerPong(writer, message.frame.value);
      writer.end(start);
      break;
    }
    case "raft": {
      writer.varint(42);
      const start = writer.begin();
      writePeerRaft(writer, message.frame.value);
      writer.end(start);
      break;
    }
    case "call": {
      writer.varint(66);
      const start = writer.begin();
      writePeerCall(writer, message.frame.value);
      writer.end(start);
      break;
    }
    case "answer": {
      writer.varint(72);
      writer.varint(message.frame.value);
      break;
    }
    case "failure": {
      writer.varint(82);
      const start = writer.begin();
      writePeerFailure(writer, message.frame.value);
      writer.end(start);
      break;
    }
    case "cancel": {
      writer.varint(88);
      writer.varint(message.frame.value);
      break;
    }
    case "opening": {
      writer.varint(130);
      const start = writer.begin();
      writePeerOpening(writer, message.frame.value);
      writer.end(start);
      break;
    }
    case "piece": {
      writer.varint(136);
      writer.varint(message.frame.value);
      break;
    }
    case "end": {
      writer.varint(146);
      const start = writer.begin();
      writePeerEnd(writer, message.frame.value);
      writer.end(start);
      break;
    }
    case "break": {
      writer.varint(154);
      const start = writer.begin();
      writePeerBreak(writer, message.frame.value);
      writer.end(start);
      break;
    }
    case "credit": {
      writer.varint(162);
      const start = writer.begin();
      writePeerCredit(writer, message.frame.value);
      writer.end(start);
      break;
    }
    case undefined:
      break;
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerHeader(reader: Reader): PeerHeader {
  let frame: PeerHeader["frame"];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        frame = { kind: "hello", value: readPeerHello(reader.nested()) };
        break;
      case 18:
        frame = { kind: "refusal", value: readPeerRefusal(reader.nested()) };
        break;
      case 26:
        frame = { kind: "ping", value: readPeerPing(reader.nested()) };
        break;
      case 34:
        frame = { kind: "pong", value: readPeerPong(reader.nested()) };
        break;
      case 42:
        frame = { kind: "raft", value: readPeerRaft(reader.nested()) };
        break;
      case 66:
        frame = { kind: "call", value: readPeerCall(reader.nested()) };
        break;
      case 72:
        frame = { kind: "answer", value: reader.varint() };
        break;
      case 82:
        frame = { kind: "failure", value: readPeerFailure(reader.nested()) };
        break;
      case 88:
        frame = { kind: "cancel", value: reader.varint() };
        break;
      case 130:
        frame = { kind: "opening", value: readPeerOpening(reader.nested()) };
        break;
      case 136:
        frame = { kind: "piece", value: reader.varint() };
        break;
      case 146:
        frame = { kind: "end", value: readPeerEnd(reader.nested()) };
        break;
      case 154:
        frame = { kind: "break", value: readPeerBreak(reader.nested()) };
        break;
      case 162:
        frame = { kind: "credit", value: readPeerCredit(reader.nested()) };
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerHeader = { frame };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerHeader(message: PeerHeader): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerHeader, message);
}

export function decodePeerHeader(bytes: Uint8Array): PeerHeader {
  return readPeerHeader(new Reader(bytes));
}

/** The first frame each way: who speaks. */
export interface PeerHello {
  clusterId: Uint8Array;
  epoch: number;
  node: number;
  /** How many bytes of a stream's messages, with 64 more for each, may be under way to it. */
  streamWindowBytes: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerHello(writer: Writer, message: PeerHello): void {
  if (message.clusterId.length > 0) {
    writer.varint(10);
    writer.bytes(message.clusterId);
  }
  if (message.epoch !== 0) {
    writer.varint(16);
    writer.varint(message.epoch);
  }
  if (message.node !== 0) {
    writer.varint(24);
    writer.varint(message.node);
  }
  if (message.streamWindowBytes !== 0) {
    writer.varint(32);
    writer.varint(message.streamWindowBytes);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerHello(reader: Reader): PeerHello {
  let clusterId: Uint8Array = new Uint8Array(0);
  let epoch: number = 0;
  let node: number = 0;
  let streamWindowBytes: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        clusterId = reader.bytes();
        break;
      case 16:
        epoch = reader.uint32();
        break;
      case 24:
        node = reader.uint32();
        break;
      case 32:
        streamWindowBytes = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerHello = { clusterId, epoch, node, streamWindowBytes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerHello(message: PeerHello): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerHello, message);
}

export function decodePeerHello(bytes: Uint8Array): PeerHello {
  return readPeerHello(new Reader(bytes));
}

/** Instead of a hello: a node that is known is told why it is not heard. */
export interface PeerRefusal {
  reason: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerRefusal(writer: Writer, message: PeerRefusal): void {
  if (message.reason !== "") {
    writer.varint(10);
    writer.string(message.reason);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerRefusal(reader: Reader): PeerRefusal {
  let reason: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        reason = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerRefusal = { reason };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerRefusal(message: PeerRefusal): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerRefusal, message);
}

export function decodePeerRefusal(bytes: Uint8Array): PeerRefusal {
  return readPeerRefusal(new Reader(bytes));
}

/** Asks for a sign of life. */
export interface PeerPing {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerPing(writer: Writer, message: PeerPing): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerPing(reader: Reader): PeerPing {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerPing = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerPing(message: PeerPing): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerPing, message);
}

export function decodePeerPing(bytes: Uint8Array): PeerPing {
  return readPeerPing(new Reader(bytes));
}

/** The sign of life. */
export interface PeerPong {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerPong(writer: Writer, message: PeerPong): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerPong(reader: Reader): PeerPong {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerPong = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerPong(message: PeerPong): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerPong, message);
}

export function decodePeerPong(bytes: Uint8Array): PeerPong {
  return readPeerPong(new Reader(bytes));
}

export interface PeerRaft {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerRaft(writer: Writer, message: PeerRaft): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerRaft(reader: Reader): PeerRaft {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerRaft = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerRaft(message: PeerRaft): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerRaft, message);
}

export function decodePeerRaft(bytes: Uint8Array): PeerRaft {
  return readPeerRaft(new Reader(bytes));
}

/** A call; numbers count up on a connection. */
export interface PeerCall {
  number: number;
  service: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerCall(writer: Writer, message: PeerCall): void {
  if (message.number !== 0) {
    writer.varint(8);
    writer.varint(message.number);
  }
  if (message.service !== "") {
    writer.varint(18);
    writer.string(message.service);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerCall(reader: Reader): PeerCall {
  let number: number = 0;
  let service: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        number = reader.varint();
        break;
      case 18:
        service = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerCall = { number, service };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerCall(message: PeerCall): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerCall, message);
}

export function decodePeerCall(bytes: Uint8Array): PeerCall {
  return readPeerCall(new Reader(bytes));
}

/** Answers a call that came to nothing. */
export interface PeerFailure {
  number: number;
  code: PeerFailureCode;
  reason: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerFailure(writer: Writer, message: PeerFailure): void {
  if (message.number !== 0) {
    writer.varint(8);
    writer.varint(message.number);
  }
  if (message.code !== peerFailureCodeNames[0]) {
    writer.varint(16);
    writer.varint(peerFailureCodeNames.indexOf(message.code));
  }
  if (message.reason !== "") {
    writer.varint(26);
    writer.string(message.reason);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerFailure(reader: Reader): PeerFailure {
  let number: number = 0;
  let code: PeerFailureCode = enumName(peerFailureCodeNames, 0);
  let reason: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        number = reader.varint();
        break;
      case 16:
        code = enumName(peerFailureCodeNames, reader.varint());
        break;
      case 26:
        reason = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerFailure = { number, code, reason };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerFailure(message: PeerFailure): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerFailure, message);
}

export function decodePeerFailure(bytes: Uint8Array): PeerFailure {
  return readPeerFailure(new Reader(bytes));
}

/** Opens a stream; numbers count up on a connection. */
export interface PeerOpening {
  number: number;
  service: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerOpening(writer: Writer, message: PeerOpening): void {
  if (message.number !== 0) {
    writer.varint(8);
    writer.varint(message.number);
  }
  if (message.service !== "") {
    writer.varint(18);
    writer.string(message.service);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerOpening(reader: Reader): PeerOpening {
  let number: number = 0;
  let service: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        number = reader.varint();
        break;
      case 18:
        service = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerOpening = { number, service };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerOpening(message: PeerOpening): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerOpening, message);
}

export function decodePeerOpening(bytes: Uint8Array): PeerOpening {
  return readPeerOpening(new Reader(bytes));
}

/** Nothing more comes this way. */
export interface PeerEnd {
  number: number;
  /** Nor is anything more read. */
  isOver: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerEnd(writer: Writer, message: PeerEnd): void {
  if (message.number !== 0) {
    writer.varint(8);
    writer.varint(message.number);
  }
  if (message.isOver) {
    writer.varint(16);
    writer.varint(message.isOver ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerEnd(reader: Reader): PeerEnd {
  let number: number = 0;
  let isOver: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        number = reader.varint();
        break;
      case 16:
        isOver = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerEnd = { number, isOver };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerEnd(message: PeerEnd): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerEnd, message);
}

export function decodePeerEnd(bytes: Uint8Array): PeerEnd {
  return readPeerEnd(new Reader(bytes));
}

/** The stream broke, both ways. */
export interface PeerBreak {
  number: number;
  code: PeerFailureCode;
  reason: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerBreak(writer: Writer, message: PeerBreak): void {
  if (message.number !== 0) {
    writer.varint(8);
    writer.varint(message.number);
  }
  if (message.code !== peerFailureCodeNames[0]) {
    writer.varint(16);
    writer.varint(peerFailureCodeNames.indexOf(message.code));
  }
  if (message.reason !== "") {
    writer.varint(26);
    writer.string(message.reason);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerBreak(reader: Reader): PeerBreak {
  let number: number = 0;
  let code: PeerFailureCode = enumName(peerFailureCodeNames, 0);
  let reason: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        number = reader.varint();
        break;
      case 16:
        code = enumName(peerFailureCodeNames, reader.varint());
        break;
      case 26:
        reason = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerBreak = { number, code, reason };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerBreak(message: PeerBreak): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerBreak, message);
}

export function decodePeerBreak(bytes: Uint8Array): PeerBreak {
  return readPeerBreak(new Reader(bytes));
}

/** So much more may be sent. */
export interface PeerCredit {
  number: number;
  sizeBytes: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerCredit(writer: Writer, message: PeerCredit): void {
  if (message.number !== 0) {
    writer.varint(8);
    writer.varint(message.number);
  }
  if (message.sizeBytes !== 0) {
    writer.varint(16);
    writer.varint(message.sizeBytes);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerCredit(reader: Reader): PeerCredit {
  let number: number = 0;
  let sizeBytes: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        number = reader.varint();
        break;
      case 16:
        sizeBytes = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerCredit = { number, sizeBytes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerCredit(message: PeerCredit): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerCredit, message);
}

export function decodePeerCredit(bytes: Uint8Array): PeerCredit {
  return readPeerCredit(new Reader(bytes));
}
