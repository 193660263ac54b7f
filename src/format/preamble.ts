import { FormatError } from "./format-error.ts";

/** How many bytes a preamble takes. */
export const preambleSizeBytes = 12;

/**
 * What every file begins with: eight ASCII characters that name its kind, then its format version.
 *
 * ```
 * 0        8          12
 * | magic  | version  |   version: little-endian, from 1
 * ```
 *
 * @param magic eight ASCII characters
 */
export function encodePreamble(magic: string, version: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(preambleSizeBytes);
  for (let i = 0; i < 8; i++) bytes[i] = magic.charCodeAt(i);
  new DataView(bytes.buffer).setUint32(8, version, true);
  return bytes;
}

/**
 * Checks that a file has a preamble, of the kind that is asked for. Where a checksum covers the
 * preamble, this comes first, the checksum second, and the version last: a flipped bit in it is
 * damage then, and not a newer program's writing.
 *
 * @throws FormatError `malformed`
 */
export function checkMagic(bytes: Uint8Array, magic: string): void {
  if (bytes.length < preambleSizeBytes) {
    throw new FormatError("malformed", `a ${magic} file is shorter than its preamble`);
  }
  for (let i = 0; i < 8; i++) {
    if (bytes[i] !== magic.charCodeAt(i)) {
      throw new FormatError("malformed", `the file is not a ${magic} file: its magic is another`);
    }
  }
}

/**
 * Reads the preamble of a file.
 *
 * @param bytes the file's beginning
 * @param newest the newest version this program reads
 * @returns the file's version, from 1 to `newest`
 * @throws FormatError `malformed` where the magic is another; `newer` where the version is
 */
export function decodePreamble(bytes: Uint8Array, magic: string, newest: number): number {
  checkMagic(bytes, magic);
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
  if (version > newest) {
    throw new FormatError(
      "newer",
      `the ${magic} file has format version ${version}, this program reads up to ${newest}: run a newer Hamster`,
    );
  }
  if (version === 0) throw new FormatError("malformed", `the ${magic} file has format version 0`);
  return version;
}
