/*
 * Requests that were presigned with Signature Version 2, which the aws cli and boto still do by
 * default in some regions. Only URLs, and only what their signature covers: whoever signs headers
 * can do better.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html
 */
import { equalSecrets, fromBase64, utf8 } from "#base/bytes.ts";
import { hmacSha1 } from "#base/hash.ts";
import { formatIsoDate } from "./date.ts";
import { canonicalHeaderValue, headerValue } from "./headers.ts";
import type { HttpHeaders } from "./http.ts";
import { S3Error } from "./s3-error.ts";
import { bytesOfLatin1 } from "./sigv4.ts";
import { type QueryParameter, queryValue } from "./target.ts";

/** Query parameters that belong to what is signed. */
const signedParameters: ReadonlySet<string> = new Set([
  "accelerate",
  "acl",
  "analytics",
  "cors",
  "delete",
  "inventory",
  "lifecycle",
  "location",
  "logging",
  "metrics",
  "notification",
  "partNumber",
  "policy",
  "replication",
  "requestPayment",
  "response-cache-control",
  "response-content-disposition",
  "response-content-encoding",
  "response-content-language",
  "response-content-type",
  "response-expires",
  "restore",
  "tagging",
  "torrent",
  "uploadId",
  "uploads",
  "versionId",
  "versioning",
  "versions",
  "website",
]);

/** What of a request is signed. */
export interface PresignedRequest {
  readonly method: string;
  /** `/bucket/key` as sent; a virtual-hosted request's bucket stands before its path. */
  readonly resource: string;
  readonly query: readonly QueryParameter[];
  readonly headers: HttpHeaders;
}

/** The access key that a request was presigned with, or undefined where it was not. */
export function presignedV2KeyId(query: readonly QueryParameter[]): string | undefined {
  return queryValue(query, "AWSAccessKeyId");
}

function canonicalResource({ resource, query }: PresignedRequest): string {
  const signed = query
    .filter(({ name }) => signedParameters.has(name))
    .map(({ name, value }) => (value === "" ? name : `${name}=${value}`))
    .sort();
  return signed.length === 0 ? resource : `${resource}?${signed.join("&")}`;
}

function canonicalAmzHeaders(headers: HttpHeaders): string {
  return Object.keys(headers)
    .filter((name) => name.startsWith("x-amz-"))
    .sort()
    .map((name) => `${name}:${canonicalHeaderValue(headers, name) ?? ""}\n`)
    .join("");
}

/**
 * Checks the signature and the expiry of a presigned request.
 *
 * @throws S3Error AccessDenied or SignatureDoesNotMatch
 */
export function checkPresignedV2(
  request: PresignedRequest,
  secretAccessKey: string,
  nowUnixMs: number,
): void {
  const { method, query, headers } = request;
  const signature = queryValue(query, "Signature");
  const expires = queryValue(query, "Expires");
  if (signature === undefined || expires === undefined) {
    throw new S3Error("AccessDenied", {
      message:
        "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
    });
  }
  const expiresUnixMs = /^\d{1,12}$/.test(expires) ? Number(expires) * 1000 : Number.NaN;
  if (Number.isNaN(expiresUnixMs)) {
    throw new S3Error("AccessDenied", { message: "Invalid date (should be seconds since epoch)" });
  }
  if (expiresUnixMs <= nowUnixMs) {
    throw new S3Error("AccessDenied", {
      message: "Request has expired",
      details: {
        Expires: formatIsoDate(expiresUnixMs),
        ServerTime: formatIsoDate(nowUnixMs),
      },
    });
  }
  const text =
    `${method}\n${headerValue(headers, "content-md5") ?? ""}\n` +
    `${headerValue(headers, "content-type") ?? ""}\n${expires}\n` +
    canonicalAmzHeaders(headers) +
    canonicalResource(request);
  const given = fromBase64(signature);
  const expected = hmacSha1(utf8(secretAccessKey), bytesOfLatin1(text));
  if (given === undefined || !equalSecrets(given, expected)) {
    throw new S3Error("SignatureDoesNotMatch", { details: { StringToSign: text } });
  }
}
