import { emptyBytes } from "#base/bytes.ts";
import {
  type Bucket,
  type Cluster,
  type CommandResult,
  type Credential,
  decodeBucket,
  decodeCluster,
  decodeCommandResult,
  decodeCredential,
  decodeJoinToken,
  decodeLayout,
  decodeLayoutBlock,
  decodeListing,
  decodeManifest,
  decodeManifestPiece,
  decodeNode,
  decodePart,
  decodePartitionCount,
  decodeSession,
  decodeSkippedMark,
  decodeUnit,
  decodeUpkeep,
  decodeUpload,
  decodeVersion,
  encodeBucket,
  encodeCluster,
  encodeCommandResult,
  encodeCredential,
  encodeJoinToken,
  encodeLayout,
  encodeLayoutBlock,
  encodeListing,
  encodeManifest,
  encodeManifestPiece,
  encodeNode,
  encodePart,
  encodePartitionCount,
  encodeSession,
  encodeSkippedMark,
  encodeUnit,
  encodeUpkeep,
  encodeUpload,
  encodeVersion,
  type JoinToken,
  type Layout,
  type LayoutBlock,
  type Listing,
  type Manifest,
  type ManifestPiece,
  type Node,
  type Part,
  type PartitionCount,
  type Session,
  type SkippedMark,
  type Unit,
  type Upkeep,
  type Upload,
  type Version,
} from "#format/index.ts";
import type { Table } from "./state-batch.ts";

export const buckets: Table<Bucket> = {
  encode: encodeBucket,
  decode: decodeBucket,
  isKept: true,
};
export const versions: Table<Version> = { encode: encodeVersion, decode: decodeVersion };
export const listings: Table<Listing> = { encode: encodeListing, decode: decodeListing };
export const manifests: Table<Manifest> = { encode: encodeManifest, decode: decodeManifest };
export const pieces: Table<ManifestPiece> = {
  encode: encodeManifestPiece,
  decode: decodeManifestPiece,
};
export const units: Table<Unit> = { encode: encodeUnit, decode: decodeUnit };
export const uploads: Table<Upload> = { encode: encodeUpload, decode: decodeUpload };
export const parts: Table<Part> = { encode: encodePart, decode: decodePart };
export const skippedMarks: Table<SkippedMark> = {
  encode: encodeSkippedMark,
  decode: decodeSkippedMark,
};
export const nodes: Table<Node> = { encode: encodeNode, decode: decodeNode };
export const layouts: Table<Layout> = {
  encode: encodeLayout,
  decode: decodeLayout,
  isKept: true,
};
export const layoutBlocks: Table<LayoutBlock> = {
  encode: encodeLayoutBlock,
  decode: decodeLayoutBlock,
  isKept: true,
};
export const tokens: Table<JoinToken> = { encode: encodeJoinToken, decode: decodeJoinToken };
export const credentials: Table<Credential> = {
  encode: encodeCredential,
  decode: decodeCredential,
  isKept: true,
};
export const clusters: Table<Cluster> = {
  encode: encodeCluster,
  decode: decodeCluster,
  isKept: true,
};
export const upkeeps: Table<Upkeep> = {
  encode: encodeUpkeep,
  decode: decodeUpkeep,
  isKept: true,
};
export const sessions: Table<Session> = { encode: encodeSession, decode: decodeSession };
export const results: Table<CommandResult> = {
  encode: encodeCommandResult,
  decode: decodeCommandResult,
};
export const partitionCounts: Table<PartitionCount> = {
  encode: encodePartitionCount,
  decode: decodePartitionCount,
};

/** Rows whose key says it all. */
export const queueEntries: Table<true> = { encode: () => emptyBytes, decode: () => true };
