import { assert } from "#base/assert.ts";
import { FormatError, type PeerFailureCode } from "#format/index.ts";
import type { Clock } from "#ports/index.ts";
import type { Deadlines } from "./deadlines.ts";
import { messageOverheadBytes, reasonLengthMax, streamWindowBytes } from "./limits.ts";
import type { PeerConnection } from "./peer-connection.ts";
import { PeerError, type PeerStream, streamMessageBytesMax } from "./peers.ts";

/** Room is given back in steps of this, or as soon as the reader waits. */
const roomStepBytes: number = streamWindowBytes / 4;

/** What a stream's end leans on. */
export interface StreamParts {
  number: number;
  connection: PeerConnection;
  clock: Pick<Clock, "monotonicMs">;
  deadlines: Deadlines;
  /** A wait for the other end that takes longer breaks the stream. */
  waitMs: number;
  /** Told how long each wait for the other end took. */
  onWaited: (waitedMs: number) => void;
  /** The stream is over: both ways ended, or it broke. */
  onOver: (failure: PeerError | undefined) => void;
}

type Settle<T> = (outcome: T | PeerError) => void;

/** One end of a stream. */
export class StreamEnd implements PeerStream {
  readonly #parts: StreamParts;
  /** What may still be sent. */
  #credit: number;
  readonly #writers: { message: Uint8Array; settle: Settle<undefined> }[] = [];
  #hasEnded = false;
  readonly #unread: Uint8Array[] = [];
  /** What the other end may still send, as far as it was told. */
  #roomBytes: number = streamWindowBytes;
  /** What was read, and the other end was not told yet. */
  #untoldBytes = 0;
  #reader: Settle<Uint8Array | undefined> | undefined;
  #hasOtherEnded = false;
  #isOtherOver = false;
  #isOver = false;
  #failure: PeerError | undefined;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.#credit = parts.connection.windowBytes;
  }

  async write(message: Uint8Array): Promise<void> {
    assert(message.length <= streamMessageBytesMax, "a message is at most streamMessageBytesMax");
    this.#checkWritable();
    if (this.#writers.length > 0 || this.#credit < costOf(message)) {
      await this.#wait<undefined>((settle) => void this.#writers.push({ message, settle }));
    } else this.#credit -= costOf(message);
    this.#checkWritable();
    const { connection, number } = this.#parts;
    connection.expect();
    await connection.sendWhenRoom({ kind: "piece", value: number }, message);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async end(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    assert(this.#writers.length === 0, "a stream is ended once its writes are done");
    this.#end(false);
  }

  async read(): Promise<Uint8Array | undefined> {
    assert(this.#reader === undefined, "one message is asked for at a time");
    if (this.#failure !== undefined) throw this.#failure;
    const message = this.#unread.shift();
    if (message !== undefined) {
      this.#giveRoom(costOf(message), roomStepBytes);
      return message;
    }
    if (this.#hasOtherEnded) return undefined;
    this.#giveRoom(0, 1);
    return this.#wait((settle) => void (this.#reader = settle));
  }

  abort(reason: string): void {
    this.break("refused", reason, new PeerError("aborted", reason));
  }

  /** Breaks the stream, and tells the other end why. */
  break(code: PeerFailureCode, reason: string, failure: PeerError): void {
    if (this.#isOver) return;
    const { connection, number } = this.#parts;
    const value = { number, code, reason: reason.slice(0, reasonLengthMax) };
    connection.send({ kind: "break", value });
    this.fail(failure);
  }

  /** This end is done, whether the other has ended or not. */
  finish(): void {
    if (this.#isOver) return;
    this.#end(!this.#hasOtherEnded);
    if (!this.#isOver) this.#over(undefined);
  }

  /** The stream broke. */
  fail(failure: PeerError): void {
    if (this.#isOver) return;
    this.#failure = failure;
    this.#unread.length = 0;
    for (const { settle } of this.#writers.splice(0)) settle(failure);
    this.#takeReader()?.(failure);
    this.#over(failure);
  }

  /** @throws FormatError when there is no room for it */
  receive(message: Uint8Array): void {
    this.#roomBytes -= costOf(message);
    if (this.#roomBytes < 0 || this.#hasOtherEnded || message.length > streamMessageBytesMax) {
      throw new FormatError("malformed", "a stream's message comes where there is no room for it");
    }
    const reader = this.#takeReader();
    if (reader === undefined) {
      this.#unread.push(message);
      return;
    }
    this.#giveRoom(costOf(message), roomStepBytes);
    reader(message);
  }

  /** @throws FormatError when it is more than was ever used */
  receiveCredit(sizeBytes: number): void {
    this.#credit += sizeBytes;
    if (this.#credit > this.#parts.connection.windowBytes) {
      throw new FormatError("malformed", "a stream's credit is more than its window");
    }
    for (let first = this.#writers[0]; first !== undefined; first = this.#writers[0]) {
      const cost = costOf(first.message);
      if (this.#credit < cost) return;
      this.#credit -= cost;
      this.#writers.shift();
      first.settle(undefined);
    }
  }

  receiveEnd(isOver: boolean): void {
    this.#hasOtherEnded = true;
    this.#isOtherOver = isOver;
    this.#takeReader()?.(undefined);
    if (isOver) {
      this.#hasEnded = true;
      for (const { settle } of this.#writers.splice(0)) settle(this.#notWritable());
    }
    this.#overOnceEnded();
  }

  #takeReader(): Settle<Uint8Array | undefined> | undefined {
    const reader = this.#reader;
    this.#reader = undefined;
    return reader;
  }

  #end(isOver: boolean): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { connection, number } = this.#parts;
    connection.send({ kind: "end", value: { number, isOver } });
    this.#overOnceEnded();
  }

  #overOnceEnded(): void {
    if (this.#hasEnded && this.#hasOtherEnded && !this.#isOver) this.#over(undefined);
  }

  #over(failure: PeerError | undefined): void {
    this.#isOver = true;
    this.#parts.onOver(failure);
  }

  #checkWritable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#hasEnded) throw this.#notWritable();
  }

  #notWritable(): PeerError {
    return this.#isOtherOver
      ? new PeerError("refused", "the other end takes no more")
      : new PeerError("closed", "this end of the stream has ended");
  }

  /** Lets the other end send so much more, once that comes to at least a step. */
  #giveRoom(sizeBytes: number, stepBytes: number): void {
    this.#untoldBytes += sizeBytes;
    if (this.#untoldBytes < stepBytes || this.#hasOtherEnded || this.#isOver) return;
    const { connection, number } = this.#parts;
    connection.send({ kind: "credit", value: { number, sizeBytes: this.#untoldBytes } });
    this.#roomBytes += this.#untoldBytes;
    this.#untoldBytes = 0;
  }

  /** Waits for the other end, as long as that is let. */
  #wait<T>(begin: (settle: Settle<T>) => void): Promise<T> {
    const { clock, deadlines, waitMs, onWaited } = this.#parts;
    const startMs = clock.monotonicMs();
    return new Promise((resolve, reject) => {
      const deadline = deadlines.after(waitMs, () => {
        const reason = `the other end was waited for, for ${waitMs} ms`;
        this.break("refused", reason, new PeerError("timeout", reason));
      });
      begin((outcome) => {
        deadline.cancel();
        onWaited(clock.monotonicMs() - startMs);
        if (outcome instanceof PeerError) reject(outcome);
        else resolve(outcome);
      });
    });
  }
}

/** What a message takes of a window. */
function costOf(message: Uint8Array): number {
  return message.length + messageOverheadBytes;
}
