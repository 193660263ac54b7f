// Generated from proto/hamster/join.proto by `npm run generate`. Do not edit.

import { encodeWith, enumName, joinUnknown, missing, Reader, type Writer } from "#format/wire.ts";

export type JoinRefusalCode = "unavailable" | "foreign-cluster" | "unknown-token" | "expired-token" | "too-old" | "stranger" | "removed" | "invalid";
export const joinRefusalCodeNames: readonly JoinRefusalCode[] = ["unavailable", "foreign-cluster", "unknown-token", "expired-token", "too-old", "stranger", "removed", "invalid"];

/** What a join token says, behind its prefix and its checksum: see src/cluster/join-token.ts. */
export interface TokenContent {
  clusterId: Uint8Array;
  /** Nobody can guess it, and the state keeps only its hash. */
  secret: Uint8Array;
  /** For people; whether it has expired is decided when the join is applied. */
  expiresUnixMs: number;
  /** Whom to ask, in this order. */
  members: TokenMember[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeTokenContent(writer: Writer, message: TokenContent): void {
  if (message.clusterId.length > 0) {
    writer.varint(10);
    writer.bytes(message.clusterId);
  }
  if (message.secret.length > 0) {
    writer.varint(18);
    writer.bytes(message.secret);
  }
  if (message.expiresUnixMs !== 0) {
    writer.varint(24);
    writer.varint(message.expiresUnixMs);
  }
  for (const item of message.members) {
    writer.varint(34);
    const start = writer.begin();
    writeTokenMember(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readTokenContent(reader: Reader): TokenContent {
  let clusterId: Uint8Array = new Uint8Array(0);
  let secret: Uint8Array = new Uint8Array(0);
  let expiresUnixMs: number = 0;
  const members: TokenMember[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        clusterId = reader.bytes();
        break;
      case 18:
        secret = reader.bytes();
        break;
      case 24:
        expiresUnixMs = reader.varint();
        break;
      case 34:
        members.push(readTokenMember(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: TokenContent = { clusterId, secret, expiresUnixMs, members };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeTokenContent(message: TokenContent): Uint8Array<ArrayBuffer> {
  return encodeWith(writeTokenContent, message);
}

export function decodeTokenContent(bytes: Uint8Array): TokenContent {
  return readTokenContent(new Reader(bytes));
}

/** A member that takes joiners: where it is, and what it has to prove. */
export interface TokenMember {
  addresses: string[];
  /** SHA-256 of its public key. */
  keyFingerprint: Uint8Array;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeTokenMember(writer: Writer, message: TokenMember): void {
  for (const item of message.addresses) {
    writer.varint(10);
    writer.string(item);
  }
  if (message.keyFingerprint.length > 0) {
    writer.varint(18);
    writer.bytes(message.keyFingerprint);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readTokenMember(reader: Reader): TokenMember {
  const addresses: string[] = [];
  let keyFingerprint: Uint8Array = new Uint8Array(0);
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        addresses.push(reader.string());
        break;
      case 18:
        keyFingerprint = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: TokenMember = { addresses, keyFingerprint };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeTokenMember(message: TokenMember): Uint8Array<ArrayBuffer> {
  return encodeWith(writeTokenMember, message);
}

export function decodeTokenMember(bytes: Uint8Array): TokenMember {
  return readTokenMember(new Reader(bytes));
}

/** What a node says of itself when it joins, and to members that may not know its new addresses. */
export interface NodeFacts {
  /** What people call it; the number it is given is what it is known by. */
  name: string;
  /** `host:port`, to be tried in order. */
  addresses: string[];
  /** The machine it runs on: nodes on one are lost together. */
  host: string;
  zone: string;
  /** How much it takes, beside the others': usable GiB. */
  weight: number;
  /** The highest feature level that its program knows. */
  featureLevel: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeNodeFacts(writer: Writer, message: NodeFacts): void {
  if (message.name !== "") {
    writer.varint(10);
    writer.string(message.name);
  }
  for (const item of message.addresses) {
    writer.varint(18);
    writer.string(item);
  }
  if (message.host !== "") {
    writer.varint(26);
    writer.string(message.host);
  }
  if (message.zone !== "") {
    writer.varint(34);
    writer.string(message.zone);
  }
  if (message.weight !== 0) {
    writer.varint(40);
    writer.varint(message.weight);
  }
  if (message.featureLevel !== 0) {
    writer.varint(48);
    writer.varint(message.featureLevel);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readNodeFacts(reader: Reader): NodeFacts {
  let name: string = "";
  const addresses: string[] = [];
  let host: string = "";
  let zone: string = "";
  let weight: number = 0;
  let featureLevel: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        name = reader.string();
        break;
      case 18:
        addresses.push(reader.string());
        break;
      case 26:
        host = reader.string();
        break;
      case 34:
        zone = reader.string();
        break;
      case 40:
        weight = reader.uint32();
        break;
      case 48:
        featureLevel = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: NodeFacts = { name, addresses, host, zone, weight, featureLevel };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeNodeFacts(message: NodeFacts): Uint8Array<ArrayBuffer> {
  return encodeWith(writeNodeFacts, message);
}

export function decodeNodeFacts(bytes: Uint8Array): NodeFacts {
  return readNodeFacts(new Reader(bytes));
}

/** The first and only frame of a joiner, which has proven its key. */
export interface JoinRequest {
  /** Of the cluster that it wants to be in. */
  clusterId: Uint8Array;
  /** The token's. None: the key is a member's, who has lost its log or was left behind. */
  secret: Uint8Array;
  facts: NodeFacts;
  /** The node whose place it takes; 0 for none. */
  replaces: number;
  /** Without a token: the Raft id that its log was lost with, so that one loss is answered once. */
  lostRaftId: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeJoinRequest(writer: Writer, message: JoinRequest): void {
  if (message.clusterId.length > 0) {
    writer.varint(10);
    writer.bytes(message.clusterId);
  }
  if (message.secret.length > 0) {
    writer.varint(18);
    writer.bytes(message.secret);
  }
  {
    writer.varint(26);
    const start = writer.begin();
    writeNodeFacts(writer, message.facts);
    writer.end(start);
  }
  if (message.replaces !== 0) {
    writer.varint(32);
    writer.varint(message.replaces);
  }
  if (message.lostRaftId !== 0) {
    writer.varint(40);
    writer.varint(message.lostRaftId);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readJoinRequest(reader: Reader): JoinRequest {
  let clusterId: Uint8Array = new Uint8Array(0);
  let secret: Uint8Array = new Uint8Array(0);
  let facts: NodeFacts | undefined;
  let replaces: number = 0;
  let lostRaftId: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        clusterId = reader.bytes();
        break;
      case 18:
        secret = reader.bytes();
        break;
      case 26:
        facts = readNodeFacts(reader.nested());
        break;
      case 32:
        replaces = reader.uint32();
        break;
      case 40:
        lostRaftId = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (facts === undefined) throw missing("JoinRequest", "facts");
  const message: JoinRequest = { clusterId, secret, facts, replaces, lostRaftId };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeJoinRequest(message: JoinRequest): Uint8Array<ArrayBuffer> {
  return encodeWith(writeJoinRequest, message);
}

export function decodeJoinRequest(bytes: Uint8Array): JoinRequest {
  return readJoinRequest(new Reader(bytes));
}

/** A member as others have to know it. */
export interface PeerSeed {
  node: number;
  keyFingerprints: Uint8Array[];
  addresses: string[];
  /** What it is in the log's group. */
  raftId: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePeerSeed(writer: Writer, message: PeerSeed): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
  }
  for (const item of message.keyFingerprints) {
    writer.varint(18);
    writer.bytes(item);
  }
  for (const item of message.addresses) {
    writer.varint(26);
    writer.string(item);
  }
  if (message.raftId !== 0) {
    writer.varint(32);
    writer.varint(message.raftId);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPeerSeed(reader: Reader): PeerSeed {
  let node: number = 0;
  const keyFingerprints: Uint8Array[] = [];
  const addresses: string[] = [];
  let raftId: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        node = reader.uint32();
        break;
      case 18:
        keyFingerprints.push(reader.bytes());
        break;
      case 26:
        addresses.push(reader.string());
        break;
      case 32:
        raftId = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PeerSeed = { node, keyFingerprints, addresses, raftId };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePeerSeed(message: PeerSeed): Uint8Array<ArrayBuffer> {
  return encodeWith(writePeerSeed, message);
}

export function decodePeerSeed(bytes: Uint8Array): PeerSeed {
  return readPeerSeed(new Reader(bytes));
}

/** Who belongs to the cluster, as it was known when so many entries of the log were applied. */
export interface KnownPeers {
  epoch: number;
  appliedIndex: number;
  peers: PeerSeed[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeKnownPeers(writer: Writer, message: KnownPeers): void {
  if (message.epoch !== 0) {
    writer.varint(8);
    writer.varint(message.epoch);
  }
  if (message.appliedIndex !== 0) {
    writer.varint(16);
    writer.varint(message.appliedIndex);
  }
  for (const item of message.peers) {
    writer.varint(26);
    const start = writer.begin();
    writePeerSeed(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readKnownPeers(reader: Reader): KnownPeers {
  let epoch: number = 0;
  let appliedIndex: number = 0;
  const peers: PeerSeed[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        epoch = reader.uint32();
        break;
      case 16:
        appliedIndex = reader.varint();
        break;
      case 26:
        peers.push(readPeerSeed(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: KnownPeers = { epoch, appliedIndex, peers };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeKnownPeers(message: KnownPeers): Uint8Array<ArrayBuffer> {
  return encodeWith(writeKnownPeers, message);
}

export function decodeKnownPeers(bytes: Uint8Array): KnownPeers {
  return readKnownPeers(new Reader(bytes));
}

export interface JoinAccepted {
  clusterId: Uint8Array;
  /** The joiner's number and its Raft id. */
  node: number;
  raftId: number;
  known: KnownPeers;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeJoinAccepted(writer: Writer, message: JoinAccepted): void {
  if (message.clusterId.length > 0) {
    writer.varint(10);
    writer.bytes(message.clusterId);
  }
  if (message.node !== 0) {
    writer.varint(16);
    writer.varint(message.node);
  }
  if (message.raftId !== 0) {
    writer.varint(24);
    writer.varint(message.raftId);
  }
  {
    writer.varint(34);
    const start = writer.begin();
    writeKnownPeers(writer, message.known);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readJoinAccepted(reader: Reader): JoinAccepted {
  let clusterId: Uint8Array = new Uint8Array(0);
  let node: number = 0;
  let raftId: number = 0;
  let known: KnownPeers | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        clusterId = reader.bytes();
        break;
      case 16:
        node = reader.uint32();
        break;
      case 24:
        raftId = reader.varint();
        break;
      case 34:
        known = readKnownPeers(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (known === undefined) throw missing("JoinAccepted", "known");
  const message: JoinAccepted = { clusterId, node, raftId, known };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeJoinAccepted(message: JoinAccepted): Uint8Array<ArrayBuffer> {
  return encodeWith(writeJoinAccepted, message);
}

export function decodeJoinAccepted(bytes: Uint8Array): JoinAccepted {
  return readJoinAccepted(new Reader(bytes));
}

export interface JoinRefused {
  code: JoinRefusalCode;
  detail: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeJoinRefused(writer: Writer, message: JoinRefused): void {
  if (message.code !== joinRefusalCodeNames[0]) {
    writer.varint(8);
    writer.varint(joinRefusalCodeNames.indexOf(message.code));
  }
  if (message.detail !== "") {
    writer.varint(18);
    writer.string(message.detail);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readJoinRefused(reader: Reader): JoinRefused {
  let code: JoinRefusalCode = enumName(joinRefusalCodeNames, 0);
  let detail: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        code = enumName(joinRefusalCodeNames, reader.varint());
        break;
      case 18:
        detail = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: JoinRefused = { code, detail };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeJoinRefused(message: JoinRefused): Uint8Array<ArrayBuffer> {
  return encodeWith(writeJoinRefused, message);
}

export function decodeJoinRefused(bytes: Uint8Array): JoinRefused {
  return readJoinRefused(new Reader(bytes));
}

/** The member's only frame. */
export interface JoinAnswer {
  outcome:
    | { kind: "accepted"; value: JoinAccepted }
    | { kind: "refused"; value: JoinRefused }
    | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeJoinAnswer(writer: Writer, message: JoinAnswer): void {
  switch (message.outcome?.kind) {
    case "accepted": {
      writer.varint(10);
      const start = writer.begin();
      writeJoinAccepted(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case "refused": {
      writer.varint(18);
      const start = writer.begin();
      writeJoinRefused(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case undefined:
      break;
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readJoinAnswer(reader: Reader): JoinAnswer {
  let outcome: JoinAnswer["outcome"];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        outcome = { kind: "accepted", value: readJoinAccepted(reader.nested()) };
        break;
      case 18:
        outcome = { kind: "refused", value: readJoinRefused(reader.nested()) };
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: JoinAnswer = { outcome };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeJoinAnswer(message: JoinAnswer): Uint8Array<ArrayBuffer> {
  return encodeWith(writeJoinAnswer, message);
}

export function decodeJoinAnswer(bytes: Uint8Array): JoinAnswer {
  return readJoinAnswer(new Reader(bytes));
}

/** What a node says of its disk. */
export interface NodeSpace {
  /** Its shards, those that nobody needs any more with them. */
  usedBytes: number;
  freeBytes: number;
  totalBytes: number;
  /** So little is free that it takes no shards. */
  isFull: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeNodeSpace(writer: Writer, message: NodeSpace): void {
  if (message.usedBytes !== 0) {
    writer.varint(8);
    writer.varint(message.usedBytes);
  }
  if (message.freeBytes !== 0) {
    writer.varint(16);
    writer.varint(message.freeBytes);
  }
  if (message.totalBytes !== 0) {
    writer.varint(24);
    writer.varint(message.totalBytes);
  }
  if (message.isFull) {
    writer.varint(32);
    writer.varint(message.isFull ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readNodeSpace(reader: Reader): NodeSpace {
  let usedBytes: number = 0;
  let freeBytes: number = 0;
  let totalBytes: number = 0;
  let isFull: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        usedBytes = reader.varint();
        break;
      case 16:
        freeBytes = reader.varint();
        break;
      case 24:
        totalBytes = reader.varint();
        break;
      case 32:
        isFull = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: NodeSpace = { usedBytes, freeBytes, totalBytes, isFull };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeNodeSpace(message: NodeSpace): Uint8Array<ArrayBuffer> {
  return encodeWith(writeNodeSpace, message);
}

export function decodeNodeSpace(bytes: Uint8Array): NodeSpace {
  return readNodeSpace(new Reader(bytes));
}

/** What a node has left of shards that units are kept by. */
export interface ShardsLeft {
  count: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeShardsLeft(writer: Writer, message: ShardsLeft): void {
  if (message.count !== 0) {
    writer.varint(8);
    writer.varint(message.count);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readShardsLeft(reader: Reader): ShardsLeft {
  let count: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        count = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ShardsLeft = { count };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeShardsLeft(message: ShardsLeft): Uint8Array<ArrayBuffer> {
  return encodeWith(writeShardsLeft, message);
}

export function decodeShardsLeft(bytes: Uint8Array): ShardsLeft {
  return readShardsLeft(new Reader(bytes));
}
