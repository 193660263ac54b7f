import { assert } from "#base/assert.ts";
import type {
  Manifest,
  ManifestId,
  ManifestPiece,
  PartInfo,
  Segment,
  Version,
} from "#format/index.ts";
import { manifestKey, pieceKey } from "./keyspace.ts";
import type { Reader } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import { manifests, pieces } from "./tables.ts";

/** A run of bytes of a body. */
export interface ByteRange {
  offsetBytes: number;
  lengthBytes: number;
}

/** A run of a unit's bytes, and where in the body it begins. */
export interface PlacedSegment {
  offsetBytes: number;
  segment: Segment;
}

/** A body's manifest is gone: its version was removed longer ago than readers are waited for. */
export class BodyGoneError extends Error {
  override readonly name = "BodyGoneError";
}

/**
 * The segments that make up a range of a version's body, cut to the range, in order. Reads the
 * pieces of the manifest that the range touches, one at a time as they are asked for.
 *
 * @param range must lie in the body
 * @throws BodyGoneError where the version was removed and its grace period is over
 */
export function* segmentsOf(
  reader: Reader,
  version: Pick<Version, "body">,
  range: ByteRange,
): Generator<PlacedSegment> {
  const { body } = version;
  if (body === undefined || range.lengthBytes === 0) return;
  if (body.kind === "segment") {
    yield* cut([body.value], 0, range);
    return;
  }
  const manifest = manifestOf(reader, body.value);
  const end = range.offsetBytes + range.lengthBytes;
  assert(end <= manifest.sizeBytes, "M3: a range lies in its body");
  const starts = manifest.pieces;
  let piece = lastIndexOf(starts, ({ offsetBytes }) => offsetBytes <= range.offsetBytes);
  for (let start = starts[piece]; start !== undefined; start = starts[++piece]) {
    if (start.offsetBytes >= end) return;
    yield* cut(pieceOf(reader, body.value, piece).segments, start.offsetBytes, range);
  }
}

/** Where a part of an object is, or undefined where it has no such part. */
export function partOf(
  reader: Reader,
  version: Pick<Version, "body">,
  partNumber: number,
): PartInfo | undefined {
  const { body } = version;
  if (body?.kind !== "manifest") return undefined;
  const starts = manifestOf(reader, body.value).pieces;
  const piece = lastIndexOf(
    starts,
    (start) => start.partNumber > 0 && start.partNumber <= partNumber,
  );
  if (piece < 0) return undefined;
  const { parts } = pieceOf(reader, body.value, piece);
  return parts.find(({ number }) => number === partNumber);
}

/** The parts of an object that was uploaded in parts, in order. */
export function* partsOfVersion(
  reader: Reader,
  version: Pick<Version, "body">,
): Generator<PartInfo> {
  const { body } = version;
  if (body?.kind !== "manifest") return;
  const count = manifestOf(reader, body.value).pieces.length;
  for (let piece = 0; piece < count; piece++) yield* pieceOf(reader, body.value, piece).parts;
}

function* cut(
  segments: readonly Segment[],
  startBytes: number,
  range: ByteRange,
): Generator<PlacedSegment> {
  const rangeEnd = range.offsetBytes + range.lengthBytes;
  let at = startBytes;
  for (const { unit, offsetBytes, lengthBytes } of segments) {
    const from = Math.max(at, range.offsetBytes);
    const to = Math.min(at + lengthBytes, rangeEnd);
    if (from < to) {
      const segment = { unit, offsetBytes: offsetBytes + from - at, lengthBytes: to - from };
      yield { offsetBytes: from, segment };
    }
    at += lengthBytes;
    if (at >= rangeEnd) return;
  }
}

function manifestOf(reader: Reader, id: ManifestId): Manifest {
  const manifest = readRow(reader, manifests, manifestKey(id));
  if (manifest === undefined) throw new BodyGoneError("the body was removed while it was read");
  return manifest;
}

function pieceOf(reader: Reader, id: ManifestId, piece: number): ManifestPiece {
  const row = readRow(reader, pieces, pieceKey(id, piece));
  if (row === undefined) throw new BodyGoneError("the body was removed while it was read");
  return row;
}

/** The index of the last item that fits, where those that fit come first; -1 where none does. */
function lastIndexOf<T>(items: readonly T[], fits: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && fits(item)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
