import { assert } from "#base/assert.ts";
import type { HardState, LogEntry, LogPoint, LogRecord } from "#format/index.ts";
import type { Ports } from "#ports/index.ts";
import { entrySizeBytes, LogCache, takeWithin } from "./log-cache.ts";
import { LogDamagedError, LogFailedError, type LogPosition } from "./log-error.ts";
import type { LogIndex } from "./log-index.ts";
import { entryDataBytesMax, type LogWriter } from "./log-writer.ts";
import { openSegment, readSegment, type SpareSegments, segmentPath } from "./segment-file.ts";
import { type ScannedSegment, scanSegment } from "./segment-scan.ts";

/** Entries go into records of at most about this many bytes: what a reader holds at once. */
const recordBytesMax = 1024 * 1024;

/** What a record takes besides its entries: frame, hard state, a cut. */
const recordOverheadBytes = 128;

/** After a spare segment could not be made, for want of space as a rule, in milliseconds. */
const spareRetryPauseMs = 1000;

/** How long the log is idle before it marks how far it is durable, in milliseconds. */
const markPauseMs = 25;

/** What the log needs of the world. */
export type LogPorts = Pick<Ports, "clock" | "disk" | "trace">;

/** How a log is kept. */
export interface LogConfig {
  /** The directory of its files, relative to the data directory. */
  directory: string;
  /** The length of new segment files. */
  segmentSizeBytes: number;
  /** How much of the newest entries stays in memory. */
  cacheBytesMax: number;
}

/** What a log is made of when it is opened; see `openLog` and `createLog`. */
export interface LogParts {
  index: LogIndex;
  cache: LogCache;
  writer: LogWriter;
  spares: SpareSegments;
}

/** A promise and the functions that settle it. */
type Round = PromiseWithResolvers<void>;

/**
 * A replicated log's entries and hard state, on disk. `append` and `truncateFrom` take effect in
 * memory at once and are durable when a later `sync` resolves; all that arrives while a sync is
 * under way shares the next one. After a write or sync that failed every call throws a
 * LogFailedError.
 */
export class Log {
  readonly #ports: LogPorts;
  readonly #config: LogConfig;
  readonly #index: LogIndex;
  readonly #cache: LogCache;
  readonly #writer: LogWriter;
  readonly #spares: SpareSegments;
  readonly #closing = new AbortController();
  /** What waits for the next round, in order. */
  #pending: LogRecord[] = [];
  #pendingBytes = 0;
  #openRecordBytes = 0;
  /** The lowest index that what waits changes, and what is being written. */
  #pendingFrom = Infinity;
  #writingFrom = Infinity;
  /** How often the log's end was cut off. */
  #cutCount = 0;
  /** The rounds under way and to come. */
  #current: Round | undefined;
  #next: Round | undefined;
  #pump: Promise<void> | undefined;
  #markIsArmed = false;
  #failure: LogFailedError | undefined;
  #spareRetryAtMs = 0;
  /** The segment read last, taken apart. */
  #scanned: { segment: number; scan: ScannedSegment } | undefined;

  constructor(ports: LogPorts, config: LogConfig, parts: LogParts) {
    this.#ports = ports;
    this.#config = config;
    this.#index = parts.index;
    this.#cache = parts.cache;
    this.#writer = parts.writer;
    this.#spares = parts.spares;
    void this.prepareRoom();
  }

  /** The entry before the oldest one that is still here. */
  get previous(): LogPoint {
    return this.#index.previous;
  }

  /** The oldest entry that is still here; one past `lastIndex` where there is none. */
  get firstIndex(): number {
    return this.#index.previous.index + 1;
  }

  get lastIndex(): number {
    return this.#index.last.index;
  }

  get last(): LogPoint {
    return this.#index.last;
  }

  /** The hard state that is durable. */
  get hardState(): HardState {
    return this.#writer.hardState;
  }

  /** The end of what was written. */
  get end(): LogPosition {
    return this.#writer.end;
  }

  /** What the log's segments take on disk, without spares. */
  get sizeBytes(): number {
    return this.#index.segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** About how many bytes of the log's files hold entries behind `index`, by whole segments. */
  bytesBehind(index: number): number {
    const { segments } = this.#index;
    let bytes = 0;
    for (let i = segments.length - 1; i >= 0; i--) {
      const info = segments[i];
      if (info === undefined) break;
      bytes += i === segments.length - 1 ? this.end.offsetBytes : info.sizeBytes;
      if (info.previous.index <= index) break;
    }
    return bytes;
  }

  /** How much data an entry may have. */
  get entryDataBytesMax(): number {
    return entryDataBytesMax(this.#config.segmentSizeBytes);
  }

  /**
   * How many bytes of entries (by `entrySizeBytes`) surely find room now. Little just after a
   * segment was begun, until the next is prepared, and when the disk is full; the caller waits for
   * `prepareRoom` before it appends more.
   */
  get roomBytes(): number {
    return Math.max(0, this.#writer.roomBytes - this.#pendingBytes - recordOverheadBytes);
  }

  /** Resolves once a further segment is ready, or with false where none can be made now. */
  async prepareRoom(): Promise<boolean> {
    if (this.#spares.isReady) return true;
    const { clock, trace } = this.#ports;
    if (this.#failure !== undefined || clock.monotonicMs() < this.#spareRetryAtMs) return false;
    try {
      await this.#spares.prepare();
      return true;
    } catch (error) {
      this.#spareRetryAtMs = clock.monotonicMs() + spareRetryPauseMs;
      trace.write("warn", "logSpareFailed", { reason: String(error) });
      return false;
    }
  }

  /**
   * The term of the entry at `index`, from `firstIndex` - 1 to `lastIndex`; undefined elsewhere.
   */
  term(index: number): number | undefined {
    return this.#index.term(index);
  }

  /**
   * Puts entries at their place, over what is there and behind it, and sets the hard state.
   *
   * @param entries ascending without gaps; the first follows an entry that is here
   */
  append({
    entries,
    hardState,
  }: {
    entries: readonly LogEntry[];
    hardState?: HardState | undefined;
  }): void {
    this.#assertAlive();
    const first = entries[0];
    if (first !== undefined) this.truncateFrom(first.index);
    this.#pendingFrom = Math.min(this.#pendingFrom, first?.index ?? Infinity);
    for (const entry of entries) {
      assert(entry.data.length <= this.entryDataBytesMax, "L5: an entry fits a segment");
      this.#index.push({ index: entry.index, term: entry.term });
      this.#cache.push(entry);
      this.#recordFor(entrySizeBytes(entry)).entries.push(entry);
    }
    if (hardState !== undefined) this.#recordFor(0).hardState = hardState;
  }

  /** Removes the entries from `index` on: a follower's tail that the leader does not have. */
  truncateFrom(index: number): void {
    this.#assertAlive();
    assert(index >= this.firstIndex, "L1: what is cut is here");
    if (index > this.lastIndex) return;
    this.#index.cut(index - 1);
    this.#cache.cut(index - 1);
    this.#scanned = undefined;
    this.#cutCount++;
    this.#pendingFrom = Math.min(this.#pendingFrom, index);
    this.#pending.push({ cut: this.#index.last, entries: [] });
    this.#openRecordBytes = 0;
  }

  /**
   * Makes durable what was appended before the call.
   *
   * @throws LogFailedError when that failed; the log can then not be used any more
   */
  sync(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#pending.length === 0) return this.#current?.promise ?? Promise.resolve();
    this.#next ??= Promise.withResolvers();
    const { promise } = this.#next;
    this.#pump ??= this.#runRounds();
    return promise;
  }

  /**
   * Entries from `lo` to before `hi` that are in memory.
   *
   * @param bytesMax how many bytes of entries at most; one entry is given in any case
   * @returns undefined where `lo` is no longer in memory: see `readEntries`
   */
  entries(lo: number, hi: number, bytesMax: number): LogEntry[] | undefined {
    assert(lo >= this.firstIndex && hi <= this.lastIndex + 1 && lo <= hi, "L1: entries are here");
    return lo === hi ? [] : this.#cache.slice(lo, hi, bytesMax);
  }

  /**
   * As `entries`, from disk where needed.
   *
   * @throws LogDamagedError where the file is not what was written
   */
  async readEntries(lo: number, hi: number, bytesMax: number): Promise<LogEntry[]> {
    const cached = this.entries(lo, hi, bytesMax);
    if (cached !== undefined) return cached;
    // Before that the files do not have them, or have others in their place.
    while (hi > Math.min(this.#pendingFrom, this.#writingFrom)) await this.sync();
    const place = this.#index.segmentOf(lo);
    assert(place !== undefined, "L1: an entry of the log is in a segment");
    const { segment, previous } = place.info;
    const endIndex = Math.min(hi, place.endIndex);
    const scan = await this.#scan(segment, endIndex);
    const from = lo - previous.index - 1;
    return takeWithin(scan.entries.slice(from, endIndex - previous.index - 1), bytesMax);
  }

  /** The last entry in the file that an entry of the log is in: what damage to it may take. */
  lastBeside(index: number): number {
    const place = this.#index.segmentOf(index);
    assert(place !== undefined, "L1: an entry of the log is in a segment");
    return place.endIndex - 1;
  }

  /**
   * Lets go of segments that hold only entries before `index`; what is left may begin earlier.
   * Their files are used again. The caller makes sure that nobody needs those entries any more.
   */
  async truncateBefore(index: number): Promise<void> {
    this.#assertAlive();
    assert(index <= this.lastIndex + 1, "L1: what is let go of is here");
    while (this.#index.oldestIsBefore(index)) {
      const { segment, sizeBytes } = this.#index.dropOldest();
      await this.#spares.recycle(segmentPath(this.#config.directory, segment), sizeBytes);
    }
  }

  /**
   * Ends the log: what was appended is durable when it resolves.
   *
   * @returns the end of the log, for the mark of a clean stop
   */
  async close(): Promise<LogPosition> {
    this.#closing.abort();
    try {
      await this.sync();
      await this.#pump;
      if (this.#failure !== undefined) throw this.#failure;
      await this.#writer.mark();
      await this.#writer.sync();
      return this.#writer.end;
    } finally {
      this.#failure ??= new LogFailedError("it was closed");
      await this.#spares.settle();
      await this.#writer.close();
    }
  }

  /** Lets go of the files of a log that was not written to. */
  async release(): Promise<void> {
    this.#closing.abort();
    await this.#pump;
    this.#failure ??= new LogFailedError("it was closed");
    await this.#spares.settle();
    await this.#writer.close();
  }

  #assertAlive(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The record that takes so many more bytes. */
  #recordFor(bytes: number): LogRecord {
    this.#pendingBytes += bytes;
    const open = this.#pending.at(-1);
    const bytesMax = Math.min(recordBytesMax, this.entryDataBytesMax);
    if (open !== undefined && this.#openRecordBytes + bytes <= bytesMax) {
      this.#openRecordBytes += bytes;
      return open;
    }
    const record: LogRecord = { entries: [] };
    this.#pending.push(record);
    this.#openRecordBytes = bytes;
    return record;
  }

  /** Writes rounds until nobody waits for one. Never rejects: the waiting are told. */
  async #runRounds(): Promise<void> {
    for (let round = this.#next; round !== undefined; round = this.#next) {
      this.#current = round;
      this.#next = undefined;
      const records = this.#pending;
      this.#pending = [];
      this.#pendingBytes = 0;
      this.#openRecordBytes = 0;
      this.#writingFrom = this.#pendingFrom;
      this.#pendingFrom = Infinity;
      try {
        await this.#writer.write(records);
        this.#writingFrom = Infinity;
        round.resolve();
      } catch (cause) {
        this.#fail(cause);
        round.reject(this.#failure);
        this.#rejectNext();
      }
      // Whoever waited may have appended by now; they share the round that follows.
      await Promise.resolve();
    }
    this.#current = undefined;
    this.#pump = undefined;
    this.#armMark();
    void this.prepareRoom();
  }

  #fail(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#failure = new LogFailedError(reason, { cause });
    this.#ports.trace.write("error", "logFailed", { reason });
  }

  #rejectNext(): void {
    this.#next?.reject(this.#failure);
    this.#next = undefined;
  }

  /** Marks the durable end once the log has been idle for a moment. */
  #armMark(): void {
    if (this.#markIsArmed || this.#failure !== undefined || this.#closing.signal.aborted) return;
    this.#markIsArmed = true;
    const wake = (): void => {
      this.#markIsArmed = false;
      if (this.#pump !== undefined || this.#closing.signal.aborted) return;
      this.#pump = this.#mark();
    };
    const stop = (): void => {
      this.#markIsArmed = false;
    };
    void this.#ports.clock.sleep(markPauseMs, this.#closing.signal).then(wake, stop);
  }

  async #mark(): Promise<void> {
    if (this.#failure === undefined) {
      try {
        await this.#writer.mark();
      } catch (cause) {
        this.#fail(cause);
      }
    }
    if (this.#failure !== undefined) this.#rejectNext();
    this.#pump = this.#next === undefined ? undefined : this.#runRounds();
  }

  async #scan(segment: number, endIndex: number): Promise<ScannedSegment> {
    const known = this.#scanned;
    if (known?.segment === segment && known.scan.last.index + 1 >= endIndex) return known.scan;
    const { directory } = this.#config;
    const lastIntact = this.#index.previous;
    const cutCount = this.#cutCount;
    const opened = await openSegment(this.#ports.disk, { directory, segment, lastIntact });
    try {
      const scan = scanSegment(await readSegment(opened), {
        header: opened.header,
        crc: opened.headerCrc,
      });
      if (scan.last.index + 1 < endIndex) throw damageOf(opened.path, segment, scan);
      // What was cut off meanwhile is not to be found again.
      if (cutCount === this.#cutCount) this.#scanned = { segment, scan };
      return scan;
    } finally {
      await opened.file.close();
    }
  }
}

/** The error for a segment that ends before it should. */
export function damageOf(path: string, segment: number, scan: ScannedSegment): LogDamagedError {
  return new LogDamagedError({
    path,
    position: { segment, offsetBytes: scan.endOffsetBytes },
    reason: scan.damage ?? "records that were durable are missing",
    lastIntact: scan.last,
  });
}
