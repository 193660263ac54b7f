import { assert } from "#base/assert.ts";
import type { LogPoint } from "#format/index.ts";

/** A segment that belongs to the log. */
export interface SegmentInfo {
  segment: number;
  sizeBytes: number;
  /** The log's last entry when the segment was begun. Its own entries have greater indices. */
  previous: LogPoint;
}

/** Which entries the log holds, of which terms they are, and in which segments. Kept in memory. */
export class LogIndex {
  readonly #segments: SegmentInfo[] = [];
  /** Where each term begins, ascending, within what the log holds. */
  #terms: LogPoint[] = [];
  #last: LogPoint;

  constructor(first: SegmentInfo) {
    this.#segments.push(first);
    this.#last = pointOf(first.previous);
  }

  /** The entry before the first one; its term is known, its data is not. */
  get previous(): LogPoint {
    return this.#oldest().previous;
  }

  get last(): LogPoint {
    return this.#last;
  }

  get segments(): readonly SegmentInfo[] {
    return this.#segments;
  }

  /** The terms that began behind entry `index`. */
  termsBehind(index: number): LogPoint[] {
    return this.#terms.filter((point) => point.index > index);
  }

  /** The term of the entry at `index`, or undefined where the log does not reach. */
  term(index: number): number | undefined {
    if (index === this.#last.index) return this.#last.term;
    const { previous } = this.#oldest();
    if (index < previous.index || index > this.#last.index) return undefined;
    for (let i = this.#terms.length - 1; i >= 0; i--) {
      const begin = this.#terms[i];
      if (begin !== undefined && begin.index <= index) return begin.term;
    }
    return previous.term;
  }

  /** The segment with the latest version of the entry at `index`, and the first index behind it. */
  segmentOf(index: number): { info: SegmentInfo; endIndex: number } | undefined {
    if (index > this.#last.index) return undefined;
    let endIndex = this.#last.index + 1;
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const info = this.#segments[i];
      if (info === undefined) break;
      if (info.previous.index < index) return { info, endIndex };
      endIndex = Math.min(endIndex, info.previous.index + 1);
    }
    return undefined;
  }

  /** Puts an entry at the end. */
  push(point: LogPoint): void {
    assert(point.index === this.#last.index + 1, "L1: entries follow one another without gaps");
    assert(point.term >= this.#last.term, "L1: terms never go back");
    if (point.term > this.#last.term) this.#terms.push(point);
    this.#last = point;
  }

  /** Makes the entry at `index` the last one. */
  cut(index: number): void {
    const term = this.term(index);
    assert(term !== undefined, "L1: a cut is within the log");
    this.#terms = this.#terms.filter((point) => point.index <= index);
    this.#last = { index, term };
  }

  /**
   * Adds a segment that was found behind the others, as its header describes it.
   *
   * @param previousTerms the terms that began in the segment before it
   */
  addSegment(info: SegmentInfo, previousTerms: readonly LogPoint[]): void {
    const { previous } = info;
    const floor = this.#segments.at(-1)?.previous.index ?? 0;
    this.#terms = this.#terms.filter((point) => point.index <= Math.min(previous.index, floor));
    for (const point of previousTerms) {
      if (point.index <= previous.index) this.#terms.push(pointOf(point));
    }
    this.#segments.push(info);
    this.#last = pointOf(previous);
  }

  /** Adds the segment that entries behind `info.previous` go to from now on. */
  beginSegment(info: SegmentInfo): void {
    this.#segments.push(info);
  }

  /** Whether no entry from `index` on is in the oldest segment, and it is not the only one. */
  oldestIsBefore(index: number): boolean {
    const second = this.#segments[1];
    return second !== undefined && second.previous.index < index;
  }

  /** Takes the oldest segment off. */
  dropOldest(): SegmentInfo {
    const oldest = this.#segments.shift();
    assert(oldest !== undefined && this.#segments.length > 0, "L1: a log has a segment");
    const floor = this.#oldest().previous.index;
    this.#terms = this.#terms.filter((point) => point.index > floor);
    return oldest;
  }

  #oldest(): SegmentInfo {
    const oldest = this.#segments[0];
    assert(oldest !== undefined, "L1: a log has a segment");
    return oldest;
  }
}

function pointOf({ index, term }: LogPoint): LogPoint {
  return { index, term };
}
