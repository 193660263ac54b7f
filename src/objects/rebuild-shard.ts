import { sliceLengthBytes, type SlicePiece, stripeShape } from "#erasure/index.ts";
import type { ShardDescription, Unit, UnitId } from "#format/index.ts";
import type { Shelf } from "#storage/index.ts";
import type { ObjectsContext } from "./context.ts";
import { keepShard, type WantedCopy } from "./keep-shard.ts";
import { copiedBytesAtOnce, geometryOfUnit } from "./stripe-cursor.ts";
import { UnitReader } from "./unit-reader.ts";

/** A shard of a unit as its row describes it. */
export interface ShardOfUnit {
  readonly unit: UnitId;
  readonly row: Unit;
  readonly index: number;
}

/** What a shard says of itself. */
export function describeShard({ unit, row, index }: ShardOfUnit): ShardDescription {
  const { id: encoding, k, m, matrix, sliceSizeBytes } = row.encoding;
  return { unit, encoding, index, k, m, matrix, sliceSizeBytes, unitSizeBytes: row.lengthBytes };
}

/**
 * Computes a shard from others of its unit, wherever they are, and keeps it on the shelf: bit by
 * bit what it was when it was committed.
 *
 * @throws UnreadableError where too few others can be had; CopyError, NoRoomError, ShelfError, the
 *   signal's reason; nothing stays of it then
 */
export async function rebuildShard(
  { objects, shelf }: { objects: ObjectsContext; shelf: Pick<Shelf, "stage"> },
  shard: ShardOfUnit & Pick<WantedCopy, "beforeSeal">,
  signal: AbortSignal,
): Promise<void> {
  const { row, index, beforeSeal } = shard;
  const root = row.encoding.roots[index] ?? new Uint8Array(0);
  const { units } = objects;
  // Where it should be it is not: nobody is asked for it again before all are.
  const holders: typeof units.holders = (partition, other) =>
    other === index ? [] : units.holders(partition, other);
  const reader = new UnitReader({ ...objects, units: { ...units, holders } });
  try {
    const wanted = { description: describeShard(shard), root, beforeSeal };
    await keepShard(shelf, wanted, slicesOf(reader, shard, signal));
  } finally {
    await reader.close();
  }
}

async function* slicesOf(
  reader: UnitReader,
  { unit, row, index }: ShardOfUnit,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const piece of piecesOf(row, index)) {
    const stripe = { unit, row, pieces: [piece], sizeBytes: piece.lengthBytes };
    const [bytes] = await reader.read(stripe, signal);
    if (bytes !== undefined) yield bytes;
  }
}

/** A shard's slices in their order. With one data shard they are as long as it is read at once. */
function* piecesOf(row: Unit, shardIndex: number): Generator<SlicePiece> {
  const { k } = row.encoding;
  if (k === 1) {
    for (let at = 0; at < row.lengthBytes; at += copiedBytesAtOnce) {
      const lengthBytes = Math.min(copiedBytesAtOnce, row.lengthBytes - at);
      yield { shardIndex, shardOffsetBytes: at, lengthBytes };
    }
    return;
  }
  const geometry = geometryOfUnit(row);
  for (let index = 0; index < geometry.stripeCount; index++) {
    const shape = stripeShape(geometry, index);
    const lengthBytes = sliceLengthBytes(shape, geometry.profile, shardIndex);
    if (lengthBytes === 0) return;
    yield { shardIndex, shardOffsetBytes: shape.shardOffsetBytes, lengthBytes };
  }
}
