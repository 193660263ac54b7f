import type { KeyFingerprint } from "#ports/index.ts";

/** Where a node is reached and what it must prove. */
export interface PeerRecord {
  readonly node: number;
  /** Any of these keys: two while a key is being rotated. */
  readonly fingerprints: readonly KeyFingerprint[];
  /** `host:port`, tried in order. */
  readonly addresses: readonly string[];
}

/** The nodes that this one knows now; asked anew at every handshake and dial. */
export interface PeerRegistry {
  /** The cluster that a handshake must name. */
  readonly clusterId: Uint8Array;
  /** The cluster's epoch: a peer of an older one is refused. */
  epoch(): number;
  /** The numbers of all that are known; this node may be among them. */
  nodes(): readonly number[];
  peer(node: number): PeerRecord | undefined;
  /** Whose key it is; undefined for a stranger or a node that was removed. */
  nodeOf(fingerprint: KeyFingerprint): number | undefined;
}

/** How a node answers of late, from the outcomes of all that was asked of it. */
export type Liveness = "up" | "slow" | "down";

/** What a call or stream failed of. */
export type PeerErrorCode =
  /** No connection, or it broke before the answer: it may have been done. */
  | "unreachable"
  /** No answer in time: it may have been done. */
  | "timeout"
  /** The other node refused or failed it, and says why in the message. */
  | "refused"
  /** Too much is under way to this node already. */
  | "busy"
  /** The caller gave up. */
  | "aborted"
  /** This end is closing. */
  | "closed";

/** A call or stream between nodes failed. */
export class PeerError extends Error {
  override readonly name = "PeerError";
  readonly code: PeerErrorCode;

  constructor(code: PeerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Answers calls of one service; the answer is not to be changed any more. What it throws reaches the caller as `refused`, by its message.
 */
export type CallHandler = (
  from: number,
  body: Uint8Array,
  signal: AbortSignal,
) => Promise<Uint8Array>;

/** Serves streams of one service; the stream ends when it returns, and breaks when it throws. */
export type StreamHandler = (
  from: number,
  header: Uint8Array,
  stream: PeerStream,
  signal: AbortSignal,
) => Promise<void>;

/** A two-way stream of messages between two nodes, each way with a window of its own. */
export interface PeerStream {
  /** Sends a message of at most `streamMessageBytesMax`; resolves when there is room for more. */
  write(message: Uint8Array): Promise<void>;
  /** Says that nothing more comes from this end. */
  end(): Promise<void>;
  /** The next message; undefined once the other end has ended its way. */
  read(): Promise<Uint8Array | undefined>;
  /** Breaks both ways; the other end's reads and writes reject with `reason`. */
  abort(reason: string): void;
}

/** A message of a stream, at the most: half a megabyte. */
export const streamMessageBytesMax = 524_288;

/** A call's body or answer, at the most. */
export const callBytesMax = 1_000_000;

/** How one node speaks with the others: what the rooms above know of the network. */
export interface Peers {
  /** This node. */
  readonly self: number;
  /**
   * Sends a Raft message, if it can be sent now: one that finds no connection or a full queue is
   * dropped, and Raft sends again. Messages to one node arrive in order or not at all.
   *
   * @returns false where it was dropped
   */
  sendRaft(node: number, message: Uint8Array): boolean;
  /** Sets who gets Raft messages; one, once. */
  onRaft(handler: (from: number, message: Uint8Array) => void): void;
  /**
   * Asks a node once.
   *
   * @param service a short kebab-case word
   * @param body not to be changed any more: it may be on its way still after the deadline
   * @throws PeerError
   */
  call(
    node: number,
    service: string,
    body: Uint8Array,
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<Uint8Array>;
  /** Sets who answers calls of a service; one, once. */
  serve(service: string, handler: CallHandler): void;
  /**
   * Opens a stream on the connection for bulk.
   *
   * @param options.timeoutMs for the opening, and for each wait for the other end thereafter
   * @throws PeerError
   */
  openStream(
    node: number,
    service: string,
    header: Uint8Array,
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<PeerStream>;
  /** Sets who serves streams of a service; one, once. */
  serveStream(service: string, handler: StreamHandler): void;
  /** How the node answers of late; `up` where nothing is known. */
  liveness(node: number): Liveness;
  close(): Promise<void>;
}
