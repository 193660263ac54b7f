import type { ConfState } from "#format/index.ts";
import type { RawNode } from "#raft/index.ts";
import type { Appends } from "./appends.ts";
import { isAlone } from "./members.ts";
import type { ReplicaLimits, ReplicaPorts } from "./replica-config.ts";

/** A member that was sent a snapshot is asked again after so many ticks. */
const snapshotTicks = 20;

/** What a ticker leans on. */
export interface TickerParts {
  clock: ReplicaPorts["clock"];
  trace: ReplicaPorts["trace"];
  limits: Pick<ReplicaLimits, "diskStallMs" | "tickMs">;
  raftId: number;
  appends: Appends;
  conf: () => ConfState;
  isLeader: () => boolean;
  /** Does something with the core, in its turn. */
  act: (action: (node: RawNode) => void) => void;
  /** Ends the ticking. */
  signal: AbortSignal;
}

/** Gives the core its ticks, and an office away that the disk cannot hold. */
export class Ticker {
  readonly #parts: TickerParts;
  #ticks = 0;
  #ticking: Promise<void> | undefined;

  constructor(parts: TickerParts) {
    this.#parts = parts;
  }

  /** Ticks while there is anyone else: who is alone needs no time. */
  start(): void {
    if (this.#ticking !== undefined || this.#parts.signal.aborted || this.#isAlone) return;
    this.#ticking = this.#keepTicking().finally(() => {
      this.#ticking = undefined;
    });
  }

  /** Resolves once it no longer ticks. */
  async ended(): Promise<void> {
    await this.#ticking;
  }

  get #isAlone(): boolean {
    return isAlone(this.#parts.conf(), this.#parts.raftId);
  }

  async #keepTicking(): Promise<void> {
    const { clock, limits, act, signal } = this.#parts;
    while (!this.#isAlone) {
      await clock.sleep(limits.tickMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      act((node) => this.#tick(node));
    }
  }

  #tick(node: RawNode): void {
    const { appends, limits, isLeader } = this.#parts;
    this.#ticks++;
    // Whoever cannot write must not lead: without ticks it sends no heartbeats, nor stands.
    if (appends.oldestMs > limits.diskStallMs) return this.#yieldOffice(node);
    node.tick();
    if (!isLeader() || this.#ticks % snapshotTicks !== 0) return;
    for (const { id, state } of node.status().progress) {
      // It may have been restarted since; what it has of the checkpoint it need not be sent again.
      if (state === "snapshot") node.reportSnapshot(id, false);
    }
  }

  #yieldOffice(node: RawNode): void {
    const { raftId, isLeader, trace } = this.#parts;
    if (!isLeader()) return;
    const [successor] = node
      .status()
      .progress.filter(({ id, learner, active }) => id !== raftId && !learner && active)
      .sort((a, b) => b.match - a.match);
    if (successor === undefined) return;
    trace.write("warn", "diskStalled", { successor: successor.id });
    node.transferLeader(successor.id);
  }
}
