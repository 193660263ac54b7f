import { concatBytes } from "#base/bytes.ts";
import { type ConfState, encodeCommand, type LogEntry } from "#format/index.ts";
import { RaftError, type RawNode } from "#raft/index.ts";
import type { Appends } from "./appends.ts";
import type { ForwardedQueue } from "./forwarded-queue.ts";
import { otherVotersOf } from "./members.ts";
import type { Proposals } from "./proposals.ts";
import type { ReplicaLimits, ReplicaPorts } from "./replica-config.ts";
import type { ReplicaState } from "./replica-state.ts";
import type { Stamps } from "./stamps.ts";

/** After the log could not have more room, in milliseconds. */
const roomPauseMs = 250;

const noStamp = { number: 0, lowWater: 0, unitLowWater: 0, body: undefined };

/** What batches are made of. */
export interface BatchesParts {
  clock: ReplicaPorts["clock"];
  limits: ReplicaLimits;
  raftId: number;
  state: ReplicaState;
  /** This node's commands, and those that other nodes sent. */
  proposals: Proposals;
  forwarded: ForwardedQueue;
  stamps: Stamps;
  appends: Appends;
  conf: () => ConfState;
  wake: () => void;
  onFailure: (error: unknown) => void;
  signal: AbortSignal;
}

/** A leader's batches: commands that are stamped, proposed and synced together, one at a time. */
export class Batches {
  readonly #parts: BatchesParts;
  /** The entry that this office began with; 0 where this node does not lead. */
  #officeIndex = 0;
  /** The last entry of the batch that is being synced. */
  #batchIndex = 0;
  #isBatchNew = false;
  #isAwaitingRoom = false;

  constructor(parts: BatchesParts) {
    this.#parts = parts;
  }

  /** The entry that this node's last office began with; 0 before the first. */
  get officeIndex(): number {
    return this.#officeIndex;
  }

  /** Too much is on its way into the store. */
  get isFull(): boolean {
    return this.#parts.state.store.unflushedBytes > this.#parts.limits.unflushedBytesMax;
  }

  /** Somebody leads, or nobody any more; `first` is the entry that this node's office begins with. */
  takeOffice(first: LogEntry | undefined): void {
    this.#batchIndex = 0;
    this.#isBatchNew = false;
    if (first === undefined) return;
    this.#officeIndex = first.index;
    this.#parts.stamps.takeOffice(this.#parts.state.store.timeUnixMs);
  }

  /** The core handed out entries to be appended. */
  noteEntries(entries: readonly LogEntry[]): void {
    const last = entries.at(-1);
    if (!this.#isBatchNew || last === undefined) return;
    this.#batchIndex = last.index;
    this.#isBatchNew = false;
  }

  /** Proposes the next batch, on the node that leads in `term`, if it is time. */
  propose(node: RawNode, term: number): void {
    const { proposals, forwarded, state, appends, limits } = this.#parts;
    const { log, store } = state;
    // The stamps of all that is in the log must be known, and one batch at a time is synced.
    if (store.applied.index + 1 < this.#officeIndex) return;
    if (this.#isBatchNew || appends.durableIndex < this.#batchIndex) return;
    const nextBytes = Math.max(proposals.nextBytes, forwarded.nextBytes);
    if (nextBytes === 0) return;
    if (this.isFull || nextBytes > log.roomBytes) return this.awaitRoom();
    this.#proposeBatch(node, term, Math.min(limits.batchBytesMax, log.roomBytes));
  }

  #proposeBatch(node: RawNode, term: number, bytesMax: number): void {
    const { proposals, forwarded, stamps, state, limits, raftId, conf } = this.#parts;
    const foreign = forwarded.take(bytesMax / 2);
    const foreignBytes = foreign.reduce((sum, { bytes }) => sum + bytes, 0);
    const own = proposals.take({
      countMax: limits.batchCommandsMax,
      bytesMax: bytesMax - foreignBytes,
    });
    if (own.length + foreign.length === 0) return;
    const stamp = stamps.take(state.store.timeUnixMs, otherVotersOf(conf(), raftId));
    const data: Uint8Array[] = [];
    for (const proposal of own) {
      data.push(concatBytes([proposals.envelopeOf(proposal, stamp), proposal.body]));
    }
    if (foreign.length > 0) {
      const stampBytes = encodeCommand({ ...noStamp, ...stamp });
      for (const { commands } of foreign) {
        for (const command of commands) data.push(concatBytes([command, stampBytes]));
      }
    }
    try {
      node.proposeAll(data);
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
      // It hands over, or too much is not committed yet.
      proposals.sendAgain(own);
      for (const { answer } of foreign) answer({ outcome: "busy", term: 0 });
      return;
    }
    for (const proposal of own) proposal.noteSent();
    proposals.noteLogged(own, term);
    for (const { answer } of foreign) answer({ outcome: "logged", term });
    this.#isBatchNew = true;
  }

  /** Wakes once more can be appended; where the log can have no more room, refuses what waits. */
  awaitRoom(): void {
    if (this.#isAwaitingRoom) return;
    this.#isAwaitingRoom = true;
    void this.#untilRoom()
      .catch((error: unknown) => this.#parts.onFailure(error))
      .finally(() => {
        this.#isAwaitingRoom = false;
        this.#parts.wake();
      });
  }

  async #untilRoom(): Promise<void> {
    const { clock, proposals, forwarded, state, signal } = this.#parts;
    if (this.isFull) return state.store.flush();
    // Room that is prepared may still be taken by what is on its way to the disk.
    if (await state.log.prepareRoom()) return state.log.sync();
    proposals.refuseQueued("the log has no room for more: the disk is full");
    forwarded.refuse("busy");
    await clock.sleep(roomPauseMs, signal).catch(() => undefined);
  }
}
