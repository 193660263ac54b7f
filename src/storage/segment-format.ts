import { assert } from "#base/assert.ts";
import { crc32c } from "#base/hash.ts";
import {
  decodeLogSegmentHeader,
  checkMagic,
  decodePreamble,
  encodeLogSegmentHeader,
  encodePreamble,
  FormatError,
  type LogSegmentHeader,
  preambleSizeBytes,
} from "#format/index.ts";
import type { LogPosition } from "./log-error.ts";

/*
 * A segment file, numbers little-endian:
 *
 *   0         12      16       20                        4096
 *   | preamble | crc  | length | LogSegmentHeader | zeros | frame | frame | ... what was there
 *
 * A frame begins at a multiple of 8 and is padded with zeros to one:
 *
 *   0     4        8         12       16               20              24         28   32
 *   | crc | length | segment | offset | synced segment | synced offset | previous | 0  | LogRecord
 *
 * The crc covers all of the frame behind itself, so a frame counts at its own place only: what a
 * recycled file held before names another segment. `synced` is the end of what was durable when the
 * frame was written; everything before it must be whole. `previous` is the crc of the frame before
 * (of the header, for the first), so that a frame left over from a tail that was cut never follows
 * a new one.
 */

const segmentMagic = "HAMSTLOG";
const segmentVersion = 1;

/** Where the first frame begins. A block of its own, so that appending never touches the header. */
export const segmentHeaderSizeBytes = 4096;
export const frameHeaderSizeBytes = 32;
const frameAlignmentBytes = 8;

const noPadding = new Uint8Array(0);
const paddings: readonly Uint8Array[] = Array.from(
  { length: frameAlignmentBytes },
  (_, count) => new Uint8Array(count),
);

/** How many bytes a frame with so many bytes of payload takes. */
export function frameSizeBytes(payloadSizeBytes: number): number {
  const size = frameHeaderSizeBytes + payloadSizeBytes;
  return Math.ceil(size / frameAlignmentBytes) * frameAlignmentBytes;
}

/** A segment's first block, and its crc, to which the first frame refers. */
export function encodeSegmentHeader(header: LogSegmentHeader): {
  block: Uint8Array<ArrayBuffer>;
  crc: number;
} {
  const message = encodeLogSegmentHeader(header);
  const start = preambleSizeBytes + 8;
  assert(start + message.length <= segmentHeaderSizeBytes, "L5: a segment's header fits its block");
  const block = new Uint8Array(segmentHeaderSizeBytes);
  const view = new DataView(block.buffer);
  block.set(encodePreamble(segmentMagic, segmentVersion));
  view.setUint32(preambleSizeBytes + 4, message.length, true);
  block.set(message, start);
  const crc = headerCrc(block, message.length);
  view.setUint32(preambleSizeBytes, crc, true);
  return { block, crc };
}

/**
 * Reads a segment's first block.
 *
 * @throws FormatError where it is not whole, or from a newer program
 */
export function decodeSegmentHeader(block: Uint8Array): { header: LogSegmentHeader; crc: number } {
  checkMagic(block, segmentMagic);
  const start = preambleSizeBytes + 8;
  if (block.length < start) throw new FormatError("malformed", "the segment's header is cut short");
  const view = viewOf(block);
  const length = view.getUint32(preambleSizeBytes + 4, true);
  if (length > block.length - start) {
    throw new FormatError("malformed", "the segment's header is longer than its block");
  }
  const crc = view.getUint32(preambleSizeBytes, true);
  if (crc !== headerCrc(block, length)) {
    throw new FormatError("malformed", "the segment's header fails its checksum");
  }
  decodePreamble(block, segmentMagic, segmentVersion);
  const header = decodeLogSegmentHeader(block.subarray(start, start + length));
  return { header, crc };
}

function headerCrc(block: Uint8Array, messageLength: number): number {
  const behind = preambleSizeBytes + 4;
  const preamble = crc32c(block.subarray(0, preambleSizeBytes));
  return crc32c(block.subarray(behind, behind + 4 + messageLength), preamble);
}

/** Where a frame stands and what it refers to. */
export interface FramePlace {
  position: LogPosition;
  /** The end of what was durable when the frame was made. */
  syncedEnd: LogPosition;
  previousCrc: number;
}

/** Makes a frame, in parts to be written one behind the other. */
export function encodeFrame(
  payload: Uint8Array,
  place: FramePlace,
): { parts: Uint8Array[]; sizeBytes: number; crc: number } {
  assert(place.position.offsetBytes % frameAlignmentBytes === 0, "L5: a frame is aligned");
  const header = new Uint8Array(frameHeaderSizeBytes);
  const view = new DataView(header.buffer);
  view.setUint32(4, payload.length, true);
  view.setUint32(8, place.position.segment, true);
  view.setUint32(12, place.position.offsetBytes, true);
  view.setUint32(16, place.syncedEnd.segment, true);
  view.setUint32(20, place.syncedEnd.offsetBytes, true);
  view.setUint32(24, place.previousCrc, true);
  const crc = crc32c(payload, crc32c(header.subarray(4)));
  view.setUint32(0, crc, true);
  const sizeBytes = frameSizeBytes(payload.length);
  const padding = paddings[sizeBytes - frameHeaderSizeBytes - payload.length] ?? noPadding;
  return { parts: [header, payload, padding], sizeBytes, crc };
}

/** A frame that stands where it says. */
export interface Frame {
  payload: Uint8Array;
  sizeBytes: number;
  crc: number;
  previousCrc: number;
  syncedEnd: LogPosition;
}

/** The frame at `offset` of a segment's bytes, or undefined where there is no whole one. */
export function decodeFrame(
  bytes: Uint8Array,
  view: DataView,
  place: LogPosition,
): Frame | undefined {
  const start = place.offsetBytes;
  if (start + frameHeaderSizeBytes > bytes.length) return undefined;
  if (view.getUint32(start + 12, true) !== start) return undefined;
  if (view.getUint32(start + 8, true) !== place.segment) return undefined;
  const length = view.getUint32(start + 4, true);
  const sizeBytes = frameSizeBytes(length);
  if (start + sizeBytes > bytes.length) return undefined;
  const end = start + frameHeaderSizeBytes + length;
  const crc = view.getUint32(start, true);
  if (crc !== crc32c(bytes.subarray(start + 4, end))) return undefined;
  return {
    payload: bytes.subarray(start + frameHeaderSizeBytes, end),
    sizeBytes,
    crc,
    previousCrc: view.getUint32(start + 24, true),
    syncedEnd: {
      segment: view.getUint32(start + 16, true),
      offsetBytes: view.getUint32(start + 20, true),
    },
  };
}

/** Whether `a` is a later place than `b`. */
export function isBehind(a: LogPosition, b: LogPosition): boolean {
  return a.segment !== b.segment ? a.segment > b.segment : a.offsetBytes > b.offsetBytes;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** How far apart frames may begin. */
export const frameStepBytes: number = frameAlignmentBytes;
