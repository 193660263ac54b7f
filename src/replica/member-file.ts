import {
  decodeInstall,
  decodeMember,
  encodeInstall,
  encodeMember,
  FormatError,
  type Install,
  type Member,
} from "#format/index.ts";
import type { Disk } from "#ports/index.ts";
import { readMessage, removeSmall, type SmallFile, writeMessage } from "#storage/index.ts";
import { replicaDirectory } from "./replica-config.ts";

/*
 *   replica/member    Member: the Raft id that the log here belongs to; none: the node's number
 *   replica/install   Install: a checkpoint is taking the place of store and log
 */

export const memberPath: string = `${replicaDirectory}/member`;

const memberFile: SmallFile<Member> = {
  path: memberPath,
  magic: "HAMSTMBR",
  version: 1,
  encode: encodeMember,
  decode: decodeMember,
};

const installFile: SmallFile<Install> = {
  path: `${replicaDirectory}/install`,
  magic: "HAMSTINS",
  version: 1,
  encode: encodeInstall,
  decode: decodeInstall,
};

/** Whose log is here. @throws FormatError where the file is damaged */
export function readMember(disk: Disk): Promise<Member | undefined> {
  return readMessage(disk, memberFile);
}

export function writeMember(disk: Disk, member: Member): Promise<void> {
  return writeMessage(disk, memberFile, member);
}

/** The install that a crash may have cut short. */
export async function readInstall(disk: Disk): Promise<Install | undefined> {
  try {
    return await readMessage(disk, installFile);
  } catch (error) {
    // It was durable before anything was changed; what was damaged since proves nothing.
    if (error instanceof FormatError && error.code !== "newer") return undefined;
    throw error;
  }
}

export function writeInstall(disk: Disk, install: Install): Promise<void> {
  return writeMessage(disk, installFile, install);
}

export function removeInstall(disk: Disk): Promise<void> {
  return removeSmall(disk, installFile.path);
}
