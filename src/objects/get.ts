import type { ObjectInfo, Segment, Version } from "#format/index.ts";
import { bucketOf, segmentsOf, versionNamed } from "#metadata/index.ts";
import { type BodyBytes, openBody } from "./body-stream.ts";
import type { ObjectsContext } from "./context.ts";

export interface FindRequest {
  readonly bucket: string;
  readonly key: string;
  /** None: the current version. No bytes: the null version. */
  readonly versionId?: Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/** A version with a body, as it was when it was found. */
export interface FoundObject {
  readonly kind: "found";
  readonly versionId: Uint8Array;
  readonly version: Version;
  readonly object: ObjectInfo;
}

export type FindOutcome =
  | FoundObject
  /** The version is a delete marker. */
  | { kind: "deleteMarker"; versionId: Uint8Array; version: Version }
  | { kind: "noSuchVersion" }
  | { kind: "noSuchKey" }
  | { kind: "noSuchBucket" };

/**
 * Finds a version as of now: what was acknowledged before the call, by any node, is seen.
 *
 * @throws ReplicaError where no read barrier can be had; the signal's reason
 */
export async function findObject(
  context: ObjectsContext,
  request: FindRequest,
): Promise<FindOutcome> {
  await context.replica.readBarrier({ signal: request.signal });
  const { bucket, key, versionId } = request;
  const { reader } = context.replica;
  const row = bucketOf(reader, bucket);
  if (row === undefined) return { kind: "noSuchBucket" };
  const found = versionNamed(reader, { row, bucket, key, versionId });
  if (found === undefined) return { kind: versionId === undefined ? "noSuchKey" : "noSuchVersion" };
  const { id, version } = found;
  const { object } = version;
  if (object === undefined) return { kind: "deleteMarker", versionId: id, version };
  return { kind: "found", versionId: id, version, object };
}

/** A run of an object's bytes. */
export interface ByteRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * Opens the bytes of a version that was found, however long ago within the grace period. Its first
 * bytes have been verified when it resolves; later ones are before they are given out.
 *
 * @param range within the object; without it the whole object
 * @throws UnreadableError where the first bytes cannot be had: nothing needs to have been answered
 * yet
 */
export function readObject(
  context: ObjectsContext,
  found: FoundObject,
  options: { range?: ByteRange | undefined; signal: AbortSignal },
): Promise<BodyBytes> {
  const { range, signal } = options;
  const offsetBytes = range?.offsetBytes ?? 0;
  const lengthBytes = range?.lengthBytes ?? found.object.sizeBytes;
  const segments = segmentsIn(context, found.version, { offsetBytes, lengthBytes });
  return openBody(context, { segments, sizeBytes: lengthBytes, signal });
}

function segmentsIn(
  context: ObjectsContext,
  version: Version,
  range: ByteRange,
): Iterable<Segment> {
  const { body } = version;
  // Most bodies are one run: what a generator costs is a tenth of reading a small one.
  if (body?.kind === "segment") {
    const { unit, offsetBytes } = body.value;
    const run = { unit, offsetBytes: offsetBytes + range.offsetBytes };
    return [{ ...run, lengthBytes: range.lengthBytes }];
  }
  return segmentsOf(context.replica.reader, version, range).map(({ segment }) => segment);
}
