import { gib } from "#base/bytes.ts";
import type { Checksum, ObjectHeaders, TagSet } from "#format/index.ts";
import { copyObject, type FoundObject } from "#objects/index.ts";
import { type Answer, xmlAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { checksumAlgorithmOf } from "./checksum.ts";
import { writeConditions } from "./conditions.ts";
import {
  copyAttemptsMax,
  type CopySource,
  digestObject,
  findCopySource,
  sourceVersionHeaders,
} from "./copy-source.ts";
import { formatIsoDate } from "./date.ts";
import { lockOf } from "./lock-headers.ts";
import { checksumElements } from "./object-answer.ts";
import { objectHeadersOf } from "./object-headers.ts";
import { invalidArgument, S3Error } from "./s3-error.ts";
import { usableBucket, type Services, valueOf } from "./services.ts";
import { tagsOfHeaders } from "./tags.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { versionHeaders } from "./version-text.ts";
import { element, xmlDocument } from "./xml-writer.ts";

/** A copy by one request is of at most 5 GiB; AWS's limit. */
const copySizeBytesMax = 5 * gib;

type Directive = "COPY" | "REPLACE";

function directiveOf(call: Call, name: string): Directive {
  const text = call.header(name) ?? "COPY";
  if (text === "COPY" || text === "REPLACE") return text;
  throw invalidArgument(
    name,
    text,
    `Unknown ${name.slice("x-amz-".length, -"-directive".length)} directive.`,
  );
}

/**
 * What the copy is to carry: the source's, or what the request says. Its class is never the
 * source's.
 */
function headersOfCopy(call: Call, source: ObjectHeaders, directive: Directive): ObjectHeaders {
  const sent = objectHeadersOf(call.headers);
  if (directive === "REPLACE") return sent;
  const redirect = "x-amz-website-redirect-location";
  const system = source.system.filter(({ name }) => name !== redirect);
  system.push(...sent.system.filter(({ name }) => name === redirect));
  return { system, user: source.user, storageClass: sent.storageClass };
}

/** The tags of the copy; undefined: the source's. */
function tagsOfCopy(call: Call): TagSet | undefined {
  const sent = tagsOfHeaders(call.headers);
  if (directiveOf(call, "x-amz-tagging-directive") === "COPY") return undefined;
  return sent ?? { tags: [] };
}

/** A copy onto itself must change something, or it was not meant. */
function refuseIdleCopy(call: Call, source: CopySource, directive: Directive): void {
  const { name, found } = source;
  const isItself =
    name.bucket === call.bucket && name.key === call.key && name.versionId === undefined;
  const { storageClass } = found.object.headers;
  const keepsClass = objectHeadersOf(call.headers).storageClass === storageClass;
  const redirects = call.header("x-amz-website-redirect-location") !== undefined;
  if (!isItself || directive === "REPLACE" || !keepsClass || redirects) return;
  throw new S3Error("InvalidRequest", {
    message:
      "This copy request is illegal because it is trying to copy an object to itself without " +
      "changing the object's metadata, storage class, website redirect location or encryption " +
      "attributes.",
  });
}

/** The checksums the copy is to have; the source is read where it lacks the one asked for. */
async function checksumsOfCopy(
  call: Call,
  services: Services,
  found: FoundObject,
): Promise<Checksum[]> {
  const text = call.header("x-amz-checksum-algorithm");
  if (text === undefined) return [];
  const algorithm = checksumAlgorithmOf(text);
  if (algorithm === undefined) {
    throw invalidArgument(
      "x-amz-checksum-algorithm",
      text,
      "Checksum algorithm provided is unsupported.",
    );
  }
  const kept = found.object.checksums.filter(
    (checksum) => checksum.algorithm === algorithm && checksum.type === "full-object",
  );
  if (kept.length > 0) return kept;
  const { signal } = call;
  const digestOf = await digestObject(services, found, { algorithms: [algorithm], signal });
  return [{ algorithm, type: "full-object", value: digestOf(algorithm) }];
}

export async function copyObjectOperation(call: Call, services: Services): Promise<Answer> {
  refuseUnsupported(call.headers);
  const { bucket, key } = call;
  const directive = directiveOf(call, "x-amz-metadata-directive");
  const tags = tagsOfCopy(call);
  const conditions = writeConditions(call.headers);
  for (let attempt = 1; ; attempt++) {
    const source = await findCopySource(call, services);
    const { name, found } = source;
    const lock = lockOf(call, usableBucket(call, services), services.ports.clock.unixMs());
    refuseIdleCopy(call, source, directive);
    if (found.object.sizeBytes > copySizeBytesMax) {
      throw new S3Error("InvalidRequest", {
        message:
          "The specified copy source is larger than the maximum allowable size for a copy " +
          `source: ${copySizeBytesMax}`,
      });
    }
    const outcome = await copyObject(services.objects, {
      sourceBucket: name.bucket,
      sourceKey: name.key,
      sourceVersionId: found.versionId,
      bucket,
      key,
      headers: headersOfCopy(call, found.object.headers, directive),
      checksums: await checksumsOfCopy(call, services, found),
      conditions,
      lock,
      tags,
    });
    // The source was replaced meanwhile: what stands there now is to be copied, if anything does.
    const isOvertaken = outcome.kind === "refused" && outcome.refusal.code === "no-such-key";
    if (isOvertaken && conditions === undefined) {
      if (attempt < copyAttemptsMax) continue;
      throw new S3Error("OperationAborted");
    }
    const put = valueOf(outcome);
    const sourceVersion = sourceVersionHeaders(source);
    return xmlAnswer(
      xmlDocument(
        "CopyObjectResult",
        element("LastModified", formatIsoDate(put.modifiedUnixMs)) +
          element("ETag", `"${put.etag}"`) +
          checksumElements(put.checksums, found.object.partCount),
      ),
      {
        ...versionHeaders(put.versionId, put.isNull, put.versioning),
        ...sourceVersion,
      },
    );
  }
}
