import type { Part, Upload } from "#format/index.ts";
import { listUploads, partNumberMax, partsOf } from "#metadata/index.ts";
import { type Answer, xmlAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { checksumAlgorithms } from "./checksum.ts";
import { formatIsoDate } from "./date.ts";
import {
  commonPrefixElement,
  elementUnlessEmpty,
  type ListParameters,
  listParameters,
  pageEntriesMax,
} from "./list-operations.ts";
import { checksumTypeText, partChecksumElements } from "./object-answer.ts";
import { ownerElement } from "./owner.ts";
import { invalidArgument } from "./s3-error.ts";
import { usableBucket, type Services } from "./services.ts";
import { openUpload, parseUploadId, uploadText } from "./upload-operations.ts";
import { element, xmlDocument } from "./xml-writer.ts";

/** What of an upload both listings show. */
function uploadElements(upload: Upload): string {
  const { headers, checksumAlgorithm, checksumType, owner } = upload;
  const checksum =
    checksumAlgorithm === undefined
      ? ""
      : element("ChecksumAlgorithm", checksumAlgorithms[checksumAlgorithm].text) +
        element("ChecksumType", checksumTypeText(checksumType));
  const storageClass = headers.storageClass === "" ? "STANDARD" : headers.storageClass;
  return (
    ownerElement(owner, "Initiator") +
    ownerElement(owner) +
    element("StorageClass", storageClass) +
    checksum
  );
}

function partElement(partNumber: number, part: Part): string {
  return (
    `<Part>${element("PartNumber", partNumber)}` +
    element("LastModified", formatIsoDate(part.modifiedUnixMs)) +
    element("ETag", `"${part.etag}"`) +
    element("Size", part.sizeBytes) +
    `${partChecksumElements(part.checksums)}</Part>`
  );
}

export async function listParts(call: Call, services: Services): Promise<Answer> {
  const asked = call.numberParameter("max-parts", { from: 0, to: 2_147_483_647 });
  const limit = Math.min(asked ?? pageEntriesMax, pageEntriesMax);
  const marker = call.numberParameter("part-number-marker", { from: 0, to: 2_147_483_647 }) ?? 0;
  const { name, upload } = await openUpload(call, services);
  const found =
    marker >= partNumberMax
      ? []
      : [
          ...partsOf(services.objects.replica.reader, name, {
            afterPartNumber: marker,
            limit: limit + 1,
          }),
        ];
  const page = found.slice(0, limit);
  const isTruncated = found.length > limit && limit > 0;
  const content =
    element("Bucket", call.bucket) +
    element("Key", call.key) +
    element("UploadId", uploadText(name.uploadId)) +
    element("PartNumberMarker", marker) +
    element("NextPartNumberMarker", page.at(-1)?.partNumber ?? marker) +
    element("MaxParts", limit) +
    element("IsTruncated", isTruncated) +
    uploadElements(upload) +
    page.map(({ partNumber, part }) => partElement(partNumber, part)).join("");
  return xmlAnswer(xmlDocument("ListPartsResult", content));
}

export async function listMultipartUploads(call: Call, services: Services): Promise<Answer> {
  const parameters: ListParameters = listParameters(call, "max-uploads");
  const { prefix, delimiter, limit, encode, encodingType } = parameters;
  const keyMarker = call.parameter("key-marker") ?? "";
  const idMarker = keyMarker === "" ? "" : (call.parameter("upload-id-marker") ?? "");
  const afterUploadId = parseUploadId(idMarker);
  if (idMarker !== "" && afterUploadId === undefined) {
    throw invalidArgument("upload-id-marker", idMarker, "Invalid uploadId marker");
  }
  const { replica } = services.objects;
  await replica.readBarrier({ signal: call.signal });
  usableBucket(call, services);
  const page = listUploads(replica.reader, {
    bucket: call.bucket,
    prefix,
    delimiter,
    limit,
    after: keyMarker,
    afterUploadId,
  });
  let uploads = "";
  let prefixes = "";
  for (const entry of page.entries) {
    if (entry.kind === "prefix") {
      prefixes += commonPrefixElement(entry.prefix, parameters);
      continue;
    }
    uploads +=
      `<Upload>${element("Key", encode(entry.key))}` +
      element("UploadId", uploadText(entry.uploadId)) +
      uploadElements(entry.upload) +
      `${element("Initiated", formatIsoDate(entry.upload.createdUnixMs))}</Upload>`;
  }
  const nextId = page.next?.afterUploadId;
  const content =
    element("Bucket", call.bucket) +
    element("KeyMarker", encode(keyMarker)) +
    element("UploadIdMarker", idMarker) +
    element("NextKeyMarker", encode(page.next?.after ?? "")) +
    element("NextUploadIdMarker", nextId === undefined ? "" : uploadText(nextId)) +
    elementUnlessEmpty("Prefix", encode(prefix)) +
    elementUnlessEmpty("Delimiter", encode(delimiter)) +
    elementUnlessEmpty("EncodingType", encodingType ?? "") +
    element("MaxUploads", limit) +
    element("IsTruncated", page.next !== undefined) +
    uploads +
    prefixes;
  return xmlAnswer(xmlDocument("ListMultipartUploadsResult", content));
}
