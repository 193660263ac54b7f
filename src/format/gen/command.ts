// Generated from proto/hamster/command.proto by `npm run generate`. Do not edit.

import { encodeWith, enumName, joinUnknown, missing, Reader, type Writer } from "#format/wire.ts";
import { readEncodingId, readSessionId, readUnitId, type EncodingId, type SessionId, type UnitId, writeEncodingId, writeSessionId, writeUnitId } from "./ids.ts";
import { checksumAlgorithmNames, checksumTypeNames, layoutChangeKindNames, operationKindNames, readChecksum, readCorsRules, readCredential, readDefaultRetention, readEncoding, readLock, readNode, readObjectHeaders, readObjectInfo, readPublicAccessBlock, readRetention, readTagSet, type Checksum, type ChecksumAlgorithm, type ChecksumType, type CorsRules, type Credential, type DefaultRetention, type Encoding, type LayoutChangeKind, type Lock, type Node, type ObjectHeaders, type ObjectInfo, type OperationKind, type PublicAccessBlock, type Retention, type TagSet, type Versioning, versioningNames, writeChecksum, writeCorsRules, writeCredential, writeDefaultRetention, writeEncoding, writeLock, writeNode, writeObjectHeaders, writeObjectInfo, writePublicAccessBlock, writeRetention, writeTagSet } from "./metadata.ts";

export type RefusalCode = "already-founded" | "not-founded" | "no-such-node" | "stale-session" | "stale-number" | "session-full" | "invalid-command" | "invalid-key" | "no-such-bucket" | "bucket-already-exists" | "bucket-already-owned-by-you" | "bucket-not-empty" | "invalid-bucket-state" | "no-such-key" | "no-such-version" | "delete-marker" | "precondition-failed" | "locked" | "no-such-upload" | "invalid-part" | "invalid-part-order" | "entity-too-small" | "entity-too-large" | "not-home" | "rewrite-needed" | "no-such-token" | "token-expired" | "token-used" | "key-taken" | "wrong-node-state" | "node-not-empty" | "layout-changed" | "transition-open" | "no-transition" | "no-such-unit" | "encoding-changed" | "operation-open" | "no-operation";
export const refusalCodeNames: readonly RefusalCode[] = ["already-founded", "not-founded", "no-such-node", "stale-session", "stale-number", "session-full", "invalid-command", "invalid-key", "no-such-bucket", "bucket-already-exists", "bucket-already-owned-by-you", "bucket-not-empty", "invalid-bucket-state", "no-such-key", "no-such-version", "delete-marker", "precondition-failed", "locked", "no-such-upload", "invalid-part", "invalid-part-order", "entity-too-small", "entity-too-large", "not-home", "rewrite-needed", "no-such-token", "token-expired", "token-used", "key-taken", "wrong-node-state", "node-not-empty", "layout-changed", "transition-open", "no-transition", "no-such-unit", "encoding-changed", "operation-open", "no-operation"];

/** What the log carries: one change of the metadata. Its place in the log is when it happens. */
export interface Command {
  /** None for the commands that need none: foundCluster and openSession. */
  session?: SessionId | undefined;
  /** Names the command within its session; a command seen twice is run once. */
  number: number;
  /** No command of the session below this number is in flight. */
  lowWater: number;
  /** No unit or encoding of the session below this number is in flight. */
  unitLowWater: number;
  /** Stamped by the leader, never backwards. */
  timeUnixMs: number;
  /** The voters' clocks disagree: no retention counts as over. */
  timeInDoubt: boolean;
  body:
    | { kind: "foundCluster"; value: FoundCluster }
    | { kind: "openSession"; value: OpenSession }
    | { kind: "closeSession"; value: CloseSession }
    | { kind: "setFeatureLevel"; value: SetFeatureLevel }
    | { kind: "putCredential"; value: PutCredential }
    | { kind: "recoverCluster"; value: RecoverCluster }
    | { kind: "confirmRecovery"; value: ConfirmRecovery }
    | { kind: "checkReplicas"; value: CheckReplicas }
    | { kind: "createBucket"; value: CreateBucket }
    | { kind: "deleteBucket"; value: DeleteBucket }
    | { kind: "setBucketVersioning"; value: SetBucketVersioning }
    | { kind: "setBucketLock"; value: SetBucketLock }
    | { kind: "setBucketTags"; value: SetBucketTags }
    | { kind: "setBucketCors"; value: SetBucketCors }
    | { kind: "setPublicAccessBlock"; value: SetPublicAccessBlock }
    | { kind: "setBucketPolicy"; value: SetBucketPolicy }
    | { kind: "putVersion"; value: PutVersion }
    | { kind: "copyVersion"; value: CopyVersion }
    | { kind: "deleteVersions"; value: DeleteVersions }
    | { kind: "setVersionLock"; value: SetVersionLock }
    | { kind: "setVersionTags"; value: SetVersionTags }
    | { kind: "createUpload"; value: CreateUpload }
    | { kind: "putPart"; value: PutPart }
    | { kind: "copyPart"; value: CopyPart }
    | { kind: "completeUpload"; value: CompleteUpload }
    | { kind: "abortUpload"; value: AbortUpload }
    | { kind: "releaseBodies"; value: ReleaseBodies }
    | { kind: "forgetUnits"; value: ForgetUnits }
    | { kind: "expireUploads"; value: ExpireUploads }
    | { kind: "swapEncodings"; value: SwapEncodings }
    | { kind: "clearMarks"; value: ClearMarks }
    | { kind: "createToken"; value: CreateToken }
    | { kind: "joinNode"; value: JoinNode }
    | { kind: "updateNode"; value: UpdateNode }
    | { kind: "addKey"; value: AddKey }
    | { kind: "retireKey"; value: RetireKey }
    | { kind: "renewRaftId"; value: RenewRaftId }
    | { kind: "removeNode"; value: RemoveNode }
    | { kind: "changeLayout"; value: ChangeLayout }
    | { kind: "undoLayout"; value: UndoLayout }
    | { kind: "reportWalk"; value: ReportWalk }
    | { kind: "beginOperation"; value: BeginOperation }
    | { kind: "endOperation"; value: EndOperation }
    | { kind: "pauseUpkeep"; value: PauseUpkeep }
    | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCommand(writer: Writer, message: Command): void {
  if (message.session !== undefined) {
    writer.varint(10);
    const start = writer.begin();
    writeSessionId(writer, message.session);
    writer.end(start);
  }
  if (message.number !== 0) {
    writer.varint(16);
    writer.varint(message.number);
  }
  if (message.lowWater !== 0) {
    writer.varint(24);
    writer.varint(message.lowWater);
  }
  if (message.unitLowWater !== 0) {
    writer.varint(32);
    writer.varint(message.unitLowWater);
  }
  if (message.timeUnixMs !== 0) {
    writer.varint(40);
    writer.varint(message.timeUnixMs);
  }
  if (message.timeInDoubt) {
    writer.varint(48);
    writer.varint(message.timeInDoubt ? 1 : 0);
  }
  switch (message.body?.kind) {
    case "foundCluster": {
      writer.varint(130);
      const start = writer.begin();
      writeFoundCluster(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "openSession": {
      writer.varint(138);
      const start = writer.begin();
      writeOpenSession(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "closeSession": {
      writer.varint(146);
      const start = writer.begin();
      writeCloseSession(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "setFeatureLevel": {
      writer.varint(154);
      const start = writer.begin();
      writeSetFeatureLevel(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "putCredential": {
      writer.varint(162);
      const start = writer.begin();
      writePutCredential(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "recoverCluster": {
      writer.varint(170);
      const start = writer.begin();
      writeRecoverCluster(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "confirmRecovery": {
      writer.varint(178);
      const start = writer.begin();
      writeConfirmRecovery(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "checkReplicas": {
      writer.varint(186);
      const start = writer.begin();
      writeCheckReplicas(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "createBucket": {
      writer.varint(258);
      const start = writer.begin();
      writeCreateBucket(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "deleteBucket": {
      writer.varint(266);
      const start = writer.begin();
      writeDeleteBucket(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "setBucketVersioning": {
      writer.varint(274);
      const start = writer.begin();
      writeSetBucketVersioning(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "setBucketLock": {
      writer.varint(282);
      const start = writer.begin();
      writeSetBucketLock(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "setBucketTags": {
      writer.varint(290);
      const start = writer.begin();
      writeSetBucketTags(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "setBucketCors": {
      writer.varint(298);
      const start = writer.begin();
      writeSetBucketCors(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "setPublicAccessBlock": {
      writer.varint(306);
      const start = writer.begin();
      writeSetPublicAccessBlock(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "setBucketPolicy": {
      writer.varint(314);
      const start = writer.begin();
      writeSetBucketPolicy(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "putVersion": {
      writer.varint(386);
      const start = writer.begin();
      writePutVersion(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "copyVersion": {
      writer.varint(394);
      const start = writer.begin();
      writeCopyVersion(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "deleteVersions": {
      writer.varint(402);
      const start = writer.begin();
      writeDeleteVersions(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "setVersionLock": {
      writer.varint(410);
      const start = writer.begin();
      writeSetVersionLock(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "setVersionTags": {
      writer.varint(418);
      const start = writer.begin();
      writeSetVersionTags(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "createUpload": {
      writer.varint(514);
      const start = writer.begin();
      writeCreateUpload(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "putPart": {
      writer.varint(522);
      const start = writer.begin();
      writePutPart(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "copyPart": {
      writer.varint(530);
      const start = writer.begin();
      writeCopyPart(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "completeUpload": {
      writer.varint(538);
      const start = writer.begin();
      writeCompleteUpload(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "abortUpload": {
      writer.varint(546);
      const start = writer.begin();
      writeAbortUpload(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "releaseBodies": {
      writer.varint(642);
      const start = writer.begin();
      writeReleaseBodies(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "forgetUnits": {
      writer.varint(650);
      const start = writer.begin();
      writeForgetUnits(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "expireUploads": {
      writer.varint(658);
      const start = writer.begin();
      writeExpireUploads(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "swapEncodings": {
      writer.varint(666);
      const start = writer.begin();
      writeSwapEncodings(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "clearMarks": {
      writer.varint(674);
      const start = writer.begin();
      writeClearMarks(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "createToken": {
      writer.varint(770);
      const start = writer.begin();
      writeCreateToken(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "joinNode": {
      writer.varint(778);
      const start = writer.begin();
      writeJoinNode(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "updateNode": {
      writer.varint(786);
      const start = writer.begin();
      writeUpdateNode(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "addKey": {
      writer.varint(794);
      const start = writer.begin();
      writeAddKey(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "retireKey": {
      writer.varint(802);
      const start = writer.begin();
      writeRetireKey(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "renewRaftId": {
      writer.varint(810);
      const start = writer.begin();
      writeRenewRaftId(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "removeNode": {
      writer.varint(818);
      const start = writer.begin();
      writeRemoveNode(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "changeLayout": {
      writer.varint(898);
      const start = writer.begin();
      writeChangeLayout(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "undoLayout": {
      writer.varint(906);
      const start = writer.begin();
      writeUndoLayout(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "reportWalk": {
      writer.varint(914);
      const start = writer.begin();
      writeReportWalk(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "beginOperation": {
      writer.varint(922);
      const start = writer.begin();
      writeBeginOperation(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "endOperation": {
      writer.varint(930);
      const start = writer.begin();
      writeEndOperation(writer, message.body.value);
      writer.end(start);
      break;
    }
    case "pauseUpkeep": {
      writer.varint(938);
      const start = writer.begin();
      writePauseUpkeep(writer, message.body.value);
      writer.end(start);
      break;
    }
    case undefined:
      break;
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCommand(reader: Reader): Command {
  let session: SessionId | undefined;
  let number: number = 0;
  let lowWater: number = 0;
  let unitLowWater: number = 0;
  let timeUnixMs: number = 0;
  let timeInDoubt: boolean = false;
  let body: Command["body"];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        session = readSessionId(reader.nested());
        break;
      case 16:
        number = reader.varint();
        break;
      case 24:
        lowWater = reader.varint();
        break;
      case 32:
        unitLowWater = reader.varint();
        break;
      case 40:
        timeUnixMs = reader.varint();
        break;
      case 48:
        timeInDoubt = reader.bool();
        break;
      case 130:
        body = { kind: "foundCluster", value: readFoundCluster(reader.nested()) };
        break;
      case 138:
        body = { kind: "openSession", value: readOpenSession(reader.nested()) };
        break;
      case 146:
        body = { kind: "closeSession", value: readCloseSession(reader.nested()) };
        break;
      case 154:
        body = { kind: "setFeatureLevel", value: readSetFeatureLevel(reader.nested()) };
        break;
      case 162:
        body = { kind: "putCredential", value: readPutCredential(reader.nested()) };
        break;
      case 170:
        body = { kind: "recoverCluster", value: readRecoverCluster(reader.nested()) };
        break;
      case 178:
        body = { kind: "confirmRecovery", value: readConfirmRecovery(reader.nested()) };
        break;
      case 186:
        body = { kind: "checkReplicas", value: readCheckReplicas(reader.nested()) };
        break;
      case 258:
        body = { kind: "createBucket", value: readCreateBucket(reader.nested()) };
        break;
      case 266:
        body = { kind: "deleteBucket", value: readDeleteBucket(reader.nested()) };
        break;
      case 274:
        body = { kind: "setBucketVersioning", value: readSetBucketVersioning(reader.nested()) };
        break;
      case 282:
        body = { kind: "setBucketLock", value: readSetBucketLock(reader.nested()) };
        break;
      case 290:
        body = { kind: "setBucketTags", value: readSetBucketTags(reader.nested()) };
        break;
      case 298:
        body = { kind: "setBucketCors", value: readSetBucketCors(reader.nested()) };
        break;
      case 306:
        body = { kind: "setPublicAccessBlock", value: readSetPublicAccessBlock(reader.nested()) };
        break;
      case 314:
        body = { kind: "setBucketPolicy", value: readSetBucketPolicy(reader.nested()) };
        break;
      case 386:
        body = { kind: "putVersion", value: readPutVersion(reader.nested()) };
        break;
      case 394:
        body = { kind: "copyVersion", value: readCopyVersion(reader.nested()) };
        break;
      case 402:
        body = { kind: "deleteVersions", value: readDeleteVersions(reader.nested()) };
        break;
      case 410:
        body = { kind: "setVersionLock", value: readSetVersionLock(reader.nested()) };
        break;
      case 418:
        body = { kind: "setVersionTags", value: readSetVersionTags(reader.nested()) };
        break;
      case 514:
        body = { kind: "createUpload", value: readCreateUpload(reader.nested()) };
        break;
      case 522:
        body = { kind: "putPart", value: readPutPart(reader.nested()) };
        break;
      case 530:
        body = { kind: "copyPart", value: readCopyPart(reader.nested()) };
        break;
      case 538:
        body = { kind: "completeUpload", value: readCompleteUpload(reader.nested()) };
        break;
      case 546:
        body = { kind: "abortUpload", value: readAbortUpload(reader.nested()) };
        break;
      case 642:
        body = { kind: "releaseBodies", value: readReleaseBodies(reader.nested()) };
        break;
      case 650:
        body = { kind: "forgetUnits", value: readForgetUnits(reader.nested()) };
        break;
      case 658:
        body = { kind: "expireUploads", value: readExpireUploads(reader.nested()) };
        break;
      case 666:
        body = { kind: "swapEncodings", value: readSwapEncodings(reader.nested()) };
        break;
      case 674:
        body = { kind: "clearMarks", value: readClearMarks(reader.nested()) };
        break;
      case 770:
        body = { kind: "createToken", value: readCreateToken(reader.nested()) };
        break;
      case 778:
        body = { kind: "joinNode", value: readJoinNode(reader.nested()) };
        break;
      case 786:
        body = { kind: "updateNode", value: readUpdateNode(reader.nested()) };
        break;
      case 794:
        body = { kind: "addKey", value: readAddKey(reader.nested()) };
        break;
      case 802:
        body = { kind: "retireKey", value: readRetireKey(reader.nested()) };
        break;
      case 810:
        body = { kind: "renewRaftId", value: readRenewRaftId(reader.nested()) };
        break;
      case 818:
        body = { kind: "removeNode", value: readRemoveNode(reader.nested()) };
        break;
      case 898:
        body = { kind: "changeLayout", value: readChangeLayout(reader.nested()) };
        break;
      case 906:
        body = { kind: "undoLayout", value: readUndoLayout(reader.nested()) };
        break;
      case 914:
        body = { kind: "reportWalk", value: readReportWalk(reader.nested()) };
        break;
      case 922:
        body = { kind: "beginOperation", value: readBeginOperation(reader.nested()) };
        break;
      case 930:
        body = { kind: "endOperation", value: readEndOperation(reader.nested()) };
        break;
      case 938:
        body = { kind: "pauseUpkeep", value: readPauseUpkeep(reader.nested()) };
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Command = { number, lowWater, unitLowWater, timeUnixMs, timeInDoubt, body };
  if (session !== undefined) message.session = session;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCommand(message: Command): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCommand, message);
}

export function decodeCommand(bytes: Uint8Array): Command {
  return readCommand(new Reader(bytes));
}

/** Begins the state: the first node, the first layout, the first credential. */
export interface FoundCluster {
  clusterId: Uint8Array;
  epoch: number;
  featureLevel: number;
  nodeId: number;
  node: Node;
  accessKeyId: string;
  credential: Credential;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeFoundCluster(writer: Writer, message: FoundCluster): void {
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
  if (message.nodeId !== 0) {
    writer.varint(32);
    writer.varint(message.nodeId);
  }
  {
    writer.varint(42);
    const start = writer.begin();
    writeNode(writer, message.node);
    writer.end(start);
  }
  if (message.accessKeyId !== "") {
    writer.varint(50);
    writer.string(message.accessKeyId);
  }
  {
    writer.varint(58);
    const start = writer.begin();
    writeCredential(writer, message.credential);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readFoundCluster(reader: Reader): FoundCluster {
  let clusterId: Uint8Array = new Uint8Array(0);
  let epoch: number = 0;
  let featureLevel: number = 0;
  let nodeId: number = 0;
  let node: Node | undefined;
  let accessKeyId: string = "";
  let credential: Credential | undefined;
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
        nodeId = reader.uint32();
        break;
      case 42:
        node = readNode(reader.nested());
        break;
      case 50:
        accessKeyId = reader.string();
        break;
      case 58:
        credential = readCredential(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (node === undefined) throw missing("FoundCluster", "node");
  if (credential === undefined) throw missing("FoundCluster", "credential");
  const message: FoundCluster = { clusterId, epoch, featureLevel, nodeId, node, accessKeyId, credential };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeFoundCluster(message: FoundCluster): Uint8Array<ArrayBuffer> {
  return encodeWith(writeFoundCluster, message);
}

export function decodeFoundCluster(bytes: Uint8Array): FoundCluster {
  return readFoundCluster(new Reader(bytes));
}

/** Opens a session for a boot of a node and ends the node's earlier one. */
export interface OpenSession {
  node: number;
  /** Random; the same for every attempt of one boot. */
  bootId: Uint8Array;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeOpenSession(writer: Writer, message: OpenSession): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
  }
  if (message.bootId.length > 0) {
    writer.varint(18);
    writer.bytes(message.bootId);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readOpenSession(reader: Reader): OpenSession {
  let node: number = 0;
  let bootId: Uint8Array = new Uint8Array(0);
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
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: OpenSession = { node, bootId };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeOpenSession(message: OpenSession): Uint8Array<ArrayBuffer> {
  return encodeWith(writeOpenSession, message);
}

export function decodeOpenSession(bytes: Uint8Array): OpenSession {
  return readOpenSession(new Reader(bytes));
}

export interface CloseSession {
  session: SessionId;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCloseSession(writer: Writer, message: CloseSession): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeSessionId(writer, message.session);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCloseSession(reader: Reader): CloseSession {
  let session: SessionId | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        session = readSessionId(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (session === undefined) throw missing("CloseSession", "session");
  const message: CloseSession = { session };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCloseSession(message: CloseSession): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCloseSession, message);
}

export function decodeCloseSession(bytes: Uint8Array): CloseSession {
  return readCloseSession(new Reader(bytes));
}

export interface SetFeatureLevel {
  featureLevel: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSetFeatureLevel(writer: Writer, message: SetFeatureLevel): void {
  if (message.featureLevel !== 0) {
    writer.varint(8);
    writer.varint(message.featureLevel);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSetFeatureLevel(reader: Reader): SetFeatureLevel {
  let featureLevel: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        featureLevel = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SetFeatureLevel = { featureLevel };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSetFeatureLevel(message: SetFeatureLevel): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSetFeatureLevel, message);
}

export function decodeSetFeatureLevel(bytes: Uint8Array): SetFeatureLevel {
  return readSetFeatureLevel(new Reader(bytes));
}

/**
 * The cluster goes on from what one survivor had, in an epoch of its own: nodes of older ones are
 * not heard. Written into the survivor's log while it is stopped; needs no session.
 */
export interface RecoverCluster {
  epoch: number;
  /** The survivor. The logs of all others are void, and so are the Raft ids that they belong to. */
  node: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRecoverCluster(writer: Writer, message: RecoverCluster): void {
  if (message.epoch !== 0) {
    writer.varint(8);
    writer.varint(message.epoch);
  }
  if (message.node !== 0) {
    writer.varint(16);
    writer.varint(message.node);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRecoverCluster(reader: Reader): RecoverCluster {
  let epoch: number = 0;
  let node: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        epoch = reader.uint32();
        break;
      case 16:
        node = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: RecoverCluster = { epoch, node };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRecoverCluster(message: RecoverCluster): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRecoverCluster, message);
}

export function decodeRecoverCluster(bytes: Uint8Array): RecoverCluster {
  return readRecoverCluster(new Reader(bytes));
}

/** No more survivors come: what nobody names may be reclaimed again. */
export interface ConfirmRecovery {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeConfirmRecovery(writer: Writer, message: ConfirmRecovery): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readConfirmRecovery(reader: Reader): ConfirmRecovery {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ConfirmRecovery = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeConfirmRecovery(message: ConfirmRecovery): Uint8Array<ArrayBuffer> {
  return encodeWith(writeConfirmRecovery, message);
}

export function decodeConfirmRecovery(bytes: Uint8Array): ConfirmRecovery {
  return readConfirmRecovery(new Reader(bytes));
}

/**
 * Every replica hashes the same stretch of rows, as they are right behind this command. Changes
 * nothing.
 */
export interface CheckReplicas {
  /** Names the check among those of all leaders. */
  name: Uint8Array;
  /** The first key, and how many bytes of rows at least from there on. */
  firstKey: Uint8Array;
  bytesMin: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCheckReplicas(writer: Writer, message: CheckReplicas): void {
  if (message.name.length > 0) {
    writer.varint(10);
    writer.bytes(message.name);
  }
  if (message.firstKey.length > 0) {
    writer.varint(18);
    writer.bytes(message.firstKey);
  }
  if (message.bytesMin !== 0) {
    writer.varint(24);
    writer.varint(message.bytesMin);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCheckReplicas(reader: Reader): CheckReplicas {
  let name: Uint8Array = new Uint8Array(0);
  let firstKey: Uint8Array = new Uint8Array(0);
  let bytesMin: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        name = reader.bytes();
        break;
      case 18:
        firstKey = reader.bytes();
        break;
      case 24:
        bytesMin = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CheckReplicas = { name, firstKey, bytesMin };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCheckReplicas(message: CheckReplicas): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCheckReplicas, message);
}

export function decodeCheckReplicas(bytes: Uint8Array): CheckReplicas {
  return readCheckReplicas(new Reader(bytes));
}

export interface PutCredential {
  accessKeyId: string;
  credential: Credential;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePutCredential(writer: Writer, message: PutCredential): void {
  if (message.accessKeyId !== "") {
    writer.varint(10);
    writer.string(message.accessKeyId);
  }
  {
    writer.varint(18);
    const start = writer.begin();
    writeCredential(writer, message.credential);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPutCredential(reader: Reader): PutCredential {
  let accessKeyId: string = "";
  let credential: Credential | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        accessKeyId = reader.string();
        break;
      case 18:
        credential = readCredential(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (credential === undefined) throw missing("PutCredential", "credential");
  const message: PutCredential = { accessKeyId, credential };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePutCredential(message: PutCredential): Uint8Array<ArrayBuffer> {
  return encodeWith(writePutCredential, message);
}

export function decodePutCredential(bytes: Uint8Array): PutCredential {
  return readPutCredential(new Reader(bytes));
}

export interface CreateBucket {
  bucket: string;
  owner: string;
  /** Turns object lock on, and versioning with it. */
  lockEnabled: boolean;
  tags?: TagSet | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCreateBucket(writer: Writer, message: CreateBucket): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.owner !== "") {
    writer.varint(18);
    writer.string(message.owner);
  }
  if (message.lockEnabled) {
    writer.varint(24);
    writer.varint(message.lockEnabled ? 1 : 0);
  }
  if (message.tags !== undefined) {
    writer.varint(34);
    const start = writer.begin();
    writeTagSet(writer, message.tags);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCreateBucket(reader: Reader): CreateBucket {
  let bucket: string = "";
  let owner: string = "";
  let lockEnabled: boolean = false;
  let tags: TagSet | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        owner = reader.string();
        break;
      case 24:
        lockEnabled = reader.bool();
        break;
      case 34:
        tags = readTagSet(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CreateBucket = { bucket, owner, lockEnabled };
  if (tags !== undefined) message.tags = tags;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCreateBucket(message: CreateBucket): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCreateBucket, message);
}

export function decodeCreateBucket(bytes: Uint8Array): CreateBucket {
  return readCreateBucket(new Reader(bytes));
}

export interface DeleteBucket {
  bucket: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeDeleteBucket(writer: Writer, message: DeleteBucket): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readDeleteBucket(reader: Reader): DeleteBucket {
  let bucket: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: DeleteBucket = { bucket };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeDeleteBucket(message: DeleteBucket): Uint8Array<ArrayBuffer> {
  return encodeWith(writeDeleteBucket, message);
}

export function decodeDeleteBucket(bytes: Uint8Array): DeleteBucket {
  return readDeleteBucket(new Reader(bytes));
}

export interface SetBucketVersioning {
  bucket: string;
  versioning: Versioning;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSetBucketVersioning(writer: Writer, message: SetBucketVersioning): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.versioning !== versioningNames[0]) {
    writer.varint(16);
    writer.varint(versioningNames.indexOf(message.versioning));
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSetBucketVersioning(reader: Reader): SetBucketVersioning {
  let bucket: string = "";
  let versioning: Versioning = enumName(versioningNames, 0);
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 16:
        versioning = enumName(versioningNames, reader.varint());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SetBucketVersioning = { bucket, versioning };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSetBucketVersioning(message: SetBucketVersioning): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSetBucketVersioning, message);
}

export function decodeSetBucketVersioning(bytes: Uint8Array): SetBucketVersioning {
  return readSetBucketVersioning(new Reader(bytes));
}

/** Turns object lock on and sets or clears the default retention. */
export interface SetBucketLock {
  bucket: string;
  defaultRetention?: DefaultRetention | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSetBucketLock(writer: Writer, message: SetBucketLock): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.defaultRetention !== undefined) {
    writer.varint(18);
    const start = writer.begin();
    writeDefaultRetention(writer, message.defaultRetention);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSetBucketLock(reader: Reader): SetBucketLock {
  let bucket: string = "";
  let defaultRetention: DefaultRetention | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        defaultRetention = readDefaultRetention(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SetBucketLock = { bucket };
  if (defaultRetention !== undefined) message.defaultRetention = defaultRetention;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSetBucketLock(message: SetBucketLock): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSetBucketLock, message);
}

export function decodeSetBucketLock(bytes: Uint8Array): SetBucketLock {
  return readSetBucketLock(new Reader(bytes));
}

/** Sets or takes away the bucket's tags. */
export interface SetBucketTags {
  bucket: string;
  tags?: TagSet | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSetBucketTags(writer: Writer, message: SetBucketTags): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.tags !== undefined) {
    writer.varint(18);
    const start = writer.begin();
    writeTagSet(writer, message.tags);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSetBucketTags(reader: Reader): SetBucketTags {
  let bucket: string = "";
  let tags: TagSet | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        tags = readTagSet(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SetBucketTags = { bucket };
  if (tags !== undefined) message.tags = tags;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSetBucketTags(message: SetBucketTags): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSetBucketTags, message);
}

export function decodeSetBucketTags(bytes: Uint8Array): SetBucketTags {
  return readSetBucketTags(new Reader(bytes));
}

/** Sets or takes away what browsers may do from other places. */
export interface SetBucketCors {
  bucket: string;
  cors?: CorsRules | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSetBucketCors(writer: Writer, message: SetBucketCors): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.cors !== undefined) {
    writer.varint(18);
    const start = writer.begin();
    writeCorsRules(writer, message.cors);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSetBucketCors(reader: Reader): SetBucketCors {
  let bucket: string = "";
  let cors: CorsRules | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        cors = readCorsRules(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SetBucketCors = { bucket };
  if (cors !== undefined) message.cors = cors;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSetBucketCors(message: SetBucketCors): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSetBucketCors, message);
}

export function decodeSetBucketCors(bytes: Uint8Array): SetBucketCors {
  return readSetBucketCors(new Reader(bytes));
}

export interface SetPublicAccessBlock {
  bucket: string;
  publicAccessBlock?: PublicAccessBlock | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSetPublicAccessBlock(writer: Writer, message: SetPublicAccessBlock): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.publicAccessBlock !== undefined) {
    writer.varint(18);
    const start = writer.begin();
    writePublicAccessBlock(writer, message.publicAccessBlock);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSetPublicAccessBlock(reader: Reader): SetPublicAccessBlock {
  let bucket: string = "";
  let publicAccessBlock: PublicAccessBlock | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        publicAccessBlock = readPublicAccessBlock(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SetPublicAccessBlock = { bucket };
  if (publicAccessBlock !== undefined) message.publicAccessBlock = publicAccessBlock;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSetPublicAccessBlock(message: SetPublicAccessBlock): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSetPublicAccessBlock, message);
}

export function decodeSetPublicAccessBlock(bytes: Uint8Array): SetPublicAccessBlock {
  return readSetPublicAccessBlock(new Reader(bytes));
}

/** Sets or takes away what others than the owner may do, and what nobody may. */
export interface SetBucketPolicy {
  bucket: string;
  policy?: string | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSetBucketPolicy(writer: Writer, message: SetBucketPolicy): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.policy !== undefined) {
    writer.varint(18);
    writer.string(message.policy);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSetBucketPolicy(reader: Reader): SetBucketPolicy {
  let bucket: string = "";
  let policy: string | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        policy = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SetBucketPolicy = { bucket };
  if (policy !== undefined) message.policy = policy;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSetBucketPolicy(message: SetBucketPolicy): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSetBucketPolicy, message);
}

export function decodeSetBucketPolicy(bytes: Uint8Array): SetBucketPolicy {
  return readSetBucketPolicy(new Reader(bytes));
}

/** What must hold of the version that is to be replaced, removed or locked. Without any: anything. */
export interface Conditions {
  /** Its ETag is one of these, or `*`. */
  ifMatch: string[];
  /** Its ETag is none of these; `*`: there is none. */
  ifNoneMatch: string[];
  /** It was modified in this very second. */
  ifModifiedUnixMs?: number | undefined;
  ifSizeBytes?: number | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeConditions(writer: Writer, message: Conditions): void {
  for (const item of message.ifMatch) {
    writer.varint(10);
    writer.string(item);
  }
  for (const item of message.ifNoneMatch) {
    writer.varint(18);
    writer.string(item);
  }
  if (message.ifModifiedUnixMs !== undefined) {
    writer.varint(24);
    writer.varint(message.ifModifiedUnixMs);
  }
  if (message.ifSizeBytes !== undefined) {
    writer.varint(32);
    writer.varint(message.ifSizeBytes);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readConditions(reader: Reader): Conditions {
  const ifMatch: string[] = [];
  const ifNoneMatch: string[] = [];
  let ifModifiedUnixMs: number | undefined;
  let ifSizeBytes: number | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        ifMatch.push(reader.string());
        break;
      case 18:
        ifNoneMatch.push(reader.string());
        break;
      case 24:
        ifModifiedUnixMs = reader.varint();
        break;
      case 32:
        ifSizeBytes = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Conditions = { ifMatch, ifNoneMatch };
  if (ifModifiedUnixMs !== undefined) message.ifModifiedUnixMs = ifModifiedUnixMs;
  if (ifSizeBytes !== undefined) message.ifSizeBytes = ifSizeBytes;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeConditions(message: Conditions): Uint8Array<ArrayBuffer> {
  return encodeWith(writeConditions, message);
}

export function decodeConditions(bytes: Uint8Array): Conditions {
  return readConditions(new Reader(bytes));
}

/** A unit that was written, sealed and is now committed. */
export interface NewUnit {
  id: UnitId;
  lengthBytes: number;
  contentRoot: Uint8Array;
  encoding: Encoding;
  /** The nodes of the k + m shards, by shard index. */
  homes: number[];
  /** Indexes of the shards that were not written because their node was away; ascending. */
  skipped: number[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeNewUnit(writer: Writer, message: NewUnit): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeUnitId(writer, message.id);
    writer.end(start);
  }
  if (message.lengthBytes !== 0) {
    writer.varint(16);
    writer.varint(message.lengthBytes);
  }
  if (message.contentRoot.length > 0) {
    writer.varint(26);
    writer.bytes(message.contentRoot);
  }
  {
    writer.varint(34);
    const start = writer.begin();
    writeEncoding(writer, message.encoding);
    writer.end(start);
  }
  if (message.homes.length > 0) {
    writer.varint(42);
    const start = writer.begin();
    for (const item of message.homes) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.skipped.length > 0) {
    writer.varint(50);
    const start = writer.begin();
    for (const item of message.skipped) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readNewUnit(reader: Reader): NewUnit {
  let id: UnitId | undefined;
  let lengthBytes: number = 0;
  let contentRoot: Uint8Array = new Uint8Array(0);
  let encoding: Encoding | undefined;
  const homes: number[] = [];
  const skipped: number[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        id = readUnitId(reader.nested());
        break;
      case 16:
        lengthBytes = reader.varint();
        break;
      case 26:
        contentRoot = reader.bytes();
        break;
      case 34:
        encoding = readEncoding(reader.nested());
        break;
      case 40:
        homes.push(reader.uint32());
        break;
      case 42: {
        const packed = reader.nested();
        while (!packed.done) homes.push(packed.uint32());
        break;
      }
      case 48:
        skipped.push(reader.uint32());
        break;
      case 50: {
        const packed = reader.nested();
        while (!packed.done) skipped.push(packed.uint32());
        break;
      }
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (id === undefined) throw missing("NewUnit", "id");
  if (encoding === undefined) throw missing("NewUnit", "encoding");
  const message: NewUnit = { id, lengthBytes, contentRoot, encoding, homes, skipped };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeNewUnit(message: NewUnit): Uint8Array<ArrayBuffer> {
  return encodeWith(writeNewUnit, message);
}

export function decodeNewUnit(bytes: Uint8Array): NewUnit {
  return readNewUnit(new Reader(bytes));
}

export interface PutVersion {
  bucket: string;
  key: string;
  /** A UUIDv7; made later where it does not sort after the key's newest. */
  versionId: Uint8Array;
  object: ObjectInfo;
  /** The body, in order. */
  units: NewUnit[];
  conditions?: Conditions | undefined;
  lock?: Lock | undefined;
  tags?: TagSet | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePutVersion(writer: Writer, message: PutVersion): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.key !== "") {
    writer.varint(18);
    writer.string(message.key);
  }
  if (message.versionId.length > 0) {
    writer.varint(26);
    writer.bytes(message.versionId);
  }
  {
    writer.varint(34);
    const start = writer.begin();
    writeObjectInfo(writer, message.object);
    writer.end(start);
  }
  for (const item of message.units) {
    writer.varint(42);
    const start = writer.begin();
    writeNewUnit(writer, item);
    writer.end(start);
  }
  if (message.conditions !== undefined) {
    writer.varint(50);
    const start = writer.begin();
    writeConditions(writer, message.conditions);
    writer.end(start);
  }
  if (message.lock !== undefined) {
    writer.varint(58);
    const start = writer.begin();
    writeLock(writer, message.lock);
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

export function readPutVersion(reader: Reader): PutVersion {
  let bucket: string = "";
  let key: string = "";
  let versionId: Uint8Array = new Uint8Array(0);
  let object: ObjectInfo | undefined;
  const units: NewUnit[] = [];
  let conditions: Conditions | undefined;
  let lock: Lock | undefined;
  let tags: TagSet | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        key = reader.string();
        break;
      case 26:
        versionId = reader.bytes();
        break;
      case 34:
        object = readObjectInfo(reader.nested());
        break;
      case 42:
        units.push(readNewUnit(reader.nested()));
        break;
      case 50:
        conditions = readConditions(reader.nested());
        break;
      case 58:
        lock = readLock(reader.nested());
        break;
      case 66:
        tags = readTagSet(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (object === undefined) throw missing("PutVersion", "object");
  const message: PutVersion = { bucket, key, versionId, object, units };
  if (conditions !== undefined) message.conditions = conditions;
  if (lock !== undefined) message.lock = lock;
  if (tags !== undefined) message.tags = tags;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePutVersion(message: PutVersion): Uint8Array<ArrayBuffer> {
  return encodeWith(writePutVersion, message);
}

export function decodePutVersion(bytes: Uint8Array): PutVersion {
  return readPutVersion(new Reader(bytes));
}

export interface CopyVersion {
  sourceBucket: string;
  sourceKey: string;
  sourceVersionId: Uint8Array;
  bucket: string;
  key: string;
  versionId: Uint8Array;
  /** None: the source's. */
  headers?: ObjectHeaders | undefined;
  /** Of the copy; none: the source's. */
  checksums: Checksum[];
  conditions?: Conditions | undefined;
  lock?: Lock | undefined;
  /** None: the source's. */
  tags?: TagSet | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCopyVersion(writer: Writer, message: CopyVersion): void {
  if (message.sourceBucket !== "") {
    writer.varint(10);
    writer.string(message.sourceBucket);
  }
  if (message.sourceKey !== "") {
    writer.varint(18);
    writer.string(message.sourceKey);
  }
  if (message.sourceVersionId.length > 0) {
    writer.varint(26);
    writer.bytes(message.sourceVersionId);
  }
  if (message.bucket !== "") {
    writer.varint(34);
    writer.string(message.bucket);
  }
  if (message.key !== "") {
    writer.varint(42);
    writer.string(message.key);
  }
  if (message.versionId.length > 0) {
    writer.varint(50);
    writer.bytes(message.versionId);
  }
  if (message.headers !== undefined) {
    writer.varint(58);
    const start = writer.begin();
    writeObjectHeaders(writer, message.headers);
    writer.end(start);
  }
  for (const item of message.checksums) {
    writer.varint(66);
    const start = writer.begin();
    writeChecksum(writer, item);
    writer.end(start);
  }
  if (message.conditions !== undefined) {
    writer.varint(74);
    const start = writer.begin();
    writeConditions(writer, message.conditions);
    writer.end(start);
  }
  if (message.lock !== undefined) {
    writer.varint(82);
    const start = writer.begin();
    writeLock(writer, message.lock);
    writer.end(start);
  }
  if (message.tags !== undefined) {
    writer.varint(90);
    const start = writer.begin();
    writeTagSet(writer, message.tags);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCopyVersion(reader: Reader): CopyVersion {
  let sourceBucket: string = "";
  let sourceKey: string = "";
  let sourceVersionId: Uint8Array = new Uint8Array(0);
  let bucket: string = "";
  let key: string = "";
  let versionId: Uint8Array = new Uint8Array(0);
  let headers: ObjectHeaders | undefined;
  const checksums: Checksum[] = [];
  let conditions: Conditions | undefined;
  let lock: Lock | undefined;
  let tags: TagSet | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        sourceBucket = reader.string();
        break;
      case 18:
        sourceKey = reader.string();
        break;
      case 26:
        sourceVersionId = reader.bytes();
        break;
      case 34:
        bucket = reader.string();
        break;
      case 42:
        key = reader.string();
        break;
      case 50:
        versionId = reader.bytes();
        break;
      case 58:
        headers = readObjectHeaders(reader.nested());
        break;
      case 66:
        checksums.push(readChecksum(reader.nested()));
        break;
      case 74:
        conditions = readConditions(reader.nested());
        break;
      case 82:
        lock = readLock(reader.nested());
        break;
      case 90:
        tags = readTagSet(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CopyVersion = { sourceBucket, sourceKey, sourceVersionId, bucket, key, versionId, checksums };
  if (headers !== undefined) message.headers = headers;
  if (conditions !== undefined) message.conditions = conditions;
  if (lock !== undefined) message.lock = lock;
  if (tags !== undefined) message.tags = tags;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCopyVersion(message: CopyVersion): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCopyVersion, message);
}

export function decodeCopyVersion(bytes: Uint8Array): CopyVersion {
  return readCopyVersion(new Reader(bytes));
}

export interface Deletion {
  key: string;
  /** None: the current version, by the rules of the bucket's versioning. Empty: the null version. */
  versionId?: Uint8Array | undefined;
  /** A UUIDv7 for the delete marker, if one is put. */
  markerId: Uint8Array;
  conditions?: Conditions | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeDeletion(writer: Writer, message: Deletion): void {
  if (message.key !== "") {
    writer.varint(10);
    writer.string(message.key);
  }
  if (message.versionId !== undefined) {
    writer.varint(18);
    writer.bytes(message.versionId);
  }
  if (message.markerId.length > 0) {
    writer.varint(26);
    writer.bytes(message.markerId);
  }
  if (message.conditions !== undefined) {
    writer.varint(34);
    const start = writer.begin();
    writeConditions(writer, message.conditions);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readDeletion(reader: Reader): Deletion {
  let key: string = "";
  let versionId: Uint8Array | undefined;
  let markerId: Uint8Array = new Uint8Array(0);
  let conditions: Conditions | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        key = reader.string();
        break;
      case 18:
        versionId = reader.bytes();
        break;
      case 26:
        markerId = reader.bytes();
        break;
      case 34:
        conditions = readConditions(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Deletion = { key, markerId };
  if (versionId !== undefined) message.versionId = versionId;
  if (conditions !== undefined) message.conditions = conditions;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeDeletion(message: Deletion): Uint8Array<ArrayBuffer> {
  return encodeWith(writeDeletion, message);
}

export function decodeDeletion(bytes: Uint8Array): Deletion {
  return readDeletion(new Reader(bytes));
}

export interface DeleteVersions {
  bucket: string;
  deletions: Deletion[];
  bypassGovernance: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeDeleteVersions(writer: Writer, message: DeleteVersions): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  for (const item of message.deletions) {
    writer.varint(18);
    const start = writer.begin();
    writeDeletion(writer, item);
    writer.end(start);
  }
  if (message.bypassGovernance) {
    writer.varint(24);
    writer.varint(message.bypassGovernance ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readDeleteVersions(reader: Reader): DeleteVersions {
  let bucket: string = "";
  const deletions: Deletion[] = [];
  let bypassGovernance: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        deletions.push(readDeletion(reader.nested()));
        break;
      case 24:
        bypassGovernance = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: DeleteVersions = { bucket, deletions, bypassGovernance };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeDeleteVersions(message: DeleteVersions): Uint8Array<ArrayBuffer> {
  return encodeWith(writeDeleteVersions, message);
}

export function decodeDeleteVersions(bytes: Uint8Array): DeleteVersions {
  return readDeleteVersions(new Reader(bytes));
}

/** Takes the retention away. */
export interface NoRetention {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeNoRetention(writer: Writer, message: NoRetention): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readNoRetention(reader: Reader): NoRetention {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: NoRetention = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeNoRetention(message: NoRetention): Uint8Array<ArrayBuffer> {
  return encodeWith(writeNoRetention, message);
}

export function decodeNoRetention(bytes: Uint8Array): NoRetention {
  return readNoRetention(new Reader(bytes));
}

export interface SetVersionLock {
  bucket: string;
  key: string;
  /** None: the current version. Empty: the null version. */
  versionId?: Uint8Array | undefined;
  change:
    | { kind: "retention"; value: Retention }
    | { kind: "noRetention"; value: NoRetention }
    | { kind: "legalHold"; value: boolean }
    | undefined;
  bypassGovernance: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSetVersionLock(writer: Writer, message: SetVersionLock): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.key !== "") {
    writer.varint(18);
    writer.string(message.key);
  }
  if (message.versionId !== undefined) {
    writer.varint(26);
    writer.bytes(message.versionId);
  }
  switch (message.change?.kind) {
    case "retention": {
      writer.varint(34);
      const start = writer.begin();
      writeRetention(writer, message.change.value);
      writer.end(start);
      break;
    }
    case "noRetention": {
      writer.varint(42);
      const start = writer.begin();
      writeNoRetention(writer, message.change.value);
      writer.end(start);
      break;
    }
    case "legalHold": {
      writer.varint(48);
      writer.varint(message.change.value ? 1 : 0);
      break;
    }
    case undefined:
      break;
  }
  if (message.bypassGovernance) {
    writer.varint(56);
    writer.varint(message.bypassGovernance ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSetVersionLock(reader: Reader): SetVersionLock {
  let bucket: string = "";
  let key: string = "";
  let versionId: Uint8Array | undefined;
  let change: SetVersionLock["change"];
  let bypassGovernance: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        key = reader.string();
        break;
      case 26:
        versionId = reader.bytes();
        break;
      case 34:
        change = { kind: "retention", value: readRetention(reader.nested()) };
        break;
      case 42:
        change = { kind: "noRetention", value: readNoRetention(reader.nested()) };
        break;
      case 48:
        change = { kind: "legalHold", value: reader.bool() };
        break;
      case 56:
        bypassGovernance = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SetVersionLock = { bucket, key, change, bypassGovernance };
  if (versionId !== undefined) message.versionId = versionId;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSetVersionLock(message: SetVersionLock): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSetVersionLock, message);
}

export function decodeSetVersionLock(bytes: Uint8Array): SetVersionLock {
  return readSetVersionLock(new Reader(bytes));
}

/** Sets or takes away the tags of a version, locked or not. */
export interface SetVersionTags {
  bucket: string;
  key: string;
  /** None: the current version. Empty: the null version. */
  versionId?: Uint8Array | undefined;
  tags?: TagSet | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSetVersionTags(writer: Writer, message: SetVersionTags): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.key !== "") {
    writer.varint(18);
    writer.string(message.key);
  }
  if (message.versionId !== undefined) {
    writer.varint(26);
    writer.bytes(message.versionId);
  }
  if (message.tags !== undefined) {
    writer.varint(34);
    const start = writer.begin();
    writeTagSet(writer, message.tags);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSetVersionTags(reader: Reader): SetVersionTags {
  let bucket: string = "";
  let key: string = "";
  let versionId: Uint8Array | undefined;
  let tags: TagSet | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        key = reader.string();
        break;
      case 26:
        versionId = reader.bytes();
        break;
      case 34:
        tags = readTagSet(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SetVersionTags = { bucket, key };
  if (versionId !== undefined) message.versionId = versionId;
  if (tags !== undefined) message.tags = tags;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSetVersionTags(message: SetVersionTags): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSetVersionTags, message);
}

export function decodeSetVersionTags(bytes: Uint8Array): SetVersionTags {
  return readSetVersionTags(new Reader(bytes));
}

export interface CreateUpload {
  bucket: string;
  key: string;
  /** A UUIDv7. */
  uploadId: Uint8Array;
  headers: ObjectHeaders;
  lock?: Lock | undefined;
  checksumAlgorithm?: ChecksumAlgorithm | undefined;
  checksumType: ChecksumType;
  owner: string;
  tags?: TagSet | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCreateUpload(writer: Writer, message: CreateUpload): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.key !== "") {
    writer.varint(18);
    writer.string(message.key);
  }
  if (message.uploadId.length > 0) {
    writer.varint(26);
    writer.bytes(message.uploadId);
  }
  {
    writer.varint(34);
    const start = writer.begin();
    writeObjectHeaders(writer, message.headers);
    writer.end(start);
  }
  if (message.lock !== undefined) {
    writer.varint(42);
    const start = writer.begin();
    writeLock(writer, message.lock);
    writer.end(start);
  }
  if (message.checksumAlgorithm !== undefined) {
    writer.varint(48);
    writer.varint(checksumAlgorithmNames.indexOf(message.checksumAlgorithm));
  }
  if (message.checksumType !== checksumTypeNames[0]) {
    writer.varint(56);
    writer.varint(checksumTypeNames.indexOf(message.checksumType));
  }
  if (message.owner !== "") {
    writer.varint(66);
    writer.string(message.owner);
  }
  if (message.tags !== undefined) {
    writer.varint(74);
    const start = writer.begin();
    writeTagSet(writer, message.tags);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCreateUpload(reader: Reader): CreateUpload {
  let bucket: string = "";
  let key: string = "";
  let uploadId: Uint8Array = new Uint8Array(0);
  let headers: ObjectHeaders | undefined;
  let lock: Lock | undefined;
  let checksumAlgorithm: ChecksumAlgorithm | undefined;
  let checksumType: ChecksumType = enumName(checksumTypeNames, 0);
  let owner: string = "";
  let tags: TagSet | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        key = reader.string();
        break;
      case 26:
        uploadId = reader.bytes();
        break;
      case 34:
        headers = readObjectHeaders(reader.nested());
        break;
      case 42:
        lock = readLock(reader.nested());
        break;
      case 48:
        checksumAlgorithm = enumName(checksumAlgorithmNames, reader.varint());
        break;
      case 56:
        checksumType = enumName(checksumTypeNames, reader.varint());
        break;
      case 66:
        owner = reader.string();
        break;
      case 74:
        tags = readTagSet(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (headers === undefined) throw missing("CreateUpload", "headers");
  const message: CreateUpload = { bucket, key, uploadId, headers, checksumType, owner };
  if (lock !== undefined) message.lock = lock;
  if (checksumAlgorithm !== undefined) message.checksumAlgorithm = checksumAlgorithm;
  if (tags !== undefined) message.tags = tags;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCreateUpload(message: CreateUpload): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCreateUpload, message);
}

export function decodeCreateUpload(bytes: Uint8Array): CreateUpload {
  return readCreateUpload(new Reader(bytes));
}

export interface PutPart {
  bucket: string;
  key: string;
  uploadId: Uint8Array;
  partNumber: number;
  etag: string;
  checksums: Checksum[];
  /** The part's bytes, in order. */
  units: NewUnit[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePutPart(writer: Writer, message: PutPart): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.key !== "") {
    writer.varint(18);
    writer.string(message.key);
  }
  if (message.uploadId.length > 0) {
    writer.varint(26);
    writer.bytes(message.uploadId);
  }
  if (message.partNumber !== 0) {
    writer.varint(32);
    writer.varint(message.partNumber);
  }
  if (message.etag !== "") {
    writer.varint(42);
    writer.string(message.etag);
  }
  for (const item of message.checksums) {
    writer.varint(50);
    const start = writer.begin();
    writeChecksum(writer, item);
    writer.end(start);
  }
  for (const item of message.units) {
    writer.varint(58);
    const start = writer.begin();
    writeNewUnit(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPutPart(reader: Reader): PutPart {
  let bucket: string = "";
  let key: string = "";
  let uploadId: Uint8Array = new Uint8Array(0);
  let partNumber: number = 0;
  let etag: string = "";
  const checksums: Checksum[] = [];
  const units: NewUnit[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        key = reader.string();
        break;
      case 26:
        uploadId = reader.bytes();
        break;
      case 32:
        partNumber = reader.uint32();
        break;
      case 42:
        etag = reader.string();
        break;
      case 50:
        checksums.push(readChecksum(reader.nested()));
        break;
      case 58:
        units.push(readNewUnit(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PutPart = { bucket, key, uploadId, partNumber, etag, checksums, units };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePutPart(message: PutPart): Uint8Array<ArrayBuffer> {
  return encodeWith(writePutPart, message);
}

export function decodePutPart(bytes: Uint8Array): PutPart {
  return readPutPart(new Reader(bytes));
}

/** A part that is a range of a version's bytes. */
export interface CopyPart {
  sourceBucket: string;
  sourceKey: string;
  sourceVersionId: Uint8Array;
  offsetBytes: number;
  lengthBytes: number;
  bucket: string;
  key: string;
  uploadId: Uint8Array;
  partNumber: number;
  etag: string;
  checksums: Checksum[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCopyPart(writer: Writer, message: CopyPart): void {
  if (message.sourceBucket !== "") {
    writer.varint(10);
    writer.string(message.sourceBucket);
  }
  if (message.sourceKey !== "") {
    writer.varint(18);
    writer.string(message.sourceKey);
  }
  if (message.sourceVersionId.length > 0) {
    writer.varint(26);
    writer.bytes(message.sourceVersionId);
  }
  if (message.offsetBytes !== 0) {
    writer.varint(32);
    writer.varint(message.offsetBytes);
  }
  if (message.lengthBytes !== 0) {
    writer.varint(40);
    writer.varint(message.lengthBytes);
  }
  if (message.bucket !== "") {
    writer.varint(50);
    writer.string(message.bucket);
  }
  if (message.key !== "") {
    writer.varint(58);
    writer.string(message.key);
  }
  if (message.uploadId.length > 0) {
    writer.varint(66);
    writer.bytes(message.uploadId);
  }
  if (message.partNumber !== 0) {
    writer.varint(72);
    writer.varint(message.partNumber);
  }
  if (message.etag !== "") {
    writer.varint(82);
    writer.string(message.etag);
  }
  for (const item of message.checksums) {
    writer.varint(90);
    const start = writer.begin();
    writeChecksum(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCopyPart(reader: Reader): CopyPart {
  let sourceBucket: string = "";
  let sourceKey: string = "";
  let sourceVersionId: Uint8Array = new Uint8Array(0);
  let offsetBytes: number = 0;
  let lengthBytes: number = 0;
  let bucket: string = "";
  let key: string = "";
  let uploadId: Uint8Array = new Uint8Array(0);
  let partNumber: number = 0;
  let etag: string = "";
  const checksums: Checksum[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        sourceBucket = reader.string();
        break;
      case 18:
        sourceKey = reader.string();
        break;
      case 26:
        sourceVersionId = reader.bytes();
        break;
      case 32:
        offsetBytes = reader.varint();
        break;
      case 40:
        lengthBytes = reader.varint();
        break;
      case 50:
        bucket = reader.string();
        break;
      case 58:
        key = reader.string();
        break;
      case 66:
        uploadId = reader.bytes();
        break;
      case 72:
        partNumber = reader.uint32();
        break;
      case 82:
        etag = reader.string();
        break;
      case 90:
        checksums.push(readChecksum(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CopyPart = { sourceBucket, sourceKey, sourceVersionId, offsetBytes, lengthBytes, bucket, key, uploadId, partNumber, etag, checksums };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCopyPart(message: CopyPart): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCopyPart, message);
}

export function decodeCopyPart(bytes: Uint8Array): CopyPart {
  return readCopyPart(new Reader(bytes));
}

export interface PartName {
  number: number;
  etag: string;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePartName(writer: Writer, message: PartName): void {
  if (message.number !== 0) {
    writer.varint(8);
    writer.varint(message.number);
  }
  if (message.etag !== "") {
    writer.varint(18);
    writer.string(message.etag);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPartName(reader: Reader): PartName {
  let number: number = 0;
  let etag: string = "";
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        number = reader.uint32();
        break;
      case 18:
        etag = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PartName = { number, etag };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePartName(message: PartName): Uint8Array<ArrayBuffer> {
  return encodeWith(writePartName, message);
}

export function decodePartName(bytes: Uint8Array): PartName {
  return readPartName(new Reader(bytes));
}

export interface CompleteUpload {
  bucket: string;
  key: string;
  uploadId: Uint8Array;
  versionId: Uint8Array;
  /** In the order of the object. */
  parts: PartName[];
  /** Of the whole object, made from the parts' own. */
  etag: string;
  checksums: Checksum[];
  conditions?: Conditions | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCompleteUpload(writer: Writer, message: CompleteUpload): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.key !== "") {
    writer.varint(18);
    writer.string(message.key);
  }
  if (message.uploadId.length > 0) {
    writer.varint(26);
    writer.bytes(message.uploadId);
  }
  if (message.versionId.length > 0) {
    writer.varint(34);
    writer.bytes(message.versionId);
  }
  for (const item of message.parts) {
    writer.varint(42);
    const start = writer.begin();
    writePartName(writer, item);
    writer.end(start);
  }
  if (message.etag !== "") {
    writer.varint(50);
    writer.string(message.etag);
  }
  for (const item of message.checksums) {
    writer.varint(58);
    const start = writer.begin();
    writeChecksum(writer, item);
    writer.end(start);
  }
  if (message.conditions !== undefined) {
    writer.varint(66);
    const start = writer.begin();
    writeConditions(writer, message.conditions);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCompleteUpload(reader: Reader): CompleteUpload {
  let bucket: string = "";
  let key: string = "";
  let uploadId: Uint8Array = new Uint8Array(0);
  let versionId: Uint8Array = new Uint8Array(0);
  const parts: PartName[] = [];
  let etag: string = "";
  const checksums: Checksum[] = [];
  let conditions: Conditions | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        key = reader.string();
        break;
      case 26:
        uploadId = reader.bytes();
        break;
      case 34:
        versionId = reader.bytes();
        break;
      case 42:
        parts.push(readPartName(reader.nested()));
        break;
      case 50:
        etag = reader.string();
        break;
      case 58:
        checksums.push(readChecksum(reader.nested()));
        break;
      case 66:
        conditions = readConditions(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CompleteUpload = { bucket, key, uploadId, versionId, parts, etag, checksums };
  if (conditions !== undefined) message.conditions = conditions;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCompleteUpload(message: CompleteUpload): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCompleteUpload, message);
}

export function decodeCompleteUpload(bytes: Uint8Array): CompleteUpload {
  return readCompleteUpload(new Reader(bytes));
}

export interface AbortUpload {
  bucket: string;
  key: string;
  uploadId: Uint8Array;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeAbortUpload(writer: Writer, message: AbortUpload): void {
  if (message.bucket !== "") {
    writer.varint(10);
    writer.string(message.bucket);
  }
  if (message.key !== "") {
    writer.varint(18);
    writer.string(message.key);
  }
  if (message.uploadId.length > 0) {
    writer.varint(26);
    writer.bytes(message.uploadId);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readAbortUpload(reader: Reader): AbortUpload {
  let bucket: string = "";
  let key: string = "";
  let uploadId: Uint8Array = new Uint8Array(0);
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        bucket = reader.string();
        break;
      case 18:
        key = reader.string();
        break;
      case 26:
        uploadId = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: AbortUpload = { bucket, key, uploadId };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeAbortUpload(message: AbortUpload): Uint8Array<ArrayBuffer> {
  return encodeWith(writeAbortUpload, message);
}

export function decodeAbortUpload(bytes: Uint8Array): AbortUpload {
  return readAbortUpload(new Reader(bytes));
}

/** Lets go of units that dead manifests and dead uploads name, the longest dead first. */
export interface ReleaseBodies {
  units: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeReleaseBodies(writer: Writer, message: ReleaseBodies): void {
  if (message.units !== 0) {
    writer.varint(8);
    writer.varint(message.units);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readReleaseBodies(reader: Reader): ReleaseBodies {
  let units: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        units = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ReleaseBodies = { units };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeReleaseBodies(message: ReleaseBodies): Uint8Array<ArrayBuffer> {
  return encodeWith(writeReleaseBodies, message);
}

export function decodeReleaseBodies(bytes: Uint8Array): ReleaseBodies {
  return readReleaseBodies(new Reader(bytes));
}

/** Drops rows of units that nothing has named for an hour, oldest first. */
export interface ForgetUnits {
  units: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeForgetUnits(writer: Writer, message: ForgetUnits): void {
  if (message.units !== 0) {
    writer.varint(8);
    writer.varint(message.units);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readForgetUnits(reader: Reader): ForgetUnits {
  let units: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        units = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ForgetUnits = { units };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeForgetUnits(message: ForgetUnits): Uint8Array<ArrayBuffer> {
  return encodeWith(writeForgetUnits, message);
}

export function decodeForgetUnits(bytes: Uint8Array): ForgetUnits {
  return readForgetUnits(new Reader(bytes));
}

/** Drops the results of uploads that were completed a day ago, oldest first. */
export interface ExpireUploads {
  uploads: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeExpireUploads(writer: Writer, message: ExpireUploads): void {
  if (message.uploads !== 0) {
    writer.varint(8);
    writer.varint(message.uploads);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readExpireUploads(reader: Reader): ExpireUploads {
  let uploads: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        uploads = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ExpireUploads = { uploads };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeExpireUploads(message: ExpireUploads): Uint8Array<ArrayBuffer> {
  return encodeWith(writeExpireUploads, message);
}

export function decodeExpireUploads(bytes: Uint8Array): ExpireUploads {
  return readExpireUploads(new Reader(bytes));
}

/** One unit coded anew: its shards are sealed, and take the place of those of the replaced encoding. */
export interface EncodingSwap {
  unit: UnitId;
  /** What the unit was kept by when it was read. */
  replaced: EncodingId;
  encoding: Encoding;
  /** As in NewUnit. */
  homes: number[];
  skipped: number[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeEncodingSwap(writer: Writer, message: EncodingSwap): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeUnitId(writer, message.unit);
    writer.end(start);
  }
  {
    writer.varint(18);
    const start = writer.begin();
    writeEncodingId(writer, message.replaced);
    writer.end(start);
  }
  {
    writer.varint(26);
    const start = writer.begin();
    writeEncoding(writer, message.encoding);
    writer.end(start);
  }
  if (message.homes.length > 0) {
    writer.varint(34);
    const start = writer.begin();
    for (const item of message.homes) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.skipped.length > 0) {
    writer.varint(42);
    const start = writer.begin();
    for (const item of message.skipped) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readEncodingSwap(reader: Reader): EncodingSwap {
  let unit: UnitId | undefined;
  let replaced: EncodingId | undefined;
  let encoding: Encoding | undefined;
  const homes: number[] = [];
  const skipped: number[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        unit = readUnitId(reader.nested());
        break;
      case 18:
        replaced = readEncodingId(reader.nested());
        break;
      case 26:
        encoding = readEncoding(reader.nested());
        break;
      case 32:
        homes.push(reader.uint32());
        break;
      case 34: {
        const packed = reader.nested();
        while (!packed.done) homes.push(packed.uint32());
        break;
      }
      case 40:
        skipped.push(reader.uint32());
        break;
      case 42: {
        const packed = reader.nested();
        while (!packed.done) skipped.push(packed.uint32());
        break;
      }
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (unit === undefined) throw missing("EncodingSwap", "unit");
  if (replaced === undefined) throw missing("EncodingSwap", "replaced");
  if (encoding === undefined) throw missing("EncodingSwap", "encoding");
  const message: EncodingSwap = { unit, replaced, encoding, homes, skipped };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeEncodingSwap(message: EncodingSwap): Uint8Array<ArrayBuffer> {
  return encodeWith(writeEncodingSwap, message);
}

export function decodeEncodingSwap(bytes: Uint8Array): EncodingSwap {
  return readEncodingSwap(new Reader(bytes));
}

export interface SwapEncodings {
  swaps: EncodingSwap[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSwapEncodings(writer: Writer, message: SwapEncodings): void {
  for (const item of message.swaps) {
    writer.varint(10);
    const start = writer.begin();
    writeEncodingSwap(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSwapEncodings(reader: Reader): SwapEncodings {
  const swaps: EncodingSwap[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        swaps.push(readEncodingSwap(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SwapEncodings = { swaps };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSwapEncodings(message: SwapEncodings): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSwapEncodings, message);
}

export function decodeSwapEncodings(bytes: Uint8Array): SwapEncodings {
  return readSwapEncodings(new Reader(bytes));
}

/** A mark as it was when the walk that mended its partition began. */
export interface SeenMark {
  partition: number;
  logIndex: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSeenMark(writer: Writer, message: SeenMark): void {
  if (message.partition !== 0) {
    writer.varint(8);
    writer.varint(message.partition);
  }
  if (message.logIndex !== 0) {
    writer.varint(16);
    writer.varint(message.logIndex);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSeenMark(reader: Reader): SeenMark {
  let partition: number = 0;
  let logIndex: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        partition = reader.uint32();
        break;
      case 16:
        logIndex = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: SeenMark = { partition, logIndex };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSeenMark(message: SeenMark): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSeenMark, message);
}

export function decodeSeenMark(bytes: Uint8Array): SeenMark {
  return readSeenMark(new Reader(bytes));
}

/**
 * The node has all shards of these partitions that were committed up to the marks. A mark that is
 * newer stays.
 */
export interface ClearMarks {
  node: number;
  marks: SeenMark[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeClearMarks(writer: Writer, message: ClearMarks): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
  }
  for (const item of message.marks) {
    writer.varint(18);
    const start = writer.begin();
    writeSeenMark(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readClearMarks(reader: Reader): ClearMarks {
  let node: number = 0;
  const marks: SeenMark[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        node = reader.uint32();
        break;
      case 18:
        marks.push(readSeenMark(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ClearMarks = { node, marks };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeClearMarks(message: ClearMarks): Uint8Array<ArrayBuffer> {
  return encodeWith(writeClearMarks, message);
}

export function decodeClearMarks(bytes: Uint8Array): ClearMarks {
  return readClearMarks(new Reader(bytes));
}

/** Lets one node join, once. */
export interface CreateToken {
  /** SHA-256 of the secret, which no row holds. */
  secretHash: Uint8Array;
  expiresUnixMs: number;
  issuer: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCreateToken(writer: Writer, message: CreateToken): void {
  if (message.secretHash.length > 0) {
    writer.varint(10);
    writer.bytes(message.secretHash);
  }
  if (message.expiresUnixMs !== 0) {
    writer.varint(16);
    writer.varint(message.expiresUnixMs);
  }
  if (message.issuer !== 0) {
    writer.varint(24);
    writer.varint(message.issuer);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCreateToken(reader: Reader): CreateToken {
  let secretHash: Uint8Array = new Uint8Array(0);
  let expiresUnixMs: number = 0;
  let issuer: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        secretHash = reader.bytes();
        break;
      case 16:
        expiresUnixMs = reader.varint();
        break;
      case 24:
        issuer = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CreateToken = { secretHash, expiresUnixMs, issuer };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCreateToken(message: CreateToken): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCreateToken, message);
}

export function decodeCreateToken(bytes: Uint8Array): CreateToken {
  return readCreateToken(new Reader(bytes));
}

/**
 * Uses a token up and registers the node, which holds no shards yet. The same key with the same
 * token gets the same answer again.
 */
export interface JoinNode {
  secretHash: Uint8Array;
  keyFingerprint: Uint8Array;
  addresses: string[];
  host: string;
  zone: string;
  weight: number;
  /** The node whose place it takes. */
  replaces?: number | undefined;
  /** What people call it. */
  name?: string | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeJoinNode(writer: Writer, message: JoinNode): void {
  if (message.secretHash.length > 0) {
    writer.varint(10);
    writer.bytes(message.secretHash);
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
  if (message.replaces !== undefined) {
    writer.varint(56);
    writer.varint(message.replaces);
  }
  if (message.name !== undefined) {
    writer.varint(66);
    writer.string(message.name);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readJoinNode(reader: Reader): JoinNode {
  let secretHash: Uint8Array = new Uint8Array(0);
  let keyFingerprint: Uint8Array = new Uint8Array(0);
  const addresses: string[] = [];
  let host: string = "";
  let zone: string = "";
  let weight: number = 0;
  let replaces: number | undefined;
  let name: string | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        secretHash = reader.bytes();
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
        replaces = reader.uint32();
        break;
      case 66:
        name = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: JoinNode = { secretHash, keyFingerprint, addresses, host, zone, weight };
  if (replaces !== undefined) message.replaces = replaces;
  if (name !== undefined) message.name = name;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeJoinNode(message: JoinNode): Uint8Array<ArrayBuffer> {
  return encodeWith(writeJoinNode, message);
}

export function decodeJoinNode(bytes: Uint8Array): JoinNode {
  return readJoinNode(new Reader(bytes));
}

/** What a node says of itself at its start. The next change of the layout goes by it. */
export interface UpdateNode {
  node: number;
  addresses: string[];
  host: string;
  zone: string;
  weight: number;
  name?: string | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeUpdateNode(writer: Writer, message: UpdateNode): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
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
  if (message.name !== undefined) {
    writer.varint(50);
    writer.string(message.name);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readUpdateNode(reader: Reader): UpdateNode {
  let node: number = 0;
  const addresses: string[] = [];
  let host: string = "";
  let zone: string = "";
  let weight: number = 0;
  let name: string | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        node = reader.uint32();
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
      case 50:
        name = reader.string();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: UpdateNode = { node, addresses, host, zone, weight };
  if (name !== undefined) message.name = name;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeUpdateNode(message: UpdateNode): Uint8Array<ArrayBuffer> {
  return encodeWith(writeUpdateNode, message);
}

export function decodeUpdateNode(bytes: Uint8Array): UpdateNode {
  return readUpdateNode(new Reader(bytes));
}

/** The node may prove this key too. */
export interface AddKey {
  node: number;
  keyFingerprint: Uint8Array;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeAddKey(writer: Writer, message: AddKey): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
  }
  if (message.keyFingerprint.length > 0) {
    writer.varint(18);
    writer.bytes(message.keyFingerprint);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readAddKey(reader: Reader): AddKey {
  let node: number = 0;
  let keyFingerprint: Uint8Array = new Uint8Array(0);
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        node = reader.uint32();
        break;
      case 18:
        keyFingerprint = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: AddKey = { node, keyFingerprint };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeAddKey(message: AddKey): Uint8Array<ArrayBuffer> {
  return encodeWith(writeAddKey, message);
}

export function decodeAddKey(bytes: Uint8Array): AddKey {
  return readAddKey(new Reader(bytes));
}

/** The node may not prove this key any more. It keeps one at least. */
export interface RetireKey {
  node: number;
  keyFingerprint: Uint8Array;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRetireKey(writer: Writer, message: RetireKey): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
  }
  if (message.keyFingerprint.length > 0) {
    writer.varint(18);
    writer.bytes(message.keyFingerprint);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRetireKey(reader: Reader): RetireKey {
  let node: number = 0;
  let keyFingerprint: Uint8Array = new Uint8Array(0);
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        node = reader.uint32();
        break;
      case 18:
        keyFingerprint = reader.bytes();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: RetireKey = { node, keyFingerprint };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRetireKey(message: RetireKey): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRetireKey, message);
}

export function decodeRetireKey(bytes: Uint8Array): RetireKey {
  return readRetireKey(new Reader(bytes));
}

/** A node that has lost its log takes part under a new Raft id. */
export interface RenewRaftId {
  node: number;
  /** What it was, so that one loss is answered once. */
  lostRaftId: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRenewRaftId(writer: Writer, message: RenewRaftId): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
  }
  if (message.lostRaftId !== 0) {
    writer.varint(16);
    writer.varint(message.lostRaftId);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRenewRaftId(reader: Reader): RenewRaftId {
  let node: number = 0;
  let lostRaftId: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        node = reader.uint32();
        break;
      case 16:
        lostRaftId = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: RenewRaftId = { node, lostRaftId };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRenewRaftId(message: RenewRaftId): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRenewRaftId, message);
}

export function decodeRenewRaftId(bytes: Uint8Array): RenewRaftId {
  return readRenewRaftId(new Reader(bytes));
}

/** The node holds no shards and comes no more. */
export interface RemoveNode {
  node: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRemoveNode(writer: Writer, message: RemoveNode): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRemoveNode(reader: Reader): RemoveNode {
  let node: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        node = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: RemoveNode = { node };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRemoveNode(message: RemoveNode): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRemoveNode, message);
}

export function decodeRemoveNode(bytes: Uint8Array): RemoveNode {
  return readRemoveNode(new Reader(bytes));
}

/** Commits a table beside the old one, made from the layout of this version. */
export interface ChangeLayout {
  baseVersion: number;
  kind: LayoutChangeKind;
  /** Those that grow in; who drains or is undrained; who is replaced, and by whom. */
  nodes: number[];
  width: number;
  /** Partition by partition, shard by shard. */
  homes: number[];
  /** May come on top of an open transition: a node that it needs has died. */
  amends: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeChangeLayout(writer: Writer, message: ChangeLayout): void {
  if (message.baseVersion !== 0) {
    writer.varint(8);
    writer.varint(message.baseVersion);
  }
  if (message.kind !== layoutChangeKindNames[0]) {
    writer.varint(16);
    writer.varint(layoutChangeKindNames.indexOf(message.kind));
  }
  if (message.nodes.length > 0) {
    writer.varint(26);
    const start = writer.begin();
    for (const item of message.nodes) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.width !== 0) {
    writer.varint(32);
    writer.varint(message.width);
  }
  if (message.homes.length > 0) {
    writer.varint(42);
    const start = writer.begin();
    for (const item of message.homes) {
      writer.varint(item);
    }
    writer.end(start);
  }
  if (message.amends) {
    writer.varint(48);
    writer.varint(message.amends ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readChangeLayout(reader: Reader): ChangeLayout {
  let baseVersion: number = 0;
  let kind: LayoutChangeKind = enumName(layoutChangeKindNames, 0);
  const nodes: number[] = [];
  let width: number = 0;
  const homes: number[] = [];
  let amends: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        baseVersion = reader.varint();
        break;
      case 16:
        kind = enumName(layoutChangeKindNames, reader.varint());
        break;
      case 24:
        nodes.push(reader.uint32());
        break;
      case 26: {
        const packed = reader.nested();
        while (!packed.done) nodes.push(packed.uint32());
        break;
      }
      case 32:
        width = reader.uint32();
        break;
      case 40:
        homes.push(reader.uint32());
        break;
      case 42: {
        const packed = reader.nested();
        while (!packed.done) homes.push(packed.uint32());
        break;
      }
      case 48:
        amends = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ChangeLayout = { baseVersion, kind, nodes, width, homes, amends };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeChangeLayout(message: ChangeLayout): Uint8Array<ArrayBuffer> {
  return encodeWith(writeChangeLayout, message);
}

export function decodeChangeLayout(bytes: Uint8Array): ChangeLayout {
  return readChangeLayout(new Reader(bytes));
}

/** The two tables of the open transition change places. */
export interface UndoLayout {
  baseVersion: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeUndoLayout(writer: Writer, message: UndoLayout): void {
  if (message.baseVersion !== 0) {
    writer.varint(8);
    writer.varint(message.baseVersion);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readUndoLayout(reader: Reader): UndoLayout {
  let baseVersion: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        baseVersion = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: UndoLayout = { baseVersion };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeUndoLayout(message: UndoLayout): Uint8Array<ArrayBuffer> {
  return encodeWith(writeUndoLayout, message);
}

export function decodeUndoLayout(bytes: Uint8Array): UndoLayout {
  return readUndoLayout(new Reader(bytes));
}

/** The node has finished a presence walk that it began after applying this layout version. */
export interface ReportWalk {
  node: number;
  layoutVersion: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeReportWalk(writer: Writer, message: ReportWalk): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
  }
  if (message.layoutVersion !== 0) {
    writer.varint(16);
    writer.varint(message.layoutVersion);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readReportWalk(reader: Reader): ReportWalk {
  let node: number = 0;
  let layoutVersion: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        node = reader.uint32();
        break;
      case 16:
        layoutVersion = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: ReportWalk = { node, layoutVersion };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeReportWalk(message: ReportWalk): Uint8Array<ArrayBuffer> {
  return encodeWith(writeReportWalk, message);
}

export function decodeReportWalk(bytes: Uint8Array): ReportWalk {
  return readReportWalk(new Reader(bytes));
}

/** Begins an operation that the leader takes step by step, until it is over or aborted. */
export interface BeginOperation {
  /** The layout that its first step was planned from. */
  baseVersion: number;
  kind: OperationKind;
  node: number;
  mayNarrow: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeBeginOperation(writer: Writer, message: BeginOperation): void {
  if (message.baseVersion !== 0) {
    writer.varint(8);
    writer.varint(message.baseVersion);
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
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readBeginOperation(reader: Reader): BeginOperation {
  let baseVersion: number = 0;
  let kind: OperationKind = enumName(operationKindNames, 0);
  let node: number = 0;
  let mayNarrow: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        baseVersion = reader.varint();
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
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: BeginOperation = { baseVersion, kind, node, mayNarrow };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeBeginOperation(message: BeginOperation): Uint8Array<ArrayBuffer> {
  return encodeWith(writeBeginOperation, message);
}

export function decodeBeginOperation(bytes: Uint8Array): BeginOperation {
  return readBeginOperation(new Reader(bytes));
}

/** The operation is over, or given up. */
export interface EndOperation {
  logIndex: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeEndOperation(writer: Writer, message: EndOperation): void {
  if (message.logIndex !== 0) {
    writer.varint(8);
    writer.varint(message.logIndex);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readEndOperation(reader: Reader): EndOperation {
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
  const message: EndOperation = { logIndex };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeEndOperation(message: EndOperation): Uint8Array<ArrayBuffer> {
  return encodeWith(writeEndOperation, message);
}

export function decodeEndOperation(bytes: Uint8Array): EndOperation {
  return readEndOperation(new Reader(bytes));
}

export interface PauseUpkeep {
  isPaused: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePauseUpkeep(writer: Writer, message: PauseUpkeep): void {
  if (message.isPaused) {
    writer.varint(8);
    writer.varint(message.isPaused ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPauseUpkeep(reader: Reader): PauseUpkeep {
  let isPaused: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        isPaused = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PauseUpkeep = { isPaused };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePauseUpkeep(message: PauseUpkeep): Uint8Array<ArrayBuffer> {
  return encodeWith(writePauseUpkeep, message);
}

export function decodePauseUpkeep(bytes: Uint8Array): PauseUpkeep {
  return readPauseUpkeep(new Reader(bytes));
}

export interface Refusal {
  code: RefusalCode;
  /** For people and logs. */
  detail: string;
  /** The part that is at fault, where one is. */
  partNumber?: number | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeRefusal(writer: Writer, message: Refusal): void {
  if (message.code !== refusalCodeNames[0]) {
    writer.varint(8);
    writer.varint(refusalCodeNames.indexOf(message.code));
  }
  if (message.detail !== "") {
    writer.varint(18);
    writer.string(message.detail);
  }
  if (message.partNumber !== undefined) {
    writer.varint(24);
    writer.varint(message.partNumber);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readRefusal(reader: Reader): Refusal {
  let code: RefusalCode = enumName(refusalCodeNames, 0);
  let detail: string = "";
  let partNumber: number | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        code = enumName(refusalCodeNames, reader.varint());
        break;
      case 18:
        detail = reader.string();
        break;
      case 24:
        partNumber = reader.uint32();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Refusal = { code, detail };
  if (partNumber !== undefined) message.partNumber = partNumber;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeRefusal(message: Refusal): Uint8Array<ArrayBuffer> {
  return encodeWith(writeRefusal, message);
}

export function decodeRefusal(bytes: Uint8Array): Refusal {
  return readRefusal(new Reader(bytes));
}

export interface SessionOpened {
  session: SessionId;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeSessionOpened(writer: Writer, message: SessionOpened): void {
  {
    writer.varint(10);
    const start = writer.begin();
    writeSessionId(writer, message.session);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readSessionOpened(reader: Reader): SessionOpened {
  let session: SessionId | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        session = readSessionId(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  if (session === undefined) throw missing("SessionOpened", "session");
  const message: SessionOpened = { session };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeSessionOpened(message: SessionOpened): Uint8Array<ArrayBuffer> {
  return encodeWith(writeSessionOpened, message);
}

export function decodeSessionOpened(bytes: Uint8Array): SessionOpened {
  return readSessionOpened(new Reader(bytes));
}

export interface VersionPut {
  versionId: Uint8Array;
  isNull: boolean;
  versioning: Versioning;
  modifiedUnixMs: number;
  etag: string;
  sizeBytes: number;
  checksums: Checksum[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeVersionPut(writer: Writer, message: VersionPut): void {
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
  if (message.modifiedUnixMs !== 0) {
    writer.varint(32);
    writer.varint(message.modifiedUnixMs);
  }
  if (message.etag !== "") {
    writer.varint(42);
    writer.string(message.etag);
  }
  if (message.sizeBytes !== 0) {
    writer.varint(48);
    writer.varint(message.sizeBytes);
  }
  for (const item of message.checksums) {
    writer.varint(58);
    const start = writer.begin();
    writeChecksum(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readVersionPut(reader: Reader): VersionPut {
  let versionId: Uint8Array = new Uint8Array(0);
  let isNull: boolean = false;
  let versioning: Versioning = enumName(versioningNames, 0);
  let modifiedUnixMs: number = 0;
  let etag: string = "";
  let sizeBytes: number = 0;
  const checksums: Checksum[] = [];
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
      case 32:
        modifiedUnixMs = reader.varint();
        break;
      case 42:
        etag = reader.string();
        break;
      case 48:
        sizeBytes = reader.varint();
        break;
      case 58:
        checksums.push(readChecksum(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: VersionPut = { versionId, isNull, versioning, modifiedUnixMs, etag, sizeBytes, checksums };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeVersionPut(message: VersionPut): Uint8Array<ArrayBuffer> {
  return encodeWith(writeVersionPut, message);
}

export function decodeVersionPut(bytes: Uint8Array): VersionPut {
  return readVersionPut(new Reader(bytes));
}

/** What became of one deletion. */
export interface Deleted {
  refusal?: Refusal | undefined;
  /** The version that was removed or the delete marker that was put; none where nothing was. */
  versionId?: Uint8Array | undefined;
  isNull: boolean;
  /** `version_id` is a delete marker. */
  deleteMarker: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeDeleted(writer: Writer, message: Deleted): void {
  if (message.refusal !== undefined) {
    writer.varint(10);
    const start = writer.begin();
    writeRefusal(writer, message.refusal);
    writer.end(start);
  }
  if (message.versionId !== undefined) {
    writer.varint(18);
    writer.bytes(message.versionId);
  }
  if (message.isNull) {
    writer.varint(24);
    writer.varint(message.isNull ? 1 : 0);
  }
  if (message.deleteMarker) {
    writer.varint(32);
    writer.varint(message.deleteMarker ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readDeleted(reader: Reader): Deleted {
  let refusal: Refusal | undefined;
  let versionId: Uint8Array | undefined;
  let isNull: boolean = false;
  let deleteMarker: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        refusal = readRefusal(reader.nested());
        break;
      case 18:
        versionId = reader.bytes();
        break;
      case 24:
        isNull = reader.bool();
        break;
      case 32:
        deleteMarker = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Deleted = { isNull, deleteMarker };
  if (refusal !== undefined) message.refusal = refusal;
  if (versionId !== undefined) message.versionId = versionId;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeDeleted(message: Deleted): Uint8Array<ArrayBuffer> {
  return encodeWith(writeDeleted, message);
}

export function decodeDeleted(bytes: Uint8Array): Deleted {
  return readDeleted(new Reader(bytes));
}

export interface VersionsDeleted {
  versioning: Versioning;
  /** One for each deletion, in its order. */
  deleted: Deleted[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeVersionsDeleted(writer: Writer, message: VersionsDeleted): void {
  if (message.versioning !== versioningNames[0]) {
    writer.varint(8);
    writer.varint(versioningNames.indexOf(message.versioning));
  }
  for (const item of message.deleted) {
    writer.varint(18);
    const start = writer.begin();
    writeDeleted(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readVersionsDeleted(reader: Reader): VersionsDeleted {
  let versioning: Versioning = enumName(versioningNames, 0);
  const deleted: Deleted[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        versioning = enumName(versioningNames, reader.varint());
        break;
      case 18:
        deleted.push(readDeleted(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: VersionsDeleted = { versioning, deleted };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeVersionsDeleted(message: VersionsDeleted): Uint8Array<ArrayBuffer> {
  return encodeWith(writeVersionsDeleted, message);
}

export function decodeVersionsDeleted(bytes: Uint8Array): VersionsDeleted {
  return readVersionsDeleted(new Reader(bytes));
}

/** The version whose tags were set. */
export interface VersionTagged {
  versionId: Uint8Array;
  isNull: boolean;
  versioning: Versioning;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeVersionTagged(writer: Writer, message: VersionTagged): void {
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
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readVersionTagged(reader: Reader): VersionTagged {
  let versionId: Uint8Array = new Uint8Array(0);
  let isNull: boolean = false;
  let versioning: Versioning = enumName(versioningNames, 0);
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
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: VersionTagged = { versionId, isNull, versioning };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeVersionTagged(message: VersionTagged): Uint8Array<ArrayBuffer> {
  return encodeWith(writeVersionTagged, message);
}

export function decodeVersionTagged(bytes: Uint8Array): VersionTagged {
  return readVersionTagged(new Reader(bytes));
}

export interface PartPut {
  modifiedUnixMs: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writePartPut(writer: Writer, message: PartPut): void {
  if (message.modifiedUnixMs !== 0) {
    writer.varint(8);
    writer.varint(message.modifiedUnixMs);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readPartPut(reader: Reader): PartPut {
  let modifiedUnixMs: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        modifiedUnixMs = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: PartPut = { modifiedUnixMs };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodePartPut(message: PartPut): Uint8Array<ArrayBuffer> {
  return encodeWith(writePartPut, message);
}

export function decodePartPut(bytes: Uint8Array): PartPut {
  return readPartPut(new Reader(bytes));
}

/** How much upkeep was done; less than was asked for means there is no more. */
export interface UpkeepDone {
  count: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeUpkeepDone(writer: Writer, message: UpkeepDone): void {
  if (message.count !== 0) {
    writer.varint(8);
    writer.varint(message.count);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readUpkeepDone(reader: Reader): UpkeepDone {
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
  const message: UpkeepDone = { count };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeUpkeepDone(message: UpkeepDone): Uint8Array<ArrayBuffer> {
  return encodeWith(writeUpkeepDone, message);
}

export function decodeUpkeepDone(bytes: Uint8Array): UpkeepDone {
  return readUpkeepDone(new Reader(bytes));
}

export interface EncodingSwapped {
  refusal?: Refusal | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeEncodingSwapped(writer: Writer, message: EncodingSwapped): void {
  if (message.refusal !== undefined) {
    writer.varint(10);
    const start = writer.begin();
    writeRefusal(writer, message.refusal);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readEncodingSwapped(reader: Reader): EncodingSwapped {
  let refusal: Refusal | undefined;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        refusal = readRefusal(reader.nested());
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: EncodingSwapped = {  };
  if (refusal !== undefined) message.refusal = refusal;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeEncodingSwapped(message: EncodingSwapped): Uint8Array<ArrayBuffer> {
  return encodeWith(writeEncodingSwapped, message);
}

export function decodeEncodingSwapped(bytes: Uint8Array): EncodingSwapped {
  return readEncodingSwapped(new Reader(bytes));
}

export interface EncodingsSwapped {
  /** One for each swap, in its order. */
  swapped: EncodingSwapped[];
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeEncodingsSwapped(writer: Writer, message: EncodingsSwapped): void {
  for (const item of message.swapped) {
    writer.varint(10);
    const start = writer.begin();
    writeEncodingSwapped(writer, item);
    writer.end(start);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readEncodingsSwapped(reader: Reader): EncodingsSwapped {
  const swapped: EncodingSwapped[] = [];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        swapped.push(readEncodingSwapped(reader.nested()));
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: EncodingsSwapped = { swapped };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeEncodingsSwapped(message: EncodingsSwapped): Uint8Array<ArrayBuffer> {
  return encodeWith(writeEncodingsSwapped, message);
}

export function decodeEncodingsSwapped(bytes: Uint8Array): EncodingsSwapped {
  return readEncodingsSwapped(new Reader(bytes));
}

/** A node's ids, given to it for good. */
export interface NodeRegistered {
  node: number;
  raftId: number;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeNodeRegistered(writer: Writer, message: NodeRegistered): void {
  if (message.node !== 0) {
    writer.varint(8);
    writer.varint(message.node);
  }
  if (message.raftId !== 0) {
    writer.varint(16);
    writer.varint(message.raftId);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readNodeRegistered(reader: Reader): NodeRegistered {
  let node: number = 0;
  let raftId: number = 0;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 8:
        node = reader.uint32();
        break;
      case 16:
        raftId = reader.varint();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: NodeRegistered = { node, raftId };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeNodeRegistered(message: NodeRegistered): Uint8Array<ArrayBuffer> {
  return encodeWith(writeNodeRegistered, message);
}

export function decodeNodeRegistered(bytes: Uint8Array): NodeRegistered {
  return readNodeRegistered(new Reader(bytes));
}

/** It is done, and there is nothing to say of it. */
export interface Done {
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeDone(writer: Writer, message: Done): void {
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readDone(reader: Reader): Done {
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: Done = {  };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeDone(message: Done): Uint8Array<ArrayBuffer> {
  return encodeWith(writeDone, message);
}

export function decodeDone(bytes: Uint8Array): Done {
  return readDone(new Reader(bytes));
}

/** What a command came to. Kept at x/r<session id><number> while its proposer may ask again. */
export interface CommandResult {
  outcome:
    | { kind: "refusal"; value: Refusal }
    | { kind: "done"; value: Done }
    | { kind: "sessionOpened"; value: SessionOpened }
    | { kind: "versionPut"; value: VersionPut }
    | { kind: "versionsDeleted"; value: VersionsDeleted }
    | { kind: "partPut"; value: PartPut }
    | { kind: "upkeepDone"; value: UpkeepDone }
    | { kind: "nodeRegistered"; value: NodeRegistered }
    | { kind: "encodingsSwapped"; value: EncodingsSwapped }
    | { kind: "versionTagged"; value: VersionTagged }
    | undefined;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeCommandResult(writer: Writer, message: CommandResult): void {
  switch (message.outcome?.kind) {
    case "refusal": {
      writer.varint(10);
      const start = writer.begin();
      writeRefusal(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case "done": {
      writer.varint(18);
      const start = writer.begin();
      writeDone(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case "sessionOpened": {
      writer.varint(26);
      const start = writer.begin();
      writeSessionOpened(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case "versionPut": {
      writer.varint(34);
      const start = writer.begin();
      writeVersionPut(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case "versionsDeleted": {
      writer.varint(42);
      const start = writer.begin();
      writeVersionsDeleted(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case "partPut": {
      writer.varint(50);
      const start = writer.begin();
      writePartPut(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case "upkeepDone": {
      writer.varint(58);
      const start = writer.begin();
      writeUpkeepDone(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case "nodeRegistered": {
      writer.varint(66);
      const start = writer.begin();
      writeNodeRegistered(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case "encodingsSwapped": {
      writer.varint(74);
      const start = writer.begin();
      writeEncodingsSwapped(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case "versionTagged": {
      writer.varint(82);
      const start = writer.begin();
      writeVersionTagged(writer, message.outcome.value);
      writer.end(start);
      break;
    }
    case undefined:
      break;
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readCommandResult(reader: Reader): CommandResult {
  let outcome: CommandResult["outcome"];
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        outcome = { kind: "refusal", value: readRefusal(reader.nested()) };
        break;
      case 18:
        outcome = { kind: "done", value: readDone(reader.nested()) };
        break;
      case 26:
        outcome = { kind: "sessionOpened", value: readSessionOpened(reader.nested()) };
        break;
      case 34:
        outcome = { kind: "versionPut", value: readVersionPut(reader.nested()) };
        break;
      case 42:
        outcome = { kind: "versionsDeleted", value: readVersionsDeleted(reader.nested()) };
        break;
      case 50:
        outcome = { kind: "partPut", value: readPartPut(reader.nested()) };
        break;
      case 58:
        outcome = { kind: "upkeepDone", value: readUpkeepDone(reader.nested()) };
        break;
      case 66:
        outcome = { kind: "nodeRegistered", value: readNodeRegistered(reader.nested()) };
        break;
      case 74:
        outcome = { kind: "encodingsSwapped", value: readEncodingsSwapped(reader.nested()) };
        break;
      case 82:
        outcome = { kind: "versionTagged", value: readVersionTagged(reader.nested()) };
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: CommandResult = { outcome };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeCommandResult(message: CommandResult): Uint8Array<ArrayBuffer> {
  return encodeWith(writeCommandResult, message);
}

export function decodeCommandResult(bytes: Uint8Array): CommandResult {
  return readCommandResult(new Reader(bytes));
}
