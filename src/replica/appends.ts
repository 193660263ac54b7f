import { assert } from "#base/assert.ts";
import type { Clock } from "#ports/index.ts";
import type { HardState, Message } from "#raft/index.ts";
import type { Log } from "#storage/index.ts";
import { toLogEntry } from "./raft-wire.ts";

/** One write that the core has asked for. */
interface Append {
  responses: readonly Message[];
  lastIndex: number;
  startMs: number;
  /** Whether it waits for a sync, is done, or is being synced. */
  state: "appended" | "syncing" | "done";
}

/** Writes of the core on their way to the disk, answered in the order they were asked for. */
export class Appends {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #wake: () => void;
  readonly #onFailure: (error: unknown) => void;
  #underWay: Append[] = [];
  /** A commit index that no sync was asked for yet: it goes with the next one. */
  #laterHard: HardState | undefined;
  #durableIndex: number;

  constructor(
    clock: Pick<Clock, "monotonicMs">,
    durableIndex: number,
    listener: { wake: () => void; onFailure: (error: unknown) => void },
  ) {
    this.#clock = clock;
    this.#durableIndex = durableIndex;
    this.#wake = listener.wake;
    this.#onFailure = listener.onFailure;
  }

  /** The last entry that is known to be durable, or was once: a tail may have been replaced. */
  get durableIndex(): number {
    return this.#durableIndex;
  }

  get isIdle(): boolean {
    return this.#underWay.length === 0;
  }

  /** How long the oldest write has taken so far, in milliseconds. */
  get oldestMs(): number {
    const oldest = this.#underWay[0];
    return oldest === undefined ? 0 : this.#clock.monotonicMs() - oldest.startMs;
  }

  /**
   * Puts a write into the log, in memory.
   *
   * @param mustSync whether its responses wait for a sync
   */
  add(log: Pick<Log, "append">, request: Message, mustSync: boolean): void {
    const { entries, term, vote, commit, responses = [] } = request;
    if (vote !== undefined) this.#laterHard = { term, vote, commit };
    if (mustSync) {
      // The hard state first: entries must not outlive a crash without it. But not that they are
      // committed: it would be said of those that stand in their place still.
      this.flushHardState(log, entries[0] && entries[0].index - 1);
      if (entries.length > 0) log.append({ entries: entries.map(toLogEntry) });
    } else {
      assert(entries.length === 0, "R1: entries are written with a sync");
      if (responses.length === 0) return;
    }
    this.#underWay.push({
      responses,
      lastIndex: entries.at(-1)?.index ?? 0,
      startMs: this.#clock.monotonicMs(),
      state: mustSync ? "appended" : "done",
    });
  }

  /**
   * Puts a commit index into the log that was left for later.
   *
   * @param commitMax what is above it is left for later still
   */
  flushHardState(log: Pick<Log, "append">, commitMax: number = Infinity): void {
    const hard = this.#laterHard;
    if (hard === undefined) return;
    const commit = Math.min(hard.commit, commitMax);
    log.append({ entries: [], hardState: { ...hard, commit } });
    this.#laterHard = commit < hard.commit ? hard : undefined;
  }

  /** Has what was put into the log made durable; all since the last time shares one sync. */
  sync(log: Log): void {
    const appended = this.#underWay.filter(({ state }) => state === "appended");
    if (appended.length === 0) return;
    for (const append of appended) append.state = "syncing";
    log.sync().then(
      () => {
        for (const append of appended) append.state = "done";
        this.#wake();
      },
      (error: unknown) => this.#onFailure(error),
    );
  }

  /** Takes the responses of what is done, oldest first, up to the first that is not. */
  takeDone(): Message[] {
    const responses: Message[] = [];
    while (this.#underWay[0]?.state === "done") {
      const append = this.#underWay.shift();
      if (append === undefined) break;
      responses.push(...append.responses);
      if (append.lastIndex > 0) this.#durableIndex = append.lastIndex;
    }
    return responses;
  }
}
