import { UnreadableError } from "#objects/index.ts";
import { ReplicaError } from "#replica/index.ts";
import { S3Error } from "./s3-error.ts";

/**
 * The S3 error for whatever an operation threw. What is not known here is InternalError; the log
 * has the rest.
 */
export function s3ErrorOf(error: unknown, signal: AbortSignal): S3Error {
  if (error instanceof S3Error) return error;
  if (signal.aborted) return new S3Error("RequestTimeout", { cause: error });
  if (error instanceof ReplicaError) {
    const isBusy = error.code === "busy";
    return new S3Error(isBusy ? "SlowDown" : "ServiceUnavailable", { cause: error });
  }
  // Nodes that have the shards may come back.
  const isPassing = error instanceof UnreadableError && error.code === "unavailable";
  if (isPassing) return new S3Error("ServiceUnavailable", { cause: error });
  return new S3Error("InternalError", { cause: error });
}
