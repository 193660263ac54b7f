import type { Bucket } from "#format/index.ts";
import { partOf } from "#metadata/index.ts";
import { type FoundObject, findObject, readObject } from "#objects/index.ts";
import { type Answer, emptyAnswer } from "./answer.ts";
import { isLet, wantedOf } from "./access.ts";
import type { Call } from "./call.ts";
import { checkReadConditions, isRangeCurrent, preconditionFailed } from "./conditions.ts";
import { formatHttpDate } from "./date.ts";
import { lockHeaders } from "./lock-headers.ts";
import { checksumHeaders, objectAnswerHeaders } from "./object-answer.ts";
import { headerText } from "./object-headers.ts";
import { type ByteRange, contentRange, invalidRange, parseRange, resolveRange } from "./range.ts";
import { S3Error } from "./s3-error.ts";
import { usableBucket, type Services } from "./services.ts";
import { tagCountHeaders } from "./tags.ts";
import { parseVersionId, versionHeaders, versionText } from "./version-text.ts";

/** Query parameters of a GET that replace fields of the answer. */
const overrides = [
  ["response-cache-control", "cache-control"],
  ["response-content-disposition", "content-disposition"],
  ["response-content-encoding", "content-encoding"],
  ["response-content-language", "content-language"],
  ["response-content-type", "content-type"],
  ["response-expires", "expires"],
] as const;

/** Which version of which object. */
export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
  /** None: the current one. No bytes: the null version. */
  readonly versionId: Uint8Array | undefined;
}

/** The object a request's address and `versionId` name. */
export function namedObject(call: Call): ObjectName {
  const versionId = parseVersionId(call.parameter("versionId"));
  return { bucket: call.bucket, key: call.key, versionId };
}

/** A version, and the bucket it is in. */
export interface LocatedObject {
  readonly found: FoundObject;
  readonly bucket: Bucket;
}

/**
 * Finds a version as of now. Who may not list the bucket is not told what is not in it.
 *
 * @param actions what is wanted of it; by default what the request is for
 *
 * @throws S3Error NoSuchBucket, AccessDenied, NoSuchKey, NoSuchVersion; MethodNotAllowed for a
 * delete marker by id
 */
export async function locateObject(
  call: Call,
  services: Services,
  name: ObjectName,
  actions: readonly string[] = wantedOf(call).actions,
): Promise<LocatedObject> {
  const found = await findObject(services.objects, { ...name, signal: call.signal });
  const bucket = usableBucket(call, services, { ...name, actions });
  if (found.kind === "found") return { found, bucket };
  const list = { bucket: name.bucket, key: "", actions: ["s3:ListBucket"] };
  if (!isLet(call, bucket, list)) throw new S3Error("AccessDenied");
  const details = { Key: name.key };
  if (found.kind === "noSuchBucket") throw new S3Error("NoSuchBucket");
  if (found.kind === "noSuchKey") throw new S3Error("NoSuchKey", { details });
  if (found.kind === "noSuchVersion") throw new S3Error("NoSuchVersion", { details });
  const { version, versionId } = found;
  const headers = {
    "x-amz-delete-marker": "true",
    "x-amz-version-id": versionText(versionId, version.isNull),
  };
  if (name.versionId === undefined) throw new S3Error("NoSuchKey", { details, headers });
  throw new S3Error("MethodNotAllowed", {
    details: { ResourceType: "DeleteMarker" },
    headers: {
      ...headers,
      allow: "DELETE",
      "last-modified": formatHttpDate(version.modifiedUnixMs),
    },
  });
}

/** What of an object is to be sent. */
interface Selection {
  readonly status: 200 | 206;
  readonly range: ByteRange;
  readonly headers: Record<string, string>;
  /**
   * Of these very bytes: none of a part of what a checksum is over, which a client would find
   * wrong.
   */
  readonly checksums: Readonly<Record<string, string>>;
}

/** Takes the part that `partNumber` names. An object that came whole has one part. */
function selectPart(services: Services, found: FoundObject, partNumber: number): Selection {
  const { object, version } = found;
  const { sizeBytes } = object;
  if (object.partCount === 0 && partNumber === 1) {
    const range = { offsetBytes: 0, lengthBytes: sizeBytes };
    const headers = sizeBytes === 0 ? {} : { "content-range": contentRange(range, sizeBytes) };
    return { status: 206, range, headers, checksums: checksumHeaders(object.checksums, 0) };
  }
  const part = partOf(services.objects.replica.reader, version, partNumber);
  if (part === undefined) {
    throw new S3Error("InvalidPartNumber", {
      details: {
        PartNumberRequested: `${partNumber}`,
        ActualPartCount: `${Math.max(object.partCount, 1)}`,
      },
    });
  }
  const range = { offsetBytes: part.offsetBytes, lengthBytes: part.sizeBytes };
  const headers: Record<string, string> = { "x-amz-mp-parts-count": `${object.partCount}` };
  if (part.sizeBytes > 0) headers["content-range"] = contentRange(range, sizeBytes);
  return { status: 206, range, headers, checksums: checksumHeaders(part.checksums, 0) };
}

/** What of the object the request asks for. */
function select(call: Call, services: Services, found: FoundObject): Selection {
  const { object, version } = found;
  const rangeText = call.header("range");
  const partNumber = call.numberParameter("partNumber", { from: 1, to: 10_000 });
  if (partNumber !== undefined) {
    if (rangeText !== undefined) {
      throw new S3Error("InvalidRequest", {
        message: "Cannot specify both Range header and partNumber query parameter",
      });
    }
    return selectPart(services, found, partNumber);
  }
  const whole = { offsetBytes: 0, lengthBytes: object.sizeBytes };
  const requested = rangeText === undefined ? undefined : parseRange(rangeText);
  const validators = { etag: object.etag, modifiedUnixMs: version.modifiedUnixMs };
  if (requested === undefined || !isRangeCurrent(call.headers, validators)) {
    const checksums = checksumHeaders(object.checksums, object.partCount);
    return { status: 200, range: whole, headers: {}, checksums };
  }
  const range = resolveRange(requested, object.sizeBytes);
  if (range === undefined) throw invalidRange(rangeText ?? "", object.sizeBytes);
  return {
    status: 206,
    range,
    headers: { "content-range": contentRange(range, object.sizeBytes) },
    checksums: {},
  };
}

/**
 * Puts what the query asks for in place of the object's own fields.
 *
 * @throws S3Error InvalidRequest where nobody says who asks: a link could make a page of any object
 */
function override(call: Call, headers: Record<string, string>): void {
  if (call.query.length === 0) return;
  for (const [parameter, name] of overrides) {
    const value = call.parameter(parameter);
    if (value === undefined) continue;
    if (call.isAnonymous) {
      throw new S3Error("InvalidRequest", {
        message: "Request specific response headers cannot be used for anonymous GET requests.",
      });
    }
    headers[name] = headerText(value);
  }
}

/** Refuses what could only be answered for an object that is encrypted with the client's key. */
function refuseCustomerKey(call: Call): void {
  for (const name in call.headers) {
    if (name.startsWith("x-amz-server-side-encryption")) {
      throw new S3Error("InvalidRequest", {
        message: "The encryption parameters are not applicable to this object.",
      });
    }
  }
}

/** Everything of the answer to a GET or HEAD but the body. */
async function describe(
  call: Call,
  services: Services,
): Promise<{ found: FoundObject; answer: Answer; range: ByteRange | undefined }> {
  refuseCustomerKey(call);
  const { found, bucket } = await locateObject(call, services, namedObject(call));
  const { object, version } = found;
  const headers = {
    ...objectAnswerHeaders(object, version.modifiedUnixMs),
    ...versionHeaders(found.versionId, version.isNull, bucket.versioning),
    ...lockHeaders(version.lock),
    ...tagCountHeaders(version.tags),
  };
  const validators = { etag: object.etag, modifiedUnixMs: version.modifiedUnixMs };
  const outcome = checkReadConditions(call.headers, validators);
  if (outcome.kind === "failed") throw preconditionFailed(outcome.condition);
  if (outcome.kind === "not-modified") {
    return { found, answer: emptyAnswer(304, headers), range: undefined };
  }
  const selection = select(call, services, found);
  Object.assign(headers, selection.headers);
  override(call, headers);
  headers["content-length"] = `${selection.range.lengthBytes}`;
  if (call.header("x-amz-checksum-mode")?.toUpperCase() === "ENABLED") {
    Object.assign(headers, selection.checksums);
  }
  return { found, answer: { status: selection.status, headers }, range: selection.range };
}

export async function headObject(call: Call, services: Services): Promise<Answer> {
  return (await describe(call, services)).answer;
}

export async function getObject(call: Call, services: Services): Promise<Answer> {
  const { found, answer, range } = await describe(call, services);
  if (range === undefined) return answer;
  const body = await readObject(services.objects, found, { range, signal: call.signal });
  return { ...answer, body };
}
