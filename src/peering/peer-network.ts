import { assert } from "#base/assert.ts";
import { toHex } from "#base/bytes.ts";
import type { Clock, Connection, Listener, Network, Random, Trace } from "#ports/index.ts";
import { AcceptedConnections } from "./accepted-connections.ts";
import { Deadlines } from "./deadlines.ts";
import type { Surroundings } from "./dialer.ts";
import { closeMsMax, protocols, tickMs } from "./limits.ts";
import { PeerConnection } from "./peer-connection.ts";
import { PeerLink } from "./peer-link.ts";
import {
  type CallHandler,
  type Liveness,
  PeerError,
  type PeerRegistry,
  type PeerStream,
  type Peers,
  type StreamHandler,
} from "./peers.ts";
import { SelfLink } from "./self-link.ts";
import { Services } from "./services.ts";

/** What a node's peering leans on. */
export interface PeerNetworkPorts {
  clock: Clock;
  random: Random;
  network: Network;
  trace: Trace;
}

/** Who takes connections of a protocol that is not peering's own. */
export interface OtherProtocol {
  readonly protocol: string;
  /** Owns the connection, whose other end may be anybody. */
  readonly accept: (connection: Connection) => void;
}

/** How one node speaks with the others, over connections that it dials and takes. */
export class PeerNetwork implements Peers {
  readonly self: number;
  readonly #surroundings: Surroundings;
  readonly #services: Services = new Services();
  readonly #links = new Map<number, PeerLink>();
  readonly #selfLink: SelfLink;
  readonly #accepted: AcceptedConnections;
  /** What runs until the node closes. */
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #listener: Listener | undefined;
  #isTicking = false;
  #closed: Promise<void> | undefined;

  constructor(
    ports: PeerNetworkPorts,
    { self, registry }: { self: number; registry: PeerRegistry },
  ) {
    this.self = self;
    const { clock, random, network, trace } = ports;
    const surroundings: Surroundings = {
      clock,
      random,
      network,
      trace,
      self,
      registry,
      deadlines: new Deadlines(clock),
      connections: new Set<PeerConnection>(),
    };
    this.#surroundings = surroundings;
    const begin = (work: Promise<void>): void => this.#begin(work);
    this.#accepted = new AcceptedConnections({
      surroundings,
      services: this.#services,
      begin,
      onGreeted: (node) => {
        this.#links.get(node)?.hint();
        this.#tick();
      },
    });
    this.#selfLink = new SelfLink({ surroundings, services: this.#services, begin });
  }

  /**
   * Takes connections: of nodes that the registry knows, and of other protocols.
   *
   * @returns `host:port` as bound
   * @throws NetworkError
   */
  async listen(address: string, others: readonly OtherProtocol[] = []): Promise<string> {
    assert(this.#listener === undefined, "a node listens once");
    const { network } = this.#surroundings;
    const ours: readonly string[] = Object.values(protocols);
    this.#listener = await network.listen({
      address,
      protocols: [...ours, ...others.map(({ protocol }) => protocol)],
      accept: (connection) => {
        const other = others.find(({ protocol }) => protocol === connection.protocol);
        if (other === undefined) this.#accepted.take(connection);
        else other.accept(connection);
      },
    });
    return this.#listener.address;
  }

  /** Call it when the registry has changed: who is not in it any more is not heard any more. */
  registryChanged(): void {
    const { registry, connections, trace } = this.#surroundings;
    const epoch = registry.epoch();
    for (const connection of connections) {
      const { node, purpose, fingerprint } = connection;
      const isKnown = registry.nodeOf(fingerprint) === node;
      if (isKnown && connection.epoch === epoch) continue;
      const reason = isKnown ? "the epoch has changed" : "its key is not known any more";
      const key = toHex(fingerprint);
      trace.write("info", "peerDropped", { node, purpose, key, reason });
      connection.end(new PeerError("unreachable", reason));
    }
    for (const [node, link] of this.#links) {
      if (registry.peer(node) !== undefined) {
        link.hint();
        continue;
      }
      this.#links.delete(node);
      link.close(new PeerError("unreachable", `node ${node} is not known any more`));
    }
  }

  /**
   * Dials whoever is known and was not dialled yet: who waits to dial this node sees that it is
   * back. Before a joiner is known to others they would take it for a stranger.
   */
  meetAll(): void {
    for (const node of this.#surroundings.registry.nodes()) {
      if (node !== this.self) this.#link(node);
    }
  }

  sendRaft(node: number, message: Uint8Array): boolean {
    assert(node !== this.self, "a node sends itself no Raft messages");
    return this.#link(node)?.sendRaft(message) ?? false;
  }

  onRaft(handler: (from: number, message: Uint8Array) => void): void {
    this.#services.onRaft(handler);
  }

  async call(
    node: number,
    service: string,
    body: Uint8Array,
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<Uint8Array> {
    return this.#known(node).call(service, body, options);
  }

  serve(service: string, handler: CallHandler): void {
    this.#services.serve(service, handler);
  }

  async openStream(
    node: number,
    service: string,
    header: Uint8Array,
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<PeerStream> {
    return this.#known(node).openStream(service, header, options);
  }

  serveStream(service: string, handler: StreamHandler): void {
    this.#services.serveStream(service, handler);
  }

  liveness(node: number): Liveness {
    if (node === this.self) return "up";
    return this.#link(node)?.liveness ?? "up";
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { connections, deadlines, clock } = this.#surroundings;
    this.#closing.abort();
    await this.#listener?.close();
    const error = new PeerError("closed", "the node is closing");
    for (const link of this.#links.values()) link.close(error);
    this.#selfLink.close(error);
    this.#accepted.close(error);
    for (const connection of connections) connection.end(error);
    deadlines.close();
    const rest = new AbortController();
    const bound = clock.sleep(closeMsMax, rest.signal).catch(() => undefined);
    await Promise.race([Promise.all(this.#running), bound]);
    rest.abort();
  }

  #known(node: number): PeerLink | SelfLink {
    if (this.#closing.signal.aborted) throw new PeerError("closed", "the node is closing");
    if (node === this.self) return this.#selfLink;
    const link = this.#link(node);
    if (link === undefined) throw new PeerError("unreachable", `node ${node} is not known`);
    return link;
  }

  /** What is kept of a node from the first word on. */
  #link(node: number): PeerLink | undefined {
    const link = this.#links.get(node);
    if (link !== undefined) return link;
    const isKnown = this.#surroundings.registry.peer(node) !== undefined;
    if (!isKnown || this.#closing.signal.aborted) return undefined;
    const made = new PeerLink(this.#surroundings, node);
    this.#links.set(node, made);
    this.#begin(made.run());
    this.#tick();
    return made;
  }

  #begin(work: Promise<void>): void {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Looks after connections, from the first peer on. */
  #tick(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.#begin(this.#keepTicking().catch(() => undefined));
  }

  async #keepTicking(): Promise<void> {
    const { clock, connections } = this.#surroundings;
    for (;;) {
      const beforeMs = clock.monotonicMs();
      await clock.sleep(tickMs, this.#closing.signal);
      const wasStopped = clock.monotonicMs() - beforeMs > 2 * tickMs;
      for (const connection of connections) {
        if (wasStopped) connection.excuse();
        else connection.tick();
      }
    }
  }
}
