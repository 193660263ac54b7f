import { decodeNodeIdentity, encodeNodeIdentity, type NodeIdentity } from "#format/index.ts";
import type { Disk } from "#ports/index.ts";
import { readMessage, type SmallFile, writeMessage } from "#storage/index.ts";

/**
 * The version is that of the data directory as a whole: a newer Hamster that changes it in a
 * breaking way raises it.
 */
const identityFile: SmallFile<NodeIdentity> = {
  path: "node.hamster",
  magic: "HAMSTNOD",
  version: 1,
  encode: encodeNodeIdentity,
  decode: decodeNodeIdentity,
};

/**
 * Reads whose data directory this is.
 *
 * @returns undefined where the directory is new
 * @throws FormatError `newer` where a newer Hamster wrote it, `malformed` where it is damaged
 */
export function readIdentity(disk: Disk): Promise<NodeIdentity | undefined> {
  return readMessage(disk, identityFile);
}

/** Writes whose data directory this is, durable when it resolves. */
export function writeIdentity(disk: Disk, identity: NodeIdentity): Promise<void> {
  return writeMessage(disk, identityFile, identity);
}
