import type { PeerFrame } from "./frames.ts";
import { misplaced } from "./peer-connection.ts";
import { PeerError } from "./peers.ts";
import type { StreamEnd } from "./stream-end.ts";

/** The streams of one connection, by number. */
export class StreamTable {
  readonly #streams = new Map<number, StreamEnd>();

  get count(): number {
    return this.#streams.size;
  }

  has(number: number): boolean {
    return this.#streams.has(number);
  }

  add(number: number, stream: StreamEnd): void {
    this.#streams.set(number, stream);
  }

  remove(number: number): void {
    this.#streams.delete(number);
  }

  /**
   * Hands a frame to its stream. One that is over here may still be spoken to from there.
   *
   * @throws FormatError when it has no place here
   */
  receive(frame: PeerFrame, body: Uint8Array): void {
    const stream = this.#streams.get(numberOf(frame));
    if (frame.kind === "piece") stream?.receive(body);
    else if (frame.kind === "credit") stream?.receiveCredit(frame.value.sizeBytes);
    else if (frame.kind === "end") stream?.receiveEnd(frame.value.isOver);
    else if (frame.kind === "break") {
      const { code, reason } = frame.value;
      stream?.fail(new PeerError(code, reason));
    } else throw misplaced(frame);
  }

  /** All streams break. */
  fail(error: PeerError): void {
    for (const stream of this.#streams.values()) stream.fail(error);
  }
}

/** Which stream a frame is about; none has the number 0. */
function numberOf(frame: PeerFrame): number {
  if (typeof frame.value === "number") return frame.value;
  return "number" in frame.value ? frame.value.number : 0;
}
