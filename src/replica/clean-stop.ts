import { type CleanStop, decodeCleanStop, encodeCleanStop, FormatError } from "#format/index.ts";
import type { Disk } from "#ports/index.ts";
import {
  readMessage,
  readSmall,
  removeSmall,
  type SmallFile,
  writeMessage,
  writeSmall,
} from "#storage/index.ts";
import { replicaDirectory } from "./replica-config.ts";

/*
 *   replica/clean-stop      CleanStop
 *   replica/store-damaged   empty: the store has to be made anew, whatever it looks like
 *   replica/state-differs   empty: so have the checkpoints, which were made of it
 */

const cleanStopFile: SmallFile<CleanStop> = {
  path: `${replicaDirectory}/clean-stop`,
  magic: "HAMSTCLN",
  version: 1,
  encode: encodeCleanStop,
  decode: decodeCleanStop,
};
const damagedPath = `${replicaDirectory}/store-damaged`;
const differsPath = `${replicaDirectory}/state-differs`;

/** What the last run said of its end, or undefined where it did not end cleanly. */
export async function readCleanStop(disk: Disk): Promise<CleanStop | undefined> {
  try {
    return await readMessage(disk, cleanStopFile);
  } catch (error) {
    // A mark that cannot be read proves nothing: as if there were none.
    if (error instanceof FormatError && error.code !== "newer") return undefined;
    throw error;
  }
}

/** Leaves the mark of a clean stop. The log must not be written to afterwards. */
export function writeCleanStop(disk: Disk, stop: CleanStop): Promise<void> {
  return writeMessage(disk, cleanStopFile, stop);
}

/** Takes the mark back, durably: before the log is written to. */
export function removeCleanStop(disk: Disk): Promise<void> {
  return removeSmall(disk, cleanStopFile.path);
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

/** Whether a run found that most replicas have another state, and it was not made anew since. */
export async function isStateCondemned(disk: Disk): Promise<boolean> {
  return (await readSmall(disk, differsPath)) !== undefined;
}

/** Has the next run make the store anew, of nothing that was made of it. */
export function condemnState(disk: Disk): Promise<void> {
  return writeSmall(disk, differsPath, new Uint8Array(0));
}

/** The state was made anew. */
export function acquitState(disk: Disk): Promise<void> {
  return removeSmall(disk, differsPath);
}
