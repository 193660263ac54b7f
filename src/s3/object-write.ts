import { toHex } from "#base/bytes.ts";
import type { Deleted } from "#format/index.ts";
import { type BodyFacts, deleteObjects, putObject } from "#objects/index.ts";
import { type Answer, emptyAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { deleteConditions, writeConditions } from "./conditions.ts";
import { checkLockedBody, lockOf } from "./lock-headers.ts";
import { checksumHeaders } from "./object-answer.ts";
import { objectHeadersOf } from "./object-headers.ts";
import type { Payload } from "./payload.ts";
import { refusalError } from "./refusal.ts";
import { S3Error } from "./s3-error.ts";
import { bucketToChange, type Services, valueOf } from "./services.ts";
import { tagsOfHeaders } from "./tags.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { parseVersionId, versionHeaders } from "./version-text.ts";

/** What a payload that came to its end says of the object it brought. */
export async function factsOf(payload: Payload): Promise<BodyFacts> {
  const { md5, checksum } = await payload.finish();
  const checksums = checksum === undefined ? [] : [{ ...checksum, type: "full-object" as const }];
  return { etag: toHex(md5), checksums };
}

export async function putObjectOperation(call: Call, services: Services): Promise<Answer> {
  if (call.parameter("uploadId") !== undefined || call.parameter("partNumber") !== undefined) {
    throw new S3Error("InvalidArgument", {
      message: "A part is uploaded with both partNumber and uploadId.",
      details: { ArgumentName: "uploadId" },
    });
  }
  refuseUnsupported(call.headers);
  const row = await bucketToChange(call, services);
  const { bucket, key, signal } = call;
  const headers = objectHeadersOf(call.headers);
  const tags = tagsOfHeaders(call.headers);
  const conditions = writeConditions(call.headers);
  const lock = lockOf(call, row, services.ports.clock.unixMs());
  checkLockedBody(call, lock);
  const payload = call.payload();
  const outcome = await putObject(services.objects, {
    bucket,
    key,
    headers,
    conditions,
    lock,
    tags,
    sizeBytes: payload.sizeBytes,
    body: payload.bytes(),
    finish: () => factsOf(payload),
    signal,
  });
  const put = valueOf(outcome);
  return emptyAnswer(200, {
    etag: `"${put.etag}"`,
    ...checksumHeaders(put.checksums, 0),
    ...versionHeaders(put.versionId, put.isNull, put.versioning),
  });
}

/** The fields that tell what a deletion removed or put, or that it named what is not there. */
function deletedHeaders(deleted: Deleted, asked: Uint8Array | undefined): Record<string, string> {
  const { isNull, deleteMarker } = deleted;
  const versionId = deleted.versionId ?? asked;
  if (versionId === undefined) return {};
  const headers = versionHeaders(versionId, isNull || versionId.length === 0, "enabled");
  return deleteMarker ? { ...headers, "x-amz-delete-marker": "true" } : headers;
}

export async function deleteObject(call: Call, services: Services): Promise<Answer> {
  await bucketToChange(call, services);
  const { bucket, key } = call;
  const versionId = parseVersionId(call.parameter("versionId"));
  const conditions = deleteConditions(call.headers);
  const bypassGovernance =
    call.header("x-amz-bypass-governance-retention")?.toLowerCase() === "true";
  const { versioning, deleted } = valueOf(
    await deleteObjects(services.objects, {
      bucket,
      deletions: [{ key, versionId, conditions }],
      bypassGovernance,
    }),
  );
  const [only] = deleted;
  if (only === undefined) throw new S3Error("InternalError");
  if (only.refusal !== undefined) throw refusalError(only.refusal);
  return emptyAnswer(204, versioning === "off" ? {} : deletedHeaders(only, versionId));
}
