import { emptyBytes } from "#base/bytes.ts";
import type { LogEntry } from "#format/index.ts";
import {
  type ConfState,
  type Entry,
  type HardState,
  RaftError,
  type RaftStorage,
  type Snapshot,
} from "#raft/index.ts";
import type { Trace } from "#ports/index.ts";
import { type CheckpointName, type Log, LogDamagedError, takeWithin } from "#storage/index.ts";
import { toRaftEntry } from "./raft-wire.ts";
import type { ReplicaState } from "./replica-state.ts";

/** Entries that are no longer in memory are loaded in pieces of this size, in bytes. */
const pieceBytes = 1024 * 1024;

/** So many pieces are kept: for what is applied and for a few laggards. */
const piecesMax = 4;

/** What the storage stands on. */
interface StorageParts {
  /** Its log is another one once a snapshot was installed. */
  readonly state: ReplicaState;
  /**
   * The newest checkpoint that all members of now belong to, if it reaches an entry; undefined
   * where one is to be made.
   */
  checkpoint: (indexMin: number) => CheckpointName | undefined;
  trace: Trace;
  /** Entries that were not in memory are there now. */
  onLoaded: () => void;
  onFailure: (error: unknown) => void;
}

/** The log on disk as the core of consensus sees it. */
export class ReplicaStorage implements RaftStorage {
  readonly #parts: StorageParts;
  readonly #conf: ConfState;
  readonly #hard: HardState;
  /** Loaded pieces, the one used last at the end. */
  #pieces: LogEntry[][] = [];
  readonly #loading = new Set<number>();
  /** Entries up to here cannot be read any more: as good as let go of. */
  #damagedIndex = 0;
  /** What is being loaded may not be what the log holds now. */
  #generation = 0;

  /** @param state what a boot found: the hard state, and who belongs as of what is applied */
  constructor(parts: StorageParts, state: { hard: HardState; conf: ConfState }) {
    this.#parts = parts;
    this.#conf = state.conf;
    this.#hard = state.hard;
  }

  get #log(): Log {
    return this.#parts.state.log;
  }

  initialState(): { hard: HardState; conf: ConfState } {
    return { hard: this.#hard, conf: this.#conf };
  }

  /**
   * Who founded the group is in no entry: whoever begins with nothing begins with a checkpoint, as
   * if the first entry were gone.
   */
  firstIndex(): number {
    const { log, store } = this.#parts.state;
    const begun = Math.min(2, store.applied.index + 1);
    return Math.max(log.firstIndex, begun, this.#damagedIndex + 1);
  }

  lastIndex(): number {
    return this.#log.lastIndex;
  }

  term(index: number): number {
    if (index < this.firstIndex() - 1) throw new RaftError("compacted", `${index} is compacted`);
    const term = this.#log.term(index);
    if (term === undefined) throw new RaftError("unavailable", `${index} is not there yet`);
    return term;
  }

  entries(lo: number, hi: number, maxBytes: number): Entry[] {
    if (lo < this.firstIndex()) throw new RaftError("compacted", `entry ${lo} is compacted`);
    if (hi > this.lastIndex() + 1) throw new RaftError("unavailable", `no entry ${hi - 1} yet`);
    const entries = this.#log.entries(lo, hi, maxBytes) ?? this.#loaded(lo, hi, maxBytes);
    if (entries !== undefined) return entries.map(toRaftEntry);
    if (!this.#loading.has(lo)) void this.#load(lo);
    throw new RaftError("not-loaded", `entry ${lo} is on disk`);
  }

  snapshot(): Snapshot {
    const checkpoint = this.#parts.checkpoint(this.#damagedIndex);
    if (checkpoint?.conf === undefined) {
      throw new RaftError("snapshot-unavailable", "a checkpoint is to be written first");
    }
    const { applied, conf } = checkpoint;
    return { index: applied.index, term: applied.term, conf, data: emptyBytes };
  }

  /** Forgets what was loaded: the log is cut, or another one. */
  forget(): void {
    this.#generation++;
    this.#pieces = [];
  }

  /** Another log takes the place of this one. */
  replaced(): void {
    this.forget();
    this.#damagedIndex = 0;
  }

  #loaded(lo: number, hi: number, maxBytes: number): LogEntry[] | undefined {
    const at = this.#pieces.findIndex((piece) => {
      const first = piece[0]?.index ?? Infinity;
      return first <= lo && lo < first + piece.length;
    });
    const piece = this.#pieces[at];
    if (piece === undefined) return undefined;
    this.#pieces.splice(at, 1);
    this.#pieces.push(piece);
    const from = lo - (piece[0]?.index ?? 0);
    return takeWithin(piece.slice(from, from + hi - lo), maxBytes);
  }

  /** Never rejects. */
  async #load(lo: number): Promise<void> {
    const generation = this.#generation;
    this.#loading.add(lo);
    try {
      const entries = await this.#log.readEntries(lo, this.lastIndex() + 1, pieceBytes);
      if (generation === this.#generation) {
        this.#pieces.push(entries);
        if (this.#pieces.length > piecesMax) this.#pieces.shift();
      }
    } catch (error) {
      // Let go of meanwhile: whoever asks again learns that it is compacted.
      const isGone = generation !== this.#generation || lo < this.firstIndex();
      if (!isGone) this.#onUnreadable(lo, error);
    } finally {
      this.#loading.delete(lo);
    }
    this.#parts.onLoaded();
  }

  /**
   * What is applied here is in the store: where its entries cannot be read, a laggard is sent a
   * checkpoint instead. The next start looks at the log and decides.
   */
  #onUnreadable(index: number, error: unknown): void {
    const { state, trace, onFailure } = this.#parts;
    const appliedIndex = state.store.applied.index;
    if (!(error instanceof LogDamagedError) || index > appliedIndex) return onFailure(error);
    this.#damagedIndex = Math.min(this.#log.lastBeside(index), appliedIndex);
    trace.write("error", "logDamaged", { index: this.#damagedIndex, reason: error.message });
  }
}
