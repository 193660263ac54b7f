import { S3Error } from "./s3-error.ts";

/** A run of an object's bytes. */
export interface ByteRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** What a Range header asks for, before the object's size is known. */
export type RangeRequest =
  | { readonly kind: "from"; readonly first: number; readonly last: number | undefined }
  | { readonly kind: "suffix"; readonly lengthBytes: number };

const rangeForm = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i;

function position(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}

/**
 * Reads a Range header. Several ranges, other units and what makes no sense count as no range at
 * all, as with AWS: the whole object is sent.
 */
export function parseRange(text: string): RangeRequest | undefined {
  const match = rangeForm.exec(text);
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "") {
    return last === "" ? undefined : { kind: "suffix", lengthBytes: position(last) };
  }
  if (last === "") return { kind: "from", first: position(first), last: undefined };
  if (position(last) < position(first)) return undefined;
  return { kind: "from", first: position(first), last: position(last) };
}

/**
 * The bytes of an object of `sizeBytes` that a request asks for, or undefined where there are none.
 */
export function resolveRange(request: RangeRequest, sizeBytes: number): ByteRange | undefined {
  if (request.kind === "suffix") {
    const lengthBytes = Math.min(request.lengthBytes, sizeBytes);
    return lengthBytes === 0 ? undefined : { offsetBytes: sizeBytes - lengthBytes, lengthBytes };
  }
  if (request.first >= sizeBytes) return undefined;
  const last = Math.min(request.last ?? Number.MAX_SAFE_INTEGER, sizeBytes - 1);
  return { offsetBytes: request.first, lengthBytes: last - request.first + 1 };
}

/** The error for a range that lies wholly outside of its object. */
export function invalidRange(requested: string, sizeBytes: number): S3Error {
  return new S3Error("InvalidRange", {
    details: { RangeRequested: requested, ActualObjectSize: `${sizeBytes}` },
    headers: { "content-range": `bytes */${sizeBytes}` },
  });
}

/** `bytes 0-9/100`. */
export function contentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.offsetBytes}-${range.offsetBytes + range.lengthBytes - 1}/${sizeBytes}`;
}
