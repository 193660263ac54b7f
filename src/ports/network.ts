/** What a node is known by: SHA-256 of its public key (SubjectPublicKeyInfo, DER), 32 bytes. */
export type KeyFingerprint = Uint8Array;

/**
 * Connections between nodes. Each is encrypted and proves the keys of both ends before a frame
 * goes either way; whose key is welcome, and on which protocol, is decided by core code above.
 *
 * Every method rejects with a `NetworkError` (`#base/network-error.ts`).
 */
export interface Network {
  /**
   * Takes connections.
   *
   * @param options.address `host:port`; port 0 for any that is free
   * @param options.protocols names (ALPN) of what is spoken here; others are refused
   * @param options.accept is handed each connection once its peer's key is proven; it owns it
   */
  listen(options: {
    address: string;
    protocols: readonly string[];
    accept: (connection: Connection) => void;
  }): Promise<Listener>;
  /**
   * Connects.
   *
   * @param options.protocol the one that is to be spoken
   * @param options.signal gives up; there is no other deadline
   */
  dial(options: { address: string; protocol: string; signal: AbortSignal }): Promise<Connection>;
}

/** What takes connections. */
export interface Listener {
  /** `host:port` as bound. */
  readonly address: string;
  /** Takes no more; connections that were made live on. */
  close(): Promise<void>;
}

/**
 * An ordered, reliable, two-way row of frames, as long as it lasts. It may stall for ever and break
 * at any byte, each way apart; a frame comes whole and unchanged or not at all.
 */
export interface Connection {
  readonly protocol: string;
  /** The key that the other end has proven. */
  readonly peer: KeyFingerprint;
  /** Where the other end is, for logs. */
  readonly remoteAddress: string;
  /**
   * Sends one frame, made of the parts in order, at most `frameSizeBytesMax` together. The parts
   * must not be changed until the promise settles. Frames leave in the order of the calls.
   *
   * @returns resolves when there is room for more, which is not when it has arrived
   */
  send(parts: readonly Uint8Array[]): Promise<void>;
  /**
   * The next frame, which the caller may keep; undefined once the other end has closed in order.
   * One call at a time. What is not asked for is held back at the sender after a bounded buffer.
   */
  receive(): Promise<Uint8Array | undefined>;
  /** Lets go: what was sent still leaves, where it can; calls that wait reject. */
  close(): void;
}

/** A frame's bytes at the most: a slice of a stripe and what goes with it. */
export const frameSizeBytesMax = 1_048_576;
