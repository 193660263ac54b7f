// Conditional requests: of reads, answered here; of writes, handed on to where the write is
// decided.
import type { Conditions } from "#format/index.ts";
import { parseHttpDate } from "./date.ts";
import { headerValue } from "./headers.ts";
import type { HttpHeaders } from "./http.ts";
import { S3Error } from "./s3-error.ts";

/** What of an object conditions ask about. */
export interface Validators {
  /** Without quotes. */
  readonly etag: string;
  readonly modifiedUnixMs: number;
}

/** What conditions come to: go on, `304 Not Modified`, or `412 Precondition Failed`. */
export type ConditionOutcome =
  | { readonly kind: "met" }
  | { readonly kind: "not-modified" }
  | { readonly kind: "failed"; readonly condition: string };

/** The names of the fields that carry conditions; a copy's source has its own. */
export interface ConditionFields {
  readonly ifMatch: string;
  readonly ifNoneMatch: string;
  readonly ifModifiedSince: string;
  readonly ifUnmodifiedSince: string;
}

export const requestConditions: ConditionFields = {
  ifMatch: "if-match",
  ifNoneMatch: "if-none-match",
  ifModifiedSince: "if-modified-since",
  ifUnmodifiedSince: "if-unmodified-since",
};

export const copySourceConditions: ConditionFields = {
  ifMatch: "x-amz-copy-source-if-match",
  ifNoneMatch: "x-amz-copy-source-if-none-match",
  ifModifiedSince: "x-amz-copy-source-if-modified-since",
  ifUnmodifiedSince: "x-amz-copy-source-if-unmodified-since",
};

/** The ETags of a list, without quotes or `W/`; `*` stays. */
export function parseEtags(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .map((part) => (part.startsWith("W/") ? part.slice(2) : part))
    .map((part) => (/^".*"$/.test(part) ? part.slice(1, -1) : part))
    .filter((part) => part !== "");
}

function matches(text: string, etag: string): boolean {
  const etags = parseEtags(text);
  return etags.includes("*") || etags.includes(etag);
}

/** The second a field names. A date that cannot be read, or one past `nowUnixMs`, is ignored. */
function secondOf(text: string | undefined): number | undefined {
  const unixMs = text === undefined ? undefined : parseHttpDate(text);
  return unixMs === undefined ? undefined : Math.floor(unixMs / 1000);
}

const met: ConditionOutcome = { kind: "met" };

/**
 * Holds a read's conditions against an object, in the order of RFC 9110 section 13.2.2: an ETag
 * condition makes the date condition beside it count for nothing.
 */
export function checkReadConditions(
  headers: HttpHeaders,
  object: Validators,
  fields: ConditionFields = requestConditions,
): ConditionOutcome {
  const modifiedSecond = Math.floor(object.modifiedUnixMs / 1000);
  const ifMatch = headerValue(headers, fields.ifMatch);
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) return { kind: "failed", condition: "If-Match" };
  } else {
    const since = secondOf(headerValue(headers, fields.ifUnmodifiedSince));
    if (since !== undefined && modifiedSecond > since) {
      return { kind: "failed", condition: "If-Unmodified-Since" };
    }
  }
  const ifNoneMatch = headerValue(headers, fields.ifNoneMatch);
  if (ifNoneMatch !== undefined) {
    return matches(ifNoneMatch, object.etag) ? { kind: "not-modified" } : met;
  }
  const since = secondOf(headerValue(headers, fields.ifModifiedSince));
  return since !== undefined && modifiedSecond <= since ? { kind: "not-modified" } : met;
}

/** The error for a condition that does not hold. */
export function preconditionFailed(condition: string): S3Error {
  return new S3Error("PreconditionFailed", { details: { Condition: condition } });
}

/** Whether a Range may be heeded: `If-Range` names the object as it is, or is not there. */
export function isRangeCurrent(headers: HttpHeaders, object: Validators): boolean {
  const ifRange = headerValue(headers, "if-range");
  if (ifRange === undefined) return true;
  const second = secondOf(ifRange);
  if (second !== undefined) return Math.floor(object.modifiedUnixMs / 1000) === second;
  return !ifRange.startsWith("W/") && matches(ifRange, object.etag);
}

/** The conditions of a write: `If-Match` and `If-None-Match`, each with ETags or `*`. */
export function writeConditions(headers: HttpHeaders): Conditions | undefined {
  const ifMatch = headerValue(headers, "if-match");
  const ifNoneMatch = headerValue(headers, "if-none-match");
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  return {
    ifMatch: ifMatch === undefined ? [] : parseEtags(ifMatch),
    ifNoneMatch: ifNoneMatch === undefined ? [] : parseEtags(ifNoneMatch),
  };
}

/**
 * The conditions of a deletion: ETag, time and size.
 *
 * @throws S3Error InvalidArgument where one cannot be read
 */
export function deleteConditions(headers: HttpHeaders): Conditions | undefined {
  const ifMatch = headerValue(headers, "if-match");
  const time = headerValue(headers, "x-amz-if-match-last-modified-time");
  const size = headerValue(headers, "x-amz-if-match-size");
  if (ifMatch === undefined && time === undefined && size === undefined) return undefined;
  return deletionConditions({ etag: ifMatch, time, size });
}

/** Conditions of a deletion as headers and XML give them. */
export function deletionConditions(parts: {
  etag: string | undefined;
  time: string | undefined;
  size: string | undefined;
}): Conditions {
  const { etag, time, size } = parts;
  const ifModifiedUnixMs = time === undefined ? undefined : parseHttpDate(time);
  const ifSizeBytes = size === undefined || !/^\d{1,15}$/.test(size) ? undefined : Number(size);
  if (time !== undefined && ifModifiedUnixMs === undefined) {
    throw new S3Error("InvalidArgument", { details: { ArgumentName: "LastModifiedTime" } });
  }
  if (size !== undefined && ifSizeBytes === undefined) {
    throw new S3Error("InvalidArgument", { details: { ArgumentName: "Size" } });
  }
  return {
    ifMatch: etag === undefined ? [] : parseEtags(etag),
    ifNoneMatch: [],
    ifModifiedUnixMs,
    ifSizeBytes,
  };
}
