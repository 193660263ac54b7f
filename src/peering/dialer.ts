import { equalBytes, toHex } from "#base/bytes.ts";
import type { Clock, Connection, Network, Random, Trace } from "#ports/index.ts";
import type { Deadlines } from "./deadlines.ts";
import { type Acquaintance, greet } from "./handshake.ts";
import {
  backoffMsMax,
  backoffMsMin,
  dialMsMax,
  hintedDialMsMax,
  protocols,
  shortLivedMs,
} from "./limits.ts";
import type { Purpose } from "./limits.ts";
import { type FrameHandler, PeerConnection, peerErrorOf } from "./peer-connection.ts";
import { PeerError } from "./peers.ts";

/** What all that a node does with its peers leans on. */
export interface Surroundings extends Acquaintance {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly trace: Trace;
  readonly deadlines: Deadlines;
  /** Every connection that has shaken hands. */
  readonly connections: Set<PeerConnection>;
}

/** What a dialer tells its owner. */
export interface DialerOwner extends FrameHandler {
  /** Connected: it may be used from now on, until `ended`. */
  connected(connection: PeerConnection): void;
  /** It could not be reached, or did not want to talk. */
  dialFailed(error: PeerError): void;
}

/** Keeps one connection to a node for one purpose, as long as it is wanted. */
export class Dialer {
  readonly #surroundings: Surroundings;
  readonly #node: number;
  readonly #purpose: Purpose;
  readonly #owner: DialerOwner;
  readonly #closing = new AbortController();
  #isWanted: boolean;
  readonly #isWatched: boolean;
  #failureCount = 0;
  #isResting = false;
  /** The node was heard of since the last dial began. */
  #isHinted = false;
  /** The dial that is under way. */
  #attempt: { readonly startMs: number; readonly giveUp: AbortController } | undefined;
  /** Ends a wait: for being wanted, or for the next try. */
  #wake: () => void = () => undefined;
  #lastComplaint = "";
  /** The address that answered last is tried first. */
  #goodAddress: string | undefined;
  #connection: PeerConnection | undefined;

  /** @param parts.isWatched whether it connects unasked, and again whenever that ends */
  constructor(parts: {
    surroundings: Surroundings;
    node: number;
    purpose: Purpose;
    isWatched: boolean;
    owner: DialerOwner;
  }) {
    this.#surroundings = parts.surroundings;
    this.#node = parts.node;
    this.#purpose = parts.purpose;
    this.#isWatched = parts.isWatched;
    this.#isWanted = parts.isWatched;
    this.#owner = parts.owner;
  }

  /** A dial failed, or led to nothing that lasted, and the next one has not begun. */
  get isResting(): boolean {
    return this.#isResting;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Connects, unless it does already. */
  want(): void {
    this.#isWanted = true;
    if (!this.#isResting) this.#wake();
  }

  /**
   * The node is known to be there, perhaps anew: no reason to wait, nor to go on with a dial that
   * may have begun before it was, nor to trust a connection.
   */
  hint(): void {
    if (this.#connection !== undefined) return this.#connection.probe();
    this.#isHinted = true;
    this.#failureCount = 0;
    if (this.#isResting) return this.#wake();
    if (this.#attempt === undefined) return;
    const { startMs, giveUp } = this.#attempt;
    const { clock, deadlines } = this.#surroundings;
    const tookMs = clock.monotonicMs() - startMs;
    deadlines.after(Math.max(0, hintedDialMsMax - tookMs), () => giveUp.abort());
  }

  /** Ends the connection there is. */
  drop(error: PeerError): void {
    this.#connection?.end(error);
  }

  /** Ends for good. */
  close(error: PeerError): void {
    this.#closing.abort();
    this.#wake();
    this.#connection?.end(error);
  }

  /** Dials and hands frames to the owner until it is closed. */
  async run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      while (!this.#isWanted && !signal.aborted) await this.#untilWoken();
      if (signal.aborted) return;
      const connection = await this.#tryDial();
      if (signal.aborted) return connection?.end(new PeerError("closed", "closing"));
      if (connection !== undefined) {
        if ((await this.#use(connection)) >= shortLivedMs) {
          this.#failureCount = 0;
          continue;
        }
        if (signal.aborted) return;
        this.#failed(new PeerError("unreachable", "the connection did not last"));
      }
      await this.#rest();
    }
  }

  #failed(error: PeerError): void {
    this.#isWanted = this.#isWatched;
    this.#isResting = true;
    this.#owner.dialFailed(error);
  }

  /** @returns how long it lasted, in milliseconds */
  async #use(connection: PeerConnection): Promise<number> {
    const { clock, connections } = this.#surroundings;
    const startMs = clock.monotonicMs();
    this.#connection = connection;
    this.#isWanted = this.#isWatched;
    connections.add(connection);
    this.#owner.connected(connection);
    await connection.run(this.#owner);
    connections.delete(connection);
    this.#connection = undefined;
    return clock.monotonicMs() - startMs;
  }

  async #tryDial(): Promise<PeerConnection | undefined> {
    this.#isHinted = false;
    try {
      const connection = await this.#dial();
      this.#lastComplaint = "";
      return connection;
    } catch (error) {
      if (this.#closing.signal.aborted) return undefined;
      const failure = peerErrorOf(error);
      this.#complain(failure);
      this.#failed(failure);
      return undefined;
    }
  }

  /** Says why there is no connection, once for each reason. */
  #complain({ code, message: reason }: PeerError): void {
    if (code !== "refused" || reason === this.#lastComplaint) return;
    this.#lastComplaint = reason;
    const { trace } = this.#surroundings;
    trace.write("warn", "peerRefused", { node: this.#node, purpose: this.#purpose, reason });
  }

  async #dial(): Promise<PeerConnection> {
    const { registry, deadlines, clock } = this.#surroundings;
    const record = registry.peer(this.#node);
    if (record === undefined) throw new PeerError("unreachable", "the node is not known");
    let failure = new PeerError("unreachable", "the node has no address");
    const good = record.addresses.filter((address) => address === this.#goodAddress);
    const others = record.addresses.filter((address) => address !== this.#goodAddress);
    for (const address of [...good, ...others]) {
      const giveUp = new AbortController();
      this.#attempt = { startMs: clock.monotonicMs(), giveUp };
      const deadline = deadlines.after(dialMsMax, () => giveUp.abort());
      const stop = (): void => giveUp.abort();
      this.#closing.signal.addEventListener("abort", stop, { once: true });
      try {
        const connection = await this.#dialAt(address, giveUp.signal);
        this.#goodAddress = address;
        return connection;
      } catch (error) {
        failure = peerErrorOf(error);
      } finally {
        this.#attempt = undefined;
        deadline.cancel();
        this.#closing.signal.removeEventListener("abort", stop);
      }
      if (this.#closing.signal.aborted) break;
    }
    throw failure;
  }

  async #dialAt(address: string, signal: AbortSignal): Promise<PeerConnection> {
    const { network } = this.#surroundings;
    const protocol = protocols[this.#purpose];
    const connection = await network.dial({ address, protocol, signal });
    const close = (): void => connection.close();
    signal.addEventListener("abort", close, { once: true });
    try {
      return await this.#greet(connection, address);
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  async #greet(connection: Connection, address: string): Promise<PeerConnection> {
    const { registry, clock, trace } = this.#surroundings;
    const node = this.#node;
    const keys = registry.peer(node)?.fingerprints ?? [];
    if (!keys.some((key) => equalBytes(key, connection.peer))) {
      // Said to nobody but the log: whoever answers there is a stranger.
      const reason = `at ${address} answers another key, ${toHex(connection.peer)}`;
      throw new PeerError("refused", reason);
    }
    const hello = await greet(connection, this.#surroundings, node);
    const purpose = this.#purpose;
    const { epoch, streamWindowBytes: windowBytes } = hello;
    return new PeerConnection({ connection, clock, trace, node, purpose, epoch, windowBytes });
  }

  /** Waits before the next try, longer after each that failed. */
  async #rest(): Promise<void> {
    const { clock, random } = this.#surroundings;
    const fullMs = Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(10, this.#failureCount++));
    const ms = fullMs / 2 + random.below(fullMs / 2);
    const interruption = new AbortController();
    this.#wake = () => interruption.abort();
    if (this.#closing.signal.aborted) return;
    if (!this.#isHinted) await clock.sleep(ms, interruption.signal).catch(() => undefined);
    this.#isResting = false;
  }

  #untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
