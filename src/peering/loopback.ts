import { concatBytes, emptyBytes } from "#base/bytes.ts";
import { NetworkError } from "#base/network-error.ts";
import type { Connection } from "#ports/index.ts";

/** What one end may hold for the other before its sender waits. */
const bufferSizeBytes = 1_048_576;

/** Both ends of a connection from this node to itself. */
export function loopback(protocol: string): [Connection, Connection] {
  const near = new LoopbackEnd(protocol);
  const far = new LoopbackEnd(protocol);
  near.other = far;
  far.other = near;
  return [near, far];
}

class LoopbackEnd implements Connection {
  readonly protocol: string;
  readonly peer: Uint8Array = emptyBytes;
  readonly remoteAddress = "self";
  other: LoopbackEnd | undefined;
  isClosed = false;
  readonly #frames: Uint8Array[] = [];
  #frameBytes = 0;
  #wakeReceiver: () => void = () => undefined;
  #wakeSenders: (() => void)[] = [];

  constructor(protocol: string) {
    this.protocol = protocol;
  }

  async send(parts: readonly Uint8Array[]): Promise<void> {
    this.#checkOpen();
    await this.other?.take(concatBytes(parts));
    this.#checkOpen();
  }

  async receive(): Promise<Uint8Array | undefined> {
    for (;;) {
      this.#checkOpen();
      const frame = this.#frames.shift();
      if (frame !== undefined) {
        this.#frameBytes -= frame.length;
        if (this.#frameBytes < bufferSizeBytes) this.#letSendersGo();
        return frame;
      }
      if (this.other?.isClosed === true) return undefined;
      await new Promise<void>((resolve) => (this.#wakeReceiver = resolve));
    }
  }

  close(): void {
    this.isClosed = true;
    this.wake();
    this.other?.wake();
  }

  /** Lets everybody who waits here look again. */
  wake(): void {
    this.#wakeReceiver();
    this.#letSendersGo();
  }

  /** Keeps a frame for the receiver; resolves when there is room for more. */
  async take(frame: Uint8Array): Promise<void> {
    this.#frames.push(frame);
    this.#frameBytes += frame.length;
    this.#wakeReceiver();
    if (this.#frameBytes >= bufferSizeBytes && !this.isClosed) {
      await new Promise<void>((resolve) => this.#wakeSenders.push(resolve));
    }
  }

  #letSendersGo(): void {
    for (const go of this.#wakeSenders.splice(0)) go();
  }

  #checkOpen(): void {
    if (this.isClosed) throw new NetworkError("closed", "the connection is closed");
  }
}
