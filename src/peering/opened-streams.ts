import { assert } from "#base/assert.ts";
import type { Clock } from "#ports/index.ts";
import type { Deadlines } from "./deadlines.ts";
import type { PeerFrame } from "./frames.ts";
import { streamsMax } from "./limits.ts";
import type { CallOptions } from "./outgoing-calls.ts";
import type { FrameHandler, PeerConnection } from "./peer-connection.ts";
import { PeerError, type PeerStream, callBytesMax } from "./peers.ts";
import { StreamEnd } from "./stream-end.ts";
import { StreamTable } from "./stream-table.ts";

/** A stream that waits for a connection. */
interface Opening {
  open: (connection: PeerConnection) => void;
  fail: (error: PeerError) => void;
}

/** The streams that this node has opened to one other, over one connection after another. */
export class OpenedStreams implements FrameHandler {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #deadlines: Deadlines;
  /** Told how long each wait for the other end took. */
  readonly #onWaited: (waitedMs: number) => void;
  readonly #table: StreamTable = new StreamTable();
  readonly #openings = new Set<Opening>();
  #connection: PeerConnection | undefined;
  #lastNumber = 0;

  constructor(parts: {
    clock: Pick<Clock, "monotonicMs">;
    deadlines: Deadlines;
    onWaited: (waitedMs: number) => void;
  }) {
    this.#clock = parts.clock;
    this.#deadlines = parts.deadlines;
    this.#onWaited = parts.onWaited;
  }

  /** Opens a stream as soon as there is a connection. */
  open(service: string, header: Uint8Array, options: CallOptions): Promise<PeerStream> {
    assert(header.length <= callBytesMax, "a stream's header is at most callBytesMax long");
    const { timeoutMs, signal } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(new PeerError("aborted", "given up"));
      if (this.#table.count + this.#openings.size >= streamsMax) {
        return reject(new PeerError("busy", "too many streams are open to the node"));
      }
      const leave = (): void => {
        this.#openings.delete(opening);
        deadline.cancel();
        signal?.removeEventListener("abort", onAbort);
      };
      const opening: Opening = {
        open: (connection) => {
          leave();
          resolve(this.#open(connection, { service, header, options }));
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = (): void => opening.fail(new PeerError("aborted", "given up"));
      const deadline = this.#deadlines.after(timeoutMs, () =>
        opening.fail(new PeerError("timeout", `no connection in ${timeoutMs} ms`)),
      );
      signal?.addEventListener("abort", onAbort, { once: true });
      if (this.#connection !== undefined) opening.open(this.#connection);
      else this.#openings.add(opening);
    });
  }

  connected(connection: PeerConnection): void {
    assert(this.#connection === undefined, "streams go over one connection at a time");
    this.#connection = connection;
    for (const opening of this.#openings) opening.open(connection);
  }

  receive(frame: PeerFrame, body: Uint8Array): void {
    this.#table.receive(frame, body);
  }

  ended(error: PeerError): void {
    this.#connection = undefined;
    this.#table.fail(error);
    for (const opening of this.#openings) opening.fail(error);
  }

  /** The other end need not agree: it breaks the stream if it does not. */
  #open(
    connection: PeerConnection,
    call: { service: string; header: Uint8Array; options: CallOptions },
  ): PeerStream {
    const { service, header, options } = call;
    const { timeoutMs, signal } = options;
    const number = ++this.#lastNumber;
    const onAbort = (): void =>
      stream.break("refused", "given up", new PeerError("aborted", "given up"));
    const stream: StreamEnd = new StreamEnd({
      number,
      connection,
      clock: this.#clock,
      deadlines: this.#deadlines,
      waitMs: timeoutMs,
      onWaited: this.#onWaited,
      onOver: () => {
        this.#table.remove(number);
        signal?.removeEventListener("abort", onAbort);
      },
    });
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#table.add(number, stream);
    connection.expect();
    connection.send({ kind: "opening", value: { number, service } }, header);
    return stream;
  }
}
