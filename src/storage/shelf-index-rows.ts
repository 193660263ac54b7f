import { assert } from "#base/assert.ts";
import {
  encodePackState,
  encodePendingFile,
  encodeRemovalBytes,
  encodeShelfEntry,
  encodeShelfIndexState,
  type PackState,
  type RecordPlace,
  type ShardName,
  type ShelfEntry,
  type ShelfIndexState,
} from "#format/index.ts";
import type { KeyValueChange } from "#ports/index.ts";
import { deadBytesOf } from "./pack-state.ts";
import { entryKey, packKey, pendingKey, removalKey, stateKey } from "./shelf-keys.ts";
import { hashOfName, isSameShard } from "./shelf-shard.ts";

/** The removal records that pack `holder` holds for shards of pack `target`. */
export interface RemovalPair {
  readonly target: number;
  readonly holder: number;
}

/** A shard's row. */
interface EntryRow {
  readonly name: ShardName;
  entry: ShelfEntry | undefined;
  /** The row before it whose name has the same hash. */
  readonly next: EntryRow | undefined;
}

/**
 * Rows of the index that changed and are not in its store yet: the latest of each, undefined for
 * one that goes.
 */
export class IndexRows {
  readonly #entries: EntryRow[] = [];
  readonly #entriesByHash = new Map<number, EntryRow>();
  readonly #removals = new Map<string, { pair: RemovalPair; bytes: number | undefined }>();
  readonly #files = new Map<string, { place: RecordPlace; kind: PendingKind | undefined }>();
  readonly #packs = new Map<number, PackState | undefined>();
  #state: ShelfIndexState | undefined;

  get count(): number {
    const sizes = [this.#removals, this.#files, this.#packs].map(({ size }) => size);
    const others = this.#entries.length + (this.#state === undefined ? 0 : 1);
    return sizes.reduce((sum, size) => sum + size, others);
  }

  /** The row of a shard, if it is one of these. */
  entry(name: ShardName): { readonly entry: ShelfEntry | undefined } | undefined {
    return this.#entries.length === 0 ? undefined : this.#find(name, hashOfName(name));
  }

  removal(pair: RemovalPair): { readonly bytes: number | undefined } | undefined {
    return this.#removals.get(pairText(pair));
  }

  setEntry(name: ShardName, entry: ShelfEntry | undefined): void {
    const hash = hashOfName(name);
    const known = this.#find(name, hash);
    if (known !== undefined) {
      known.entry = entry;
      return;
    }
    const row = { name, entry, next: this.#entriesByHash.get(hash) };
    this.#entriesByHash.set(hash, row);
    this.#entries.push(row);
  }

  #find(name: ShardName, hash: number): EntryRow | undefined {
    let row = this.#entriesByHash.get(hash);
    while (row !== undefined && !isSameShard(row.name, name)) row = row.next;
    return row;
  }

  setRemoval(pair: RemovalPair, bytes: number | undefined): void {
    this.#removals.set(pairText(pair), { pair, bytes });
  }

  setFile(place: RecordPlace, kind: PendingKind | undefined): void {
    this.#files.set(`${place.pack}/${place.offset}`, { place, kind });
  }

  setPack(pack: number, state: PackState | undefined): void {
    this.#packs.set(pack, state);
  }

  setState(state: ShelfIndexState): void {
    this.#state = state;
  }

  /** The rows as they are stored. */
  encode(): KeyValueChange[] {
    const rows: KeyValueChange[] = [];
    for (const { name, entry } of this.#entries) {
      rows.push({ key: entryKey(name), value: entry && encodeShelfEntry(entry) });
    }
    for (const { pair, bytes } of this.#removals.values()) {
      const value = bytes === undefined ? undefined : encodeRemovalBytes({ bytes });
      rows.push({ key: removalKey(pair), value });
    }
    for (const { place, kind } of this.#files.values()) {
      const value = kind && encodePendingFile({ action: { kind, value: {} } });
      rows.push({ key: pendingKey(place), value });
    }
    for (const [pack, state] of this.#packs) {
      const isSound = state === undefined || deadBytesOf(state) >= 0;
      assert(isSound, "S7: a pack's parts are no more than the pack");
      rows.push({ key: packKey(pack), value: state && encodePackState(state) });
    }
    if (this.#state !== undefined) {
      rows.push({ key: stateKey, value: encodeShelfIndexState(this.#state) });
    }
    return rows;
  }
}

/** What is happening to a shard file whose name may or may not be there. */
export type PendingKind = "sealing" | "removing";

function pairText({ target, holder }: RemovalPair): string {
  return `${target}/${holder}`;
}
