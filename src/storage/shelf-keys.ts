import { partitionOf } from "#base/partition.ts";
import { FormatError, type RecordPlace, type ShardName } from "#format/index.ts";
import type { KeyRange } from "#ports/index.ts";

/*
 * The rows of the shelf's index. Numbers are big-endian, so that keys sort as the numbers do.
 *
 *   s <partition:2> <unit:20> <encoding:20> <index:2>   ShelfEntry: where a shard is
 *   p <pack:8>                                          PackState
 *   r <target pack:8> <holding pack:8>                  RemovalBytes
 *   f <pack:8> <offset:8>                               PendingFile, by the file's place
 *   x                                                   ShelfIndexState
 */
const entryKind = 0x73;
const packKind = 0x70;
const removalKind = 0x72;
const pendingKind = 0x66;
const stateKind = 0x78;

const idSizeBytes = 20;
const entryKeySizeBytes = 1 + 2 + 2 * idSizeBytes + 2;

/** The key of the row that an index begins its life with. */
export const stateKey: Uint8Array = Uint8Array.of(stateKind);

/** All shards, in the order of partition, unit, encoding and index. */
export const entryRange: KeyRange = rangeOf(entryKind);
export const packRange: KeyRange = rangeOf(packKind);
export const pendingRange: KeyRange = rangeOf(pendingKind);
export const allRemovalsRange: KeyRange = rangeOf(removalKind);

/** Keys are built in here: an array that is looked at by a view is moved out of V8's heap first. */
const scratch = new Uint8Array(entryKeySizeBytes);
const scratchView = new DataView(scratch.buffer);

/** The key of a shard's row. */
export function entryKey(name: ShardName): Uint8Array<ArrayBuffer> {
  scratch[0] = entryKind;
  scratchView.setUint16(1, partitionOf(name.unit));
  setId(scratchView, 3, name.unit);
  setId(scratchView, 3 + idSizeBytes, name.encoding);
  scratchView.setUint16(3 + 2 * idSizeBytes, name.index);
  return scratch.slice();
}

/** The shard whose row has this key. */
export function nameFromKey(key: Uint8Array): ShardName {
  if (key.length !== entryKeySizeBytes || key[0] !== entryKind) throw malformed("a shard's key");
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return {
    unit: getId(view, 3),
    encoding: getId(view, 3 + idSizeBytes),
    index: view.getUint16(3 + 2 * idSizeBytes),
  };
}

/** The rows of a partition's shards. */
export function partitionRange(partition: number): KeyRange {
  const bound = (value: number): Uint8Array => Uint8Array.of(entryKind, value >>> 8, value & 0xff);
  // 4,096 partitions: the one past the last still fits in the two bytes.
  return { start: bound(partition), end: bound(partition + 1) };
}

/** The first key behind `key`. */
export function keyBehind(key: Uint8Array): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

export function packKey(pack: number): Uint8Array<ArrayBuffer> {
  return numbersKey(packKind, [pack]);
}

export function packFromKey(key: Uint8Array): number {
  return numberAt(key, 0);
}

/** Of the removal records in pack `holder` for shards of pack `target`. */
export function removalKey(pair: { target: number; holder: number }): Uint8Array<ArrayBuffer> {
  return numbersKey(removalKind, [pair.target, pair.holder]);
}

/** All removal records for shards of one pack, wherever they are. */
export function removalRange(target: number): KeyRange {
  return { start: numbersKey(removalKind, [target]), end: numbersKey(removalKind, [target + 1]) };
}

/** The pack that the removal records of this row are about. */
export function removalTarget(key: Uint8Array): number {
  return numberAt(key, 0);
}

/** The pack that holds the removal records of this row. */
export function removalHolder(key: Uint8Array): number {
  return numberAt(key, 1);
}

export function pendingKey(place: RecordPlace): Uint8Array<ArrayBuffer> {
  return numbersKey(pendingKind, [place.pack, place.offset]);
}

export function placeFromPendingKey(key: Uint8Array): RecordPlace {
  return { pack: numberAt(key, 0), offset: numberAt(key, 1) };
}

function rangeOf(kind: number): KeyRange {
  return { start: Uint8Array.of(kind), end: Uint8Array.of(kind + 1) };
}

function numbersKey(kind: number, numbers: readonly number[]): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(1 + 8 * numbers.length);
  const view = new DataView(key.buffer);
  key[0] = kind;
  for (const [i, number] of numbers.entries()) setNumber(view, 1 + 8 * i, number);
  return key;
}

function numberAt(key: Uint8Array, position: number): number {
  if (key.length < 1 + 8 * (position + 1)) throw malformed("a key of numbers");
  return getNumber(new DataView(key.buffer, key.byteOffset, key.byteLength), 1 + 8 * position);
}

function setId(view: DataView, at: number, id: ShardName["unit"]): void {
  view.setUint32(at, id.epoch);
  setNumber(view, at + 4, id.session);
  setNumber(view, at + 12, id.number);
}

function getId(view: DataView, at: number): ShardName["unit"] {
  const epoch = view.getUint32(at);
  return { epoch, session: getNumber(view, at + 4), number: getNumber(view, at + 12) };
}

function setNumber(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 4, value >>> 0);
}

function getNumber(view: DataView, at: number): number {
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
}

function malformed(what: string): FormatError {
  return new FormatError("malformed", `the shelf's index: ${what} is not one`);
}
