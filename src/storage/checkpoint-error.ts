/** A checkpoint is not what was written: it cannot be used. */
export class CheckpointDamagedError extends Error {
  override readonly name = "CheckpointDamagedError";
  /** The file, relative to the data directory. */
  readonly path: string;

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.path = path;
  }
}
