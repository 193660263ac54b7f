// What answers say of an object.
import type { Checksum, ObjectInfo } from "#format/index.ts";
import { checksumAlgorithms, checksumText } from "./checksum.ts";
import { formatHttpDate } from "./date.ts";
import { addObjectHeaders } from "./object-headers.ts";
import { element } from "./xml-writer.ts";

/** `COMPOSITE` or `FULL_OBJECT`. */
export function checksumTypeText(type: Checksum["type"]): string {
  return type === "composite" ? "COMPOSITE" : "FULL_OBJECT";
}

/** A checksum of an object of `partCount` parts, as headers and XML have it. */
export function objectChecksumText(checksum: Checksum, partCount: number): string {
  return checksumText(checksum.value, checksum.type === "composite" ? partCount : 0);
}

/** The `x-amz-checksum-` fields. */
export function checksumHeaders(
  checksums: readonly Checksum[],
  partCount: number,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const checksum of checksums) {
    headers[checksumAlgorithms[checksum.algorithm].header] = objectChecksumText(
      checksum,
      partCount,
    );
    headers["x-amz-checksum-type"] = checksumTypeText(checksum.type);
  }
  return headers;
}

/** The fields that a GET and a HEAD have of the object itself. */
export function objectAnswerHeaders(
  object: ObjectInfo,
  modifiedUnixMs: number,
): Record<string, string> {
  const headers: Record<string, string> = {
    "accept-ranges": "bytes",
    etag: `"${object.etag}"`,
    "last-modified": formatHttpDate(modifiedUnixMs),
  };
  addObjectHeaders(headers, object.headers);
  return headers;
}

/** `<ChecksumCRC32>` and the like, and their type. */
export function checksumElements(checksums: readonly Checksum[], partCount: number): string {
  let content = "";
  for (const checksum of checksums) {
    const name = checksumAlgorithms[checksum.algorithm].element;
    content +=
      element(name, objectChecksumText(checksum, partCount)) +
      element("ChecksumType", checksumTypeText(checksum.type));
  }
  return content;
}

/** The checksums of one part of an object or upload. */
export function partChecksumElements(checksums: readonly Checksum[]): string {
  let content = "";
  for (const { algorithm, value } of checksums) {
    content += element(checksumAlgorithms[algorithm].element, checksumText(value));
  }
  return content;
}
