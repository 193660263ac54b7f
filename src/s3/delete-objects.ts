import { mib } from "#base/bytes.ts";
import type { Bucket, Deleted } from "#format/index.ts";
import { deleteObjects, type DeleteRequest } from "#objects/index.ts";
import { actionsOnVersion, isLet, wantedOf } from "./access.ts";
import { checkKey } from "./address.ts";
import { type Answer, xmlAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { expectedChecksum } from "./checksum.ts";
import { deletionConditions } from "./conditions.ts";
import { refusalError } from "./refusal.ts";
import { S3Error } from "./s3-error.ts";
import { knownBucket, seeBucket, type Services, valueOf } from "./services.ts";
import { parseVersionId, versionText } from "./version-text.ts";
import { childText, type XmlElement } from "./xml-reader.ts";
import { element, xmlDocument } from "./xml-writer.ts";

/** A thousand keys of 1,024 bytes, most of them escaped, fit; AWS's limit. */
const documentSizeBytesMax = 2 * mib;
/** Keys of one request; AWS's limit. */
const keysMax = 1000;

type Deletion = DeleteRequest["deletions"][number];

/** One object of the request: to be deleted, or wrong in itself. */
type Asked =
  | { readonly key: string; readonly versionText: string | undefined; readonly deletion: Deletion }
  | { readonly key: string; readonly versionText: string | undefined; readonly error: S3Error };

function askedOf(object: XmlElement): Asked {
  const key = childText(object, "Key");
  if (key === undefined || key === "") throw new S3Error("MalformedXML");
  const text = childText(object, "VersionId");
  const parts = {
    etag: childText(object, "ETag"),
    time: childText(object, "LastModifiedTime"),
    size: childText(object, "Size"),
  };
  const isConditional = Object.values(parts).some((part) => part !== undefined);
  try {
    checkKey(key);
    const versionId = parseVersionId(text);
    const conditions = isConditional ? deletionConditions(parts) : undefined;
    return { key, versionText: text, deletion: { key, versionId, conditions } };
  } catch (error) {
    if (error instanceof S3Error) return { key, versionText: text, error };
    throw error;
  }
}

function parseDelete(document: XmlElement | undefined): { asked: Asked[]; isQuiet: boolean } {
  if (document === undefined) throw new S3Error("MissingRequestBodyError");
  if (document.name !== "Delete") throw new S3Error("MalformedXML");
  const objects = document.children.filter(({ name }) => name === "Object");
  if (objects.length === 0 || objects.length > keysMax) throw new S3Error("MalformedXML");
  const isQuiet = childText(document, "Quiet")?.trim().toLowerCase() === "true";
  return { asked: objects.map(askedOf), isQuiet };
}

/** What was asked, or the error for what its sender may not delete. */
function ifLet(asked: Asked, call: Call, row: Bucket): Asked {
  if ("error" in asked) return asked;
  const { key, versionText: text } = asked;
  const { bucket, actions } = wantedOf(call);
  const wanted = { bucket, key, actions: actionsOnVersion(actions, text !== undefined) };
  return isLet(call, row, wanted)
    ? asked
    : { key, versionText: text, error: new S3Error("AccessDenied") };
}

function errorElement({ key, versionText }: Asked, error: S3Error): string {
  return (
    `<Error>${element("Key", key)}` +
    (versionText === undefined ? "" : element("VersionId", versionText)) +
    `${element("Code", error.code)}${element("Message", error.message)}</Error>`
  );
}

function deletedElement(asked: Asked, deleted: Deleted, isVersioned: boolean): string {
  const { versionId, isNull, deleteMarker } = deleted;
  let content = element("Key", asked.key);
  if (asked.versionText !== undefined) content += element("VersionId", asked.versionText);
  if (isVersioned && deleteMarker && versionId !== undefined) {
    content +=
      element("DeleteMarker", true) +
      element("DeleteMarkerVersionId", versionText(versionId, isNull));
  }
  return `<Deleted>${content}</Deleted>`;
}

export async function deleteObjectsOperation(call: Call, services: Services): Promise<Answer> {
  await seeBucket(call, services);
  const row = knownBucket(call, services);
  // So many deletions must not be misread: S3 wants the document checked.
  if (call.header("content-md5") === undefined && expectedChecksum(call.headers) === undefined) {
    throw new S3Error("InvalidRequest", {
      message: "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
    });
  }
  const { asked: sent, isQuiet } = parseDelete(await call.document(documentSizeBytesMax));
  const asked = sent.map((one) => ifLet(one, call, row));
  const deletions = asked.flatMap((one) => ("deletion" in one ? [one.deletion] : []));
  const bypassGovernance =
    call.header("x-amz-bypass-governance-retention")?.toLowerCase() === "true";
  const { bucket } = call;
  const { versioning, deleted } = valueOf(
    await deleteObjects(services.objects, { bucket, deletions, bypassGovernance }),
  );
  let content = "";
  let next = 0;
  for (const one of asked) {
    if ("error" in one) {
      content += errorElement(one, one.error);
      continue;
    }
    const outcome = deleted[next++];
    if (outcome === undefined) throw new S3Error("InternalError");
    if (outcome.refusal !== undefined) content += errorElement(one, refusalError(outcome.refusal));
    else if (!isQuiet) content += deletedElement(one, outcome, versioning !== "off");
  }
  return xmlAnswer(xmlDocument("DeleteResult", content));
}
