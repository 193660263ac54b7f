import { assert } from "#base/assert.ts";
import { textOf, utf8 } from "#base/bytes.ts";
import { partitionOf } from "#base/partition.ts";
import { Slab } from "#base/slab.ts";
import type { ManifestId, SessionId, UnitId } from "#format/index.ts";
import { partitionsPerLayoutBlock } from "./limits.ts";

/*
 * Where every row stands. Numbers are big-endian and of fixed width, so that bytes sort as numbers
 * do; names end in a NUL, which they cannot hold, so that a name sorts before those it is a prefix
 * of.
 *
 *   b/<bucket>                                      bucket
 *   v/<bucket>\0<key>\0<~version id:16>             version, newest first
 *   c/<bucket>\0<key>                               listing of the current version
 *   m/<manifest id:20>[<piece:2>]                   manifest and its pieces
 *   d/<partition:2><unit id:20>                     unit
 *   u/<bucket>\0<key>\0<upload id:16>[<part:2>]     upload and its parts
 *   o/<node:4><partition:2>                         mark of a skipped shard
 *   n/<node:4>                                      node
 *   l/<version:8>[<block:2>]                        layout and its table
 *   t/<hash:32>                                     join token
 *   a/<access key id>                               credential
 *   x/c                                             cluster
 *   x/o                                             what operators want of upkeep
 *   x/s<session id:12>                              session
 *   x/r<session id:12><number:8>                    kept result
 *   x/p<k:1><m:1><partition:2>                      count of units
 *   x/q<died ms:8>m<manifest id:20>                 dead manifest, to be released
 *   x/q<died ms:8>u<the upload's key behind u/>     dead upload's parts, to be released
 *   x/g<since ms:8><the unit's key behind d/>       unit nothing names, or one with an encoding
 *                                                   that was replaced: to be forgotten
 *   x/e<completed ms:8><the upload's key behind u/> completed upload, to be dropped
 */

const encoder = new TextEncoder();

/** A key is built in here; more than the longest name a caller may bring, of three bytes a unit. */
const scratch = new Uint8Array(8192);
const scratchView = new DataView(scratch.buffer);
/** Keys live as long as the store has not written them. */
const slab = new Slab();
let length = 0;

function begin(prefix: string): void {
  length = 0;
  for (let i = 0; i < prefix.length; i++) scratch[length++] = prefix.charCodeAt(i);
}

function text(value: string): void {
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit >= 0x80) {
      const { read, written } = encoder.encodeInto(value.slice(i), scratch.subarray(length));
      assert(i + read === value.length, "M1: a row's key fits");
      length += written;
      return;
    }
    scratch[length++] = unit;
  }
  assert(length <= scratch.length, "M1: a row's key fits");
}

function name(value: string): void {
  text(value);
  scratch[length++] = 0;
}

function raw(bytes: Uint8Array): void {
  scratch.set(bytes, length);
  length += bytes.length;
}

function uint16(value: number): void {
  scratchView.setUint16(length, value);
  length += 2;
}

function uint32(value: number): void {
  scratchView.setUint32(length, value);
  length += 4;
}

function uint64(value: number): void {
  scratchView.setUint32(length, Math.floor(value / 2 ** 32));
  scratchView.setUint32(length + 4, value >>> 0);
  length += 8;
}

function inverted(id: Uint8Array): void {
  for (let i = 0; i < id.length; i++) scratch[length++] = ~(id[i] ?? 0);
}

function finish(): Uint8Array<ArrayBuffer> {
  return slab.copy(scratch.subarray(0, length));
}

export const versionIdSizeBytes = 16;
export const uploadIdSizeBytes = 16;
const unitKeySizeBytes = 2 + 22;

/** Half-open, as KeyRange has it. */
export interface Range {
  start: Uint8Array;
  end: Uint8Array;
}

/** All keys that begin with `prefix`. */
export function rangeOf(prefix: Uint8Array): Range {
  return { start: prefix, end: successorOf(prefix) };
}

/** The first key behind all that begin with `prefix`, which has a byte below 255. */
export function successorOf(prefix: Uint8Array): Uint8Array {
  let size = prefix.length;
  while (size > 0 && prefix[size - 1] === 0xff) size--;
  assert(size > 0, "M1: a prefix has a successor");
  const end = prefix.slice(0, size);
  end[size - 1] = (end[size - 1] ?? 0) + 1;
  return end;
}

/** The first key behind `key`. */
export function keyAfter(key: Uint8Array): Uint8Array {
  const after = new Uint8Array(key.length + 1);
  after.set(key);
  return after;
}

export function bucketKey(bucket: string): Uint8Array {
  begin("b/");
  text(bucket);
  return finish();
}

/** What the rows of a key's versions begin with. */
export function versionsOfKey(bucket: string, key: string): Uint8Array {
  begin("v/");
  name(bucket);
  name(key);
  return finish();
}

/** What the rows of versions of all keys that begin with `prefix` begin with. */
export function versionsUnder(bucket: string, prefix: string): Uint8Array {
  begin("v/");
  name(bucket);
  text(prefix);
  return finish();
}

export function versionKey(bucket: string, key: string, versionId: Uint8Array): Uint8Array {
  begin("v/");
  name(bucket);
  name(key);
  inverted(versionId);
  return finish();
}

/** A listing's key, and what the listings of keys that begin with `key` begin with. */
export function listingKey(bucket: string, key: string): Uint8Array {
  begin("c/");
  name(bucket);
  text(key);
  return finish();
}

export function manifestKey(id: ManifestId): Uint8Array {
  begin("m/");
  manifestId(id);
  return finish();
}

export function pieceKey(id: ManifestId, piece: number): Uint8Array {
  begin("m/");
  manifestId(id);
  uint16(piece);
  return finish();
}

function manifestId({ epoch, session, number }: ManifestId): void {
  uint32(epoch);
  uint64(session);
  uint64(number);
}

export function unitKey(unit: UnitId): Uint8Array {
  begin("d/");
  uint16(partitionOf(unit));
  manifestId(unit);
  return finish();
}

/** Where the units of a partition are. */
export function unitsPrefix(partition: number): Uint8Array {
  begin("d/");
  uint16(partition);
  return finish();
}

export function uploadKey(bucket: string, key: string, uploadId: Uint8Array): Uint8Array {
  begin("u/");
  name(bucket);
  name(key);
  raw(uploadId);
  return finish();
}

/** What the rows of a key's uploads begin with. */
export function uploadsOfKey(bucket: string, key: string): Uint8Array {
  begin("u/");
  name(bucket);
  name(key);
  return finish();
}

/** What the rows of uploads of all keys that begin with `prefix` begin with. */
export function uploadsUnder(bucket: string, prefix: string): Uint8Array {
  begin("u/");
  name(bucket);
  text(prefix);
  return finish();
}

/** A part's key, of the upload at `upload`. */
export function partKey(upload: Uint8Array, partNumber: number): Uint8Array {
  length = 0;
  raw(upload);
  uint16(partNumber);
  return finish();
}

/** Where the parts of the upload at `upload` are. */
export function partsRange(upload: Uint8Array): Range {
  return { start: partKey(upload, 0), end: successorOf(upload) };
}

export function skippedMarkKey(node: number, partition: number): Uint8Array {
  begin("o/");
  uint32(node);
  uint16(partition);
  return finish();
}

export function nodeKey(node: number): Uint8Array {
  begin("n/");
  uint32(node);
  return finish();
}

export function layoutKey(version: number): Uint8Array {
  begin("l/");
  uint64(version);
  return finish();
}

/** Where the homes of a layout version's table are. */
export function layoutBlocksRange(version: number): Range {
  const head = layoutKey(version);
  return { start: keyAfter(head), end: successorOf(head) };
}

/** The row that holds the homes of `partition`. */
export function layoutBlockKey(version: number, partition: number): Uint8Array {
  begin("l/");
  uint64(version);
  uint16(Math.floor(partition / partitionsPerLayoutBlock));
  return finish();
}

export function tokenKey(secretHash: Uint8Array): Uint8Array {
  begin("t/");
  raw(secretHash);
  return finish();
}

export function credentialKey(accessKeyId: string): Uint8Array {
  begin("a/");
  text(accessKeyId);
  return finish();
}

export const clusterKey: Uint8Array = utf8("x/c");

export const upkeepKey: Uint8Array = utf8("x/o");

export function sessionKey({ epoch, session }: SessionId): Uint8Array {
  begin("x/s");
  uint32(epoch);
  uint64(session);
  return finish();
}

export function resultKey({ epoch, session }: SessionId, number: number): Uint8Array {
  begin("x/r");
  uint32(epoch);
  uint64(session);
  uint64(number);
  return finish();
}

export function partitionCountKey(k: number, m: number, partition: number): Uint8Array {
  begin("x/p");
  scratch[length++] = k;
  scratch[length++] = m;
  uint16(partition);
  return finish();
}

export function deadManifestKey(diedUnixMs: number, id: ManifestId): Uint8Array {
  begin("x/q");
  uint64(diedUnixMs);
  text("m");
  manifestId(id);
  return finish();
}

export function deadUploadKey(diedUnixMs: number, upload: Uint8Array): Uint8Array {
  begin("x/q");
  uint64(diedUnixMs);
  text("u");
  raw(upload.subarray(2));
  return finish();
}

export function unreferencedUnitKey(sinceUnixMs: number, unit: Uint8Array): Uint8Array {
  begin("x/g");
  uint64(sinceUnixMs);
  raw(unit.subarray(2));
  return finish();
}

export function completedUploadKey(completedUnixMs: number, upload: Uint8Array): Uint8Array {
  begin("x/e");
  uint64(completedUnixMs);
  raw(upload.subarray(2));
  return finish();
}

/** Rows of a queue (`x/q`, `x/g`, `x/e`) that stand in it since `untilUnixMs` or longer. */
export function queueRange(queue: "x/q" | "x/g" | "x/e", untilUnixMs: number): Range {
  begin(queue);
  const start = finish();
  uint64(Math.max(untilUnixMs + 1, 0));
  return { start, end: finish() };
}

const kindRanges = new Map<string, Range>();

/** All rows of a kind, such as `b/` or `x/p`. */
export function kindRange(kind: string): Range {
  return kindRanges.getOrInsertComputed(kind, () => rangeOf(utf8(kind)));
}

/** What a row's name parts are: those between the kind and the NULs, and the bytes behind them. */
export interface ObjectRowKey {
  key: string;
  /** A version id, or an upload id with or without a part number. */
  rest: Uint8Array;
}

/** Takes a `v/` or `u/` key apart, given how long `<kind><bucket>\0` is. */
export function parseObjectRowKey(bytes: Uint8Array, prefixSizeBytes: number): ObjectRowKey {
  const end = bytes.indexOf(0, prefixSizeBytes);
  assert(end > 0, "M1: an object's row has a NUL behind its key");
  return { key: textFrom(bytes.subarray(prefixSizeBytes, end)), rest: bytes.subarray(end + 1) };
}

/** The version id of what stands behind the key in a `v/` row's key. */
export function parseVersionId(rest: Uint8Array): Uint8Array<ArrayBuffer> {
  assert(rest.length === versionIdSizeBytes, "M1: a version id has 16 bytes");
  const id = rest.slice();
  for (let i = 0; i < id.length; i++) id[i] = ~(id[i] ?? 0);
  return id;
}

/** The text of a part of a key. */
export function textFrom(bytes: Uint8Array): string {
  const value = textOf(bytes);
  assert(value !== undefined, "M1: names in keys are UTF-8");
  return value;
}

/** Takes a `d/` key apart. */
export function parseUnitKey(key: Uint8Array): { partition: number; unit: UnitId } {
  assert(key.length === unitKeySizeBytes, "M1: a unit's key has 24 bytes");
  const view = viewOf(key);
  const unit = readId(view, 4);
  return { partition: view.getUint16(2), unit };
}

/** Takes an `o/` key apart. */
export function parseSkippedMarkKey(key: Uint8Array): { node: number; partition: number } {
  const view = viewOf(key);
  return { node: view.getUint32(2), partition: view.getUint16(6) };
}

/** Takes an `n/` key apart. */
export function parseNodeKey(key: Uint8Array): number {
  return viewOf(key).getUint32(2);
}

/** Takes an `l/` key apart: a layout's head has no block. */
export function parseLayoutKey(key: Uint8Array): { version: number; block: number | undefined } {
  const view = viewOf(key);
  const version = view.getUint32(2) * 2 ** 32 + view.getUint32(6);
  return { version, block: key.length === 10 ? undefined : view.getUint16(10) };
}

/** Takes an `x/s` key apart. */
export function parseSessionKey(key: Uint8Array): SessionId {
  const { epoch, session } = readId(viewOf(key), 3);
  return { epoch, session };
}

/** Takes an `x/p` key apart. */
export function parsePartitionCountKey(key: Uint8Array): {
  k: number;
  m: number;
  partition: number;
} {
  const view = viewOf(key);
  return { k: view.getUint8(3), m: view.getUint8(4), partition: view.getUint16(5) };
}

/** The part number at the end of a `u/` key. */
export function parsePartNumber(key: Uint8Array): number {
  return viewOf(key).getUint16(key.length - 2);
}

/** What a row of a queue is about, and since when. */
export type QueueEntry = { sinceUnixMs: number } & (
  | { kind: "manifest"; manifest: ManifestId }
  | { kind: "row"; key: Uint8Array }
);

/** Takes a queue's key apart: a dead manifest, or the key of the row that it is about. */
export function parseQueueKey(key: Uint8Array): QueueEntry {
  const view = viewOf(key);
  const sinceUnixMs = view.getUint32(3) * 2 ** 32 + view.getUint32(7);
  const body = key.subarray(11);
  if (key[2] === letter.g) return { sinceUnixMs, kind: "row", key: prefixed("d/", body) };
  if (key[2] === letter.e) return { sinceUnixMs, kind: "row", key: prefixed("u/", body) };
  if (body[0] === letter.m) return { sinceUnixMs, kind: "manifest", manifest: readId(view, 12) };
  return { sinceUnixMs, kind: "row", key: prefixed("u/", body.subarray(1)) };
}

const letter = { e: 0x65, g: 0x67, m: 0x6d } as const;

function prefixed(kind: string, body: Uint8Array): Uint8Array {
  begin(kind);
  raw(body);
  return finish();
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readId(view: DataView, at: number): { epoch: number; session: number; number: number } {
  return {
    epoch: view.getUint32(at),
    session: view.getUint32(at + 4) * 2 ** 32 + view.getUint32(at + 8),
    number:
      at + 20 <= view.byteLength ? view.getUint32(at + 12) * 2 ** 32 + view.getUint32(at + 16) : 0,
  };
}

/** Whether two ids of units, encodings or manifests are one. */
export function sameId(
  a: { epoch: number; session: number; number: number },
  b: { epoch: number; session: number; number: number },
): boolean {
  return a.epoch === b.epoch && a.session === b.session && a.number === b.number;
}
