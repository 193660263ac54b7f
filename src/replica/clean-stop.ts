import { concatBytes } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import { crc32c } from "#base/hash.ts";
import {
  type CleanStop,
  decodeCleanStop,
  decodePreamble,
  encodeCleanStop,
  encodePreamble,
  FormatError,
  preambleSizeBytes,
} from "#format/index.ts";
import type { Disk, DiskFile } from "#ports/index.ts";
import { replicaDirectory } from "./replica-config.ts";

/*
 * Small files that one run leaves for the next.
 *
 *   replica/clean-stop      | preamble | crc32c of the message, 4 bytes little-endian | CleanStop |
 *   replica/store-damaged   empty: the store has to be made anew, whatever it looks like
 */

const cleanStopMagic = "HAMSTCLN";
const cleanStopVersion = 1;
const cleanStopPath = `${replicaDirectory}/clean-stop`;
const damagedPath = `${replicaDirectory}/store-damaged`;

/** No such file is larger: it holds a few numbers. */
const fileSizeBytesMax = 4096;

/** What the last run said of its end, or undefined where it did not end cleanly. */
export async function readCleanStop(disk: Disk): Promise<CleanStop | undefined> {
  const bytes = await readSmall(disk, cleanStopPath);
  if (bytes === undefined) return undefined;
  try {
    decodePreamble(bytes, cleanStopMagic, cleanStopVersion);
    if (bytes.length < preambleSizeBytes + 4) return undefined;
    const message = bytes.subarray(preambleSizeBytes + 4);
    const crc = new DataView(bytes.buffer).getUint32(preambleSizeBytes, true);
    // A mark that cannot be read proves nothing: as if there were none.
    return crc === crc32c(message) ? decodeCleanStop(message) : undefined;
  } catch (error) {
    if (error instanceof FormatError && error.code !== "newer") return undefined;
    throw error;
  }
}

/** Leaves the mark of a clean stop. The log must not be written to afterwards. */
export async function writeCleanStop(disk: Disk, stop: CleanStop): Promise<void> {
  const message = encodeCleanStop(stop);
  const crc = new Uint8Array(4);
  new DataView(crc.buffer).setUint32(0, crc32c(message), true);
  const preamble = encodePreamble(cleanStopMagic, cleanStopVersion);
  await writeSmall(disk, cleanStopPath, concatBytes([preamble, crc, message]));
}

/** Takes the mark back, durably: before the log is written to. */
export function removeCleanStop(disk: Disk): Promise<void> {
  return removeSmall(disk, cleanStopPath);
}

/** Whether a run found the store damaged, and it was not made anew since. */
export async function isStoreCondemned(disk: Disk): Promise<boolean> {
  return (await readSmall(disk, damagedPath)) !== undefined;
}

/** Has the next run make the store anew. */
export function condemnStore(disk: Disk): Promise<void> {
  return writeSmall(disk, damagedPath, new Uint8Array(0));
}

/** The store was made anew. */
export function acquitStore(disk: Disk): Promise<void> {
  return removeSmall(disk, damagedPath);
}

async function readSmall(disk: Disk, path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
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

async function writeSmall(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
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
  await disk.syncDirectory(replicaDirectory);
}

async function removeSmall(disk: Disk, path: string): Promise<void> {
  if ((await readSmall(disk, path)) !== undefined) await disk.remove(path);
  // Also where it was gone: an earlier removal may not be durable yet.
  await disk.syncDirectory(replicaDirectory);
}
