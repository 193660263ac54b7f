import { FormatError } from "#format/index.ts";

/*
 * A message with raw bytes behind it, in one piece, so that the bytes are not copied through a
 * codec:
 *
 *   0      4         4 + n
 *   | n    | message | raw bytes
 *
 * `n` is little-endian.
 */

const lengthSizeBytes = 4;

/**
 * A message in a frame.
 *
 * @returns `raw` is the part of `body` for the raw bytes, to be filled in
 */
export function framed(
  message: Uint8Array,
  rawSizeBytes: number,
): { body: Uint8Array<ArrayBuffer>; raw: Uint8Array<ArrayBuffer> } {
  const body = new Uint8Array(lengthSizeBytes + message.length + rawSizeBytes);
  new DataView(body.buffer).setUint32(0, message.length, true);
  body.set(message, lengthSizeBytes);
  return { body, raw: body.subarray(lengthSizeBytes + message.length) };
}

/**
 * Takes a frame apart; both parts are views of it.
 *
 * @throws FormatError where it is cut short
 */
export function unframed(body: Uint8Array): { message: Uint8Array; raw: Uint8Array } {
  const { buffer, byteOffset, length } = body;
  const view = new DataView(buffer, byteOffset, length);
  const end = length < lengthSizeBytes ? Infinity : lengthSizeBytes + view.getUint32(0, true);
  if (end > length) throw new FormatError("malformed", "a frame is cut short");
  return { message: body.subarray(lengthSizeBytes, end), raw: body.subarray(end) };
}
