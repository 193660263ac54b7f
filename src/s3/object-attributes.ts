import { partNumberMax, partsOfVersion } from "#metadata/index.ts";
import type { FoundObject } from "#objects/index.ts";
import { type Answer, xmlAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { formatHttpDate } from "./date.ts";
import { pageEntriesMax } from "./list-operations.ts";
import { checksumElements, partChecksumElements } from "./object-answer.ts";
import { locateObject, namedObject } from "./object-read.ts";
import { invalidArgument } from "./s3-error.ts";
import type { Services } from "./services.ts";
import { versionHeaders } from "./version-text.ts";
import { element, xmlDocument } from "./xml-writer.ts";

const attributeNames = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"] as const;

function wantedAttributes(call: Call): ReadonlySet<string> {
  const text = call.header("x-amz-object-attributes") ?? "";
  const wanted = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const names: readonly string[] = attributeNames;
  if (wanted.length > 0 && wanted.every((name) => names.includes(name))) return new Set(wanted);
  throw invalidArgument("x-amz-object-attributes", text, "Invalid attribute name specified.");
}

function boundedHeader(call: Call, name: string, greatest: number): number | undefined {
  const text = call.header(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw invalidArgument(name, text, `Invalid value for ${name}.`);
  return Math.min(Number(text), greatest);
}

function partsElement(call: Call, services: Services, { object, version }: FoundObject): string {
  if (object.partCount === 0) return "";
  const marker = boundedHeader(call, "x-amz-part-number-marker", partNumberMax) ?? 0;
  const limit = boundedHeader(call, "x-amz-max-parts", pageEntriesMax) ?? pageEntriesMax;
  let content = "";
  let count = 0;
  let last = marker;
  let isTruncated = false;
  for (const part of partsOfVersion(services.objects.replica.reader, version)) {
    if (part.number <= marker) continue;
    isTruncated = count === limit;
    if (isTruncated) break;
    count += 1;
    last = part.number;
    // S3 lists parts one by one only where they have checksums to be told.
    if (part.checksums.length === 0) continue;
    content +=
      `<Part>${element("PartNumber", part.number)}${element("Size", part.sizeBytes)}` +
      `${partChecksumElements(part.checksums)}</Part>`;
  }
  const page =
    element("PartNumberMarker", marker) +
    element("NextPartNumberMarker", last) +
    element("MaxParts", limit) +
    element("IsTruncated", isTruncated);
  const total = element("PartsCount", object.partCount);
  return `<ObjectParts>${total}${page}${content}</ObjectParts>`;
}

export async function getObjectAttributes(call: Call, services: Services): Promise<Answer> {
  const wanted = wantedAttributes(call);
  const { found, bucket } = await locateObject(call, services, namedObject(call));
  const { object, version } = found;
  let content = "";
  if (wanted.has("ETag")) content += element("ETag", object.etag);
  if (wanted.has("Checksum") && object.checksums.length > 0) {
    content += `<Checksum>${checksumElements(object.checksums, object.partCount)}</Checksum>`;
  }
  if (wanted.has("ObjectParts")) content += partsElement(call, services, found);
  const { storageClass } = object.headers;
  if (wanted.has("StorageClass")) {
    content += element("StorageClass", storageClass === "" ? "STANDARD" : storageClass);
  }
  if (wanted.has("ObjectSize")) content += element("ObjectSize", object.sizeBytes);
  return xmlAnswer(xmlDocument("GetObjectAttributesResponse", content), {
    "last-modified": formatHttpDate(version.modifiedUnixMs),
    ...versionHeaders(found.versionId, version.isNull, bucket.versioning),
  });
}
