import { assert } from "#base/assert.ts";
import { concatBytes } from "#base/bytes.ts";
import { NetworkError } from "#base/network-error.ts";
import type { Prng } from "#base/prng.ts";
import { type Connection, type KeyFingerprint, frameSizeBytesMax } from "#ports/index.ts";
import type { Boot } from "./boot.ts";
import type { Lane } from "./network-link.ts";
import type { Station } from "./network-station.ts";
import { type RunTrace, fingerprint } from "./trace.ts";

/** What a connection holds each way of what was sent and not yet received. */
const bufferSizeBytes = 262_144;
/** What goes around a frame, and what anything without a body takes. */
const overheadBytes = 60;

/** What all ends of a simulated network share. */
export interface ConnectionSurroundings {
  prng: Prng;
  trace: RunTrace;
  /** Whether the connection breaks at this frame. */
  breaksNow: () => boolean;
}

type EndState = "open" | "closed" | "broken" | "gone";

interface WaitingFrame {
  parts: readonly Uint8Array[];
  given: string;
  resolve: () => void;
  reject: (error: NetworkError) => void;
}

interface WaitingReceiver {
  resolve: (frame: Uint8Array | undefined) => void;
  reject: (error: NetworkError) => void;
}

/** One end of a simulated connection. */
export class ConnectionEnd implements Connection {
  readonly protocol: string;
  readonly peer: KeyFingerprint;
  readonly remoteAddress: string;
  readonly #station: Station;
  readonly #boot: Boot;
  readonly #lane: Lane;
  readonly #surroundings: ConnectionSurroundings;
  readonly #sending: WaitingFrame[] = [];
  readonly #inbox: Uint8Array[] = [];
  #other: ConnectionEnd | undefined;
  #state: EndState = "open";
  #receiver: WaitingReceiver | undefined;
  /** The other end has closed in order. */
  #hasEnded = false;
  #isPumpPlanned = false;
  /** Sent, and not known to be received. */
  #unackedBytes = 0;
  /** Received, and the other end was not told yet. */
  #untoldBytes = 0;
  #isTelling = false;

  constructor(parts: {
    station: Station;
    boot: Boot;
    lane: Lane;
    protocol: string;
    peer: KeyFingerprint;
    remoteAddress: string;
    surroundings: ConnectionSurroundings;
  }) {
    this.#station = parts.station;
    this.#boot = parts.boot;
    this.#lane = parts.lane;
    this.protocol = parts.protocol;
    this.peer = parts.peer;
    this.remoteAddress = parts.remoteAddress;
    this.#surroundings = parts.surroundings;
    this.#station.ends.add(this);
  }

  /** Which machine it is at. */
  get place(): string {
    return this.#station.name;
  }

  /** Where the other end is. */
  get otherPlace(): string {
    return this.#theOther.place;
  }

  join(other: ConnectionEnd): void {
    this.#other = other;
  }

  send(parts: readonly Uint8Array[]): Promise<void> {
    let sizeBytes = 0;
    for (const { length } of parts) sizeBytes += length;
    assert(sizeBytes > 0 && sizeBytes <= frameSizeBytesMax, "a frame is not empty nor too large");
    return new Promise((resolve, reject) => {
      if (!this.#boot.isAlive) return;
      if (this.#state !== "open") return reject(this.#failure());
      this.#sending.push({ parts, given: fingerprint(parts), resolve, reject });
      this.#planPump();
    });
  }

  receive(): Promise<Uint8Array | undefined> {
    assert(this.#receiver === undefined, "one frame is asked for at a time");
    return new Promise((resolve, reject) => {
      if (!this.#boot.isAlive) return;
      const frame = this.#inbox.shift();
      if (frame !== undefined) {
        this.#tell(frame.length);
        resolve(frame);
      } else if (this.#state !== "open") reject(this.#failure());
      else if (this.#hasEnded) resolve(undefined);
      else this.#receiver = { resolve, reject };
    });
  }

  close(): void {
    if (this.#state !== "open" || !this.#boot.isAlive) return;
    this.#pump();
    this.#end("closed");
    this.#inbox.length = 0;
    this.#lane.send(overheadBytes, () => this.#theOther.#hearEnd());
  }

  /** Breaks at this end; whether the other end learns of it is another matter. */
  break(): void {
    if (this.#state !== "open") return;
    // What is here already may still be read, or is lost with the rest.
    if (this.#surroundings.prng.below(2) === 0) this.#inbox.length = 0;
    this.#surroundings.trace.record(`${this.#wayIn} broke`);
    this.#end("broken");
  }

  /** The machine is gone, and with it what had not left. Calls that wait wait for ever. */
  vanish(): void {
    if (this.#surroundings.prng.below(2) === 0) this.#lane.drop();
    this.#state = "gone";
    this.#receiver = undefined;
    this.#sending.length = 0;
  }

  /** Tells the other end, when the news gets through, that this one is no more. */
  reset(): void {
    this.#lane.send(overheadBytes, () => this.#theOther.break());
  }

  get #theOther(): ConnectionEnd {
    assert(this.#other !== undefined, "a connection has two ends");
    return this.#other;
  }

  get #wayIn(): string {
    return `${this.otherPlace}>${this.place} ${this.protocol}`;
  }

  #failure(): NetworkError {
    return this.#state === "closed"
      ? new NetworkError("closed", "the connection is closed")
      : new NetworkError("broken", "the connection broke");
  }

  #end(state: "closed" | "broken"): void {
    this.#state = state;
    this.#station.ends.delete(this);
    const failure = this.#failure();
    for (const { reject } of this.#sending.splice(0)) reject(failure);
    this.#receiver?.reject(failure);
    this.#receiver = undefined;
  }

  #planPump(): void {
    if (this.#isPumpPlanned) return;
    this.#isPumpPlanned = true;
    this.#boot.later(this.#surroundings.prng.below(20), () => {
      this.#isPumpPlanned = false;
      this.#pump();
    });
  }

  /** Lets frames leave as long as there is room. */
  #pump(): void {
    while (this.#state === "open" && this.#unackedBytes < bufferSizeBytes) {
      const waiting = this.#sending.shift();
      if (waiting === undefined) return;
      const { parts, given, resolve } = waiting;
      assert(fingerprint(parts) === given, "the parts of a frame do not change before it settles");
      const frame = concatBytes(parts);
      this.#unackedBytes += frame.length;
      this.#lane.send(frame.length + overheadBytes, () => this.#theOther.#hear(frame, given));
      resolve();
      if (this.#surroundings.breaksNow()) {
        this.#lane.drop();
        this.break();
        this.reset();
      }
    }
  }

  #hear(frame: Uint8Array, given: string): void {
    if (this.#state !== "open") return this.#refuse();
    this.#surroundings.trace.record(`${this.#wayIn} heard ${given}`);
    const receiver = this.#receiver;
    if (receiver === undefined) {
      this.#inbox.push(frame);
      return;
    }
    this.#receiver = undefined;
    this.#tell(frame.length);
    receiver.resolve(frame);
  }

  #hearEnd(): void {
    if (this.#state !== "open") return;
    this.#surroundings.trace.record(`${this.#wayIn} heard the end`);
    this.#hasEnded = true;
    this.#receiver?.resolve(undefined);
    this.#receiver = undefined;
  }

  /** A machine that runs answers what comes for an end it does not have. */
  #refuse(): void {
    if (this.#station.boot !== undefined) this.reset();
  }

  /** Lets the other end know that so much more was received. */
  #tell(sizeBytes: number): void {
    this.#untoldBytes += sizeBytes;
    if (this.#isTelling || this.#state !== "open") return;
    this.#isTelling = true;
    const told = this.#untoldBytes;
    this.#untoldBytes = 0;
    this.#lane.send(overheadBytes, () => {
      this.#isTelling = false;
      this.#theOther.#hearTold(told);
      if (this.#untoldBytes > 0) this.#tell(0);
    });
  }

  #hearTold(sizeBytes: number): void {
    this.#unackedBytes -= sizeBytes;
    if (this.#sending.length > 0) this.#planPump();
  }
}
