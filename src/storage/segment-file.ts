import { FormatError, type LogPoint, type LogSegmentHeader } from "#format/index.ts";
import type { Disk, DiskFile } from "#ports/index.ts";
import { LogDamagedError } from "./log-error.ts";
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  segmentHeaderSizeBytes,
} from "./segment-format.ts";

/** An open segment, and what its first block says. */
export interface SegmentFile {
  path: string;
  file: DiskFile;
  header: LogSegmentHeader;
  headerCrc: number;
}

const segmentName = /^(\d{10})\.log$/;

/** The path of a segment's file. */
export function segmentPath(directory: string, segment: number): string {
  return `${directory}/${String(segment).padStart(10, "0")}.log`;
}

/** The segment that a file name stands for, or undefined where it is none. */
export function segmentOfName(name: string): number | undefined {
  const digits = segmentName.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Opens a segment and checks its first block and its length.
 *
 * @param lastIntact what is known to be whole before this segment, for the error
 * @throws LogDamagedError where the file is not the whole segment it was made as
 */
export async function openSegment(
  disk: Disk,
  { directory, segment, lastIntact }: { directory: string; segment: number; lastIntact: LogPoint },
): Promise<SegmentFile> {
  const path = segmentPath(directory, segment);
  const file = await disk.open(path, "update");
  try {
    const block = new Uint8Array(segmentHeaderSizeBytes);
    const count = await file.read(block, 0);
    const { header, crc } = decodeSegmentHeader(block.subarray(0, count));
    if (header.segment !== segment) {
      throw new FormatError("malformed", `the file holds segment ${header.segment}`);
    }
    const sizeBytes = await file.sizeBytes();
    if (sizeBytes < header.sizeBytes) {
      throw new FormatError(
        "malformed",
        `the file was cut short: ${sizeBytes} of ${header.sizeBytes} bytes are left`,
      );
    }
    return { path, file, header, headerCrc: crc };
  } catch (error) {
    await file.close();
    if (!(error instanceof FormatError) || error.code === "newer") throw error;
    throw new LogDamagedError({
      path,
      position: { segment, offsetBytes: 0 },
      reason: error.message,
      lastIntact,
      cause: error,
    });
  }
}

/** The whole of a segment's bytes. */
export async function readSegment({ file, header }: SegmentFile): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(header.sizeBytes);
  const count = await file.read(bytes, 0);
  return bytes.subarray(0, count);
}

/**
 * Turns a spare file into a segment. When it resolves the segment is durable under its name, whole
 * and empty; at no moment before is there a file of that name that is not.
 */
export async function beginSegment(
  disk: Disk,
  {
    directory,
    sparePath,
    header,
  }: { directory: string; sparePath: string; header: LogSegmentHeader },
): Promise<SegmentFile> {
  const path = segmentPath(directory, header.segment);
  const file = await disk.open(sparePath, "update");
  try {
    const { block, crc } = encodeSegmentHeader(header);
    await file.write([block], 0);
    await file.sync();
    await disk.rename(sparePath, path);
    await disk.syncDirectory(directory);
    return { path, file, header, headerCrc: crc };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Files kept for segments to come. A used file is as good as new and saves writing one ahead. */
const sparesMax = 4;

/** Files for segments to come: written once already, so that appends need no new space. */
export class SpareSegments {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #sizeBytes: number;
  /** Paths that are free to take. */
  #ready: string[] = [];
  #nextNumber = 0;
  #making: Promise<void> | undefined;

  constructor(disk: Disk, directory: string, sizeBytes: number) {
    this.#disk = disk;
    this.#directory = directory;
    this.#sizeBytes = sizeBytes;
  }

  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Takes over what an earlier boot left: whole spares are kept, anything else is removed. */
  async adopt(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const path = `${this.#directory}/${name}`;
      if (name.endsWith(".spare") && (await this.#isWhole(path)))
        this.#ready.push(this.#renew(name));
      else await this.#disk.remove(path);
    }
  }

  /** Makes a spare unless there is one. Safe to call at any time; calls share the work. */
  prepare(): Promise<void> {
    if (this.isReady) return Promise.resolve();
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  /** Resolves once nothing is being made any more. */
  async settle(): Promise<void> {
    await this.#making?.catch(() => undefined);
  }

  /** Takes a spare, making it where there is none yet. */
  async take(): Promise<string> {
    await this.prepare();
    const path = this.#ready.pop();
    return path ?? this.take();
  }

  /** Takes over a segment's file that is no longer needed. Durable when it resolves. */
  async recycle(path: string, sizeBytes: number): Promise<void> {
    const isWelcome = this.#ready.length < sparesMax && sizeBytes === this.#sizeBytes;
    const sparePath = this.#newPath();
    if (isWelcome) await this.#disk.rename(path, sparePath);
    else await this.#disk.remove(path);
    // Before the file is written to: a crash must not bring the old name back with new bytes.
    await this.#disk.syncDirectory(this.#directory);
    if (isWelcome) this.#ready.push(sparePath);
  }

  async #make(): Promise<void> {
    const temporary = `${this.#directory}/spare.new`;
    const file = await this.#disk.open(temporary, "create");
    try {
      await file.preallocate(this.#sizeBytes);
      await file.sync();
    } catch (error) {
      // What there is of it takes space that others may need.
      await this.#disk.remove(temporary);
      throw error;
    } finally {
      await file.close();
    }
    const path = this.#newPath();
    await this.#disk.rename(temporary, path);
    this.#ready.push(path);
  }

  async #isWhole(path: string): Promise<boolean> {
    const file = await this.#disk.open(path, "read");
    try {
      return (await file.sizeBytes()) === this.#sizeBytes;
    } finally {
      await file.close();
    }
  }

  #newPath(): string {
    return `${this.#directory}/${this.#nextNumber++}.spare`;
  }

  /** Keeps numbers of spares apart: those found, and those to come. */
  #renew(name: string): string {
    const number = Number.parseInt(name, 10);
    if (number >= this.#nextNumber) this.#nextNumber = number + 1;
    return `${this.#directory}/${name}`;
  }
}
