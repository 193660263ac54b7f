import { assert } from "#base/assert.ts";
import { concatBytes, kib } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import { crc32c } from "#base/hash.ts";
import { decodePreamble, encodePreamble, FormatError, preambleSizeBytes } from "#format/index.ts";
import type { Disk, DiskFile } from "#ports/index.ts";

/*
 * Small files that one run leaves for the next, whole or not at all:
 *
 *   | preamble | crc32c of the message, 4 bytes little-endian | message |
 */

/** Most hold a few numbers; the longest names every node of a large cluster. */
const fileSizeBytesMax = 64 * kib;

/** One small file that holds one message. */
export interface SmallFile<T> {
  /** Relative to the data directory. */
  path: string;
  magic: string;
  version: number;
  encode: (message: T) => Uint8Array;
  decode: (bytes: Uint8Array) => T;
}

/**
 * What the file says, or undefined where there is none.
 *
 * @throws FormatError where it is damaged, or of a newer program
 */
export async function readMessage<T>(disk: Disk, kind: SmallFile<T>): Promise<T | undefined> {
  const bytes = await readSmall(disk, kind.path);
  if (bytes === undefined) return undefined;
  decodePreamble(bytes, kind.magic, kind.version);
  const message = bytes.subarray(preambleSizeBytes + 4);
  const crcBytes = bytes.subarray(preambleSizeBytes, preambleSizeBytes + 4);
  if (crcBytes.length < 4) throw new FormatError("malformed", `${kind.path} is cut short`);
  const crc = new DataView(crcBytes.buffer, crcBytes.byteOffset).getUint32(0, true);
  if (crc !== crc32c(message)) throw new FormatError("malformed", `${kind.path} is damaged`);
  return kind.decode(message);
}

/** Puts a file in the place of any that is there. Durable when it resolves. */
export async function writeMessage<T>(disk: Disk, kind: SmallFile<T>, message: T): Promise<void> {
  const encoded = kind.encode(message);
  const crc = new Uint8Array(4);
  new DataView(crc.buffer).setUint32(0, crc32c(encoded), true);
  const preamble = encodePreamble(kind.magic, kind.version);
  await writeSmall(disk, kind.path, concatBytes([preamble, crc, encoded]));
}

/** The bytes of a small file, or undefined where there is none. */
export async function readSmall(
  disk: Disk,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let file: DiskFile;
  try {
    file = await disk.open(path, "read");
  } catch (error) {
    if (error instanceof DiskError && error.code === "not-found") return undefined;
    throw error;
  }
  try {
    const bytes = new Uint8Array(fileSizeBytesMax);
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

/** Puts a file in the place of any that is there. Durable when it resolves. */
export async function writeSmall(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  assert(bytes.length <= fileSizeBytesMax, "a small file can be read again");
  const temporary = `${path}.new`;
  if ((await readSmall(disk, temporary)) !== undefined) await disk.remove(temporary);
  const file = await disk.open(temporary, "create");
  try {
    await file.write([bytes], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncDirectory(directoryOf(path));
}

/** Removes a file, if there is one. Durable when it resolves. */
export async function removeSmall(disk: Disk, path: string): Promise<void> {
  if ((await readSmall(disk, path)) !== undefined) await disk.remove(path);
  // Also where it was gone: an earlier removal may not be durable yet.
  await disk.syncDirectory(directoryOf(path));
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
