// Generated from proto/hamster/metadata.proto by `npm run generate`. Do not edit.

import { encodeWith, enumName, joinUnknown, missing, Reader, type Writer } from "#format/wire.ts";
import { readEncodingId, readSessionId, readUnitId, type EncodingId, type SessionId, type UnitId, writeEncodingId, writeSessionId, writeUnitId } from "./ids.ts";
import { matrixNames, type Matrix } from "./shard.ts";

export type Versioning = "off" | "enabled" | "suspended";
export const versioningNames: readonly Versioning[] = ["off", "enabled", "suspended"];

export type RetentionMode = "governance" | "compliance";
export const retentionModeNames: readonly RetentionMode[] = ["governance", "compliance"];

export type ChecksumAlgorithm = "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256";
export const checksumAlgorithmNames: readonly ChecksumAlgorithm[] = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

export type ChecksumType = "full-object" | "composite";
export const checksumTypeNames: readonly ChecksumType[] = ["full-object", "composite"];

export type NodeState = "up" | "draining" | "removed" | "joining";
export const nodeStateNames: readonly NodeState[] = ["up", "draining", "removed", "joining"];

export type LayoutChangeKind = "found" | "grow" | "drain" | "undrain" | "replace" | "resize";
export const layoutChangeKindNames: readonly LayoutChangeKind[] = ["found", "grow", "drain", "undrain", "replace", "resize"];

export type OperationKind = "drain" | "optimize";
export const operationKindNames: readonly OperationKind[] = ["drain", "optimize"];

export interface Retention {
  mode: RetentionMode;
  untilUnixMs: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRetention(writer: Writer, message: Retention): void {
  if (message.mode !== retentionModeNames[0]) {
    writer.varint(8);
    writer.varint(retentionModeNames.indexOf(message.mode));
  }
  if (message.untilUnixMs !== 0) {
    writer.varint(16);
    writer.varint(message.untilUnixMs);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRetention(reader: Reader): Retention {
  let mode: RetentionMode = enumName(retentionModeNames, 0);
  let untilUnixMs: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        mode = enumName(retentionModeNames, reader.varint());
        break;
      case 16:
        untilUnixMs = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Retention = { mode, untilUnixMs };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRetention(message: Retention): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRetention, message);
}

export function decodeRetention(bytes: Uint8Array): Retention {
  return readRetention(new Reader(bytes));
}

/** What keeps a version from being removed. */
export interface Lock {
  retention?: Retention | undefined;
  legalHold: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeLock(writer: Writer, message: Lock): void {
  if (message.retention !== undefined) {
    writer.varint(10);
    const start = writer.begin();
    writeRetention(writer, message.retention);
    writer.end(start);
  }
  if (message.legalHold) {
    writer.varint(16);
    writer.varint(message.legalHold ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readLock(reader: Reader): Lock {
  let retention: Retention | undefined;
  let legalHold: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        retention = readRetention(reader.nested());
        break;
      case 16:
        legalHold = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Lock = { legalHold };
  if (retention !== undefined) message.retention = retention;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeLock(message: Lock): Uint8Array<ArrayBuffer> {
  return encodeWith(writeLock, message);
}

export function decodeLock(bytes: Uint8Array): Lock {
  return readLock(new Reader(bytes));
}

/** The retention that new versions of a bucket get when they bring none. */
export interface DefaultRetention {
  mode: RetentionMode;
  days: number;
  /** Whoever set it counted in years, of 365 days each, and is told so. */
  inYears?: boolean | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeDefaultRetention(writer: Writer, message: DefaultRetention): void {
  if (message.mode !== retentionModeNames[0]) {
    writer.varint(8);
    writer.varint(retentionModeNames.indexOf(message.mode));
  }
  if (message.days !== 0) {
    writer.varint(16);
    writer.varint(message.days);
  }
  if (message.inYears !== undefined) {
    writer.varint(24);
    writer.varint(message.inYears ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readDefaultRetention(reader: Reader): DefaultRetention {
  let mode: RetentionMode = enumName(retentionModeNames, 0);
  let days: number = 0;
  let inYears: boolean | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        mode = enumName(retentionModeNames, reader.varint());
        break;
      case 16:
        days = reader.uint32();
        break;
      case 24:
        inYears = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: DefaultRetention = { mode, days };
  if (inYears !== undefined) message.inYears = inYears;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeDefaultRetention(message: DefaultRetention): Uint8Array<ArrayBuffer> {
  return encodeWith(writeDefaultRetention, message);
}

export function decodeDefaultRetention(bytes: Uint8Array): DefaultRetention {
  return readDefaultRetention(new Reader(bytes));
}

export interface Tag {
  key: string;
  value: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeTag(writer: Writer, message: Tag): void {
  if (message.key !== "") {
    writer.varint(10);
    writer.string(message.key);
  }
  if (message.value !== "") {
    writer.varint(18);
    writer.string(message.value);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readTag(reader: Reader): Tag {
  let key: string = "";
  let value: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        key = reader.string();
        break;
      case 18:
        value = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Tag = { key, value };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeTag(message: Tag): Uint8Array<ArrayBuffer> {
  return encodeWith(writeTag, message);
}

export function decodeTag(bytes: Uint8Array): Tag {
  return readTag(new Reader(bytes));
}

/** What a client has put on a version or a bucket; never empty where it is kept. */
export interface TagSet {
  tags: Tag[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeTagSet(writer: Writer, message: TagSet): void {
  for (const item of message.tags) {
    writer.varint(10);
    const start = writer.begin();
    writeTag(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readTagSet(reader: Reader): TagSet {
  const tags: Tag[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        tags.push(readTag(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: TagSet = { tags };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeTagSet(message: TagSet): Uint8Array<ArrayBuffer> {
  return encodeWith(writeTagSet, message);
}

export function decodeTagSet(bytes: Uint8Array): TagSet {
  return readTagSet(new Reader(bytes));
}

/** Which pages of other places a browser lets read and write the bucket. */
export interface CorsRule {
  /** Empty: none was given. */
  id: string;
  /** Each may hold one `*`, which stands for any text. */
  allowedOrigins: string[];
  allowedMethods: string[];
  /** As the origins; in any case. */
  allowedHeaders: string[];
  exposeHeaders: string[];
  maxAgeSeconds?: number | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCorsRule(writer: Writer, message: CorsRule): void {
  if (message.id !== "") {
    writer.varint(10);
    writer.string(message.id);
  }
  for (const item of message.allowedOrigins) {
    writer.varint(18);
    writer.string(item);
  }
  for (const item of message.allowedMethods) {
    writer.varint(26);
    writer.string(item);
  }
  for (const item of message.allowedHeaders) {
    writer.varint(34);
    writer.string(item);
  }
  for (const item of message.exposeHeaders) {
    writer.varint(42);
    writer.string(item);
  }
  if (message.maxAgeSeconds !== undefined) {
    writer.varint(48);
    writer.varint(message.maxAgeSeconds);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCorsRule(reader: Reader): CorsRule {
  let id: string = "";
  const allowedOrigins: string[] = [];
  const allowedMethods: string[] = [];
  const allowedHeaders: string[] = [];
  const exposeHeaders: string[] = [];
  let maxAgeSeconds: number | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        id = reader.string();
        break;
      case 18:
        allowedOrigins.push(reader.string());
        break;
      case 26:
        allowedMethods.push(reader.string());
        break;
      case 34:
        allowedHeaders.push(reader.string());
        break;
      case 42:
        exposeHeaders.push(reader.string());
        break;
      case 48:
        maxAgeSeconds = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CorsRule = { id, allowedOrigins, allowedMethods, allowedHeaders, exposeHeaders };
  if (maxAgeSeconds !== undefined) message.maxAgeSeconds = maxAgeSeconds;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCorsRule(message: CorsRule): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCorsRule, message);
}

export function decodeCorsRule(bytes: Uint8Array): CorsRule {
  return readCorsRule(new Reader(bytes));
}

/** The first that fits counts. Never empty where it is kept. */
export interface CorsRules {
  rules: CorsRule[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCorsRules(writer: Writer, message: CorsRules): void {
  for (const item of message.rules) {
    writer.varint(10);
    const start = writer.begin();
    writeCorsRule(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCorsRules(reader: Reader): CorsRules {
  const rules: CorsRule[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        rules.push(readCorsRule(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CorsRules = { rules };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCorsRules(message: CorsRules): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCorsRules, message);
}

export function decodeCorsRules(bytes: Uint8Array): CorsRules {
  return readCorsRules(new Reader(bytes));
}

/** What is to be private whatever else is said. */
export interface PublicAccessBlock {
  blockPublicAcls: boolean;
  ignorePublicAcls: boolean;
  blockPublicPolicy: boolean;
  restrictPublicBuckets: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePublicAccessBlock(writer: Writer, message: PublicAccessBlock): void {
  if (message.blockPublicAcls) {
    writer.varint(8);
    writer.varint(message.blockPublicAcls ? 1 : 0);
  }
  if (message.ignorePublicAcls) {
    writer.varint(16);
    writer.varint(message.ignorePublicAcls ? 1 : 0);
  }
  if (message.blockPublicPolicy) {
    writer.varint(24);
    writer.varint(message.blockPublicPolicy ? 1 : 0);
  }
  if (message.restrictPublicBuckets) {
    writer.varint(32);
    writer.varint(message.restrictPublicBuckets ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPublicAccessBlock(reader: Reader): PublicAccessBlock {
  let blockPublicAcls: boolean = false;
  let ignorePublicAcls: boolean = false;
  let blockPublicPolicy: boolean = false;
  let restrictPublicBuckets: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        blockPublicAcls = reader.bool();
        break;
      case 16:
        ignorePublicAcls = reader.bool();
        break;
      case 24:
        blockPublicPolicy = reader.bool();
        break;
      case 32:
        restrictPublicBuckets = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PublicAccessBlock = { blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePublicAccessBlock(message: PublicAccessBlock): Uint8Array<ArrayBuffer> {
  return encodeWith(writePublicAccessBlock, message);
}

export function decodePublicAccessBlock(bytes: Uint8Array): PublicAccessBlock {
  return readPublicAccessBlock(new Reader(bytes));
}

/** b/<bucket> */
export interface Bucket {
  createdUnixMs: number;
  /** Who may say "mine" of it: the canonical id of an account. */
  owner: string;
  versioning: Versioning;
  /** Object lock was turned on; it stays on, and versioning with it. */
  lockEnabled: boolean;
  defaultRetention?: DefaultRetention | undefined;
  tags?: TagSet | undefined;
  cors?: CorsRules | undefined;
  publicAccessBlock?: PublicAccessBlock | undefined;
  /** Who else may do what, as its owner wrote it: JSON. The gateway reads it. */
  policy?: string | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeBucket(writer: Writer, message: Bucket): void {
  if (message.createdUnixMs !== 0) {
    writer.varint(8);
    writer.varint(message.createdUnixMs);
  }
  if (message.owner !== "") {
    writer.varint(18);
    writer.string(message.owner);
  }
  if (message.versioning !== versioningNames[0]) {
    writer.varint(24);
    writer.varint(versioningNames.indexOf(message.versioning));
  }
  if (message.lockEnabled) {
    writer.varint(32);
    writer.varint(message.lockEnabled ? 1 : 0);
  }
  if (message.defaultRetention !== undefined) {
    writer.varint(42);
    const start = writer.begin();
    writeDefaultRetention(writer, message.defaultRetention);
    writer.end(start);
  }
  if (message.tags !== undefined) {
    writer.varint(50);
    const start = writer.begin();
    writeTagSet(writer, message.tags);
    writer.end(start);
  }
  if (message.cors !== undefined) {
    writer.varint(58);
    const start = writer.begin();
    writeCorsRules(writer, message.cors);
    writer.end(start);
  }
  if (message.publicAccessBlock !== undefined) {
    writer.varint(66);
    const start = writer.begin();
    writePublicAccessBlock(writer, message.publicAccessBlock);
    writer.end(start);
  }
  if (message.policy !== undefined) {
    writer.varint(74);
    writer.string(message.policy);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readBucket(reader: Reader): Bucket {
  let createdUnixMs: number = 0;
  let owner: string = "";
  let versioning: Versioning = enumName(versioningNames, 0);
  let lockEnabled: boolean = false;
  let defaultRetention: DefaultRetention | undefined;
  let tags: TagSet | undefined;
  let cors: CorsRules | undefined;
  let publicAccessBlock: PublicAccessBlock | undefined;
  let policy: string | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        createdUnixMs = reader.varint();
        break;
      case 18:
        owner = reader.string();
        break;
      case 24:
        versioning = enumName(versioningNames, reader.varint());
        break;
      case 32:
        lockEnabled = reader.bool();
        break;
      case 42:
        defaultRetention = readDefaultRetention(reader.nested());
        break;
      case 50:
        tags = readTagSet(reader.nested());
        break;
      case 58:
        cors = readCorsRules(reader.nested());
        break;
      case 66:
        publicAccessBlock = readPublicAccessBlock(reader.nested());
        break;
      case 74:
        policy = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Bucket = { createdUnixMs, owner, versioning, lockEnabled };
  if (defaultRetention !== undefined) message.defaultRetention = defaultRetention;
  if (tags !== undefined) message.tags = tags;
  if (cors !== undefined) message.cors = cors;
  if (publicAccessBlock !== undefined) message.publicAccessBlock = publicAccessBlock;
  if (policy !== undefined) message.policy = policy;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeBucket(message: Bucket): Uint8Array<ArrayBuffer> {
  return encodeWith(writeBucket, message);
}

export function decodeBucket(bytes: Uint8Array): Bucket {
  return readBucket(new Reader(bytes));
}

export interface Checksum {
  algorithm: ChecksumAlgorithm;
  type: ChecksumType;
  value: Uint8Array;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeChecksum(writer: Writer, message: Checksum): void {
  if (message.algorithm !== checksumAlgorithmNames[0]) {
    writer.varint(8);
    writer.varint(checksumAlgorithmNames.indexOf(message.algorithm));
  }
  if (message.type !== checksumTypeNames[0]) {
    writer.varint(16);
    writer.varint(checksumTypeNames.indexOf(message.type));
  }
  if (message.value.length > 0) {
    writer.varint(26);
    writer.bytes(message.value);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readChecksum(reader: Reader): Checksum {
  let algorithm: ChecksumAlgorithm = enumName(checksumAlgorithmNames, 0);
  let type: ChecksumType = enumName(checksumTypeNames, 0);
  let value: Uint8Array = new Uint8Array(0);
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        algorithm = enumName(checksumAlgorithmNames, reader.varint());
        break;
      case 16:
        type = enumName(checksumTypeNames, reader.varint());
        break;
      case 26:
        value = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Checksum = { algorithm, type, value };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeChecksum(message: Checksum): Uint8Array<ArrayBuffer> {
  return encodeWith(writeChecksum, message);
}

export function decodeChecksum(bytes: Uint8Array): Checksum {
  return readChecksum(new Reader(bytes));
}

export interface Header {
  name: string;
  value: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeHeader(writer: Writer, message: Header): void {
  if (message.name !== "") {
    writer.varint(10);
    writer.string(message.name);
  }
  if (message.value !== "") {
    writer.varint(18);
    writer.string(message.value);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readHeader(reader: Reader): Header {
  let name: string = "";
  let value: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        name = reader.string();
        break;
      case 18:
        value = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Header = { name, value };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeHeader(message: Header): Uint8Array<ArrayBuffer> {
  return encodeWith(writeHeader, message);
}

export function decodeHeader(bytes: Uint8Array): Header {
  return readHeader(new Reader(bytes));
}

/** What a client says of an object besides its bytes. */
export interface ObjectHeaders {
  /** System metadata such as content-type and cache-control; lower-case names. */
  system: Header[];
  /** User metadata, names without `x-amz-meta-`. */
  user: Header[];
  /** Empty is STANDARD. */
  storageClass: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeObjectHeaders(writer: Writer, message: ObjectHeaders): void {
  for (const item of message.system) {
    writer.varint(10);
    const start = writer.begin();
    writeHeader(writer, item);
    writer.end(start);
  }
  for (const item of message.user) {
    writer.varint(18);
    const start = writer.begin();
    writeHeader(writer, item);
    writer.end(start);
  }
  if (message.storageClass !== "") {
    writer.varint(26);
    writer.string(message.storageClass);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readObjectHeaders(reader: Reader): ObjectHeaders {
  const system: Header[] = [];
  const user: Header[] = [];
  let storageClass: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        system.push(readHeader(reader.nested()));
        break;
      case 18:
        user.push(readHeader(reader.nested()));
        break;
      case 26:
        storageClass = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ObjectHeaders = { system, user, storageClass };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeObjectHeaders(message: ObjectHeaders): Uint8Array<ArrayBuffer> {
  return encodeWith(writeObjectHeaders, message);
}

export function decodeObjectHeaders(bytes: Uint8Array): ObjectHeaders {
  return readObjectHeaders(new Reader(bytes));
}

/** What an object is, whatever keeps its bytes. */
export interface ObjectInfo {
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  checksums: Checksum[];
  headers: ObjectHeaders;
  /** 0 unless it was uploaded in parts. */
  partCount: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeObjectInfo(writer: Writer, message: ObjectInfo): void {
  if (message.sizeBytes !== 0) {
    writer.varint(8);
    writer.varint(message.sizeBytes);
  }
  if (message.etag !== "") {
    writer.varint(18);
    writer.string(message.etag);
  }
  for (const item of message.checksums) {
    writer.varint(26);
    const start = writer.begin();
    writeChecksum(writer, item);
    writer.end(start);
  }
  {
    writer.varint(34);
    const start = writer.begin();
    writeObjectHeaders(writer, message.headers);
    writer.end(start);
  }
  if (message.partCount !== 0) {
    writer.varint(40);
    writer.varint(message.partCount);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readObjectInfo(reader: Reader): ObjectInfo {
  let sizeBytes: number = 0;
  let etag: string = "";
  const checksums: Checksum[] = [];
  let headers: ObjectHeaders | undefined;
  let partCount: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        sizeBytes = reader.varint();
        break;
      case 18:
        etag = reader.string();
        break;
      case 26:
        checksums.push(readChecksum(reader.nested()));
        break;
      case 34:
        headers = readObjectHeaders(reader.nested());
        break;
      case 40:
        partCount = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (headers === undefined) throw missing("ObjectInfo", "headers");
  const message: ObjectInfo = { sizeBytes, etag, checksums, headers, partCount };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeObjectInfo(message: ObjectInfo): Uint8Array<ArrayBuffer> {
  return encodeWith(writeObjectInfo, message);
}

export function decodeObjectInfo(bytes: Uint8Array): ObjectInfo {
  return readObjectInfo(new Reader(bytes));
}

export interface ManifestId {
  epoch: number;
  session: number;
  number: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeManifestId(writer: Writer, message: ManifestId): void {
  if (message.epoch !== 0) {
    writer.varint(8);
    writer.varint(message.epoch);
  }
  if (message.session !== 0) {
    writer.varint(16);
    writer.varint(message.session);
  }
  if (message.number !== 0) {
    writer.varint(24);
    writer.varint(message.number);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readManifestId(reader: Reader): ManifestId {
  let epoch: number = 0;
  let session: number = 0;
  let number: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        epoch = reader.uint32();
        break;
      case 16:
        session = reader.varint();
        break;
      case 24:
        number = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ManifestId = { epoch, session, number };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeManifestId(message: ManifestId): Uint8Array<ArrayBuffer> {
  return encodeWith(writeManifestId, message);
}

export function decodeManifestId(bytes: Uint8Array): ManifestId {
  return readManifestId(new Reader(bytes));
}

/** A run of bytes of one unit. */
export interface Segment {
  unit: UnitId;
  offsetBytes: number;
  lengthBytes: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSegment(writer: Writer, message: Segment): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeUnitId(writer, message.unit);
    writer.end(start);
  }
  if (message.offsetBytes !== 0) {
    writer.varint(16);
    writer.varint(message.offsetBytes);
  }
  if (message.lengthBytes !== 0) {
    writer.varint(24);
    writer.varint(message.lengthBytes);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSegment(reader: Reader): Segment {
  let unit: UnitId | undefined;
  let offsetBytes: number = 0;
  let lengthBytes: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        unit = readUnitId(reader.nested());
        break;
      case 16:
        offsetBytes = reader.varint();
        break;
      case 24:
        lengthBytes = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (unit === undefined) throw missing("Segment", "unit");
  const message: Segment = { unit, offsetBytes, lengthBytes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSegment(message: Segment): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSegment, message);
}

export function decodeSegment(bytes: Uint8Array): Segment {
  return readSegment(new Reader(bytes));
}

/** v/<bucket>\0<key>\0<~version id>. A version without `object` is a delete marker. */
export interface Version {
  modifiedUnixMs: number;
  object?: ObjectInfo | undefined;
  body:
    | { kind: "segment"; value: Segment }
    | { kind: "manifest"; value: ManifestId }
    | undefined;
  lock?: Lock | undefined;
  /** S3 calls it "null". */
  isNull: boolean;
  /** The null version that stood below this one when it was put; it may be gone since. */
  nullBelow?: Uint8Array | undefined;
  tags?: TagSet | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeVersion(writer: Writer, message: Version): void {
  if (message.modifiedUnixMs !== 0) {
    writer.varint(8);
    writer.varint(message.modifiedUnixMs);
  }
  if (message.object !== undefined) {
    writer.varint(18);
    const start = writer.begin();
    writeObjectInfo(writer, message.object);
    writer.end(start);
  }
  switch (message.body?.kind) {
    case "segment": {
      writer.varint(26);
      const start = writer.begin();
      writeSegment(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "manifest": {
      writer.varint(34);
      const start = writer.begin();
      writeManifestId(writer, message.body.value);
      writer.end(start);
      break;
    }
    case undefined:
      break;
  }
  if (message.lock !== undefined) {
    writer.varint(42);
    const start = writer.begin();
    writeLock(writer, message.lock);
    writer.end(start);
  }
  if (message.isNull) {
    writer.varint(48);
    writer.varint(message.isNull ? 1 : 0);
  }
  if (message.nullBelow !== undefined) {
    writer.varint(58);
    writer.bytes(message.nullBelow);
  }
  if (message.tags !== undefined) {
    writer.varint(66);
    const start = writer.begin();
    writeTagSet(writer, message.tags);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readVersion(reader: Reader): Version {
  let modifiedUnixMs: number = 0;
  let object: ObjectInfo | undefined;
  let body: Version["body"];
  let lock: Lock | undefined;
  let isNull: boolean = false;
  let nullBelow: Uint8Array | undefined;
  let tags: TagSet | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        modifiedUnixMs = reader.varint();
        break;
      case 18:
        object = readObjectInfo(reader.nested());
        break;
      case 26:
        body = { kind: "segment", value: readSegment(reader.nested()) };
        break;
      case 34:
        body = { kind: "manifest", value: readManifestId(reader.nested()) };
        break;
      case 42:
        lock = readLock(reader.nested());
        break;
      case 48:
        isNull = reader.bool();
        break;
      case 58:
        nullBelow = reader.bytes();
        break;
      case 66:
        tags = readTagSet(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Version = { modifiedUnixMs, body, isNull };
  if (object !== undefined) message.object = object;
  if (lock !== undefined) message.lock = lock;
  if (nullBelow !== undefined) message.nullBelow = nullBelow;
  if (tags !== undefined) message.tags = tags;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeVersion(message: Version): Uint8Array<ArrayBuffer> {
  return encodeWith(writeVersion, message);
}

export function decodeVersion(bytes: Uint8Array): Version {
  return readVersion(new Reader(bytes));
}

/** c/<bucket>\0<key>: the current version as listings show it. No row where it is a delete marker. */
export interface Listing {
  versionId: Uint8Array;
  modifiedUnixMs: number;
  sizeBytes: number;
  etag: string;
  storageClass: string;
  checksumAlgorithms: ChecksumAlgorithm[];
  /** That of all of them; means nothing where there is none. */
  checksumType: ChecksumType;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeListing(writer: Writer, message: Listing): void {
  if (message.versionId.length > 0) {
    writer.varint(10);
    writer.bytes(message.versionId);
  }
  if (message.modifiedUnixMs !== 0) {
    writer.varint(16);
    writer.varint(message.modifiedUnixMs);
  }
  if (message.sizeBytes !== 0) {
    writer.varint(24);
    writer.varint(message.sizeBytes);
  }
  if (message.etag !== "") {
    writer.varint(34);
    writer.string(message.etag);
  }
  if (message.storageClass !== "") {
    writer.varint(42);
    writer.string(message.storageClass);
  }
  if (message.checksumAlgorithms.length > 0) {
    writer.varint(50);
    const start = writer.begin();
    for (const item of message.checksumAlgorithms) {
      writer.varint(checksumAlgorithmNames.indexOf(item));
    }
    writer.end(start);
  }
  if (message.checksumType !== checksumTypeNames[0]) {
    writer.varint(56);
    writer.varint(checksumTypeNames.indexOf(message.checksumType));
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readListing(reader: Reader): Listing {
  let versionId: Uint8Array = new Uint8Array(0);
  let modifiedUnixMs: number = 0;
  let sizeBytes: number = 0;
  let etag: string = "";
  let storageClass: string = "";
  const checksumAlgorithms: ChecksumAlgorithm[] = [];
  let checksumType: ChecksumType = enumName(checksumTypeNames, 0);
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        versionId = reader.bytes();
        break;
      case 16:
        modifiedUnixMs = reader.varint();
        break;
      case 24:
        sizeBytes = reader.varint();
        break;
      case 34:
        etag = reader.string();
        break;
      case 42:
        storageClass = reader.string();
        break;
      case 48:
        checksumAlgorithms.push(enumName(checksumAlgorithmNames, reader.varint()));
        break;
      case 50: {
        const packed = reader.nested();
        while (!packed.done) checksumAlgorithms.push(enumName(checksumAlgorithmNames, packed.varint()));
        break;
      }
      case 56:
        checksumType = enumName(checksumTypeNames, reader.varint());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Listing = { versionId, modifiedUnixMs, sizeBytes, etag, storageClass, checksumAlgorithms, checksumType };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeListing(message: Listing): Uint8Array<ArrayBuffer> {
  return encodeWith(writeListing, message);
}

export function decodeListing(bytes: Uint8Array): Listing {
  return readListing(new Reader(bytes));
}

/** Where a piece of a manifest begins. */
export interface PieceStart {
  offsetBytes: number;
  /** The number of the first part that begins in it or, if none does, of the next one. */
  partNumber: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePieceStart(writer: Writer, message: PieceStart): void {
  if (message.offsetBytes !== 0) {
    writer.varint(8);
    writer.varint(message.offsetBytes);
  }
  if (message.partNumber !== 0) {
    writer.varint(16);
    writer.varint(message.partNumber);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPieceStart(reader: Reader): PieceStart {
  let offsetBytes: number = 0;
  let partNumber: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        offsetBytes = reader.varint();
        break;
      case 16:
        partNumber = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PieceStart = { offsetBytes, partNumber };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePieceStart(message: PieceStart): Uint8Array<ArrayBuffer> {
  return encodeWith(writePieceStart, message);
}

export function decodePieceStart(bytes: Uint8Array): PieceStart {
  return readPieceStart(new Reader(bytes));
}

/** m/<manifest id> */
export interface Manifest {
  /** Versions that hold it. Once 0 it never rises again. */
  references: number;
  sizeBytes: number;
  pieces: PieceStart[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeManifest(writer: Writer, message: Manifest): void {
  if (message.references !== 0) {
    writer.varint(8);
    writer.varint(message.references);
  }
  if (message.sizeBytes !== 0) {
    writer.varint(16);
    writer.varint(message.sizeBytes);
  }
  for (const item of message.pieces) {
    writer.varint(26);
    const start = writer.begin();
    writePieceStart(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readManifest(reader: Reader): Manifest {
  let references: number = 0;
  let sizeBytes: number = 0;
  const pieces: PieceStart[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        references = reader.uint32();
        break;
      case 16:
        sizeBytes = reader.varint();
        break;
      case 26:
        pieces.push(readPieceStart(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Manifest = { references, sizeBytes, pieces };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeManifest(message: Manifest): Uint8Array<ArrayBuffer> {
  return encodeWith(writeManifest, message);
}

export function decodeManifest(bytes: Uint8Array): Manifest {
  return readManifest(new Reader(bytes));
}

/** A part of an uploaded object. */
export interface PartInfo {
  number: number;
  offsetBytes: number;
  sizeBytes: number;
  checksums: Checksum[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePartInfo(writer: Writer, message: PartInfo): void {
  if (message.number !== 0) {
    writer.varint(8);
    writer.varint(message.number);
  }
  if (message.offsetBytes !== 0) {
    writer.varint(16);
    writer.varint(message.offsetBytes);
  }
  if (message.sizeBytes !== 0) {
    writer.varint(24);
    writer.varint(message.sizeBytes);
  }
  for (const item of message.checksums) {
    writer.varint(34);
    const start = writer.begin();
    writeChecksum(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPartInfo(reader: Reader): PartInfo {
  let number: number = 0;
  let offsetBytes: number = 0;
  let sizeBytes: number = 0;
  const checksums: Checksum[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        number = reader.uint32();
        break;
      case 16:
        offsetBytes = reader.varint();
        break;
      case 24:
        sizeBytes = reader.varint();
        break;
      case 34:
        checksums.push(readChecksum(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PartInfo = { number, offsetBytes, sizeBytes, checksums };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePartInfo(message: PartInfo): Uint8Array<ArrayBuffer> {
  return encodeWith(writePartInfo, message);
}

export function decodePartInfo(bytes: Uint8Array): PartInfo {
  return readPartInfo(new Reader(bytes));
}

/** m/<manifest id><piece> */
export interface ManifestPiece {
  segments: Segment[];
  /** The parts that begin in this piece; none unless uploaded in parts. */
  parts: PartInfo[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeManifestPiece(writer: Writer, message: ManifestPiece): void {
  for (const item of message.segments) {
    writer.varint(10);
    const start = writer.begin();
    writeSegment(writer, item);
    writer.end(start);
  }
  for (const item of message.parts) {
    writer.varint(18);
    const start = writer.begin();
    writePartInfo(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readManifestPiece(reader: Reader): ManifestPiece {
  const segments: Segment[] = [];
  const parts: PartInfo[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        segments.push(readSegment(reader.nested()));
        break;
      case 18:
        parts.push(readPartInfo(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ManifestPiece = { segments, parts };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeManifestPiece(message: ManifestPiece): Uint8Array<ArrayBuffer> {
  return encodeWith(writeManifestPiece, message);
}

export function decodeManifestPiece(bytes: Uint8Array): ManifestPiece {
  return readManifestPiece(new Reader(bytes));
}

/** One way a unit's bytes are kept. */
export interface Encoding {
  id: EncodingId;
  k: number;
  m: number;
  matrix: Matrix;
  sliceSizeBytes: number;
  /** Of each of the k + m shards, also of those that were skipped. */
  roots: Uint8Array[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeEncoding(writer: Writer, message: Encoding): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeEncodingId(writer, message.id);
    writer.end(start);
  }
  if (message.k !== 0) {
    writer.varint(16);
    writer.varint(message.k);
  }
  if (message.m !== 0) {
    writer.varint(24);
    writer.varint(message.m);
  }
  if (message.matrix !== matrixNames[0]) {
    writer.varint(32);
    writer.varint(matrixNames.indexOf(message.matrix));
  }
  if (message.sliceSizeBytes !== 0) {
    writer.varint(40);
    writer.varint(message.sliceSizeBytes);
  }
  for (const item of message.roots) {
    writer.varint(50);
    writer.bytes(item);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readEncoding(reader: Reader): Encoding {
  let id: EncodingId | undefined;
  let k: number = 0;
  let m: number = 0;
  let matrix: Matrix = enumName(matrixNames, 0);
  let sliceSizeBytes: number = 0;
  const roots: Uint8Array[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        id = readEncodingId(reader.nested());
        break;
      case 16:
        k = reader.uint32();
        break;
      case 24:
        m = reader.uint32();
        break;
      case 32:
        matrix = enumName(matrixNames, reader.varint());
        break;
      case 40:
        sliceSizeBytes = reader.uint32();
        break;
      case 50:
        roots.push(reader.bytes());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (id === undefined) throw missing("Encoding", "id");
  const message: Encoding = { id, k, m, matrix, sliceSizeBytes, roots };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeEncoding(message: Encoding): Uint8Array<ArrayBuffer> {
  return encodeWith(writeEncoding, message);
}

export function decodeEncoding(bytes: Uint8Array): Encoding {
  return readEncoding(new Reader(bytes));
}

/** A way a unit's bytes were kept before. */
export interface ReplacedEncoding {
  encoding: Encoding;
  /** When another took its place. */
  sinceUnixMs: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeReplacedEncoding(writer: Writer, message: ReplacedEncoding): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeEncoding(writer, message.encoding);
    writer.end(start);
  }
  if (message.sinceUnixMs !== 0) {
    writer.varint(16);
    writer.varint(message.sinceUnixMs);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readReplacedEncoding(reader: Reader): ReplacedEncoding {
  let encoding: Encoding | undefined;
  let sinceUnixMs: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        encoding = readEncoding(reader.nested());
        break;
      case 16:
        sinceUnixMs = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (encoding === undefined) throw missing("ReplacedEncoding", "encoding");
  const message: ReplacedEncoding = { encoding, sinceUnixMs };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeReplacedEncoding(message: ReplacedEncoding): Uint8Array<ArrayBuffer> {
  return encodeWith(writeReplacedEncoding, message);
}

export function decodeReplacedEncoding(bytes: Uint8Array): ReplacedEncoding {
  return readReplacedEncoding(new Reader(bytes));
}

/** The oldest first. */
export interface ReplacedEncodings {
  encodings: ReplacedEncoding[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeReplacedEncodings(writer: Writer, message: ReplacedEncodings): void {
  for (const item of message.encodings) {
    writer.varint(10);
    const start = writer.begin();
    writeReplacedEncoding(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readReplacedEncodings(reader: Reader): ReplacedEncodings {
  const encodings: ReplacedEncoding[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        encodings.push(readReplacedEncoding(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ReplacedEncodings = { encodings };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeReplacedEncodings(message: ReplacedEncodings): Uint8Array<ArrayBuffer> {
  return encodeWith(writeReplacedEncodings, message);
}

export function decodeReplacedEncodings(bytes: Uint8Array): ReplacedEncodings {
  return readReplacedEncodings(new Reader(bytes));
}

/** d/<partition><unit id> */
export interface Unit {
  lengthBytes: number;
  contentRoot: Uint8Array;
  encoding: Encoding;
  /** Segments that name it, in versions, parts and manifests. */
  references: number;
  /** Since when none does; 0 while one does. */
  unreferencedUnixMs: number;
  /** Kept until they are forgotten, for readers that began before. */
  replaced?: ReplacedEncodings | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeUnit(writer: Writer, message: Unit): void {
  if (message.lengthBytes !== 0) {
    writer.varint(8);
    writer.varint(message.lengthBytes);
  }
  if (message.contentRoot.length > 0) {
    writer.varint(18);
    writer.bytes(message.contentRoot);
  }
  {
    writer.varint(26);
    const start = writer.begin();
    writeEncoding(writer, message.encoding);
    writer.end(start);
  }
  if (message.references !== 0) {
    writer.varint(32);
    writer.varint(message.references);
  }
  if (message.unreferencedUnixMs !== 0) {
    writer.varint(40);
    writer.varint(message.unreferencedUnixMs);
  }
  if (message.replaced !== undefined) {
    writer.varint(50);
    const start = writer.begin();
    writeReplacedEncodings(writer, message.replaced);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readUnit(reader: Reader): Unit {
  let lengthBytes: number = 0;
  let contentRoot: Uint8Array = new Uint8Array(0);
  let encoding: Encoding | undefined;
  let references: number = 0;
  let unreferencedUnixMs: number = 0;
  let replaced: ReplacedEncodings | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        lengthBytes = reader.varint();
        break;
      case 18:
        contentRoot = reader.bytes();
        break;
      case 26:
        encoding = readEncoding(reader.nested());
        break;
      case 32:
        references = reader.uint32();
        break;
      case 40:
        unreferencedUnixMs = reader.varint();
        break;
      case 50:
        replaced = readReplacedEncodings(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (encoding === undefined) throw missing("Unit", "encoding");
  const message: Unit = { lengthBytes, contentRoot, encoding, references, unreferencedUnixMs };
  if (replaced !== undefined) message.replaced = replaced;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeUnit(message: Unit): Uint8Array<ArrayBuffer> {
  return encodeWith(writeUnit, message);
}

export function decodeUnit(bytes: Uint8Array): Unit {
  return readUnit(new Reader(bytes));
}

/** What a completed upload was answered. */
export interface CompletedUpload {
  versionId: Uint8Array;
  isNull: boolean;
  versioning: Versioning;
  etag: string;
  sizeBytes: number;
  checksums: Checksum[];
  completedUnixMs: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCompletedUpload(writer: Writer, message: CompletedUpload): void {
  if (message.versionId.length > 0) {
    writer.varint(10);
    writer.bytes(message.versionId);
  }
  if (message.isNull) {
    writer.varint(16);
    writer.varint(message.isNull ? 1 : 0);
  }
  if (message.versioning !== versioningNames[0]) {
    writer.varint(24);
    writer.varint(versioningNames.indexOf(message.versioning));
  }
  if (message.etag !== "") {
    writer.varint(34);
    writer.string(message.etag);
  }
  if (message.sizeBytes !== 0) {
    writer.varint(40);
    writer.varint(message.sizeBytes);
  }
  for (const item of message.checksums) {
    writer.varint(50);
    const start = writer.begin();
    writeChecksum(writer, item);
    writer.end(start);
  }
  if (message.completedUnixMs !== 0) {
    writer.varint(56);
    writer.varint(message.completedUnixMs);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCompletedUpload(reader: Reader): CompletedUpload {
  let versionId: Uint8Array = new Uint8Array(0);
  let isNull: boolean = false;
  let versioning: Versioning = enumName(versioningNames, 0);
  let etag: string = "";
  let sizeBytes: number = 0;
  const checksums: Checksum[] = [];
  let completedUnixMs: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        versionId = reader.bytes();
        break;
      case 16:
        isNull = reader.bool();
        break;
      case 24:
        versioning = enumName(versioningNames, reader.varint());
        break;
      case 34:
        etag = reader.string();
        break;
      case 40:
        sizeBytes = reader.varint();
        break;
      case 50:
        checksums.push(readChecksum(reader.nested()));
        break;
      case 56:
        completedUnixMs = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CompletedUpload = { versionId, isNull, versioning, etag, sizeBytes, checksums, completedUnixMs };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCompletedUpload(message: CompletedUpload): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCompletedUpload, message);
}

export function decodeCompletedUpload(bytes: Uint8Array): CompletedUpload {
  return readCompletedUpload(new Reader(bytes));
}

/** u/<bucket>\0<key>\0<upload id> */
export interface Upload {
  createdUnixMs: number;
  headers: ObjectHeaders;
  lock?: Lock | undefined;
  checksumAlgorithm?: ChecksumAlgorithm | undefined;
  checksumType: ChecksumType;
  /** The canonical id of the account that began it. */
  owner: string;
  /** Set once it is completed, and kept for a day. */
  completed?: CompletedUpload | undefined;
  /** Of the version that it becomes. */
  tags?: TagSet | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeUpload(writer: Writer, message: Upload): void {
  if (message.createdUnixMs !== 0) {
    writer.varint(8);
    writer.varint(message.createdUnixMs);
  }
  {
    writer.varint(18);
    const start = writer.begin();
    writeObjectHeaders(writer, message.headers);
    writer.end(start);
  }
  if (message.lock !== undefined) {
    writer.varint(26);
    const start = writer.begin();
    writeLock(writer, message.lock);
    writer.end(start);
  }
  if (message.checksumAlgorithm !== undefined) {
    writer.varint(32);
    writer.varint(checksumAlgorithmNames.indexOf(message.checksumAlgorithm));
  }
  if (message.checksumType !== checksumTypeNames[0]) {
    writer.varint(40);
    writer.varint(checksumTypeNames.indexOf(message.checksumType));
  }
  if (message.owner !== "") {
    writer.varint(50);
    writer.string(message.owner);
  }
  if (message.completed !== undefined) {
    writer.varint(58);
    const start = writer.begin();
    writeCompletedUpload(writer, message.completed);
    writer.end(start);
  }
  if (message.tags !== undefined) {
    writer.varint(66);
    const start = writer.begin();
    writeTagSet(writer, message.tags);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readUpload(reader: Reader): Upload {
  let createdUnixMs: number = 0;
  let headers: ObjectHeaders | undefined;
  let lock: Lock | undefined;
  let checksumAlgorithm: ChecksumAlgorithm | undefined;
  let checksumType: ChecksumType = enumName(checksumTypeNames, 0);
  let owner: string = "";
  let completed: CompletedUpload | undefined;
  let tags: TagSet | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        createdUnixMs = reader.varint();
        break;
      case 18:
        headers = readObjectHeaders(reader.nested());
        break;
      case 26:
        lock = readLock(reader.nested());
        break;
      case 32:
        checksumAlgorithm = enumName(checksumAlgorithmNames, reader.varint());
        break;
      case 40:
        checksumType = enumName(checksumTypeNames, reader.varint());
        break;
      case 50:
        owner = reader.string();
        break;
      case 58:
        completed = readCompletedUpload(reader.nested());
        break;
      case 66:
        tags = readTagSet(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (headers === undefined) throw missing("Upload", "headers");
  const message: Upload = { createdUnixMs, headers, checksumType, owner };
  if (lock !== undefined) message.lock = lock;
  if (checksumAlgorithm !== undefined) message.checksumAlgorithm = checksumAlgorithm;
  if (completed !== undefined) message.completed = completed;
  if (tags !== undefined) message.tags = tags;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeUpload(message: Upload): Uint8Array<ArrayBuffer> {
  return encodeWith(writeUpload, message);
}

export function decodeUpload(bytes: Uint8Array): Upload {
  return readUpload(new Reader(bytes));
}

/** u/<bucket>\0<key>\0<upload id><part number> */
export interface Part {
  sizeBytes: number;
  etag: string;
  checksums: Checksum[];
  modifiedUnixMs: number;
  segments: Segment[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePart(writer: Writer, message: Part): void {
  if (message.sizeBytes !== 0) {
    writer.varint(8);
    writer.varint(message.sizeBytes);
  }
  if (message.etag !== "") {
    writer.varint(18);
    writer.string(message.etag);
  }
  for (const item of message.checksums) {
    writer.varint(26);
    const start = writer.begin();
    writeChecksum(writer, item);
    writer.end(start);
  }
  if (message.modifiedUnixMs !== 0) {
    writer.varint(32);
    writer.varint(message.modifiedUnixMs);
  }
  for (const item of message.segments) {
    writer.varint(42);
    const start = writer.begin();
    writeSegment(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPart(reader: Reader): Part {
  let sizeBytes: number = 0;
  let etag: string = "";
  const checksums: Checksum[] = [];
  let modifiedUnixMs: number = 0;
  const segments: Segment[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        sizeBytes = reader.varint();
        break;
      case 18:
        etag = reader.string();
        break;
      case 26:
        checksums.push(readChecksum(reader.nested()));
        break;
      case 32:
        modifiedUnixMs = reader.varint();
        break;
      case 42:
        segments.push(readSegment(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Part = { sizeBytes, etag, checksums, modifiedUnixMs, segments };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePart(message: Part): Uint8Array<ArrayBuffer> {
  return encodeWith(writePart, message);
}

export function decodePart(bytes: Uint8Array): Part {
  return readPart(new Reader(bytes));
}

/** o/<node id><partition>: a shard for this node was skipped. */
export interface SkippedMark {
  logIndex: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSkippedMark(writer: Writer, message: SkippedMark): void {
  if (message.logIndex !== 0) {
    writer.varint(8);
    writer.varint(message.logIndex);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSkippedMark(reader: Reader): SkippedMark {
  let logIndex: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        logIndex = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SkippedMark = { logIndex };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSkippedMark(message: SkippedMark): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSkippedMark, message);
}

export function decodeSkippedMark(bytes: Uint8Array): SkippedMark {
  return readSkippedMark(new Reader(bytes));
}

/** A node's keys besides the one it is known by. */
export interface NodeKeys {
  /** It may prove these too, while keys are changed. */
  added: Uint8Array[];
  /** It had these; they are nobody's for ever. */
  retired: Uint8Array[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeNodeKeys(writer: Writer, message: NodeKeys): void {
  for (const item of message.added) {
    writer.varint(10);
    writer.bytes(item);
  }
  for (const item of message.retired) {
    writer.varint(18);
    writer.bytes(item);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readNodeKeys(reader: Reader): NodeKeys {
  const added: Uint8Array[] = [];
  const retired: Uint8Array[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        added.push(reader.bytes());
        break;
      case 18:
        retired.push(reader.bytes());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: NodeKeys = { added, retired };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeNodeKeys(message: NodeKeys): Uint8Array<ArrayBuffer> {
  return encodeWith(writeNodeKeys, message);
}

export function decodeNodeKeys(bytes: Uint8Array): NodeKeys {
  return readNodeKeys(new Reader(bytes));
}

/** n/<node id> */
export interface Node {
  raftId: number;
  /** SHA-256 of its public key. */
  keyFingerprint: Uint8Array;
  addresses: string[];
  host: string;
  zone: string;
  weight: number;
  state: NodeState;
  /** The newest layout version whose presence walk it has finished. */
  layoutVersionWalked: number;
  /** Its open session, if it ever opened one. */
  session?: SessionId | undefined;
  /** Set once keys were changed. */
  otherKeys?: NodeKeys | undefined;
  /** It came to take the place of this node, which leaves when that is done. */
  replaces?: number | undefined;
  /** What people call it. */
  name?: string | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeNode(writer: Writer, message: Node): void {
  if (message.raftId !== 0) {
    writer.varint(8);
    writer.varint(message.raftId);
  }
  if (message.keyFingerprint.length > 0) {
    writer.varint(18);
    writer.bytes(message.keyFingerprint);
  }
  for (const item of message.addresses) {
    writer.varint(26);
    writer.string(item);
  }
  if (message.host !== "") {
    writer.varint(34);
    writer.string(message.host);
  }
  if (message.zone !== "") {
    writer.varint(42);
    writer.string(message.zone);
  }
  if (message.weight !== 0) {
    writer.varint(48);
    writer.varint(message.weight);
  }
  if (message.state !== nodeStateNames[0]) {
    writer.varint(56);
    writer.varint(nodeStateNames.indexOf(message.state));
  }
  if (message.layoutVersionWalked !== 0) {
    writer.varint(64);
    writer.varint(message.layoutVersionWalked);
  }
  if (message.session !== undefined) {
    writer.varint(74);
    const start = writer.begin();
    writeSessionId(writer, message.session);
    writer.end(start);
  }
  if (message.otherKeys !== undefined) {
    writer.varint(82);
    const start = writer.begin();
    writeNodeKeys(writer, message.otherKeys);
    writer.end(start);
  }
  if (message.replaces !== undefined) {
    writer.varint(88);
    writer.varint(message.replaces);
  }
  if (message.name !== undefined) {
    writer.varint(98);
    writer.string(message.name);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readNode(reader: Reader): Node {
  let raftId: number = 0;
  let keyFingerprint: Uint8Array = new Uint8Array(0);
  const addresses: string[] = [];
  let host: string = "";
  let zone: string = "";
  let weight: number = 0;
  let state: NodeState = enumName(nodeStateNames, 0);
  let layoutVersionWalked: number = 0;
  let session: SessionId | undefined;
  let otherKeys: NodeKeys | undefined;
  let replaces: number | undefined;
  let name: string | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        raftId = reader.varint();
        break;
      case 18:
        keyFingerprint = reader.bytes();
        break;
      case 26:
        addresses.push(reader.string());
        break;
      case 34:
        host = reader.string();
        break;
      case 42:
        zone = reader.string();
        break;
      case 48:
        weight = reader.uint32();
        break;
      case 56:
        state = enumName(nodeStateNames, reader.varint());
        break;
      case 64:
        layoutVersionWalked = reader.varint();
        break;
      case 74:
        session = readSessionId(reader.nested());
        break;
      case 82:
        otherKeys = readNodeKeys(reader.nested());
        break;
      case 88:
        replaces = reader.uint32();
        break;
      case 98:
        name = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Node = { raftId, keyFingerprint, addresses, host, zone, weight, state, layoutVersionWalked };
  if (session !== undefined) message.session = session;
  if (otherKeys !== undefined) message.otherKeys = otherKeys;
  if (replaces !== undefined) message.replaces = replaces;
  if (name !== undefined) message.name = name;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeNode(message: Node): Uint8Array<ArrayBuffer> {
  return encodeWith(writeNode, message);
}

export function decodeNode(bytes: Uint8Array): Node {
  return readNode(new Reader(bytes));
}

/** A table that is open. */
export interface OpenTable {
  /** Its homes stand at l/<version><block>. */
  version: number;
  width: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeOpenTable(writer: Writer, message: OpenTable): void {
  if (message.version !== 0) {
    writer.varint(8);
    writer.varint(message.version);
  }
  if (message.width !== 0) {
    writer.varint(16);
    writer.varint(message.width);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readOpenTable(reader: Reader): OpenTable {
  let version: number = 0;
  let width: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        version = reader.varint();
        break;
      case 16:
        width = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: OpenTable = { version, width };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeOpenTable(message: OpenTable): Uint8Array<ArrayBuffer> {
  return encodeWith(writeOpenTable, message);
}

export function decodeOpenTable(bytes: Uint8Array): OpenTable {
  return readOpenTable(new Reader(bytes));
}

/** What a change makes of a node. */
export interface NodeStep {
  node: number;
  before: NodeState;
  after: NodeState;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeNodeStep(writer: Writer, message: NodeStep): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
  }
  if (message.before !== nodeStateNames[0]) {
    writer.varint(16);
    writer.varint(nodeStateNames.indexOf(message.before));
  }
  if (message.after !== nodeStateNames[0]) {
    writer.varint(24);
    writer.varint(nodeStateNames.indexOf(message.after));
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readNodeStep(reader: Reader): NodeStep {
  let node: number = 0;
  let before: NodeState = enumName(nodeStateNames, 0);
  let after: NodeState = enumName(nodeStateNames, 0);
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        node = reader.uint32();
        break;
      case 16:
        before = enumName(nodeStateNames, reader.varint());
        break;
      case 24:
        after = enumName(nodeStateNames, reader.varint());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: NodeStep = { node, before, after };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeNodeStep(message: NodeStep): Uint8Array<ArrayBuffer> {
  return encodeWith(writeNodeStep, message);
}

export function decodeNodeStep(bytes: Uint8Array): NodeStep {
  return readNodeStep(new Reader(bytes));
}

/** l/<version>: the layout's head, of the newest version only; its tables follow in blocks. */
export interface Layout {
  /** Of the command that made it. */
  logIndex: number;
  /** Shards a partition has homes for. */
  width: number;
  /** Newest first; without any, the table of this very version alone. */
  open: OpenTable[];
  kind: LayoutChangeKind;
  /** Of all changes whose tables are open, the newest first. */
  steps: NodeStep[];
  /** Nodes that gain shards: each has to walk before the transition is over. */
  awaited: number[];
  begunUnixMs: number;
  /** The change was undone: its tables have changed places. */
  isUndone: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeLayout(writer: Writer, message: Layout): void {
  if (message.logIndex !== 0) {
    writer.varint(8);
    writer.varint(message.logIndex);
  }
  if (message.width !== 0) {
    writer.varint(16);
    writer.varint(message.width);
  }
  for (const item of message.open) {
    writer.varint(26);
    const start = writer.begin();
    writeOpenTable(writer, item);
    writer.end(start);
  }
  if (message.kind !== layoutChangeKindNames[0]) {
    writer.varint(32);
    writer.varint(layoutChangeKindNames.indexOf(message.kind));
  }
  for (const item of message.steps) {
    writer.varint(42);
    const start = writer.begin();
    writeNodeStep(writer, item);
    writer.end(start);
  }
  if (message.awaited.length > 0) {
    writer.varint(50);
    const start = writer.begin();
    for (const item of message.awaited) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.begunUnixMs !== 0) {
    writer.varint(56);
    writer.varint(message.begunUnixMs);
  }
  if (message.isUndone) {
    writer.varint(64);
    writer.varint(message.isUndone ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readLayout(reader: Reader): Layout {
  let logIndex: number = 0;
  let width: number = 0;
  const open: OpenTable[] = [];
  let kind: LayoutChangeKind = enumName(layoutChangeKindNames, 0);
  const steps: NodeStep[] = [];
  const awaited: number[] = [];
  let begunUnixMs: number = 0;
  let isUndone: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        logIndex = reader.varint();
        break;
      case 16:
        width = reader.uint32();
        break;
      case 26:
        open.push(readOpenTable(reader.nested()));
        break;
      case 32:
        kind = enumName(layoutChangeKindNames, reader.varint());
        break;
      case 42:
        steps.push(readNodeStep(reader.nested()));
        break;
      case 48:
        awaited.push(reader.uint32());
        break;
      case 50: {
        const packed = reader.nested();
        while (!packed.done) awaited.push(packed.uint32());
        break;
      }
      case 56:
        begunUnixMs = reader.varint();
        break;
      case 64:
        isUndone = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Layout = { logIndex, width, open, kind, steps, awaited, begunUnixMs, isUndone };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeLayout(message: Layout): Uint8Array<ArrayBuffer> {
  return encodeWith(writeLayout, message);
}

export function decodeLayout(bytes: Uint8Array): Layout {
  return readLayout(new Reader(bytes));
}

/** l/<version><block>: the homes of 16 partitions, partition by partition, shard by shard. */
export interface LayoutBlock {
  homes: number[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeLayoutBlock(writer: Writer, message: LayoutBlock): void {
  if (message.homes.length > 0) {
    writer.varint(10);
    const start = writer.begin();
    for (const item of message.homes) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readLayoutBlock(reader: Reader): LayoutBlock {
  const homes: number[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        homes.push(reader.uint32());
        break;
      case 10: {
        const packed = reader.nested();
        while (!packed.done) homes.push(packed.uint32());
        break;
      }
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: LayoutBlock = { homes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeLayoutBlock(message: LayoutBlock): Uint8Array<ArrayBuffer> {
  return encodeWith(writeLayoutBlock, message);
}

export function decodeLayoutBlock(bytes: Uint8Array): LayoutBlock {
  return readLayoutBlock(new Reader(bytes));
}

/** t/<SHA-256 of the token's secret> */
export interface JoinToken {
  createdUnixMs: number;
  expiresUnixMs: number;
  /** The node it was asked of. */
  issuer: number;
  /** The node that joined with it; 0 while none has. */
  usedBy: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeJoinToken(writer: Writer, message: JoinToken): void {
  if (message.createdUnixMs !== 0) {
    writer.varint(8);
    writer.varint(message.createdUnixMs);
  }
  if (message.expiresUnixMs !== 0) {
    writer.varint(16);
    writer.varint(message.expiresUnixMs);
  }
  if (message.issuer !== 0) {
    writer.varint(24);
    writer.varint(message.issuer);
  }
  if (message.usedBy !== 0) {
    writer.varint(32);
    writer.varint(message.usedBy);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readJoinToken(reader: Reader): JoinToken {
  let createdUnixMs: number = 0;
  let expiresUnixMs: number = 0;
  let issuer: number = 0;
  let usedBy: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        createdUnixMs = reader.varint();
        break;
      case 16:
        expiresUnixMs = reader.varint();
        break;
      case 24:
        issuer = reader.uint32();
        break;
      case 32:
        usedBy = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: JoinToken = { createdUnixMs, expiresUnixMs, issuer, usedBy };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeJoinToken(message: JoinToken): Uint8Array<ArrayBuffer> {
  return encodeWith(writeJoinToken, message);
}

export function decodeJoinToken(bytes: Uint8Array): JoinToken {
  return readJoinToken(new Reader(bytes));
}

/** a/<access key id> */
export interface Credential {
  secretAccessKey: string;
  /** The canonical id of the account it acts for. */
  account: string;
  createdUnixMs: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCredential(writer: Writer, message: Credential): void {
  if (message.secretAccessKey !== "") {
    writer.varint(10);
    writer.string(message.secretAccessKey);
  }
  if (message.account !== "") {
    writer.varint(18);
    writer.string(message.account);
  }
  if (message.createdUnixMs !== 0) {
    writer.varint(24);
    writer.varint(message.createdUnixMs);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCredential(reader: Reader): Credential {
  let secretAccessKey: string = "";
  let account: string = "";
  let createdUnixMs: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        secretAccessKey = reader.string();
        break;
      case 18:
        account = reader.string();
        break;
      case 24:
        createdUnixMs = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Credential = { secretAccessKey, account, createdUnixMs };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCredential(message: Credential): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCredential, message);
}

export function decodeCredential(bytes: Uint8Array): Credential {
  return readCredential(new Reader(bytes));
}

/** x/c */
export interface Cluster {
  clusterId: Uint8Array;
  epoch: number;
  featureLevel: number;
  foundedUnixMs: number;
  layoutVersion: number;
  /** Ids up to these were given away; none is given twice. */
  lastNodeId: number;
  lastRaftId: number;
  /**
   * It goes on from one survivor, and others may still bring shards that nothing names any more:
   * nothing is reclaimed until the operator confirms.
   */
  awaitsConfirmation: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCluster(writer: Writer, message: Cluster): void {
  if (message.clusterId.length > 0) {
    writer.varint(10);
    writer.bytes(message.clusterId);
  }
  if (message.epoch !== 0) {
    writer.varint(16);
    writer.varint(message.epoch);
  }
  if (message.featureLevel !== 0) {
    writer.varint(24);
    writer.varint(message.featureLevel);
  }
  if (message.foundedUnixMs !== 0) {
    writer.varint(32);
    writer.varint(message.foundedUnixMs);
  }
  if (message.layoutVersion !== 0) {
    writer.varint(40);
    writer.varint(message.layoutVersion);
  }
  if (message.lastNodeId !== 0) {
    writer.varint(48);
    writer.varint(message.lastNodeId);
  }
  if (message.lastRaftId !== 0) {
    writer.varint(56);
    writer.varint(message.lastRaftId);
  }
  if (message.awaitsConfirmation) {
    writer.varint(64);
    writer.varint(message.awaitsConfirmation ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCluster(reader: Reader): Cluster {
  let clusterId: Uint8Array = new Uint8Array(0);
  let epoch: number = 0;
  let featureLevel: number = 0;
  let foundedUnixMs: number = 0;
  let layoutVersion: number = 0;
  let lastNodeId: number = 0;
  let lastRaftId: number = 0;
  let awaitsConfirmation: boolean = false;
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
        featureLevel = reader.uint32();
        break;
      case 32:
        foundedUnixMs = reader.varint();
        break;
      case 40:
        layoutVersion = reader.varint();
        break;
      case 48:
        lastNodeId = reader.uint32();
        break;
      case 56:
        lastRaftId = reader.varint();
        break;
      case 64:
        awaitsConfirmation = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Cluster = { clusterId, epoch, featureLevel, foundedUnixMs, layoutVersion, lastNodeId, lastRaftId, awaitsConfirmation };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCluster(message: Cluster): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCluster, message);
}

export function decodeCluster(bytes: Uint8Array): Cluster {
  return readCluster(new Reader(bytes));
}

/** What an operator has begun and what takes more than one step: one at a time. */
export interface Operation {
  /** Of the command that began it; names it. */
  logIndex: number;
  kind: OperationKind;
  /** Who drains. */
  node: number;
  /** Units may be coded anew by a narrower profile, where too few nodes are left for theirs. */
  mayNarrow: boolean;
  begunUnixMs: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeOperation(writer: Writer, message: Operation): void {
  if (message.logIndex !== 0) {
    writer.varint(8);
    writer.varint(message.logIndex);
  }
  if (message.kind !== operationKindNames[0]) {
    writer.varint(16);
    writer.varint(operationKindNames.indexOf(message.kind));
  }
  if (message.node !== 0) {
    writer.varint(24);
    writer.varint(message.node);
  }
  if (message.mayNarrow) {
    writer.varint(32);
    writer.varint(message.mayNarrow ? 1 : 0);
  }
  if (message.begunUnixMs !== 0) {
    writer.varint(40);
    writer.varint(message.begunUnixMs);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readOperation(reader: Reader): Operation {
  let logIndex: number = 0;
  let kind: OperationKind = enumName(operationKindNames, 0);
  let node: number = 0;
  let mayNarrow: boolean = false;
  let begunUnixMs: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        logIndex = reader.varint();
        break;
      case 16:
        kind = enumName(operationKindNames, reader.varint());
        break;
      case 24:
        node = reader.uint32();
        break;
      case 32:
        mayNarrow = reader.bool();
        break;
      case 40:
        begunUnixMs = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Operation = { logIndex, kind, node, mayNarrow, begunUnixMs };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeOperation(message: Operation): Uint8Array<ArrayBuffer> {
  return encodeWith(writeOperation, message);
}

export function decodeOperation(bytes: Uint8Array): Operation {
  return readOperation(new Reader(bytes));
}

/** x/o: what operators want of upkeep. */
export interface Upkeep {
  /** Nothing is moved, mended or coded anew, but for what has no shard to spare. */
  isPaused: boolean;
  operation?: Operation | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeUpkeep(writer: Writer, message: Upkeep): void {
  if (message.isPaused) {
    writer.varint(8);
    writer.varint(message.isPaused ? 1 : 0);
  }
  if (message.operation !== undefined) {
    writer.varint(18);
    const start = writer.begin();
    writeOperation(writer, message.operation);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readUpkeep(reader: Reader): Upkeep {
  let isPaused: boolean = false;
  let operation: Operation | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        isPaused = reader.bool();
        break;
      case 18:
        operation = readOperation(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Upkeep = { isPaused };
  if (operation !== undefined) message.operation = operation;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeUpkeep(message: Upkeep): Uint8Array<ArrayBuffer> {
  return encodeWith(writeUpkeep, message);
}

export function decodeUpkeep(bytes: Uint8Array): Upkeep {
  return readUpkeep(new Reader(bytes));
}

/** x/s<session id> */
export interface Session {
  node: number;
  /** Drawn by the node for this boot, so that a repeated opening is told from a new one. */
  bootId: Uint8Array;
  /** No command below it is in flight. */
  lowWater: number;
  /** No unit or encoding below it is in flight. */
  unitLowWater: number;
  /** Commands whose results are kept, in the order they were run; the results are rows of their own. */
  kept: number[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSession(writer: Writer, message: Session): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
  }
  if (message.bootId.length > 0) {
    writer.varint(18);
    writer.bytes(message.bootId);
  }
  if (message.lowWater !== 0) {
    writer.varint(24);
    writer.varint(message.lowWater);
  }
  if (message.unitLowWater !== 0) {
    writer.varint(32);
    writer.varint(message.unitLowWater);
  }
  if (message.kept.length > 0) {
    writer.varint(42);
    const start = writer.begin();
    for (const item of message.kept) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSession(reader: Reader): Session {
  let node: number = 0;
  let bootId: Uint8Array = new Uint8Array(0);
  let lowWater: number = 0;
  let unitLowWater: number = 0;
  const kept: number[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        node = reader.uint32();
        break;
      case 18:
        bootId = reader.bytes();
        break;
      case 24:
        lowWater = reader.varint();
        break;
      case 32:
        unitLowWater = reader.varint();
        break;
      case 40:
        kept.push(reader.varint());
        break;
      case 42: {
        const packed = reader.nested();
        while (!packed.done) kept.push(packed.varint());
        break;
      }
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Session = { node, bootId, lowWater, unitLowWater, kept };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSession(message: Session): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSession, message);
}

export function decodeSession(bytes: Uint8Array): Session {
  return readSession(new Reader(bytes));
}

/** x/p<k><m><partition> */
export interface PartitionCount {
  units: number;
  /** Of content, before coding. */
  bytes: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePartitionCount(writer: Writer, message: PartitionCount): void {
  if (message.units !== 0) {
    writer.varint(8);
    writer.varint(message.units);
  }
  if (message.bytes !== 0) {
    writer.varint(16);
    writer.varint(message.bytes);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPartitionCount(reader: Reader): PartitionCount {
  let units: number = 0;
  let bytes: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        units = reader.varint();
        break;
      case 16:
        bytes = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PartitionCount = { units, bytes };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePartitionCount(message: PartitionCount): Uint8Array<ArrayBuffer> {
  return encodeWith(writePartitionCount, message);
}

export function decodePartitionCount(bytes: Uint8Array): PartitionCount {
  return readPartitionCount(new Reader(bytes));
}
