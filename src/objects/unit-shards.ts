import { InvariantError } from "#base/assert.ts";
import { partitionOf } from "#base/partition.ts";
import type { EncodingId, ShardName, Unit, UnitId } from "#format/index.ts";
import type { ObjectsContext } from "./context.ts";
import { type OpenShard, type ShardRange, type Standing, standings } from "./shard-store.ts";
import { shardSizeOf } from "./stripe-cursor.ts";
import { type LossKind, unitText, UnreadableError } from "./unreadable-error.ts";

/** What is known of one shard of the unit. */
interface Source {
  open: { readonly node: number; readonly shard: OpenShard } | undefined;
  /** Nodes that do not have it, or could not be reached, or gave what is wrong. */
  readonly tried: Set<number>;
  /** It has kept a reader waiting: others go first. */
  isLate: boolean;
  /** Its node has been told that it is damaged. */
  isSuspected: boolean;
  loss: { readonly kind: LossKind; readonly error?: unknown } | undefined;
}

/**
 * The shards of one encoding of a unit as a reader comes upon them: where each may be, which are
 * open, and what became of those that cannot be had.
 */
export class UnitShards {
  readonly unit: UnitId;
  readonly row: Unit;
  readonly #context: ObjectsContext;
  readonly #partition: number;
  readonly #sources = new Map<number, Source>();
  /** The nodes that may have a shard, as the state says since `resolve`. */
  readonly #holders = new Map<number, readonly number[]>();
  /** Nodes that said they have a shard when all were asked. */
  readonly #found = new Map<number, number[]>();
  #haveAllBeenAsked = false;

  constructor(context: ObjectsContext, of: { unit: UnitId; row: Unit }) {
    this.#context = context;
    this.unit = of.unit;
    this.row = of.row;
    this.#partition = partitionOf(of.unit);
  }

  /** Whether these are the shards that a row names. */
  isOf(unit: UnitId, row: Unit): boolean {
    return isSameId(unit, this.unit) && isSameId(row.encoding.id, this.row.encoding.id);
  }

  /** Looks up anew where shards are: they move while a unit is read. */
  resolve(): void {
    this.#holders.clear();
  }

  /** How soon a shard may be expected; undefined where it cannot be had, as far as is known. */
  standing(index: number): Standing | undefined {
    const source = this.#sources.get(index);
    const node = source?.open?.node ?? this.#nextHolder(index);
    if (node === undefined) return undefined;
    const standing = this.#context.shards.standing(node);
    return source?.isLate === true && standing === "up" ? "slow" : standing;
  }

  /** Says that a shard has kept a reader waiting for longer than others do. */
  noteLate(index: number): void {
    this.#source(index).isLate = true;
  }

  /**
   * Reads from one shard, wherever it is. One read of a shard at a time.
   *
   * @param signal gives it up
   * @returns verified bytes, or undefined where they cannot be had
   */
  async fetch(
    index: number,
    range: ShardRange,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const source = this.#source(index);
    if (source.open !== undefined) {
      const bytes = await this.#read(index, source.open, range, signal);
      if (bytes !== undefined || signal?.aborted === true) return bytes;
    }
    for (;;) {
      const node = this.#nextHolder(index);
      if (node === undefined) return undefined;
      source.tried.add(node);
      const shard = await this.#open(index, node);
      if (shard === undefined) continue;
      if (source.open !== undefined) await source.open.shard.close();
      source.open = { node, shard };
      const bytes = await this.#read(index, source.open, range, signal);
      if (bytes !== undefined || signal?.aborted === true) return bytes;
    }
  }

  /** Asks every node once which shards it has, and gives those another chance that failed. */
  async askAll(): Promise<void> {
    this.resolve();
    for (const { tried, loss } of this.#sources.values()) {
      if (loss?.kind === "unavailable") tried.clear();
    }
    if (this.#haveAllBeenAsked) return;
    this.#haveAllBeenAsked = true;
    const { units, shards } = this.#context;
    const asked = units.members().map(async (node) => {
      const indexes = await shards.find(node, this.unit, this.row.encoding.id).catch(() => []);
      for (const index of indexes) this.#found.getOrInsertComputed(index, () => []).push(node);
    });
    await Promise.all(asked);
  }

  /** Why the unit cannot be read: the worst that is certain, unless a node may yet come back. */
  unreadable(): UnreadableError {
    const losses = [...this.#sources.values()].flatMap(({ loss }) => loss ?? []);
    const kinds = (["unavailable", "corrupt", "missing"] as const).filter((kind) =>
      losses.some((loss) => loss.kind === kind),
    );
    const unit = unitText(this.unit);
    const kind = kinds[0] ?? "missing";
    this.#context.ports.trace.write("error", "unitUnreadable", { unit, kind });
    const cause = losses.find(({ error }) => error !== undefined)?.error;
    return new UnreadableError(kind, `shards of unit ${unit} are ${kind}`, { cause });
  }

  /** Closes what is open. No read may be under way. */
  async close(): Promise<void> {
    for (const source of this.#sources.values()) {
      const { open } = source;
      source.open = undefined;
      await open?.shard.close();
    }
  }

  #source(index: number): Source {
    return this.#sources.getOrInsertComputed(index, () => ({
      open: undefined,
      tried: new Set(),
      isLate: false,
      isSuspected: false,
      loss: undefined,
    }));
  }

  #nextHolder(index: number): number | undefined {
    const tried = this.#sources.get(index)?.tried;
    const holders = this.#holders.getOrInsertComputed(index, () =>
      this.#context.units.holders(this.#partition, index),
    );
    const untried = (node: number): boolean => tried?.has(node) !== true;
    return holders.find(untried) ?? this.#found.get(index)?.find(untried);
  }

  async #open(index: number, node: number): Promise<OpenShard | undefined> {
    const root = this.row.encoding.roots[index];
    if (root === undefined) return undefined;
    try {
      const dataSizeBytes = shardSizeOf(this.row, index);
      const wanted = { name: this.#name(index), root, dataSizeBytes };
      const shard = await this.#context.shards.open(node, wanted);
      if (shard.kind === "reader") return shard;
      this.#lose(index, node, shard);
    } catch (error) {
      await this.#fail(index, node, error);
    }
    return undefined;
  }

  async #read(
    index: number,
    { node, shard }: { node: number; shard: OpenShard },
    range: ShardRange,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array | undefined> {
    const { shards, pace } = this.#context;
    const ended = shards.standing(node) === "here" ? undefined : pace.begin();
    try {
      const result = await shard.read(range, signal);
      ended?.();
      if (result.kind === "bytes") return result.bytes;
      this.#lose(index, node, result);
    } catch (error) {
      if (signal?.aborted !== true) await this.#fail(index, node, error);
    }
    return undefined;
  }

  #lose(
    index: number,
    node: number,
    lost: { kind: "missing" | "corrupt"; block?: number | undefined; detail?: string },
  ): void {
    const { kind, block, detail } = lost;
    const source = this.#source(index);
    source.loss = { kind };
    const fields = { ...this.#fields(index, node), reason: kind, block, detail };
    this.#context.ports.trace.write("error", "shardUnreadable", fields);
    // Its other blocks may be what they should be.
    if (kind === "missing") source.open = undefined;
    if (source.isSuspected || (kind === "missing" && this.#mayBeElsewhere(index))) return;
    source.isSuspected = true;
    this.#suspect(index, node);
  }

  /** While shards move, the node that is asked first may not have its own yet. */
  #mayBeElsewhere(index: number): boolean {
    return this.#context.units.holders(this.#partition, index).length > 1;
  }

  async #fail(index: number, node: number, error: unknown): Promise<void> {
    if (error instanceof InvariantError) throw error;
    const source = this.#source(index);
    source.loss = { kind: "unavailable", error };
    const { open } = source;
    source.open = undefined;
    await open?.shard.close();
    const reason = error instanceof Error ? error.message : String(error);
    const fields = { ...this.#fields(index, node), reason };
    this.#context.ports.trace.write("warn", "shardNotReached", fields);
  }

  /** Nobody waits for it: the reader has what it needs, and the node looks for itself. */
  #suspect(index: number, node: number): void {
    this.#context.shards.suspect(node, this.#name(index)).catch((error: unknown) => {
      const fields = { ...this.#fields(index, node), reason: String(error) };
      this.#context.ports.trace.write("warn", "suspicionNotTold", fields);
    });
  }

  #name(index: number): ShardName {
    return { unit: this.unit, encoding: this.row.encoding.id, index };
  }

  #fields(index: number, node: number): Record<string, string | number> {
    const encoding = unitText(this.row.encoding.id);
    return { unit: unitText(this.unit), encoding, shard: index, node };
  }
}

/** Shards in the order in which they are read where any will do: the nearest first. */
export function nearestFirst(
  shards: Pick<UnitShards, "standing">,
  indexes: Iterable<number>,
): number[] {
  const rank = (index: number): number => {
    const standing = shards.standing(index);
    return standing === undefined ? standings.length : standings.indexOf(standing);
  };
  const ranked = [...indexes].map((index) => ({ index, rank: rank(index) }));
  ranked.sort((a, b) => a.rank - b.rank || a.index - b.index);
  return ranked.map(({ index }) => index);
}

function isSameId(a: UnitId | EncodingId, b: UnitId | EncodingId): boolean {
  return a.number === b.number && a.session === b.session && a.epoch === b.epoch;
}
