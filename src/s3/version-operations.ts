import { emptyBytes } from "#base/bytes.ts";
import { type ListedVersion, listVersions } from "#metadata/index.ts";
import { type Answer, emptyAnswer, xmlAnswer } from "./answer.ts";
import { type Call, configurationSizeBytesMax } from "./call.ts";
import { checksumAlgorithms } from "./checksum.ts";
import { formatIsoDate } from "./date.ts";
import {
  commonPrefixElement,
  elementUnlessEmpty,
  type ListParameters,
  listParameters,
} from "./list-operations.ts";
import { checksumTypeText } from "./object-answer.ts";
import { ownerElement } from "./owner.ts";
import { invalidArgument, S3Error } from "./s3-error.ts";
import { commit, usableBucket, type Services } from "./services.ts";
import { parseVersionId, versionText } from "./version-text.ts";
import { childText } from "./xml-reader.ts";
import { element, xmlDocument } from "./xml-writer.ts";

const versioningTexts = { off: "", enabled: "Enabled", suspended: "Suspended" } as const;

export async function getBucketVersioning(call: Call, services: Services): Promise<Answer> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  const { versioning } = usableBucket(call, services);
  const content = elementUnlessEmpty("Status", versioningTexts[versioning]);
  return xmlAnswer(xmlDocument("VersioningConfiguration", content));
}

export async function putBucketVersioning(call: Call, services: Services): Promise<Answer> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  usableBucket(call, services);
  const document = await call.document(configurationSizeBytesMax);
  if (document === undefined) throw new S3Error("MissingRequestBodyError");
  const status = childText(document, "Status");
  const isKnown = status === "Enabled" || status === "Suspended";
  if (document.name !== "VersioningConfiguration" || !isKnown) throw new S3Error("MalformedXML");
  if ((childText(document, "MfaDelete") ?? "Disabled") !== "Disabled") {
    throw new S3Error("NotImplemented", { details: { Header: "MfaDelete" } });
  }
  const versioning = status === "Enabled" ? "enabled" : "suspended";
  const value = { bucket: call.bucket, versioning } as const;
  await commit(services, { kind: "setBucketVersioning", value });
  return emptyAnswer(200);
}

function versionElement(listed: ListedVersion, { encode }: ListParameters, owner: string): string {
  const { key, id, version, isLatest } = listed;
  const { object } = version;
  const head =
    element("Key", encode(key)) +
    element("VersionId", versionText(id, version.isNull)) +
    element("IsLatest", isLatest) +
    element("LastModified", formatIsoDate(version.modifiedUnixMs));
  if (object === undefined) return `<DeleteMarker>${head}${owner}</DeleteMarker>`;
  let checksums = "";
  for (const { algorithm, type } of object.checksums) {
    checksums +=
      element("ChecksumAlgorithm", checksumAlgorithms[algorithm].text) +
      element("ChecksumType", checksumTypeText(type));
  }
  const { storageClass } = object.headers;
  return (
    `<Version>${head}${element("ETag", `"${object.etag}"`)}${checksums}` +
    element("Size", object.sizeBytes) +
    owner +
    `${element("StorageClass", storageClass === "" ? "STANDARD" : storageClass)}</Version>`
  );
}

export async function listObjectVersions(call: Call, services: Services): Promise<Answer> {
  const parameters = listParameters(call, "max-keys");
  const { prefix, delimiter, limit, encode, encodingType } = parameters;
  const keyMarker = call.parameter("key-marker") ?? "";
  const idMarker = call.parameter("version-id-marker") ?? "";
  if (idMarker !== "" && keyMarker === "") {
    throw invalidArgument(
      "version-id-marker",
      idMarker,
      "A version-id marker cannot be specified without a key marker.",
    );
  }
  const afterVersionId = idMarker === "" ? undefined : (parseVersionId(idMarker) ?? emptyBytes);
  const { replica } = services.objects;
  await replica.readBarrier({ signal: call.signal });
  const row = usableBucket(call, services);
  const { bucket } = call;
  const request = { bucket, prefix, delimiter, limit, after: keyMarker, afterVersionId };
  const page = listVersions(replica.reader, request);
  const owner = ownerElement(row.owner);
  let versions = "";
  let prefixes = "";
  for (const entry of page.entries) {
    if (entry.kind === "prefix") prefixes += commonPrefixElement(entry.prefix, parameters);
    else versions += versionElement(entry, parameters, owner);
  }
  const last = page.next === undefined ? undefined : page.entries.at(-1);
  const nextId = last?.kind === "version" ? versionText(last.id, last.version.isNull) : "";
  const content =
    element("Name", bucket) +
    element("Prefix", encode(prefix)) +
    element("KeyMarker", encode(keyMarker)) +
    element("VersionIdMarker", idMarker) +
    elementUnlessEmpty("NextKeyMarker", encode(page.next?.after ?? "")) +
    elementUnlessEmpty("NextVersionIdMarker", nextId) +
    element("MaxKeys", limit) +
    elementUnlessEmpty("Delimiter", encode(delimiter)) +
    elementUnlessEmpty("EncodingType", encodingType ?? "") +
    element("IsTruncated", page.next !== undefined) +
    versions +
    prefixes;
  return xmlAnswer(xmlDocument("ListVersionsResult", content));
}
