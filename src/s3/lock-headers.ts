// Object lock in header fields: what a write asks of its new version, and what is said of one.
import type { Bucket, Lock, Retention, RetentionMode } from "#format/index.ts";
import type { Call } from "./call.ts";
import { expectedChecksum } from "./checksum.ts";
import { formatIsoDate, parseHttpDate } from "./date.ts";
import { invalidArgument, S3Error } from "./s3-error.ts";

const modeField = "x-amz-object-lock-mode";
const untilField = "x-amz-object-lock-retain-until-date";
const holdField = "x-amz-object-lock-legal-hold";

/** S3's name of a mode. */
export const modeTexts: Readonly<Record<RetentionMode, string>> = {
  governance: "GOVERNANCE",
  compliance: "COMPLIANCE",
};

/** The mode that S3 writes as `text`; undefined where there is none. */
export function retentionModeOf(text: string | undefined): RetentionMode | undefined {
  if (text === modeTexts.governance) return "governance";
  return text === modeTexts.compliance ? "compliance" : undefined;
}

/** The error for a bucket that was not made for locks. */
export function lacksLock(): S3Error {
  return new S3Error("InvalidRequest", {
    message: "Bucket is missing Object Lock Configuration",
  });
}

/** @throws S3Error InvalidArgument where the time is over */
export function checkFuture(untilUnixMs: number, nowUnixMs: number): void {
  if (untilUnixMs > nowUnixMs) return;
  throw new S3Error("InvalidArgument", {
    message: "The retain until date must be in the future!",
    details: { ArgumentName: "RetainUntilDate", ArgumentValue: formatIsoDate(untilUnixMs) },
  });
}

function retentionOf(call: Call, nowUnixMs: number): Retention | undefined {
  const modeText = call.header(modeField);
  const untilText = call.header(untilField);
  if (modeText === undefined && untilText === undefined) return undefined;
  if (modeText === undefined || untilText === undefined) {
    throw new S3Error("InvalidArgument", {
      message: `${untilField} and ${modeField} must both be supplied`,
      details: { ArgumentName: modeText === undefined ? modeField : untilField },
    });
  }
  const mode = retentionModeOf(modeText);
  if (mode === undefined) throw invalidArgument(modeField, modeText, "Unknown wormMode directive.");
  const untilUnixMs = parseHttpDate(untilText);
  if (untilUnixMs === undefined) {
    throw invalidArgument(
      untilField,
      untilText,
      "The retain until date must be provided in ISO 8601 format",
    );
  }
  checkFuture(untilUnixMs, nowUnixMs);
  return { mode, untilUnixMs };
}

/**
 * The lock that a write asks for; none where it asks for none.
 *
 * @throws S3Error InvalidArgument, or InvalidRequest where the bucket has no locks
 */
export function lockOf(call: Call, bucket: Bucket, nowUnixMs: number): Lock | undefined {
  const retention = retentionOf(call, nowUnixMs);
  const hold = call.header(holdField);
  if (hold !== undefined && hold !== "ON" && hold !== "OFF") {
    throw invalidArgument(holdField, hold, "Legal Hold must be either of 'ON' or 'OFF'");
  }
  if (retention === undefined && hold === undefined) return undefined;
  if (!bucket.lockEnabled) throw lacksLock();
  return { legalHold: hold === "ON", retention };
}

/**
 * Bytes that nobody may take back must be those that were meant: S3 wants them checked.
 *
 * @throws S3Error InvalidRequest
 */
export function checkLockedBody(call: Call, lock: Lock | undefined): void {
  if (lock === undefined || call.header("content-md5") !== undefined) return;
  if (expectedChecksum(call.headers) !== undefined) return;
  throw new S3Error("InvalidRequest", {
    message:
      "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with " +
      "Object Lock parameters",
  });
}

/** The fields that tell of a version's lock. */
export function lockHeaders(lock: Lock | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  if (lock?.retention !== undefined) {
    headers[modeField] = modeTexts[lock.retention.mode];
    headers[untilField] = formatIsoDate(lock.retention.untilUnixMs);
  }
  if (lock?.legalHold === true) headers[holdField] = "ON";
  return headers;
}
