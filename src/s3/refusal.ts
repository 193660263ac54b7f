import type { Refusal, RefusalCode } from "#format/index.ts";
import { S3Error, type S3ErrorCode } from "./s3-error.ts";

/** What S3 calls a refusal of the metadata. */
const codes: Readonly<Record<RefusalCode, S3ErrorCode>> = {
  "already-founded": "InternalError",
  "not-founded": "InternalError",
  "no-such-node": "InternalError",
  "stale-session": "ServiceUnavailable",
  "stale-number": "InternalError",
  "session-full": "SlowDown",
  "invalid-command": "InternalError",
  "invalid-key": "InvalidArgument",
  "no-such-bucket": "NoSuchBucket",
  "bucket-already-exists": "BucketAlreadyExists",
  "bucket-already-owned-by-you": "BucketAlreadyOwnedByYou",
  "bucket-not-empty": "BucketNotEmpty",
  "invalid-bucket-state": "InvalidBucketState",
  "no-such-key": "NoSuchKey",
  "no-such-version": "NoSuchVersion",
  "delete-marker": "MethodNotAllowed",
  "precondition-failed": "PreconditionFailed",
  locked: "AccessDenied",
  "no-such-upload": "NoSuchUpload",
  "invalid-part": "InvalidPart",
  "invalid-part-order": "InvalidPartOrder",
  "entity-too-small": "EntityTooSmall",
  "entity-too-large": "EntityTooLarge",
  "not-home": "SlowDown",
  "rewrite-needed": "InternalError",
  "no-such-token": "InternalError",
  "token-expired": "InternalError",
  "token-used": "InternalError",
  "key-taken": "InternalError",
  "wrong-node-state": "InternalError",
  "node-not-empty": "InternalError",
  "layout-changed": "InternalError",
  "transition-open": "InternalError",
  "no-transition": "InternalError",
  "no-such-unit": "InternalError",
  "encoding-changed": "InternalError",
  "operation-open": "InternalError",
  "no-operation": "InternalError",
};

/** The S3 error for a refusal. What it says of itself goes into the log as the cause. */
export function refusalError(refusal: Refusal): S3Error {
  const code = codes[refusal.code];
  const cause = new RefusalCause(refusal);
  if (refusal.code === "locked") {
    return new S3Error(code, {
      message: "Access Denied because object protected by object lock.",
      cause,
    });
  }
  const details = refusal.partNumber === undefined ? {} : { PartNumber: `${refusal.partNumber}` };
  return new S3Error(code, { details, cause });
}

/** A refusal as the cause of an S3 error. */
class RefusalCause extends Error {
  override readonly name = "RefusalCause";

  constructor(refusal: Refusal) {
    super(refusal.detail === "" ? refusal.code : `${refusal.code}: ${refusal.detail}`);
  }
}
