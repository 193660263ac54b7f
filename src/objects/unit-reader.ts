import { mib } from "#base/bytes.ts";
import { partitionOf } from "#base/partition.ts";
import {
  slicesForRange,
  stripeIndexAt,
  stripeShape,
  type SlicePiece,
  unitGeometry,
} from "#erasure/index.ts";
import type { Segment, ShardName, Unit, UnitId } from "#format/index.ts";
import type { ObjectsContext } from "./context.ts";
import type { Corrupt, Missing, OpenShard } from "./shard-store.ts";

/** Bytes that should be there cannot be had: nothing was sent in their place. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
  readonly code: "missing" | "corrupt";

  constructor(code: "missing" | "corrupt", message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * So much of a unit with one data shard is read at once. Single stripes of 256 KiB would be read at
 * two thirds of the speed: each costs a turn of the thread pool.
 */
const copiedBytesAtOnce: number = mib;

/** The part of a body that one stripe holds, as the unit is kept now. */
export interface StripeRead {
  readonly unit: UnitId;
  readonly row: Unit;
  /** The data slices' parts, in the order of the body. */
  readonly pieces: readonly SlicePiece[];
  readonly sizeBytes: number;
}

/** Walks the segments of a body stripe by stripe. */
export class StripeCursor {
  readonly #context: ObjectsContext;
  readonly #segments: Iterator<Segment>;
  #segment: Segment | undefined;
  /** How much of the segment has been given out. */
  #given = 0;

  constructor(context: ObjectsContext, segments: Iterable<Segment>) {
    this.#context = context;
    this.#segments = segments[Symbol.iterator]();
  }

  /**
   * What to read next, by what the state says of the unit at this moment: it may have been moved or
   * coded anew since the stripe before.
   *
   * @returns undefined at the end
   * @throws UnreadableError where the state does not know the unit
   */
  peek(): StripeRead | undefined {
    const segment = this.#currentSegment();
    if (segment === undefined) return undefined;
    const row = this.#context.units.unit(segment.unit);
    if (row === undefined) {
      throw new UnreadableError("missing", `unit ${textOf(segment.unit)} has no row any more`);
    }
    const offsetBytes = segment.offsetBytes + this.#given;
    const lengthBytes = segment.lengthBytes - this.#given;
    const pieces = piecesAt(row, { offsetBytes, lengthBytes });
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.lengthBytes, 0);
    return { unit: segment.unit, row, pieces, sizeBytes };
  }

  /** Moves behind what `peek` gave. */
  advance(read: StripeRead): void {
    this.#given += read.sizeBytes;
  }

  #currentSegment(): Segment | undefined {
    while (this.#segment === undefined || this.#given === this.#segment.lengthBytes) {
      const next = this.#segments.next();
      if (next.done === true) return undefined;
      this.#segment = next.value;
      this.#given = 0;
    }
    return this.#segment;
  }
}

/** What to read of the shards for the beginning of a range of a unit. */
function piecesAt(
  row: Unit,
  range: { offsetBytes: number; lengthBytes: number },
): readonly SlicePiece[] {
  const { k, m, sliceSizeBytes } = row.encoding;
  const { offsetBytes, lengthBytes } = range;
  if (k === 1) {
    // The only data shard is the unit itself.
    const untilNext = copiedBytesAtOnce - (offsetBytes % copiedBytesAtOnce);
    const piece = { shardIndex: 0, shardOffsetBytes: offsetBytes };
    return [{ ...piece, lengthBytes: Math.min(lengthBytes, untilNext) }];
  }
  const unitSizeBytes = row.lengthBytes;
  const geometry = unitGeometry({ unitSizeBytes, profile: { k, m }, sliceSizeBytes });
  const stripe = stripeShape(geometry, stripeIndexAt(geometry, offsetBytes));
  return slicesForRange(geometry, stripe, range);
}

/**
 * The shards of one unit that are open for a read. It moves on to the next unit with what it is
 * asked.
 */
export class UnitShards {
  readonly #context: ObjectsContext;
  readonly #open = new Map<number, OpenShard>();
  #current: StripeRead | undefined;

  constructor(context: ObjectsContext) {
    this.#context = context;
  }

  /**
   * Reads the pieces of one stripe. One read at a time.
   *
   * @returns verified bytes, piece by piece
   * @throws UnreadableError where a piece cannot be had
   */
  async read(stripe: StripeRead): Promise<Uint8Array[]> {
    await this.#moveTo(stripe);
    const [first, ...rest] = stripe.pieces;
    if (first !== undefined && rest.length === 0) return [await this.#readPiece(stripe, first)];
    const reads = stripe.pieces.map((piece) => this.#readPiece(stripe, piece));
    await Promise.allSettled(reads);
    return Promise.all(reads);
  }

  /** Closes what is open. No read may be under way. */
  async close(): Promise<void> {
    const shards = [...this.#open.values()];
    this.#open.clear();
    for (const shard of shards) await shard.close();
  }

  async #moveTo(stripe: StripeRead): Promise<void> {
    const before = this.#current;
    this.#current = stripe;
    if (before === undefined) return;
    const isSame =
      isSameId(before.unit, stripe.unit) &&
      isSameId(before.row.encoding.id, stripe.row.encoding.id);
    if (!isSame) await this.close();
  }

  async #readPiece(stripe: StripeRead, piece: SlicePiece): Promise<Uint8Array> {
    const { shardIndex, shardOffsetBytes, lengthBytes } = piece;
    const shard = this.#open.get(shardIndex) ?? (await this.#openShard(stripe, shardIndex));
    const result = await shard.read({ offsetBytes: shardOffsetBytes, lengthBytes });
    if (result.kind === "bytes") return result.bytes;
    throw this.#unreadable(stripe, shardIndex, result);
  }

  async #openShard(stripe: StripeRead, index: number): Promise<OpenShard> {
    const { unit, row } = stripe;
    const { units, shards } = this.#context;
    const node = units.homes(partitionOf(unit))[index];
    const root = row.encoding.roots[index];
    if (node === undefined || root === undefined) {
      throw this.#unreadable(stripe, index, { kind: "missing" });
    }
    const name: ShardName = { unit, encoding: row.encoding.id, index };
    const shard = await shards.open(node, name, root);
    if (shard.kind !== "reader") throw this.#unreadable(stripe, index, shard);
    this.#open.set(index, shard);
    return shard;
  }

  #unreadable(stripe: StripeRead, shard: number, reason: Missing | Corrupt): UnreadableError {
    const unit = textOf(stripe.unit);
    const encoding = textOf(stripe.row.encoding.id);
    const fields = reason.kind === "corrupt" ? { block: reason.block, detail: reason.detail } : {};
    this.#context.ports.trace.write("error", "shardUnreadable", {
      unit,
      encoding,
      shard,
      reason: reason.kind,
      ...fields,
    });
    const message = `shard ${shard} of unit ${unit} is ${reason.kind}`;
    return new UnreadableError(reason.kind, message);
  }
}

function isSameId(a: UnitId, b: UnitId): boolean {
  return a.number === b.number && a.session === b.session && a.epoch === b.epoch;
}

function textOf(id: UnitId): string {
  return `${id.epoch}.${id.session}.${id.number}`;
}
