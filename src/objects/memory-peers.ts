/*
 * Nodes that speak with each other in memory, for tests of what is said: who is down, cut off or
 * frozen is set from outside.
 */
import {
  type CallHandler,
  callBytesMax,
  type Liveness,
  PeerError,
  type PeerStream,
  type Peers,
  type StreamHandler,
  streamMessageBytesMax,
} from "#peering/index.ts";
import type { Clock } from "#ports/index.ts";

/** What a stream holds each way before its writer waits. */
const windowBytes = 1_048_576;

/** All nodes and what lies between them. */
export class MemoryNetwork {
  readonly nodes: Map<number, MemoryPeers> = new Map();
  /** Nodes that nobody reaches. */
  readonly down: Set<number> = new Set();
  /** Nodes that take what is sent and answer nothing. */
  readonly frozen: Set<number> = new Set();
  /** What each node thinks of others, where it is not `up`. */
  readonly liveness: Map<number, Liveness> = new Map();
  /** Called before each call and each message of a stream; what it throws breaks it. */
  beforeMessage: (from: number, to: number) => Promise<void> = () => Promise.resolve();
  /** How many calls and streams there were. */
  readonly counts = { calls: 0, streams: 0 };
  readonly #clock: Pick<Clock, "sleep">;
  readonly #fallen = new Map<number, PromiseWithResolvers<void>>();

  constructor(clock: Pick<Clock, "sleep">) {
    this.#clock = clock;
  }

  join(self: number): MemoryPeers {
    const peers = new MemoryPeers(this, self);
    this.nodes.set(self, peers);
    return peers;
  }

  /** Waits for a message to arrive, or as long as the sender does. */
  async carry(
    way: { from: number; to: number },
    wait: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<void> {
    const { signal, timeoutMs } = wait;
    signal?.throwIfAborted();
    await this.beforeMessage(way.from, way.to);
    if (this.down.has(way.to) || this.down.has(way.from)) {
      throw new PeerError("unreachable", `node ${way.to} is down`);
    }
    if (!this.frozen.has(way.to) && !this.frozen.has(way.from)) return;
    const aborted = new Promise<void>((resolve) => signal?.addEventListener("abort", resolve));
    await Promise.race([this.#clock.sleep(timeoutMs), aborted]);
    const code = signal?.aborted === true ? "aborted" : "timeout";
    throw new PeerError(code, `node ${way.to} does not answer`);
  }

  /** Ends a node in the middle of whatever it does. */
  fall(node: number): void {
    this.down.add(node);
    this.#fallen.get(node)?.resolve();
    this.#fallen.delete(node);
  }

  /** Rejects when one of the nodes falls. */
  async fallOf(...nodes: readonly number[]): Promise<never> {
    const falls = nodes.map((node) => this.#fallen.getOrInsertComputed(node, newFall).promise);
    await Promise.race(falls);
    throw new PeerError("unreachable", `one of the nodes ${nodes.join(" and ")} went down`);
  }
}

function newFall(): PromiseWithResolvers<void> {
  return Promise.withResolvers<void>();
}

/** One node's end. */
export class MemoryPeers implements Peers {
  readonly self: number;
  readonly #network: MemoryNetwork;
  readonly calls: Map<string, CallHandler> = new Map();
  readonly streams: Map<string, StreamHandler> = new Map();

  constructor(network: MemoryNetwork, self: number) {
    this.#network = network;
    this.self = self;
  }

  sendRaft(): boolean {
    return false;
  }

  onRaft(): void {
    // No test here speaks Raft.
  }

  serve(service: string, handler: CallHandler): void {
    this.calls.set(service, handler);
  }

  serveStream(service: string, handler: StreamHandler): void {
    this.streams.set(service, handler);
  }

  liveness(node: number): Liveness {
    return this.#network.liveness.get(node) ?? "up";
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async call(
    node: number,
    service: string,
    body: Uint8Array,
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<Uint8Array> {
    if (body.length > callBytesMax) throw new RangeError("a call's body is too long");
    this.#network.counts.calls++;
    const sent = body.slice();
    await this.#network.carry({ from: this.self, to: node }, options);
    const handler = this.#network.nodes.get(node)?.calls.get(service);
    if (handler === undefined) throw new PeerError("refused", `no service ${service}`);
    let reply: Uint8Array;
    try {
      const answered = handler(this.self, sent, options.signal ?? new AbortController().signal);
      reply = await Promise.race([answered, this.#network.fallOf(node, this.self)]);
    } catch (error) {
      if (error instanceof PeerError) throw error;
      throw new PeerError("refused", String(error), { cause: error });
    }
    if (reply.length > callBytesMax) throw new RangeError("an answer is too long");
    await this.#network.carry({ from: node, to: this.self }, options);
    return reply;
  }

  async openStream(
    node: number,
    service: string,
    header: Uint8Array,
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<PeerStream> {
    this.#network.counts.streams++;
    await this.#network.carry({ from: this.self, to: node }, options);
    const handler = this.#network.nodes.get(node)?.streams.get(service);
    if (handler === undefined) throw new PeerError("refused", `no service ${service}`);
    const out = new Way(
      (wait) => this.#network.carry({ from: this.self, to: node }, wait),
      options,
    );
    const back = new Way(
      (wait) => this.#network.carry({ from: node, to: this.self }, wait),
      options,
    );
    const ours = new MemoryStream(out, back);
    const theirs = new MemoryStream(back, out);
    const gone = new AbortController();
    out.onBreak = () => gone.abort();
    options.signal?.addEventListener("abort", () => ours.abort("the caller gave up"));
    this.#network.fallOf(node, this.self).catch((error: unknown) => ours.abort(String(error)));
    const serving = async (): Promise<void> => {
      try {
        await handler(this.self, header.slice(), theirs, gone.signal);
        back.finish();
        out.breakOff(new PeerError("refused", "the stream was served to its end"));
      } catch (error) {
        theirs.abort(String(error));
      }
    };
    void serving();
    return ours;
  }
}

type Carry = (wait: { timeoutMs: number; signal?: AbortSignal | undefined }) => Promise<void>;

/** One direction of a stream. */
class Way {
  onBreak: () => void = () => undefined;
  readonly #carry: Carry;
  readonly #wait: { timeoutMs: number; signal?: AbortSignal | undefined };
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #ended = false;
  #failure: PeerError | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(carry: Carry, wait: { timeoutMs: number; signal?: AbortSignal | undefined }) {
    this.#carry = carry;
    this.#wait = wait;
  }

  async put(message: Uint8Array): Promise<void> {
    if (message.length > streamMessageBytesMax) throw new RangeError("a message is too long");
    const sent = message.slice();
    await this.#carry(this.#wait);
    this.#throwFailure();
    if (this.#ended) throw new PeerError("refused", "this way has ended");
    this.#queue.push(sent);
    this.#queuedBytes += sent.length;
    this.#wake();
    while (this.#queuedBytes > windowBytes) {
      await this.#changed.promise;
      this.#throwFailure();
    }
  }

  async take(): Promise<Uint8Array | undefined> {
    for (;;) {
      const message = this.#queue.shift();
      if (message !== undefined) {
        this.#queuedBytes -= message.length;
        this.#wake();
        return message;
      }
      this.#throwFailure();
      if (this.#ended) return undefined;
      await this.#changed.promise;
    }
  }

  finish(): void {
    this.#ended = true;
    this.#wake();
  }

  breakOff(failure: PeerError): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.onBreak();
    this.#wake();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

class MemoryStream implements PeerStream {
  readonly #out: Way;
  readonly #back: Way;

  constructor(out: Way, back: Way) {
    this.#out = out;
    this.#back = back;
  }

  write(message: Uint8Array): Promise<void> {
    return this.#out.put(message);
  }

  end(): Promise<void> {
    this.#out.finish();
    return Promise.resolve();
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#back.take();
  }

  abort(reason: string): void {
    const failure = new PeerError("aborted", reason);
    this.#out.breakOff(failure);
    this.#back.breakOff(failure);
  }
}
