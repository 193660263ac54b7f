import { assert } from "#base/assert.ts";
import {
  encodeLogRecord,
  type HardState,
  type LogPoint,
  type LogRecord,
  type LogSegmentHeader,
} from "#format/index.ts";
import type { Disk } from "#ports/index.ts";
import type { LogPosition } from "./log-error.ts";
import type { LogIndex } from "./log-index.ts";
import {
  encodeFrame,
  frameHeaderSizeBytes,
  frameSizeBytes,
  segmentHeaderSizeBytes,
} from "./segment-format.ts";
import { beginSegment, type SegmentFile, type SpareSegments } from "./segment-file.ts";

/** What the last record of a segment takes, which names the next: room that is never given away. */
const sealSizeBytes: number = frameSizeBytes(16);

/** A header lists the terms that began in one segment; so many fit its block with room to spare. */
const termsPerSegmentMax = 128;

/** Where a log stood when writing begins. */
export interface LogTail {
  active: SegmentFile;
  endOffsetBytes: number;
  endCrc: number;
  last: LogPoint;
  hardState: HardState;
  /** The terms that began in the active segment. */
  terms: LogPoint[];
}

/** Puts records into the newest segment, one batch at a time, and goes on to a next one. */
export class LogWriter {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #segmentSizeBytes: number;
  readonly #index: LogIndex;
  readonly #spares: SpareSegments;
  readonly #tail: LogTail;
  /** Everything before it is durable. */
  #syncedEnd: LogPosition;
  /** A mark was written that no sync has covered. */
  #hasMark = false;
  /** Frames of the batch that is being gathered, and where they begin. */
  #parts: Uint8Array[] = [];
  #partsOffsetBytes: number;

  constructor(
    disk: Disk,
    config: { directory: string; segmentSizeBytes: number },
    state: { index: LogIndex; spares: SpareSegments; tail: LogTail },
  ) {
    this.#disk = disk;
    this.#directory = config.directory;
    this.#segmentSizeBytes = config.segmentSizeBytes;
    this.#index = state.index;
    this.#spares = state.spares;
    this.#tail = state.tail;
    this.#syncedEnd = this.end;
    this.#partsOffsetBytes = state.tail.endOffsetBytes;
  }

  /** The end of what was written. */
  get end(): LogPosition {
    const { active, endOffsetBytes } = this.#tail;
    return { segment: active.header.segment, offsetBytes: endOffsetBytes };
  }

  get hardState(): HardState {
    return this.#tail.hardState;
  }

  /** How many bytes of records surely find room without a new file. */
  get roomBytes(): number {
    const { active, endOffsetBytes } = this.#tail;
    const rest = active.header.sizeBytes - endOffsetBytes - sealSizeBytes;
    const spare = this.#segmentSizeBytes - segmentHeaderSizeBytes - sealSizeBytes;
    return Math.max(0, rest, this.#spares.isReady ? spare : 0);
  }

  /**
   * Writes records in order, and syncs. When it rejects, nothing is known and nothing may follow.
   */
  async write(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      let rest = record;
      let payload = encodeLogRecord(rest);
      const { cut } = record;
      const isBelow = cut !== undefined && cut.index < this.#tail.active.header.previous.index;
      if (isBelow || !this.#fits(payload.length)) {
        // A cut never reaches below its own segment, so that headers alone tell who holds what: the
        // segment begins behind it instead.
        await this.#rotate(cut ?? this.#tail.last);
        rest = { ...record, cut: undefined };
        payload = encodeLogRecord(rest);
      }
      this.#gather(payload);
      this.#follow(rest);
    }
    await this.#flush();
  }

  /**
   * Writes, without a sync, a frame that only says how far the log is durable. What is damaged
   * before it can then be told from a torn tail, also when nothing else follows.
   */
  async mark(): Promise<void> {
    if (!this.#fits(0)) return;
    this.#gather(new Uint8Array(0));
    this.#hasMark = true;
    await this.#tail.active.file.write(...this.#takeParts());
  }

  /** Makes a mark durable too: the end of a clean stop. */
  sync(): Promise<void> {
    return this.#flush();
  }

  async close(): Promise<void> {
    await this.#tail.active.file.close();
  }

  #fits(payloadSizeBytes: number): boolean {
    const { active, endOffsetBytes, terms } = this.#tail;
    const end = endOffsetBytes + frameSizeBytes(payloadSizeBytes) + sealSizeBytes;
    return end <= active.header.sizeBytes && terms.length < termsPerSegmentMax;
  }

  #gather(payload: Uint8Array): void {
    const frame = encodeFrame(payload, {
      position: this.end,
      syncedEnd: this.#syncedEnd,
      previousCrc: this.#tail.endCrc,
    });
    const end = this.#tail.endOffsetBytes + frame.sizeBytes;
    assert(end <= this.#tail.active.header.sizeBytes, "L5: a frame fits its segment");
    this.#parts.push(...frame.parts);
    this.#tail.endOffsetBytes = end;
    this.#tail.endCrc = frame.crc;
  }

  /** Keeps up with what a record says. */
  #follow(record: LogRecord): void {
    const tail = this.#tail;
    if (record.cut !== undefined) {
      const { index } = record.cut;
      tail.last = record.cut;
      tail.terms = tail.terms.filter((point) => point.index <= index);
    }
    for (const { index, term } of record.entries) {
      if (term > tail.last.term) tail.terms.push({ index, term });
      tail.last = { index, term };
    }
    tail.hardState = record.hardState ?? tail.hardState;
  }

  #takeParts(): [parts: Uint8Array[], offset: number] {
    const taken: [Uint8Array[], number] = [this.#parts, this.#partsOffsetBytes];
    this.#parts = [];
    this.#partsOffsetBytes = this.#tail.endOffsetBytes;
    return taken;
  }

  async #flush(): Promise<void> {
    const { file } = this.#tail.active;
    const { end } = this;
    if (this.#hasMark) {
      // What follows a mark would not be found if the mark were lost.
      await file.write(...this.#takeParts());
      await file.sync();
      this.#hasMark = false;
    } else if (this.#parts.length > 0) {
      await file.writeDurably(...this.#takeParts());
    }
    this.#syncedEnd = end;
  }

  /**
   * Goes on in a new segment, which begins behind `previous`. The old segment's last record names
   * the new one, which is durable before: so a missing segment is always noticed, and an empty one
   * behind a segment without that record was never used.
   */
  async #rotate(previous: LogPoint): Promise<void> {
    await this.#flush();
    const tail = this.#tail;
    const segment = tail.active.header.segment + 1;
    const header: LogSegmentHeader = {
      segment,
      sizeBytes: this.#segmentSizeBytes,
      previous: { index: previous.index, term: previous.term },
      hardState: tail.hardState,
      previousTerms: tail.terms.filter(({ index }) => index <= previous.index),
    };
    const sparePath = await this.#spares.take();
    const directory = this.#directory;
    const next = await beginSegment(this.#disk, { directory, sparePath, header });
    this.#gather(encodeLogRecord({ entries: [], nextSegment: segment }));
    await this.#flush();
    await tail.active.file.close();
    tail.active = next;
    tail.endOffsetBytes = segmentHeaderSizeBytes;
    tail.endCrc = next.headerCrc;
    tail.last = header.previous;
    tail.terms = [];
    this.#syncedEnd = this.end;
    this.#partsOffsetBytes = tail.endOffsetBytes;
    this.#index.beginSegment({ segment, sizeBytes: header.sizeBytes, previous: header.previous });
  }
}

/** How much data an entry may have, so that its record fits a segment of its own. */
export function entryDataBytesMax(segmentSizeBytes: number): number {
  const envelope = frameHeaderSizeBytes + sealSizeBytes + 128;
  return segmentSizeBytes - segmentHeaderSizeBytes - envelope;
}
