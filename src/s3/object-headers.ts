// What headers say of an object besides its bytes: taken from a request, given back in an answer.
import { kib, utf8 } from "#base/bytes.ts";
import type { Header, ObjectHeaders } from "#format/index.ts";
import { headerValue } from "./headers.ts";
import type { HttpHeaders } from "./http.ts";
import { S3Error } from "./s3-error.ts";

/** User metadata is at most 2 KiB, names and values together; AWS's limit. */
const userMetadataSizeBytesMax = 2 * kib;

/** What is kept of a request's headers beside user metadata. */
const systemHeaders = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
  "x-amz-website-redirect-location",
] as const;

/** AWS's type for what came without one. */
const defaultContentType = "binary/octet-stream";

/**
 * Classes that are kept as what the client calls its object. All bytes are kept the same way; those
 * from which an object must first be restored are refused.
 */
const storageClasses: ReadonlySet<string> = new Set([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
]);

const metadataPrefix = "x-amz-meta-";

/** Coding names without `aws-chunked`, which is of the request and not of the object. */
function contentEncoding(value: string): string {
  if (!value.includes("aws-chunked")) return value;
  return value
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "aws-chunked" && coding !== "")
    .join(",");
}

function systemMetadata(headers: HttpHeaders): Header[] {
  const system: Header[] = [];
  for (const name of systemHeaders) {
    const sent = headerValue(headers, name);
    const value = name === "content-encoding" && sent !== undefined ? contentEncoding(sent) : sent;
    if (value !== undefined && value !== "") system.push({ name, value });
    else if (name === "content-type") system.push({ name, value: defaultContentType });
  }
  return system;
}

/** Bytes of a header field: a character stands for one, unless it came by a query, in UTF-8. */
function sizeBytesOf(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return utf8(text).length;
  return text.length;
}

function userMetadata(headers: HttpHeaders): Header[] {
  const user: Header[] = [];
  let sizeBytes = 0;
  for (const field in headers) {
    if (!field.startsWith(metadataPrefix)) continue;
    const name = field.slice(metadataPrefix.length);
    const value = headerText(headers[field]?.join(",") ?? "");
    sizeBytes += sizeBytesOf(name) + sizeBytesOf(value);
    user.push({ name, value });
  }
  if (sizeBytes > userMetadataSizeBytesMax) {
    throw new S3Error("MetadataTooLarge", {
      details: { Size: `${sizeBytes}`, MaxSizeAllowed: `${userMetadataSizeBytesMax}` },
    });
  }
  return user;
}

/**
 * The storage class a request asks for; empty is STANDARD.
 *
 * @throws S3Error InvalidStorageClass
 */
function storageClassOf(headers: HttpHeaders): string {
  const storageClass = headerValue(headers, "x-amz-storage-class");
  if (storageClass === undefined || storageClass === "STANDARD") return "";
  if (storageClasses.has(storageClass)) return storageClass;
  throw new S3Error("InvalidStorageClass", {
    details: { StorageClassRequested: storageClass },
  });
}

/**
 * What a request's headers say of the object it brings.
 *
 * @throws S3Error MetadataTooLarge, InvalidStorageClass, InvalidArgument
 */
export function objectHeadersOf(headers: HttpHeaders): ObjectHeaders {
  return {
    system: systemMetadata(headers),
    user: userMetadata(headers),
    storageClass: storageClassOf(headers),
  };
}

// eslint-disable-next-line no-control-regex -- control characters are meant
const controlForm = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/**
 * Text as a header field may carry it: one character a byte. What is not Latin-1 becomes its UTF-8.
 *
 * @throws S3Error InvalidArgument where it holds control characters
 */
export function headerText(text: string): string {
  if (controlForm.test(text)) {
    throw new S3Error("InvalidArgument", {
      message: "Header value cannot be represented using ISO-8859-1.",
    });
  }
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff) {
      let bytes = "";
      for (const byte of utf8(text)) bytes += String.fromCharCode(byte);
      return bytes;
    }
  }
  return text;
}

/** Puts an object's own headers into an answer's. */
export function addObjectHeaders(target: Record<string, string>, headers: ObjectHeaders): void {
  for (const { name, value } of headers.system) target[name] = value;
  for (const { name, value } of headers.user) target[metadataPrefix + name] = value;
  if (headers.storageClass !== "") target["x-amz-storage-class"] = headers.storageClass;
}
