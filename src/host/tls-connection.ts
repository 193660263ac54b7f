import type { TLSSocket } from "node:tls";
import { assert } from "#base/assert.ts";
import { emptyBytes, kib } from "#base/bytes.ts";
import { NetworkError } from "#base/network-error.ts";
import {
  type Connection,
  type KeyFingerprint,
  type Trace,
  frameSizeBytesMax,
} from "#ports/index.ts";
import { FrameDecoder, lengthSizeBytes } from "./frame-decoder.ts";

/** What may wait to leave before senders wait. */
const sendBufferBytes: number = 256 * kib;
/** What may wait to be received before the other end is held back. */
const receiveBufferBytes: number = 256 * kib;
/** Frames up to this are copied together, so that many leave in one record and one call. */
const copiedBytesMax: number = 8 * kib;
/** So much is copied together at the most: four TLS records. */
const batchSizeBytes: number = 64 * kib;
/** After closing, what waits has this long to leave. */
const lingerMs = 5000;

const sent: Promise<void> = Promise.resolve();

interface WaitingSender {
  resolve: () => void;
  reject: (error: NetworkError) => void;
}

interface WaitingReceiver {
  resolve: (frame: Uint8Array | undefined) => void;
  reject: (error: NetworkError) => void;
}

/** Frames over a TLS connection whose handshake is done. */
export class TlsConnection implements Connection {
  readonly protocol: string;
  readonly peer: KeyFingerprint;
  readonly remoteAddress: string;
  readonly #socket: TLSSocket;
  readonly #trace: Trace;
  readonly #decoder: FrameDecoder = new FrameDecoder();
  /** What the next calls of `write` are made of, and who waits for them to be done. */
  #chunks: Uint8Array[] = [];
  #waiting: WaitingSender[] = [];
  #batch: Uint8Array = emptyBytes;
  #batchFilled = 0;
  #batchStart = 0;
  /** Waits to leave, or is on its way into the socket. */
  #queuedBytes = 0;
  #isWriting = false;
  #isFlushPlanned = false;
  readonly #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  #receiver: WaitingReceiver | undefined;
  #failure: NetworkError | undefined;
  #hasOtherEnded = false;

  constructor(
    socket: TLSSocket,
    parts: { protocol: string; peer: KeyFingerprint; remoteAddress: string; trace: Trace },
  ) {
    this.protocol = parts.protocol;
    this.peer = parts.peer;
    this.remoteAddress = parts.remoteAddress;
    this.#trace = parts.trace;
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => this.#take(chunk));
    socket.on("error", (error) => this.#break(error.message));
    socket.on("end", () => this.#break("the other end broke off"));
    socket.on("close", () => this.#break("the connection broke"));
  }

  send(parts: readonly Uint8Array[]): Promise<void> {
    let sizeBytes = 0;
    for (const { length } of parts) sizeBytes += length;
    assert(sizeBytes > 0 && sizeBytes <= frameSizeBytesMax, "a frame is not empty nor too large");
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#hasOtherEnded) {
      return Promise.reject(new NetworkError("broken", "the other end has closed"));
    }
    this.#queuedBytes += lengthSizeBytes + sizeBytes;
    this.#addLength(sizeBytes);
    const isCopied = sizeBytes <= copiedBytesMax;
    if (isCopied) for (const part of parts) this.#copy(part);
    else {
      this.#cutBatch();
      this.#chunks.push(...parts);
    }
    this.#planFlush();
    if (isCopied && this.#queuedBytes < sendBufferBytes) return sent;
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  receive(): Promise<Uint8Array | undefined> {
    assert(this.#receiver === undefined, "one frame is asked for at a time");
    if (this.#failure?.code === "closed") return Promise.reject(this.#failure);
    const frame = this.#inbox.shift();
    if (frame !== undefined) {
      this.#inboxBytes -= frame.length;
      if (this.#inboxBytes < receiveBufferBytes / 2 && this.#socket.isPaused()) {
        this.#socket.resume();
      }
      return Promise.resolve(frame);
    }
    if (this.#hasOtherEnded) return Promise.resolve(undefined);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => (this.#receiver = { resolve, reject }));
  }

  close(): void {
    if (this.#failure !== undefined) return;
    this.#addLength(0);
    this.#queuedBytes += lengthSizeBytes;
    this.#end(new NetworkError("closed", "the connection is closed"));
    this.#inbox.length = 0;
    // What still comes is read, and not looked at: unread, it would cut short what is sent.
    this.#socket.resume();
    setTimeout(() => this.#socket.destroy(), lingerMs).unref();
    this.#flush();
  }

  #take(chunk: Uint8Array): void {
    if (this.#failure !== undefined) return;
    const decoded = this.#decoder.push(chunk);
    if (decoded.kind === "garbage") {
      const { remoteAddress, protocol } = this;
      const { reason } = decoded;
      this.#trace.write("warn", "frameRefused", { remoteAddress, protocol, reason });
      this.#break(reason);
      return;
    }
    for (const frame of decoded.frames) {
      this.#inbox.push(frame);
      this.#inboxBytes += frame.length;
    }
    if (decoded.kind === "end") this.#hasOtherEnded = true;
    this.#serveReceiver();
    if (this.#inboxBytes > receiveBufferBytes) this.#socket.pause();
  }

  #serveReceiver(): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    const frame = this.#inbox.shift();
    if (frame === undefined && !this.#hasOtherEnded) return;
    this.#receiver = undefined;
    this.#inboxBytes -= frame?.length ?? 0;
    receiver.resolve(frame);
  }

  #break(reason: string): void {
    if (this.#failure === undefined) this.#end(new NetworkError("broken", reason));
    this.#socket.destroy();
  }

  #end(failure: NetworkError): void {
    this.#failure = failure;
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
    this.#receiver?.reject(failure);
    this.#receiver = undefined;
  }

  #addLength(length: number): void {
    this.#copy(Uint8Array.of(length, length >>> 8, length >>> 16, length >>> 24));
  }

  /** Copies bytes behind those that leave together. */
  #copy(bytes: Uint8Array): void {
    if (this.#batchFilled + bytes.length > this.#batch.length) {
      this.#cutBatch();
      this.#batch = Buffer.allocUnsafeSlow(batchSizeBytes);
      this.#batchFilled = this.#batchStart = 0;
    }
    this.#batch.set(bytes, this.#batchFilled);
    this.#batchFilled += bytes.length;
  }

  /** What was copied so far goes before what comes now. */
  #cutBatch(): void {
    if (this.#batchFilled === this.#batchStart) return;
    this.#chunks.push(this.#batch.subarray(this.#batchStart, this.#batchFilled));
    this.#batchStart = this.#batchFilled;
  }

  /** What is sent in one turn of the loop leaves together. */
  #planFlush(): void {
    if (this.#isFlushPlanned || this.#isWriting) return;
    this.#isFlushPlanned = true;
    process.nextTick(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#isWriting || this.#socket.destroyed) return;
    this.#cutBatch();
    const chunks = this.#chunks.filter(({ length }) => length > 0);
    const last = chunks.pop();
    if (last === undefined) {
      if (this.#failure?.code === "closed") this.#socket.end();
      return;
    }
    const waiting = this.#waiting;
    const groupBytes = this.#queuedBytes;
    this.#chunks = [];
    this.#waiting = [];
    this.#isWriting = true;
    this.#socket.cork();
    for (const chunk of chunks) this.#socket.write(chunk);
    this.#socket.write(last, (error) => {
      this.#isWriting = false;
      this.#queuedBytes -= groupBytes;
      if (error !== undefined && error !== null) {
        const failure = new NetworkError("broken", error.message);
        for (const { reject } of waiting) reject(this.#failure ?? failure);
        this.#break(error.message);
        return;
      }
      for (const { resolve } of waiting) resolve();
      this.#flush();
    });
    this.#socket.uncork();
  }
}
