import type { LogPoint } from "#format/index.ts";

/** Where in the log's bytes something is. */
export interface LogPosition {
  segment: number;
  offsetBytes: number;
}

/** The log is not what was written: bytes that were durable are gone or changed. */
export class LogDamagedError extends Error {
  override readonly name = "LogDamagedError";
  /** The file, relative to the data directory. */
  readonly path: string;
  readonly position: LogPosition;
  /** What is wrong there. */
  readonly reason: string;
  /** The last entry known to be intact before the damage. */
  readonly lastIntact: LogPoint;

  constructor(damage: {
    path: string;
    position: LogPosition;
    reason: string;
    lastIntact: LogPoint;
    cause?: unknown;
  }) {
    const { path, position, reason, lastIntact } = damage;
    super(
      `${path}: ${reason} (segment ${position.segment}, byte ${position.offsetBytes}); ` +
        `the log is intact up to entry ${lastIntact.index}`,
      damage.cause === undefined ? undefined : { cause: damage.cause },
    );
    this.path = path;
    this.position = position;
    this.reason = reason;
    this.lastIntact = lastIntact;
  }
}

/** The log can no longer be written; nothing of what was not yet durable may be believed. */
export class LogFailedError extends Error {
  override readonly name = "LogFailedError";

  constructor(message: string, options?: ErrorOptions) {
    super(`the log stopped: ${message}`, options);
  }
}
