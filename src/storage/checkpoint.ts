import { assert } from "#base/assert.ts";
import { crc32c } from "#base/hash.ts";
import {
  type CheckpointHeader,
  type CheckpointPiece,
  type CheckpointRow,
  type ConfState,
  decodeCheckpointHeader,
  decodeCheckpointPiece,
  decodePreamble,
  encodeCheckpointHeader,
  encodeCheckpointPiece,
  encodePreamble,
  FormatError,
  type LogPoint,
  preambleSizeBytes,
} from "#format/index.ts";
import type { Disk, DiskFile, Ports } from "#ports/index.ts";
import { CheckpointDamagedError } from "./checkpoint-error.ts";

/*
 * A checkpoint file, numbers little-endian:
 *
 *   | preamble | frame: CheckpointHeader | frame: CheckpointPiece | ... | the one with `end` |
 *
 * A frame: | crc 4 | length 4 | sequence 4 | message |. The crc covers all behind it; the sequence
 * counts frames from 0, so that none can be missing, doubled or swapped.
 */

const checkpointMagic = "HAMSTCKP";
const checkpointVersion = 1;
const frameHeaderSizeBytes = 12;

/** Rows are written in pieces of about this size: so long the node does nothing else. */
const pieceSizeBytes = 256 * 1024;

/** No piece is larger, since no row is; a length beyond it is damage and not read. */
const frameLengthMax = 64 * 1024 * 1024;

/** What a checkpoint is written from. */
export interface CheckpointSource {
  applied: LogPoint;
  /** Who belongs as of `applied`. */
  conf?: ConfState | undefined;
  /** All rows, ascending by key. */
  rows: Iterable<readonly [Uint8Array, Uint8Array]>;
  /** Waited for behind each piece, to leave time for others; what it throws ends the work. */
  pause: () => Promise<void>;
}

/** Where checkpoints are written and read. */
export interface CheckpointPlace {
  disk: Disk;
  /** Relative to the data directory. */
  directory: string;
}

/** A checkpoint that is there. Its rows have not been looked at. */
export interface CheckpointName {
  /** The store in it is as when exactly the entries up to this one are applied. */
  applied: LogPoint;
  /** Who belongs as of `applied`; undefined where nobody but who wrote it does. */
  conf: ConfState | undefined;
  path: string;
}

const checkpointName = /^(\d{16})\.checkpoint$/;

/** Of a checkpoint that was being written, or that was coming from another node. */
const unfinishedName = /^\d{16}\.(checkpoint\.new|incoming)$/;

function checkpointPath(directory: string, index: number): string {
  return `${directory}/${String(index).padStart(16, "0")}.checkpoint`;
}

/**
 * Writes a checkpoint. When it resolves it is durable under its name; until then there is none of
 * that name. What is written of one that fails is removed, now or when checkpoints are listed.
 */
export async function writeCheckpoint(
  place: CheckpointPlace,
  source: CheckpointSource,
): Promise<CheckpointName> {
  const { disk, directory } = place;
  const { applied, conf } = source;
  const path = checkpointPath(directory, applied.index);
  const temporary = `${path}.new`;
  const file = await disk.open(temporary, "create");
  try {
    await writeFrames(file, source);
    await file.sync();
  } catch (error) {
    await disk.remove(temporary);
    throw error;
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncDirectory(directory);
  return { applied, conf, path };
}

async function writeFrames(
  file: DiskFile,
  { applied, conf, rows, pause }: CheckpointSource,
): Promise<void> {
  let offset = 0;
  let sequence = 0;
  const write = async (parts: readonly Uint8Array[]): Promise<void> => {
    await file.write(parts, offset);
    for (const part of parts) offset += part.length;
  };
  const writeFrame = (message: Uint8Array): Promise<void> => write(frameOf(message, sequence++));
  await write([encodePreamble(checkpointMagic, checkpointVersion)]);
  await writeFrame(encodeCheckpointHeader({ applied, conf }));
  let piece: CheckpointPiece = { rows: [] };
  let pieceBytes = 0;
  let rowCount = 0;
  for (const [key, value] of rows) {
    piece.rows.push({ key, value });
    pieceBytes += key.length + value.length;
    rowCount++;
    if (pieceBytes < pieceSizeBytes) continue;
    await writeFrame(encodeCheckpointPiece(piece));
    await pause();
    piece = { rows: [] };
    pieceBytes = 0;
  }
  await writeFrame(encodeCheckpointPiece({ ...piece, end: { rowCount } }));
}

function frameOf(message: Uint8Array, sequence: number): Uint8Array[] {
  assert(message.length <= frameLengthMax, "C1: a frame has a bounded length");
  const header = new Uint8Array(frameHeaderSizeBytes);
  const view = new DataView(header.buffer);
  view.setUint32(4, message.length, true);
  view.setUint32(8, sequence, true);
  view.setUint32(0, crc32c(message, crc32c(header.subarray(4))), true);
  return [header, message];
}

/**
 * The checkpoints that are there, newest first; leftovers of unfinished ones are removed. One whose
 * beginning cannot be read is passed over.
 *
 * @throws FormatError with code `newer` for files of a newer program
 */
export async function listCheckpoints(
  place: CheckpointPlace,
  trace: Ports["trace"],
): Promise<CheckpointName[]> {
  const { disk, directory } = place;
  const names: CheckpointName[] = [];
  for (const { name } of await disk.list(directory)) {
    const path = `${directory}/${name}`;
    if (unfinishedName.test(name)) await disk.remove(path);
    if (!checkpointName.test(name)) continue;
    try {
      const reader = await CheckpointReader.open(disk, path);
      await reader.close();
      names.push({ applied: reader.applied, conf: reader.conf, path });
    } catch (error) {
      if (!(error instanceof CheckpointDamagedError)) throw error;
      trace.write("error", "checkpointDamaged", { path, reason: error.message });
    }
  }
  return names.sort((a, b) => b.applied.index - a.applied.index);
}

/** Where a checkpoint is put while it comes from elsewhere. */
export function incomingPath(directory: string, index: number): string {
  return `${directory}/${String(index).padStart(16, "0")}.incoming`;
}

/** Gives a checkpoint that came from elsewhere, whole and durable, its name. */
export async function adoptCheckpoint(
  { disk, directory }: CheckpointPlace,
  from: string,
  applied: LogPoint,
  conf: ConfState | undefined,
): Promise<CheckpointName> {
  const path = checkpointPath(directory, applied.index);
  await disk.rename(from, path);
  await disk.syncDirectory(directory);
  return { applied, conf, path };
}

/** Removes a checkpoint. Durable when it resolves. */
export async function removeCheckpoint(
  { disk, directory }: CheckpointPlace,
  path: string,
): Promise<void> {
  await disk.remove(path);
  await disk.syncDirectory(directory);
}

/** Reads a checkpoint from its beginning to its end. */
export class CheckpointReader {
  /** The point that the rows stand for. */
  readonly applied: LogPoint;
  readonly conf: ConfState | undefined;
  readonly path: string;
  readonly #file: DiskFile;
  #offset: number;
  #sequence = 1;

  private constructor(path: string, file: DiskFile, header: CheckpointHeader, offset: number) {
    this.path = path;
    this.#file = file;
    this.applied = header.applied;
    this.conf = header.conf;
    this.#offset = offset;
  }

  /** @throws CheckpointDamagedError */
  static async open(disk: Disk, path: string): Promise<CheckpointReader> {
    const file = await disk.open(path, "read");
    try {
      const start = new Uint8Array(preambleSizeBytes);
      const count = await file.read(start, 0);
      decodePreamble(start.subarray(0, count), checkpointMagic, checkpointVersion);
      const place = { path, offset: preambleSizeBytes, sequence: 0 };
      const { message, sizeBytes } = await readFrame(file, place);
      const header = decodeCheckpointHeader(message);
      return new CheckpointReader(path, file, header, preambleSizeBytes + sizeBytes);
    } catch (error) {
      await file.close();
      throw damageOf(path, error);
    }
  }

  /**
   * The rows, ascending, in pieces. Only when this has come to its end is the checkpoint known to
   * be whole: nothing made of it may be used before.
   *
   * @throws CheckpointDamagedError
   */
  async *pieces(): AsyncGenerator<readonly CheckpointRow[]> {
    let rowCount = 0;
    for (;;) {
      const piece = await this.#readPiece();
      rowCount += piece.rows.length;
      yield piece.rows;
      if (piece.end === undefined) continue;
      if (piece.end.rowCount === rowCount) return;
      throw new CheckpointDamagedError(this.path, "its number of rows is not what it should be");
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #readPiece(): Promise<CheckpointPiece> {
    try {
      const place = { path: this.path, offset: this.#offset, sequence: this.#sequence };
      const { message, sizeBytes } = await readFrame(this.#file, place);
      this.#offset += sizeBytes;
      this.#sequence++;
      return decodeCheckpointPiece(message);
    } catch (error) {
      throw damageOf(this.path, error);
    }
  }
}

async function readFrame(
  file: DiskFile,
  { path, offset, sequence }: { path: string; offset: number; sequence: number },
): Promise<{ message: Uint8Array; sizeBytes: number }> {
  const header = new Uint8Array(frameHeaderSizeBytes);
  const headerCount = await file.read(header, offset);
  const view = new DataView(header.buffer);
  const length = view.getUint32(4, true);
  if (headerCount < header.length || length > frameLengthMax) {
    throw new CheckpointDamagedError(path, `cut short or damaged at byte ${offset}`);
  }
  // The length is not proven yet: no more memory for it than there are bytes.
  if (offset + header.length + length > (await file.sizeBytes())) {
    throw new CheckpointDamagedError(path, `cut short or damaged at byte ${offset}`);
  }
  const message = new Uint8Array(length);
  const count = await file.read(message, offset + header.length);
  const crc = crc32c(message, crc32c(header.subarray(4)));
  const isWhole = count === length && crc === view.getUint32(0, true);
  if (!isWhole || view.getUint32(8, true) !== sequence) {
    throw new CheckpointDamagedError(path, `damaged at byte ${offset}`);
  }
  return { message, sizeBytes: header.length + length };
}

function damageOf(path: string, error: unknown): unknown {
  if (!(error instanceof FormatError) || error.code === "newer") return error;
  return new CheckpointDamagedError(path, error.message, { cause: error });
}
