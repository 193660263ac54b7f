import type { Bucket, ChecksumAlgorithm } from "#format/index.ts";
import { type FoundObject, readObject } from "#objects/index.ts";
import type { DigestAlgorithm } from "#ports/index.ts";
import { isBucketName } from "./address.ts";
import { actionsOnVersion } from "./access.ts";
import type { Call } from "./call.ts";
import { checkReadConditions, copySourceConditions, preconditionFailed } from "./conditions.ts";
import { locateObject, type ObjectName } from "./object-read.ts";
import type { ByteRange } from "./range.ts";
import { invalidArgument, S3Error } from "./s3-error.ts";
import type { Services } from "./services.ts";
import { uriDecode } from "./target.ts";
import { parseVersionId, versionHeaders } from "./version-text.ts";

const versionMark = "?versionId=";

/**
 * Reads `x-amz-copy-source`: `bucket/key`, percent-encoded, with `?versionId=` or without.
 *
 * @throws S3Error InvalidArgument where it names no object
 */
export function parseCopySource(text: string): ObjectName {
  const mark = text.lastIndexOf(versionMark);
  const path = mark < 0 ? text : text.slice(0, mark);
  const decoded = uriDecode(path.startsWith("/") ? path.slice(1) : path);
  const slash = decoded.indexOf("/");
  const bucket = decoded.slice(0, Math.max(slash, 0));
  const key = decoded.slice(slash + 1);
  if (slash < 0 || key === "" || key.includes("\0") || !isBucketName(bucket)) {
    throw invalidArgument(
      "x-amz-copy-source",
      text,
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    );
  }
  const versionId = mark < 0 ? undefined : parseVersionId(text.slice(mark + versionMark.length));
  return { bucket, key, versionId };
}

/** The object that `x-amz-copy-source` names, and what it is called. */
export interface CopySource {
  readonly name: ObjectName;
  readonly found: FoundObject;
  readonly bucket: Bucket;
}

/**
 * Finds the source of a copy, if the client may read it and its conditions hold.
 *
 * @throws S3Error NoSuchKey, NoSuchBucket, AccessDenied, PreconditionFailed...
 */
export async function findCopySource(call: Call, services: Services): Promise<CopySource> {
  const name = parseCopySource(call.header("x-amz-copy-source") ?? "");
  const actions = actionsOnVersion(["s3:GetObject"], name.versionId !== undefined);
  const { found, bucket } = await locateObject(call, services, name, actions);
  const validators = {
    etag: found.object.etag,
    modifiedUnixMs: found.version.modifiedUnixMs,
  };
  const outcome = checkReadConditions(call.headers, validators, copySourceConditions);
  if (outcome.kind === "met") return { name, found, bucket };
  throw preconditionFailed(outcome.kind === "failed" ? outcome.condition : "x-amz-copy-source-if-");
}

/** The field that tells which version was copied; none where the bucket never had versions. */
export function sourceVersionHeaders({ found, bucket }: CopySource): Record<string, string> {
  const isNull = found.version.isNull;
  const version = versionHeaders(found.versionId, isNull, bucket.versioning)["x-amz-version-id"];
  return version === undefined ? {} : { "x-amz-copy-source-version-id": version };
}

/** Reads bytes of an object for their digests alone. */
export async function digestObject(
  services: Services,
  found: FoundObject,
  options: {
    range?: ByteRange;
    algorithms: readonly DigestAlgorithm[];
    signal: AbortSignal;
  },
): Promise<(algorithm: DigestAlgorithm) => Uint8Array> {
  const { range, algorithms, signal } = options;
  const body = await readObject(services.objects, found, { range, signal });
  const digest = services.ports.compute.digest(algorithms);
  try {
    if (body instanceof Uint8Array) await digest.update(body);
    else for await (const piece of body) await digest.update(piece);
  } catch (error) {
    digest.abandon();
    throw error;
  }
  const digests = await digest.finish();
  return (algorithm) => {
    const value = digests.get(algorithm);
    if (value === undefined) throw new S3Error("InternalError");
    return value;
  };
}

/** A copy that was overtaken by a change of its source is tried again so many times in all. */
export const copyAttemptsMax = 4;

/** Digest algorithms without repetition; those that are not wanted are undefined. */
export function algorithmsOf(
  ...wanted: readonly (ChecksumAlgorithm | "md5" | undefined)[]
): DigestAlgorithm[] {
  return [...new Set(wanted)].filter((algorithm) => algorithm !== undefined);
}
