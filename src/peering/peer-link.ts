import { Dialer, type Surroundings } from "./dialer.ts";
import type { PeerFrame } from "./frames.ts";
import { slowAnswerMs, slowPongMs } from "./limits.ts";
import type { Purpose } from "./limits.ts";
import { LivenessRecord } from "./liveness.ts";
import { type CallOptions, OutgoingCalls } from "./outgoing-calls.ts";
import { OpenedStreams } from "./opened-streams.ts";
import { type FrameHandler, type PeerConnection, SilentPeerError } from "./peer-connection.ts";
import { type Liveness, PeerError, type PeerStream } from "./peers.ts";
import { RaftOutbox } from "./raft-outbox.ts";

/** What is kept of one other node: what is asked of it, and how it answers. */
export class PeerLink {
  readonly #surroundings: Surroundings;
  readonly #node: number;
  readonly #liveness: LivenessRecord = new LivenessRecord();
  readonly #raft: RaftOutbox = new RaftOutbox();
  readonly #calls: OutgoingCalls;
  readonly #streams: OpenedStreams;
  readonly #dialers: Record<Purpose, Dialer>;

  constructor(surroundings: Surroundings, node: number) {
    this.#surroundings = surroundings;
    this.#node = node;
    const { clock, deadlines } = surroundings;
    const onWaited = (waitedMs: number): void => this.#waited(waitedMs, slowAnswerMs);
    this.#calls = new OutgoingCalls({ clock, deadlines, onWaited });
    this.#streams = new OpenedStreams({ clock, deadlines, onWaited });
    this.#dialers = {
      call: this.#dialer("call", this.#calls),
      raft: this.#dialer("raft", this.#raft),
      bulk: this.#dialer("bulk", this.#streams),
    };
  }

  get liveness(): Liveness {
    return this.#liveness.at(this.#surroundings.clock.monotonicMs());
  }

  /** Keeps connections until it is closed. */
  async run(): Promise<void> {
    const { call, raft, bulk } = this.#dialers;
    await Promise.all([call.run(), raft.run(), bulk.run()]);
  }

  sendRaft(message: Uint8Array): boolean {
    if (!this.#raft.isConnected && this.#isHopeless("raft")) return false;
    this.#dialers.raft.want();
    return this.#raft.send(message);
  }

  async call(service: string, body: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    if (this.#isHopeless("call")) throw this.#unreachable();
    return this.#calls.ask(service, body, options);
  }

  async openStream(service: string, header: Uint8Array, options: CallOptions): Promise<PeerStream> {
    if (this.#isHopeless("bulk")) throw this.#unreachable();
    this.#dialers.bulk.want();
    return this.#streams.open(service, header, options);
  }

  /** The node has made itself heard: it is there. */
  hint(): void {
    for (const dialer of Object.values(this.#dialers)) dialer.hint();
  }

  close(error: PeerError): void {
    for (const dialer of Object.values(this.#dialers)) dialer.close(error);
    this.#calls.ended(error);
    this.#streams.ended(error);
    this.#raft.ended();
  }

  /**
   * Nobody waits for a node that is known to be away. Where it is there, bulk waits also for a dial
   * that failed to be tried again; what is short, or Raft sends again, does not.
   */
  #isHopeless(purpose: Purpose): boolean {
    const dialer = this.#dialers[purpose];
    const isResting = dialer.isResting && purpose !== "bulk";
    return !dialer.isConnected && (isResting || this.liveness === "down");
  }

  #unreachable(): PeerError {
    return new PeerError("unreachable", `node ${this.#node} cannot be reached`);
  }

  #dialer(
    purpose: Purpose,
    owner: FrameHandler & { connected: (connection: PeerConnection) => void },
  ): Dialer {
    const surroundings = this.#surroundings;
    return new Dialer({
      surroundings,
      node: this.#node,
      purpose,
      isWatched: purpose === "call",
      owner: {
        connected: (connection) => {
          if (purpose === "call") {
            this.#reached();
            // What failed for other purposes did so before: none is behind what liveness says.
            this.hint();
          }
          connection.onPong = (waitedMs) => this.#waited(waitedMs, slowPongMs);
          owner.connected(connection);
        },
        receive: (frame: PeerFrame, body) => owner.receive(frame, body),
        ended: (error) => {
          owner.ended(error);
          if (purpose === "call" && error instanceof SilentPeerError) this.#fallSilent(error);
        },
        dialFailed: (error) => {
          if (purpose === "call") this.#lost(error);
          owner.ended(error);
        },
      },
    });
  }

  /** It does not run, whatever its connections say. */
  #fallSilent(error: PeerError): void {
    this.#lost(error);
    this.#dialers.raft.drop(error);
    this.#dialers.bulk.drop(error);
  }

  #waited(waitedMs: number, slowMs: number): void {
    if (waitedMs >= slowMs) this.#liveness.lagged(this.#surroundings.clock.monotonicMs());
  }

  #reached(): void {
    if (this.#liveness.reached() === "known") return;
    this.#surroundings.trace.write("info", "peerCameUp", { node: this.#node });
  }

  #lost({ message: reason }: PeerError): void {
    if (this.#liveness.lost() === "known") return;
    this.#surroundings.trace.write("warn", "peerWentDown", { node: this.#node, reason });
  }
}
