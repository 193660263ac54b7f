import type { Clock } from "#ports/index.ts";
import type { Deadlines } from "./deadlines.ts";
import type { PeerFrame } from "./frames.ts";
import { serveWaitMs, streamsMax } from "./limits.ts";
import type { FrameHandler, PeerConnection } from "./peer-connection.ts";
import { PeerError, type StreamHandler } from "./peers.ts";
import type { Services } from "./services.ts";
import { StreamEnd } from "./stream-end.ts";
import { StreamTable } from "./stream-table.ts";

interface ServedStreamsParts {
  services: Services;
  connection: PeerConnection;
  clock: Pick<Clock, "monotonicMs">;
  deadlines: Deadlines;
  /** Keeps track of what is being done, so that it can be waited for. */
  begin: (work: Promise<void>) => void;
}

/** Serves the streams that come over one connection. */
export class ServedStreams implements FrameHandler {
  readonly #parts: ServedStreamsParts;
  readonly #table: StreamTable = new StreamTable();

  constructor(parts: ServedStreamsParts) {
    this.#parts = parts;
  }

  receive(frame: PeerFrame, body: Uint8Array): void {
    if (frame.kind !== "opening") return this.#table.receive(frame, body);
    const { number, service } = frame.value;
    const handler = this.#parts.services.forStreams(service);
    const { connection } = this.#parts;
    if (handler === undefined) {
      const value = { number, code: "refused", reason: `nobody serves ${service}` } as const;
      connection.send({ kind: "break", value });
    } else if (this.#table.count >= streamsMax || this.#table.has(number)) {
      const value = { number, code: "busy", reason: "too many streams are open here" } as const;
      connection.send({ kind: "break", value });
    } else this.#parts.begin(this.#serve(number, handler, body));
  }

  ended(error: PeerError): void {
    this.#table.fail(error);
  }

  async #serve(number: number, handler: StreamHandler, header: Uint8Array): Promise<void> {
    const { connection, clock, deadlines } = this.#parts;
    const work = new AbortController();
    const stream = new StreamEnd({
      number,
      connection,
      clock,
      deadlines,
      waitMs: serveWaitMs,
      onWaited: () => undefined,
      onOver: (failure) => {
        this.#table.remove(number);
        if (failure !== undefined) work.abort(failure);
      },
    });
    this.#table.add(number, stream);
    try {
      await handler(connection.node, header, stream, work.signal);
      stream.finish();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      stream.break("refused", reason, new PeerError("aborted", reason));
    }
  }
}
