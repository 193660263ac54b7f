import { assert } from "#base/assert.ts";
import { concatBytes, equalBytes } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import { crc32c } from "#base/hash.ts";
import {
  decodeNodeIdentity,
  decodePreamble,
  encodeNodeIdentity,
  encodePreamble,
  FormatError,
  type NodeIdentity,
  preambleSizeBytes,
} from "#format/index.ts";
import type { Disk } from "#ports/index.ts";

const path = "node.hamster";
const draftPath = "node.hamster.new";
const magic = "HAMSTNOD";
/**
 * Of the data directory as a whole: a newer Hamster that changes it in a breaking way raises it.
 */
const formatVersion = 1;
const checksumSizeBytes = 4;
/** The file is tiny; a longer one is none of ours. */
const fileBytesMax = 4096;

/**
 * Reads whose data directory this is.
 *
 * ```
 * | preamble (12) | CRC32C of the rest (4, little-endian) | NodeIdentity |
 * ```
 *
 * @returns undefined where the directory is new
 * @throws FormatError `newer` where a newer Hamster wrote it, `malformed` where it is damaged
 */
export async function readIdentity(disk: Disk): Promise<NodeIdentity | undefined> {
  const bytes = await readSmallFile(disk);
  if (bytes === undefined) return undefined;
  decodePreamble(bytes, magic, formatVersion);
  const body = bytes.subarray(preambleSizeBytes + checksumSizeBytes);
  const checksum = bytes.subarray(preambleSizeBytes, preambleSizeBytes + checksumSizeBytes);
  if (!equalBytes(checksum, checksumOf(body))) {
    throw new FormatError("malformed", `${path} is damaged: put it back from a backup`);
  }
  return decodeNodeIdentity(body);
}

/** Writes whose data directory this is, durable when it resolves. */
export async function writeIdentity(disk: Disk, identity: NodeIdentity): Promise<void> {
  const body = encodeNodeIdentity(identity);
  const file = concatBytes([encodePreamble(magic, formatVersion), checksumOf(body), body]);
  assert(file.length <= fileBytesMax, "the identity fits its file");
  await removeDraft(disk);
  const draft = await disk.open(draftPath, "create");
  try {
    await draft.write([file], 0);
    await draft.sync();
  } finally {
    await draft.close();
  }
  await disk.rename(draftPath, path);
  await disk.syncDirectory("");
}

async function readSmallFile(disk: Disk): Promise<Uint8Array | undefined> {
  try {
    const file = await disk.open(path, "read");
    try {
      const target = new Uint8Array(fileBytesMax);
      return target.subarray(0, await file.read(target, 0));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof DiskError && error.code === "not-found") return undefined;
    throw error;
  }
}

async function removeDraft(disk: Disk): Promise<void> {
  try {
    await disk.remove(draftPath);
  } catch (error) {
    if (!(error instanceof DiskError && error.code === "not-found")) throw error;
  }
}

function checksumOf(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(checksumSizeBytes);
  new DataView(bytes.buffer).setUint32(0, crc32c(body), true);
  return bytes;
}
