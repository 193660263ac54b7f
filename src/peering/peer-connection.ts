import { FormatError } from "#format/index.ts";
import type { Clock, Connection, KeyFingerprint, Trace } from "#ports/index.ts";
import { type PeerFrame, framePartsOf, readFrame } from "./frames.ts";
import {
  type Purpose,
  backlogBytes,
  probeIdleAfterMs,
  probeOwingAfterMs,
  silentMsMax,
} from "./limits.ts";
import { PeerError } from "./peers.ts";

/** What a connection is used for at this end. */
export interface FrameHandler {
  /** Takes a frame. @throws FormatError when it has no place here, which breaks the connection */
  receive(frame: PeerFrame, body: Uint8Array): void;
  /** The connection is over. */
  ended(error: PeerError): void;
}

/** The other end does not run, or nothing of it gets through. */
export class SilentPeerError extends PeerError {
  constructor() {
    super("unreachable", `it gave no sign of life for ${silentMsMax} ms`);
  }
}

/** A connection whose ends know each other. */
export class PeerConnection {
  readonly node: number;
  readonly purpose: Purpose;
  readonly fingerprint: KeyFingerprint;
  /** The cluster's epoch when the ends greeted each other. */
  readonly epoch: number;
  /** Of a stream's messages, so much may be on its way to the other end. */
  readonly windowBytes: number;
  /** Called with the time that a sign of life took. */
  onPong: ((waitedMs: number) => void) | undefined;
  readonly #connection: Connection;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #trace: Trace;
  #handler: FrameHandler | undefined;
  #isOver = false;
  #queuedBytes = 0;
  #heardAtMs: number;
  /** Since when the other end owes a sign of life. */
  #askedAtMs: number | undefined;
  #pingedAtMs: number | undefined;

  constructor(parts: {
    connection: Connection;
    clock: Pick<Clock, "monotonicMs">;
    trace: Trace;
    node: number;
    purpose: Purpose;
    epoch: number;
    windowBytes: number;
  }) {
    this.#connection = parts.connection;
    this.#clock = parts.clock;
    this.#trace = parts.trace;
    this.node = parts.node;
    this.purpose = parts.purpose;
    this.epoch = parts.epoch;
    this.windowBytes = parts.windowBytes;
    this.fingerprint = parts.connection.peer;
    this.#heardAtMs = parts.clock.monotonicMs();
  }

  /** Bytes of frames that wait to leave. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Hands frames to `handler` until the connection is over. */
  async run(handler: FrameHandler): Promise<void> {
    this.#handler = handler;
    try {
      while (!this.#isOver) {
        const bytes = await this.#connection.receive();
        if (this.#isOver) return;
        if (bytes === undefined) throw new PeerError("unreachable", "the other end closed");
        this.#hear(bytes);
      }
    } catch (error) {
      if (error instanceof FormatError) {
        const { message: reason } = error;
        const { node, purpose } = this;
        this.#trace.write("warn", "peerMisbehaved", { node, purpose, reason });
      }
      this.end(peerErrorOf(error));
    }
  }

  /** Sends a frame; where the connection is over, nothing happens. */
  send(frame: PeerFrame, body?: Uint8Array): void {
    void this.sendWhenRoom(frame, body);
  }

  /** Sends a frame; resolves when there is room for more, or the connection is over. */
  async sendWhenRoom(frame: PeerFrame, body?: Uint8Array): Promise<void> {
    if (this.#isOver) return;
    const parts = framePartsOf(frame, body);
    let sizeBytes = 0;
    for (const { length } of parts) sizeBytes += length;
    this.#queuedBytes += sizeBytes;
    try {
      await this.#connection.send(parts);
      if (this.#queuedBytes > backlogBytes) this.#excuseSilence();
    } catch (error) {
      this.end(peerErrorOf(error));
    } finally {
      this.#queuedBytes -= sizeBytes;
    }
  }

  /** From now on the other end owes an answer, or a sign of life. */
  expect(): void {
    this.#askedAtMs ??= this.#clock.monotonicMs();
  }

  /** Asks for a sign of life where there was none for long, and ends where none came. */
  tick(): void {
    const nowMs = this.#clock.monotonicMs();
    const owedMs = this.#askedAtMs === undefined ? 0 : nowMs - this.#askedAtMs;
    if (owedMs >= silentMsMax) return this.end(new SilentPeerError());
    const isDue =
      owedMs >= probeOwingAfterMs || nowMs - this.#heardAtMs >= probeIdleAfterMs[this.purpose];
    if (isDue && this.#pingedAtMs === undefined) this.probe();
  }

  /** Asks for a sign of life: a connection to a process that has ended breaks of it. */
  probe(): void {
    this.#pingedAtMs ??= this.#clock.monotonicMs();
    this.expect();
    this.send({ kind: "ping", value: {} });
  }

  /** This node was stopped for a while: the other end is not to blame for its silence. */
  excuse(): void {
    this.#excuseSilence();
    this.#pingedAtMs = undefined;
  }

  /** Lets go of the connection. */
  end(error: PeerError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection.close();
    this.#handler?.ended(error);
  }

  #excuseSilence(): void {
    if (this.#askedAtMs !== undefined) this.#askedAtMs = this.#clock.monotonicMs();
  }

  #hear(bytes: Uint8Array): void {
    this.#heardAtMs = this.#clock.monotonicMs();
    const { frame, body } = readFrame(bytes);
    if (frame?.kind === "ping") {
      // It shows that the other end runs, not that it hears this one.
      this.send({ kind: "pong", value: {} });
      return;
    }
    this.#askedAtMs = undefined;
    if (frame?.kind === "pong") this.#hearPong();
    else if (frame !== undefined) this.#handler?.receive(frame, body);
  }

  #hearPong(): void {
    if (this.#pingedAtMs === undefined) return;
    this.onPong?.(this.#heardAtMs - this.#pingedAtMs);
    this.#pingedAtMs = undefined;
  }
}

/** What the callers are told of a connection that ended so. */
export function peerErrorOf(error: unknown): PeerError {
  if (error instanceof PeerError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new PeerError("unreachable", reason, { cause: error });
}

/** A frame has no place where it came. */
export function misplaced(frame: PeerFrame): FormatError {
  return new FormatError("malformed", `a frame has no place here: ${frame.kind}`);
}
