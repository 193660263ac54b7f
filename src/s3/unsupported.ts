import type { HttpHeaders } from "./http.ts";
import { headerValue } from "./headers.ts";
import { S3Error, type S3ErrorCode } from "./s3-error.ts";

/** A header field that asks for what this gateway cannot give, and how it is answered. */
interface UnsupportedHeader {
  readonly name: string;
  /** Values that ask for nothing that is not so anyway. */
  readonly harmless?: readonly string[];
  readonly code: S3ErrorCode;
}

/**
 * Fields that must not be passed over in silence, as the client would think that it got what it
 * asked for. A name that ends in `*` stands for all fields that begin so.
 */
export const unsupportedHeaders: readonly UnsupportedHeader[] = [
  {
    name: "x-amz-acl",
    harmless: ["private", "bucket-owner-full-control"],
    code: "AccessControlListNotSupported",
  },
  { name: "x-amz-grant-*", code: "AccessControlListNotSupported" },
  { name: "x-amz-server-side-encryption", code: "NotImplemented" },
  { name: "x-amz-server-side-encryption-*", code: "NotImplemented" },
  { name: "x-amz-copy-source-server-side-encryption-*", code: "NotImplemented" },
  { name: "x-amz-write-offset-bytes", code: "NotImplemented" },
];

function applies(rule: UnsupportedHeader, name: string): boolean {
  return rule.name.endsWith("*") ? name.startsWith(rule.name.slice(0, -1)) : name === rule.name;
}

/**
 * Refuses a write whose headers ask for what this gateway cannot give.
 *
 * @throws S3Error NotImplemented, AccessControlListNotSupported
 */
export function refuseUnsupported(headers: HttpHeaders): void {
  for (const name in headers) {
    if (!name.startsWith("x-amz-")) continue;
    for (const rule of unsupportedHeaders) {
      if (!applies(rule, name)) continue;
      const value = headerValue(headers, name) ?? "";
      if (rule.harmless?.includes(value) === true) continue;
      throw new S3Error(rule.code, { details: { Header: name } });
    }
  }
}
