/** What went wrong on the disk, for those who can tell cases apart. */
export type DiskErrorCode = "not-found" | "exists" | "full" | "io";

/** An operation of the Disk port failed. */
export class DiskError extends Error {
  override readonly name = "DiskError";
  readonly code: DiskErrorCode;
  /** The path that was worked on, relative to the data directory. */
  readonly path: string;

  constructor(code: DiskErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(`${path}: ${message}`, options);
    this.code = code;
    this.path = path;
  }
}
