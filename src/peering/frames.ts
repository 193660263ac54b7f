import { FormatError, type PeerHeader, decodePeerHeader, encodePeerHeader } from "#format/index.ts";

/*
 * A frame between nodes:
 *
 * | length of the header (2, little-endian) | PeerHeader | body |
 */

/** What a frame is, without its body. */
export type PeerFrame = NonNullable<PeerHeader["frame"]>;

const lengthSizeBytes = 2;

/** The length of a header in bytes, for the common ones: they are short. */
const shortLengths: readonly Uint8Array[] = Array.from({ length: 256 }, (_, length) =>
  Uint8Array.of(length, 0),
);

/** The parts of a frame; the body is not copied. */
export function framePartsOf(frame: PeerFrame, body?: Uint8Array): Uint8Array[] {
  const header = encodePeerHeader({ frame });
  const { length } = header;
  const lengthBytes = shortLengths[length] ?? Uint8Array.of(length & 0xff, length >>> 8);
  return body === undefined ? [lengthBytes, header] : [lengthBytes, header, body];
}

/**
 * What a frame says. The body is a view of its bytes.
 *
 * @returns `frame` undefined where a newer program sent something that this one does not know
 * @throws FormatError when it is none
 */
export function readFrame(bytes: Uint8Array): { frame: PeerFrame | undefined; body: Uint8Array } {
  const bodyStart = lengthSizeBytes + (bytes[0] ?? 0) + (bytes[1] ?? 0) * 256;
  if (bytes.length < bodyStart) throw new FormatError("malformed", "a frame ends in its header");
  const { frame } = decodePeerHeader(bytes.subarray(lengthSizeBytes, bodyStart));
  return { frame, body: bytes.subarray(bodyStart) };
}
