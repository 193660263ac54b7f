import type { Part, Upload } from "#format/index.ts";
import {
  parseObjectRowKey,
  parsePartNumber,
  partKey,
  partsRange,
  rangeOf,
  successorOf,
  uploadIdSizeBytes,
  uploadKey,
  uploadsUnder,
} from "./keyspace.ts";
import { firstOf, type Reader } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import { parts, uploads } from "./tables.ts";

/** What names an upload. */
export interface UploadName {
  bucket: string;
  key: string;
  uploadId: Uint8Array;
}

/** The upload of this name: open, or completed within the last day. */
export function uploadOf(
  reader: Reader,
  { bucket, key, uploadId }: UploadName,
): Upload | undefined {
  if (uploadId.length !== uploadIdSizeBytes) return undefined;
  return readRow(reader, uploads, uploadKey(bucket, key, uploadId));
}

/** A part and its number. */
export interface NumberedPart {
  partNumber: number;
  part: Part;
}

/**
 * Parts of an upload in the order of their numbers.
 *
 * @param afterPartNumber gives those with larger numbers only
 * @param limit gives at most this many
 */
export function* partsOf(
  reader: Reader,
  { bucket, key, uploadId }: UploadName,
  { afterPartNumber = 0, limit }: { afterPartNumber?: number; limit?: number } = {},
): Generator<NumberedPart> {
  const upload = uploadKey(bucket, key, uploadId);
  const start = partKey(upload, afterPartNumber + 1);
  for (const [at, value] of reader.scan({ ...partsRange(upload), start, limit })) {
    yield { partNumber: parsePartNumber(at), part: parts.decode(value) };
  }
}

/** Open uploads of a bucket, by key and then by id. Completed ones and parts are stepped over. */
export function* openUploads(
  reader: Reader,
  bucket: string,
  limit: number,
  { prefix = "", start }: { prefix?: string; start?: Uint8Array | undefined } = {},
): Generator<UploadName & { upload: Upload }> {
  const bucketSizeBytes = uploadsUnder(bucket, "").length;
  const { start: first, end } = rangeOf(uploadsUnder(bucket, prefix));
  let from = start ?? first;
  let given = 0;
  while (given < limit) {
    const pair = firstOf(reader, { start: from, end });
    if (pair === undefined) return;
    const [rowKey, value] = pair;
    const { key, rest } = parseObjectRowKey(rowKey, bucketSizeBytes);
    const uploadId = rest.slice(0, uploadIdSizeBytes);
    if (rest.length === uploadIdSizeBytes) {
      const upload = uploads.decode(value);
      if (upload.completed === undefined) {
        given++;
        yield { bucket, key, uploadId, upload };
      }
    }
    from = successorOf(uploadKey(bucket, key, uploadId));
  }
}
