import { statSync } from "node:fs";
import type { Transaction } from "lmdb";
import { assert } from "#base/assert.ts";
import { hashOfBytes, mib } from "#base/bytes.ts";
import type { KeyRange, KeyValue, KeyValueChange, KeyValueSnapshot } from "#ports/index.ts";
import { lmdbErrorOf } from "./lmdb-error.ts";
import { type LmdbDatabase, storedRange } from "./lmdb.ts";
import { MergedScan } from "./merged-scan.ts";
import { type OverlayEntry, OverlayLayer, mergeEntries } from "./overlay.ts";

/** LMDB takes 1,978 bytes; the port promises this much. */
const keySizeBytesMax = 1900;

/** One LMDB transaction holds about this many changes at most, so that each ends soon. */
const changesPerCommitMax = 16_384;

/**
 * Changes gather for this long before LMDB is given them, in milliseconds, unless they are many or
 * somebody waits. A transaction writes each page that it touches once: the more rows in one, the
 * fewer pages a row, and the seldomer its two syncs stand in the way of the log's and the packs'. A
 * row that is put and removed meanwhile never reaches LMDB.
 */
const gatherMs = 200;

/** So much gathers at most, in memory: then LMDB is given it. */
const gatheredBytesMax: number = 8 * mib;

/** A layer of batches, and the flush they share. */
interface PendingLayer {
  changes: OverlayLayer;
  flushed: Promise<void>;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** What a reader reads in: layers over an LMDB snapshot that holds everything older than them. */
interface View {
  layers: readonly PendingLayer[];
  transaction: Transaction | undefined;
}

/**
 * A KeyValue store over LMDB.
 *
 * Batches gather in the overlay's newest layer, for a while and as long as LMDB commits older ones
 * in its own thread, one transaction at a time: so a transaction that fails is the last one, and
 * what is on disk is always a prefix of the batches. A layer leaves the overlay when LMDB has
 * synced it, in the same synchronous stretch in which the readers that began before are given up;
 * snapshots and scans keep the layers they began with.
 */
export class LmdbStore implements KeyValue {
  readonly #name: string;
  readonly #db: LmdbDatabase;
  readonly #file: string;
  readonly #onClosed: () => void;
  /** Oldest first. The first `#underWayCount` of them are being committed. */
  #layers: PendingLayer[] = [];
  #underWayCount = 0;
  /** Runs while changes gather. */
  #timer: NodeJS.Timeout | undefined;
  /** Somebody waits for this layer, and those before it. */
  #awaited: PendingLayer | undefined;
  /** The file's, after the last commit. */
  #sizeBytes: number;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Takes over an open database.
   *
   * @param parts.name the store's name, for errors
   * @param parts.file the path of its data file
   * @param parts.onClosed told once when LMDB has let go of the file
   */
  constructor(parts: { name: string; db: LmdbDatabase; file: string; onClosed: () => void }) {
    this.#name = parts.name;
    this.#db = parts.db;
    this.#file = parts.file;
    this.#onClosed = parts.onClosed;
    this.#sizeBytes = statSync(parts.file).size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#get(key, { layers: this.#layers, transaction: undefined });
  }

  scan(range: KeyRange): Iterable<readonly [key: Uint8Array, value: Uint8Array]> {
    return this.#scan(range, { layers: this.#layers, transaction: undefined });
  }

  write(batch: readonly KeyValueChange[]): { flushed: Promise<void> } {
    assert(this.#closing === undefined, "a closed store is not written to");
    for (const { key } of batch) {
      assert(key.length > 0 && key.length <= keySizeBytesMax, "a key has 1 to 1,900 bytes");
    }
    if (this.#failure !== undefined) return { flushed: newLayer(this.#failure).flushed };
    const layer = this.#openLayer();
    for (const change of batch) layer.changes.add(change);
    this.#schedule();
    return { flushed: layer.flushed };
  }

  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const last = this.#layers.at(-1);
    if (last === undefined) return Promise.resolve();
    this.#awaited = last;
    this.#schedule();
    return last.flushed;
  }

  snapshot(): KeyValueSnapshot {
    for (const layer of this.#layers) layer.changes.seal();
    const view = { layers: [...this.#layers], transaction: this.#db.useReadTransaction() };
    let isOpen = true;
    const mustBeOpen = (): void => assert(isOpen, "a closed snapshot is not read");
    return {
      get: (key) => {
        mustBeOpen();
        return this.#get(key, view);
      },
      scan: (range) => {
        mustBeOpen();
        return this.#scan(range, view);
      },
      close: () => {
        if (isOpen) view.transaction.done();
        isOpen = false;
      },
    };
  }

  sizeBytes(): number {
    return this.#sizeBytes;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    while (this.#failure === undefined && this.#layers.length > 0) {
      await this.flush().catch(() => undefined);
    }
    clearTimeout(this.#timer);
    await this.#db.close();
    this.#onClosed();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #get(key: Uint8Array, view: View): Uint8Array | undefined {
    if (key.length === 0 || key.length > keySizeBytesMax) return undefined;
    if (view.layers.length > 0) {
      const hash = hashOfBytes(key);
      for (let i = view.layers.length - 1; i >= 0; i--) {
        const entry = view.layers[i]?.changes.find(key, hash);
        if (entry !== undefined) return entry.value;
      }
    }
    const { transaction } = view;
    return transaction === undefined ? this.#db.get(key) : this.#db.get(key, { transaction });
  }

  #scan(range: KeyRange, view: View): Iterable<readonly [key: Uint8Array, value: Uint8Array]> {
    const limit = range.limit ?? Infinity;
    if (limit <= 0 || range.end?.length === 0) return [];
    let changes: readonly OverlayEntry[] = [];
    for (const layer of view.layers) {
      changes = mergeEntries(changes, layer.changes.range(range));
    }
    const isReverse = range.reverse === true;
    return new MergedScan(
      storedRange(this.#db, range, view.transaction),
      isReverse ? changes.toReversed() : changes,
      { direction: isReverse ? -1 : 1, limit },
    );
  }

  /** The layer that takes new batches. */
  #openLayer(): PendingLayer {
    const last = this.#layers.at(-1);
    if (last !== undefined && !last.changes.isSealed && last.changes.size < changesPerCommitMax) {
      return last;
    }
    last?.changes.seal();
    const layer = newLayer();
    this.#layers.push(layer);
    return layer;
  }

  /** Sees to it that LMDB is given what waits: now where there is a reason to, else in a while. */
  #schedule(): void {
    if (this.#layers.length === 0 || this.#underWayCount > 0) return;
    if (this.#mustCommit()) this.#commitNext();
    else this.#timer ??= setTimeout(() => this.#commitNext(), gatherMs);
  }

  #mustCommit(): boolean {
    if (this.#awaited !== undefined || this.#layers.length > 1) return true;
    const changes = this.#layers[0]?.changes;
    return (
      changes !== undefined &&
      (changes.sizeBytes >= gatheredBytesMax || changes.size >= changesPerCommitMax)
    );
  }

  /** Hands the oldest layers to LMDB, as many as one transaction may take. */
  #commitNext(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let changeCount = 0;
    const taken: PendingLayer[] = [];
    for (const layer of this.#layers) {
      changeCount += layer.changes.size;
      if (taken.length > 0 && changeCount > changesPerCommitMax) break;
      layer.changes.seal();
      taken.push(layer);
    }
    if (taken.length === 0) return;
    this.#underWayCount = taken.length;
    this.#commit(taken).then(
      () => this.#committed(),
      async (error: unknown) => this.#failed(await lmdbErrorOf(this.#name, error)),
    );
  }

  /** One LMDB transaction; its promise resolves when it is synced. */
  async #commit(layers: readonly PendingLayer[]): Promise<void> {
    await this.#db.batch(() => {
      for (const { changes } of layers) {
        for (const { key, value } of changes.entries()) {
          if (value === undefined) void this.#db.remove(key);
          else void this.#db.put(key, value);
        }
      }
    });
  }

  /** LMDB has synced what was under way. */
  #committed(): void {
    // The reader that all plain reads share may be older than the commit.
    this.#db.resetReadTxn();
    this.#sizeBytes = statSync(this.#file).size;
    for (const layer of this.#layers.splice(0, this.#underWayCount)) {
      if (layer === this.#awaited) this.#awaited = undefined;
      layer.resolve();
    }
    this.#underWayCount = 0;
    this.#schedule();
  }

  /** What did not reach the disk stays in sight, but nothing more is written. */
  #failed(failure: Error): void {
    this.#failure = failure;
    for (const layer of this.#layers) layer.reject(failure);
  }
}

function newLayer(failure?: Error): PendingLayer {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Who does not look at one flush learns from the next: a failure is the end of the store.
  promise.catch(() => undefined);
  if (failure !== undefined) reject(failure);
  return { changes: new OverlayLayer(), flushed: promise, resolve, reject };
}
