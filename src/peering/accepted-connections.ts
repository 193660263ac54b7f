import { toHex } from "#base/bytes.ts";
import type { Connection } from "#ports/index.ts";
import type { Surroundings } from "./dialer.ts";
import { answerGreeting } from "./handshake.ts";
import { type Purpose, greetingMsMax, greetingsMax, protocols } from "./limits.ts";
import { type FrameHandler, PeerConnection, misplaced, peerErrorOf } from "./peer-connection.ts";
import { PeerError } from "./peers.ts";
import { ServedCalls } from "./served-calls.ts";
import { ServedStreams } from "./served-streams.ts";
import type { Services } from "./services.ts";

interface AcceptedConnectionsParts {
  surroundings: Surroundings;
  services: Services;
  /** Keeps track of what is being done, so that it can be waited for. */
  begin: (work: Promise<void>) => void;
  /** A node has connected. */
  onGreeted: (node: number) => void;
}

/** The connections that other nodes have dialed: one for each node and purpose, the newest. */
export class AcceptedConnections {
  readonly #parts: AcceptedConnectionsParts;
  readonly #greeting = new Set<Connection>();
  readonly #current = new Map<string, PeerConnection>();
  #isClosed = false;

  constructor(parts: AcceptedConnectionsParts) {
    this.#parts = parts;
  }

  /** Hears a node, if the registry knows its key. */
  take(connection: Connection): void {
    const { registry } = this.#parts.surroundings;
    if (this.#isClosed) return connection.close();
    if (registry.nodeOf(connection.peer) === undefined) {
      // Not a word: a stranger learns nothing from being refused.
      this.#refuse(connection, "its key is not known here");
    } else if (this.#greeting.size >= greetingsMax) {
      this.#refuse(connection, "too many connections are being made");
    } else this.#parts.begin(this.#greetAndServe(connection));
  }

  close(error: PeerError): void {
    this.#isClosed = true;
    for (const connection of this.#greeting) connection.close();
    for (const connection of this.#current.values()) connection.end(error);
  }

  async #greetAndServe(connection: Connection): Promise<void> {
    const { surroundings, onGreeted } = this.#parts;
    const deadline = surroundings.deadlines.after(greetingMsMax, () => connection.close());
    this.#greeting.add(connection);
    let greeted: PeerConnection;
    try {
      greeted = await this.#greet(connection);
    } catch (error) {
      if (!this.#isClosed) this.#refuse(connection, peerErrorOf(error).message);
      connection.close();
      return;
    } finally {
      deadline.cancel();
      this.#greeting.delete(connection);
    }
    if (this.#isClosed) return connection.close();
    onGreeted(greeted.node);
    await this.#serve(greeted);
  }

  async #greet(connection: Connection): Promise<PeerConnection> {
    const { surroundings } = this.#parts;
    const { clock, trace, registry } = surroundings;
    const { node, hello } = await answerGreeting(connection, surroundings);
    return new PeerConnection({
      connection,
      clock,
      trace,
      node,
      purpose: purposeOf(connection.protocol),
      epoch: registry.epoch(),
      windowBytes: hello.streamWindowBytes,
    });
  }

  async #serve(connection: PeerConnection): Promise<void> {
    const { connections } = this.#parts.surroundings;
    const { node, purpose } = connection;
    const name = `${node} ${purpose}`;
    // Whoever connects anew has given up the earlier connection, whether this end knows or not.
    this.#current.get(name)?.end(new PeerError("unreachable", "a newer connection replaced it"));
    this.#current.set(name, connection);
    connections.add(connection);
    await connection.run(this.#handlerOf(connection));
    connections.delete(connection);
    if (this.#current.get(name) === connection) this.#current.delete(name);
  }

  #handlerOf(connection: PeerConnection): FrameHandler {
    const { services, begin, surroundings } = this.#parts;
    const { clock, deadlines } = surroundings;
    if (connection.purpose === "call") return new ServedCalls({ services, connection, begin });
    if (connection.purpose === "bulk") {
      return new ServedStreams({ services, connection, begin, clock, deadlines });
    }
    return {
      receive: (frame, body) => {
        if (frame.kind !== "raft") throw misplaced(frame);
        services.raft(connection.node, body);
      },
      ended: () => undefined,
    };
  }

  #refuse(connection: Connection, reason: string): void {
    const { remoteAddress, protocol } = connection;
    const key = toHex(connection.peer);
    const { trace } = this.#parts.surroundings;
    trace.write("warn", "peerRefused", { remoteAddress, protocol, key, reason });
    connection.close();
  }
}

function purposeOf(protocol: string): Purpose {
  if (protocol === protocols.raft) return "raft";
  return protocol === protocols.call ? "call" : "bulk";
}
