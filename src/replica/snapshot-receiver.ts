import type { ConfState, LogPoint } from "#format/index.ts";
import type { Message } from "#raft/index.ts";
import { CheckpointDamagedError, CheckpointReader } from "#storage/index.ts";
import type { GroupLink } from "./group-link.ts";
import { IncomingCheckpoint, removeIfThere } from "./incoming-checkpoint.ts";
import { membersOf } from "./members.ts";
import type { RaftTransport, Received } from "./raft-transport.ts";
import type { ReplicaPorts } from "./replica-config.ts";
import { fillStore, rebuiltName } from "./state-store.ts";

/** What the receiver works with. */
interface ReceiverParts {
  link: GroupLink;
  transport: RaftTransport;
  /** The members as far as they are known here: any of them may have the rest of a checkpoint. */
  conf: () => ConfState;
  /** Hands the core a snapshot whose state lies ready. */
  deliver: (message: Message) => void;
  onFailure: (error: unknown) => void;
}

/** What lies ready to take the place of the store. */
export interface Prepared {
  point: LogPoint;
  conf: ConfState | undefined;
  /** The checkpoint it was made of. */
  path: string;
}

/**
 * Gets the checkpoints that leaders offer to a laggard, and makes a store of each. What has come of
 * one is never asked for again: after a break or another election the rest comes from whoever has
 * it, as long as what follows it is still in the new leader's log.
 */
export class SnapshotReceiver {
  readonly #ports: Pick<ReplicaPorts, "disk" | "stores" | "trace">;
  readonly #parts: ReceiverParts;
  readonly #closing = new AbortController();
  /** The newest offer. */
  #offer: Received | undefined;
  #incoming: IncomingCheckpoint | undefined;
  #prepared: Prepared | undefined;
  #running: Promise<void> | undefined;

  constructor(ports: Pick<ReplicaPorts, "disk" | "stores" | "trace">, parts: ReceiverParts) {
    this.#ports = ports;
    this.#parts = parts;
  }

  /** A leader offers a checkpoint. */
  receive(offer: Received): void {
    this.#offer = offer;
    if (this.#running !== undefined || this.#closing.signal.aborted) return;
    this.#running = this.#run(offer)
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) this.#parts.onFailure(error);
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** What lies ready, to be put into force; it is not ready any more. */
  take(index: number): Prepared | undefined {
    const prepared = this.#prepared;
    if (prepared?.point.index !== index) return undefined;
    this.#prepared = undefined;
    return prepared;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the replica is closing"));
    await this.#running;
    await this.#incoming?.close();
  }

  async #run(offer: Received): Promise<void> {
    if (!this.#isUseful(this.#prepared?.point, offer)) {
      const isWhole = await this.#fetch(offer);
      if (!isWhole) return;
      await this.#prepare();
    }
    const { conf, point } = this.#prepared ?? {};
    // Another leader may have offered another one meanwhile; any that its log goes on from will do.
    const { message } = this.#offer ?? offer;
    if (conf === undefined || point === undefined || message.snapshot === undefined) return;
    const snapshot = { ...message.snapshot, conf, index: point.index, term: point.term };
    this.#parts.deliver({ ...message, snapshot });
  }

  /** Whether the log of whoever made the offer goes on behind this point. */
  #isUseful(point: LogPoint | undefined, { logFirstIndex }: Received): boolean {
    return point !== undefined && point.index + 1 >= logFirstIndex;
  }

  /** Gets a checkpoint: the rest of one that has begun to come, else the one that is offered. */
  async #fetch(offer: Received): Promise<boolean> {
    if (this.#incoming !== undefined) {
      const isUseful = this.#isUseful(this.#incoming.point, offer);
      if (isUseful && (await this.#fetchFromAny(offer, this.#incoming))) return true;
      // Of no use, or nobody has it any more.
      await this.#drop();
    }
    const { snapshot, from } = offer.message;
    const node = this.#parts.transport.nodeOf(from);
    if (snapshot === undefined || node === undefined) return false;
    const point = { index: snapshot.index, term: snapshot.term };
    const { peers } = this.#parts.link;
    this.#incoming = await IncomingCheckpoint.begin(this.#ports, point, node);
    return (await this.#incoming.fetchFrom(peers, node, this.#closing.signal)) === "whole";
  }

  async #drop(): Promise<void> {
    const incoming = this.#incoming;
    this.#incoming = undefined;
    await incoming?.drop();
  }

  /** False where nobody has the rest. */
  async #fetchFromAny(offer: Received, incoming: IncomingCheckpoint): Promise<boolean> {
    const { transport, conf, link } = this.#parts;
    const { peers } = link;
    const members = [offer.message.from, ...membersOf(conf())];
    const nodes = new Set([incoming.node, ...members.map((id) => transport.nodeOf(id))]);
    for (const node of nodes) {
      if (node === undefined || node === peers.self) continue;
      const come = await incoming.fetchFrom(peers, node, this.#closing.signal);
      if (come === "whole") return true;
    }
    return false;
  }

  /** Makes a store, beside the one that is in force, of the checkpoint that has come. */
  async #prepare(): Promise<void> {
    const incoming = this.#incoming;
    if (incoming === undefined) return;
    const { disk, stores, trace } = this.#ports;
    this.#incoming = undefined;
    await incoming.close();
    try {
      const reader = await CheckpointReader.open(disk, incoming.path);
      try {
        await fillStore(stores, rebuiltName, reader.pieces());
      } finally {
        await reader.close();
      }
      this.#prepared = { point: reader.applied, conf: reader.conf, path: incoming.path };
      trace.write("info", "checkpointReceived", { index: reader.applied.index });
    } catch (error) {
      if (!(error instanceof CheckpointDamagedError)) throw error;
      trace.write("error", "checkpointDamaged", { path: incoming.path, reason: error.message });
      await removeIfThere(disk, incoming.path);
    }
  }
}
