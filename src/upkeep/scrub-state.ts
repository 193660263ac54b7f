import {
  decodeScrubState,
  encodeScrubState,
  FormatError,
  type ScrubPass,
  type ScrubState,
} from "#format/index.ts";
import type { Disk } from "#ports/index.ts";
import { readMessage, type SmallFile, writeMessage } from "#storage/index.ts";

const stateFile: SmallFile<ScrubState> = {
  path: "scrub.hamster",
  magic: "HAMSTSCR",
  version: 1,
  encode: encodeScrubState,
  decode: decodeScrubState,
};

function newPass(begunUnixMs: number): ScrubPass {
  return {
    begunUnixMs,
    endedUnixMs: 0,
    shards: 0,
    bytes: 0,
    damaged: 0,
    missing: 0,
    unowned: 0,
  };
}

/** A pass that begins now, at the first partition. */
export function newScrub(begunUnixMs: number, more: Partial<ScrubState> = {}): ScrubState {
  return { partition: 0, current: newPass(begunUnixMs), isHurried: false, ...more };
}

/** How far an earlier run came; undefined where there is none that can be read. */
export async function readScrubState(disk: Disk): Promise<ScrubState | undefined> {
  try {
    return await readMessage(disk, stateFile);
  } catch (error) {
    // Nothing is lost with it but a place to go on from.
    if (error instanceof FormatError && error.code !== "newer") return undefined;
    throw error;
  }
}

/** Notes how far this run has come. */
export function writeScrubState(disk: Disk, state: ScrubState): Promise<void> {
  return writeMessage(disk, stateFile, state);
}
