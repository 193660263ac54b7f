import { assert } from "#base/assert.ts";
import { kib } from "#base/bytes.ts";
import { crc32c } from "#base/hash.ts";
import {
  checkMagic,
  decodePackRecord,
  decodePreamble,
  encodePackRecord,
  encodePreamble,
  FormatError,
  type PackRecord,
  preambleSizeBytes,
  type RecordPlace,
} from "#format/index.ts";

/*
 * A pack is a preamble with its CRC32C, and then records, one behind the other, each at a multiple
 * of eight bytes.
 *
 *   0          4        8         12        16        16 + n   + body    to a multiple of 8
 *   | "RECD"   | CRC32C | n       | body    | message | body   | zeros |
 *                         bytes     bytes     PackRecord
 *
 * The CRC32C covers the pack's number, the record's offset, and the head from byte 8 to the end of
 * the message, so that a record that lies elsewhere than where it was written does not pass. The
 * body, a shard, has checksums of its own. Numbers are little-endian.
 */

/** The magic of a pack. */
const packMagic = "HAMSPACK";
const packVersion = 1;

/** Records begin at multiples of this many bytes, the first right behind the header. */
export const recordAlignmentBytes = 8;

/** Where the first record begins. */
export const packHeaderSizeBytes = 16;

/** How much of a record comes before its message. */
export const recordPrefixSizeBytes = 16;

/** No message is longer: a removal record that would be is written as several. */
const recordMessageBytesMax: number = 64 * kib;

/** "RECD" read as a little-endian number. */
const recordMagic = 0x44434552;

/** What comes before a pack's first record: the preamble, and its CRC32C. */
export function encodePackHeader(): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(packHeaderSizeBytes);
  const preamble = encodePreamble(packMagic, packVersion);
  header.set(preamble);
  new DataView(header.buffer).setUint32(preamble.length, crc32c(preamble), true);
  return header;
}

/**
 * Checks what comes before a pack's first record. A version counts as newer only if the checksum
 * says that it was written so: a flipped bit must not keep a node from starting.
 *
 * @param bytes `packHeaderSizeBytes` of them; packs of before the checksum have a zero for it
 * @throws FormatError `newer` where a newer program wrote it, `malformed` where it is damaged
 */
export function checkPackHeader(bytes: Uint8Array): void {
  checkMagic(bytes, packMagic);
  if (bytes.length < packHeaderSizeBytes) {
    throw new FormatError("malformed", "the pack's header is cut short");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const crc = view.getUint32(preambleSizeBytes, true);
  if (crc !== 0 && crc !== crc32c(bytes.subarray(0, preambleSizeBytes))) {
    throw new FormatError("malformed", "the pack's header fails its checksum");
  }
  decodePreamble(bytes, packMagic, packVersion);
}

/** A record before it is written. */
export interface PackedRecord {
  readonly message: Uint8Array;
  /** Its body is these, one behind the other. */
  readonly parts: readonly Uint8Array[];
  readonly bodySizeBytes: number;
  /** How much of the pack it takes, padding with it. */
  readonly sizeBytes: number;
}

/** Makes a record's message and tells how long the record is. */
export function packRecord(record: PackRecord, parts: readonly Uint8Array[]): PackedRecord {
  const message = encodePackRecord(record);
  assert(message.length <= recordMessageBytesMax, "a pack record's message has at most 64 KiB");
  let bodySizeBytes = 0;
  for (const part of parts) bodySizeBytes += part.length;
  const sizeBytes = recordSizeBytes(message.length, bodySizeBytes);
  return { message, parts, bodySizeBytes, sizeBytes };
}

/** Writes a record into `target` as it will lie at `place`. */
export function writeRecord(target: Uint8Array, record: PackedRecord, place: RecordPlace): void {
  const { message, parts, bodySizeBytes, sizeBytes } = record;
  assert(target.length >= sizeBytes, "a record fits where it is written");
  assert(place.offset % recordAlignmentBytes === 0, "S2: records are aligned");
  const messageEnd = recordPrefixSizeBytes + message.length;
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  view.setUint32(0, recordMagic, true);
  view.setUint32(8, message.length, true);
  view.setUint32(12, bodySizeBytes, true);
  target.set(message, recordPrefixSizeBytes);
  view.setUint32(4, headCrc(target.subarray(8, messageEnd), place), true);
  let end = messageEnd;
  for (const part of parts) {
    target.set(part, end);
    end += part.length;
  }
  target.fill(0, end, sizeBytes);
}

/** A record's head, as it was read. */
export interface RecordHead {
  readonly record: PackRecord;
  /** Where the body begins, from the record's beginning. */
  readonly bodyOffset: number;
  readonly bodySizeBytes: number;
  readonly sizeBytes: number;
}

/**
 * Tells how much must be read for a whole head, from a record's first `recordPrefixSizeBytes`.
 *
 * @returns undefined where no record begins
 */
export function headSizeBytes(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== recordMagic) return undefined;
  const messageSizeBytes = view.getUint32(8, true);
  return messageSizeBytes > recordMessageBytesMax
    ? undefined
    : recordPrefixSizeBytes + messageSizeBytes;
}

/**
 * Reads a record's head.
 *
 * @param bytes hold the whole head, `headSizeBytes` long
 * @param place where the head lies
 * @returns undefined where the bytes are not a record that was written to this place
 * @throws FormatError `newer` where the record says what only a newer program knows
 */
export function decodeRecordHead(bytes: Uint8Array, place: RecordPlace): RecordHead | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (headCrc(bytes.subarray(8), place) !== view.getUint32(4, true)) return undefined;
  const record = messageOf(bytes.subarray(recordPrefixSizeBytes));
  if (record === undefined) return undefined;
  if (record.content === undefined) {
    const where = `pack ${place.pack} at ${place.offset}`;
    throw new FormatError("newer", `${where}: a record of an unknown kind: run a newer Hamster`);
  }
  const bodySizeBytes = view.getUint32(12, true);
  return {
    record,
    bodyOffset: bytes.length,
    bodySizeBytes,
    sizeBytes: recordSizeBytes(bytes.length - recordPrefixSizeBytes, bodySizeBytes),
  };
}

function messageOf(bytes: Uint8Array): PackRecord | undefined {
  try {
    return decodePackRecord(bytes);
  } catch (error) {
    if (error instanceof FormatError && error.code === "malformed") return undefined;
    throw error;
  }
}

/** How much of a pack a record takes. */
function recordSizeBytes(messageSizeBytes: number, bodySizeBytes: number): number {
  const exact = recordPrefixSizeBytes + messageSizeBytes + bodySizeBytes;
  return Math.ceil(exact / recordAlignmentBytes) * recordAlignmentBytes;
}

const placeBytes = new Uint8Array(16);
const placeView = new DataView(placeBytes.buffer);

function headCrc(head: Uint8Array, place: RecordPlace): number {
  placeView.setUint32(0, place.pack >>> 0, true);
  placeView.setUint32(4, Math.floor(place.pack / 2 ** 32), true);
  placeView.setUint32(8, place.offset >>> 0, true);
  placeView.setUint32(12, Math.floor(place.offset / 2 ** 32), true);
  return crc32c(head, crc32c(placeBytes));
}
