import type { Trace, TraceFields, TraceLevel } from "#ports/index.ts";

/** Lines kept for the report of a failing run. */
const recentLinesMax = 400;

/**
 * All that happened in a run: a hash over every line, which two runs of one seed share, and the
 * last lines to read.
 */
export class RunTrace {
  readonly #nowUs: () => number;
  readonly #recent: string[] = [];
  readonly #sink: ((line: string) => void) | undefined;
  /** How often nodes told of each event, by its name. */
  readonly told: Map<string, number> = new Map<string, number>();
  #oldest = 0;
  #low = 0x811c9dc5;
  #high = 0x1b873593;

  constructor(nowUs: () => number, sink?: (line: string) => void) {
    this.#nowUs = nowUs;
    this.#sink = sink;
  }

  /** Adds a line; the time is put in front. */
  record(text: string): void {
    const line = `${this.#nowUs()} ${text}`;
    this.#mix(line);
    if (this.#recent.length < recentLinesMax) this.#recent.push(line);
    else {
      this.#recent[this.#oldest] = line;
      this.#oldest = (this.#oldest + 1) % recentLinesMax;
    }
    this.#sink?.(line);
  }

  /** Sixteen hexadecimal digits over every line so far. */
  get hash(): string {
    return hex32(this.#high) + hex32(this.#low);
  }

  /** The last lines, oldest first. */
  recentLines(): string[] {
    return [...this.#recent.slice(this.#oldest), ...this.#recent.slice(0, this.#oldest)];
  }

  #mix(line: string): void {
    let low = this.#low;
    let high = this.#high;
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b);
      high ^= high >>> 15;
    }
    this.#low = low ^ (high >>> 7);
    this.#high = high ^ (low >>> 11);
  }
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

/** A short fingerprint of bytes: their length, and a hash over at most about 1 KiB of each part. */
export function fingerprint(parts: readonly Uint8Array[]): string {
  let hash = 0x811c9dc5;
  let length = 0;
  for (const part of parts) {
    length += part.length;
    const stride = Math.max(1, Math.floor(part.length / 1024));
    for (let i = 0; i < part.length; i += stride) {
      hash = Math.imul(hash ^ (part[i] ?? 0), 0x01000193);
    }
  }
  return `${length}:${hex32(hash)}`;
}

/** The Trace port of one node, which writes into the run's trace. */
export function simulatedTrace(name: string, trace: RunTrace, isAlive: () => boolean): Trace {
  return {
    write(level: TraceLevel, event: string, fields?: TraceFields) {
      if (!isAlive()) return;
      const details = fields === undefined ? "" : ` ${JSON.stringify(fields)}`;
      trace.record(`${name} ${level} ${event}${details}`);
      trace.told.set(event, (trace.told.get(event) ?? 0) + 1);
    },
  };
}
