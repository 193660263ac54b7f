/** Digests that S3 knows. Results are raw bytes, big-endian for the CRCs. */
export type DigestAlgorithm = "md5" | "sha1" | "sha256" | "crc32" | "crc32c" | "crc64nvme";

/** Pure work over buffers, which may run on other threads. */
export interface Compute {
  /** Starts a running digest; several algorithms read the same bytes once. */
  digest(algorithms: readonly DigestAlgorithm[]): RunningDigest;
}

/** A digest over a stream. Small streams are hashed in place, large ones on a worker. */
export interface RunningDigest {
  /**
   * Adds bytes. They must not be changed until the promise resolves. Awaiting it each time bounds
   * what is under way; up to a few updates may be under way at once.
   */
  update(bytes: Uint8Array): Promise<void>;
  /** The digests, one for each algorithm asked for; nothing may be added afterwards. */
  finish(): Promise<ReadonlyMap<DigestAlgorithm, Uint8Array>>;
  /** Lets go of the digest without a result. */
  abandon(): void;
}
