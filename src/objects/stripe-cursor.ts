import { mib } from "#base/bytes.ts";
import {
  shardDataSizeBytes,
  sliceLengthBytes,
  type SlicePiece,
  slicesForRange,
  stripeIndexAt,
  type StripeShape,
  stripeShape,
  type UnitGeometry,
  unitGeometry,
} from "#erasure/index.ts";
import type { Segment, Unit, UnitId } from "#format/index.ts";
import type { ObjectsContext } from "./context.ts";
import { unitText, UnreadableError } from "./unreadable-error.ts";

/**
 * So much of a unit with one data shard is read at once. Single stripes of 256 KiB would be read at
 * two thirds of the speed: each costs a turn of the thread pool.
 */
export const copiedBytesAtOnce: number = mib;

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
  readonly #context: Pick<ObjectsContext, "units">;
  readonly #segments: Iterator<Segment>;
  #segment: Segment | undefined;
  /** How much of the segment has been given out. */
  #given = 0;

  constructor(context: Pick<ObjectsContext, "units">, segments: Iterable<Segment>) {
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
      throw new UnreadableError("missing", `unit ${unitText(segment.unit)} has no row any more`);
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
  const { offsetBytes, lengthBytes } = range;
  if (row.encoding.k === 1) {
    // The only data shard is the unit itself.
    const untilNext = copiedBytesAtOnce - (offsetBytes % copiedBytesAtOnce);
    const piece = { shardIndex: 0, shardOffsetBytes: offsetBytes };
    return [{ ...piece, lengthBytes: Math.min(lengthBytes, untilNext) }];
  }
  const geometry = geometryOfUnit(row);
  const stripe = stripeShape(geometry, stripeIndexAt(geometry, offsetBytes));
  return slicesForRange(geometry, stripe, range);
}

export function geometryOfUnit(row: Unit): UnitGeometry {
  const { k, m, sliceSizeBytes } = row.encoding;
  return unitGeometry({ unitSizeBytes: row.lengthBytes, profile: { k, m }, sliceSizeBytes });
}

/** How many bytes of data a shard of a unit holds. */
export function shardSizeOf(row: Unit, index: number): number {
  return row.encoding.k === 1 ? row.lengthBytes : shardDataSizeBytes(geometryOfUnit(row), index);
}

/**
 * Slices that lie side by side in their shards, as far as one read of a unit is concerned: those of
 * a stripe or, with one data shard, the whole of it and its copies.
 */
export interface SideBySide {
  readonly shape: StripeShape;
  /** How long the slice of a shard is. */
  lengthBytes(index: number): number;
}

/** The slices that a read is about. */
export function slicesOf({ row, pieces }: StripeRead): SideBySide {
  const geometry = geometryOfUnit(row);
  const { lengthBytes: sizeBytes } = row;
  if (row.encoding.k === 1) {
    const whole = { index: 0, offsetBytes: 0, sizeBytes, sliceSizeBytes: sizeBytes };
    return { shape: { ...whole, shardOffsetBytes: 0 }, lengthBytes: () => sizeBytes };
  }
  const at = pieces[0]?.shardOffsetBytes ?? 0;
  const shape = stripeShape(geometry, Math.floor(at / geometry.sliceSizeBytes));
  return {
    shape,
    lengthBytes: (index) => sliceLengthBytes(shape, geometry.profile, index),
  };
}
