import type { Surroundings } from "./dialer.ts";
import { type Purpose, protocols, streamWindowBytes } from "./limits.ts";
import { loopback } from "./loopback.ts";
import { type CallOptions, OutgoingCalls } from "./outgoing-calls.ts";
import { OpenedStreams } from "./opened-streams.ts";
import { type FrameHandler, PeerConnection } from "./peer-connection.ts";
import type { PeerError, PeerStream } from "./peers.ts";
import { ServedCalls } from "./served-calls.ts";
import { ServedStreams } from "./served-streams.ts";
import type { Services } from "./services.ts";

interface SelfLinkParts {
  surroundings: Surroundings;
  services: Services;
  begin: (work: Promise<void>) => void;
}

/** What a node asks of itself: the same code, over connections that never leave it. */
export class SelfLink {
  readonly #parts: SelfLinkParts;
  readonly #calls: OutgoingCalls;
  readonly #streams: OpenedStreams;
  readonly #connections: PeerConnection[] = [];
  #isConnected = false;

  constructor(parts: SelfLinkParts) {
    this.#parts = parts;
    const { clock, deadlines } = parts.surroundings;
    const onWaited = (): void => undefined;
    this.#calls = new OutgoingCalls({ clock, deadlines, onWaited });
    this.#streams = new OpenedStreams({ clock, deadlines, onWaited });
  }

  call(service: string, body: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    this.#connect();
    return this.#calls.ask(service, body, options);
  }

  openStream(service: string, header: Uint8Array, options: CallOptions): Promise<PeerStream> {
    this.#connect();
    return this.#streams.open(service, header, options);
  }

  close(error: PeerError): void {
    for (const connection of this.#connections) connection.end(error);
    this.#calls.ended(error);
    this.#streams.ended(error);
  }

  #connect(): void {
    if (this.#isConnected) return;
    this.#isConnected = true;
    const { services, begin, surroundings } = this.#parts;
    const { clock, deadlines } = surroundings;
    const calls = this.#pair("call");
    const bulk = this.#pair("bulk");
    this.#run(calls.far, new ServedCalls({ services, connection: calls.far, begin }));
    this.#run(
      bulk.far,
      new ServedStreams({ services, connection: bulk.far, begin, clock, deadlines }),
    );
    this.#calls.connected(calls.near);
    this.#run(calls.near, this.#calls);
    this.#streams.connected(bulk.near);
    this.#run(bulk.near, this.#streams);
  }

  #pair(purpose: Purpose): { near: PeerConnection; far: PeerConnection } {
    const { clock, trace, self: node, registry } = this.#parts.surroundings;
    const windowBytes = streamWindowBytes;
    const common = { clock, trace, purpose, windowBytes, node, epoch: registry.epoch() };
    const [near, far] = loopback(protocols[purpose]);
    return {
      near: new PeerConnection({ ...common, connection: near }),
      far: new PeerConnection({ ...common, connection: far }),
    };
  }

  #run(connection: PeerConnection, handler: FrameHandler): void {
    this.#connections.push(connection);
    this.#parts.begin(connection.run(handler));
  }
}
