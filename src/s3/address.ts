import { S3Error } from "./s3-error.ts";
import { uriDecode } from "./target.ts";

/** What a request is about. A key comes with its bucket. */
export type Address =
  | { readonly scope: "service" }
  | { readonly scope: "bucket"; readonly bucket: string; readonly isHosted: boolean }
  | {
      readonly scope: "object";
      readonly bucket: string;
      readonly key: string;
      /** The bucket stands in the host and not in the path. */
      readonly isHosted: boolean;
    };

/** Keys are at most so many bytes of UTF-8; AWS's limit. */
export const keySizeBytesMax = 1024;

const bucketForm = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const ipv4Form = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const reservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"] as const;
const reservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"] as const;

/**
 * Whether `name` may name a bucket.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function isBucketName(name: string): boolean {
  return (
    name.length >= 3 &&
    name.length <= 63 &&
    bucketForm.test(name) &&
    !ipv4Form.test(name) &&
    !reservedPrefixes.some((prefix) => name.startsWith(prefix)) &&
    !reservedSuffixes.some((suffix) => name.endsWith(suffix))
  );
}

function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) length += code <= 0x7ff || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return length;
}

/**
 * Checks what S3 asks of a key: 1 to 1,024 bytes of UTF-8 without NUL.
 *
 * @throws S3Error KeyTooLongError or InvalidArgument
 */
export function checkKey(key: string): void {
  if (key.length * 3 > keySizeBytesMax && utf8Length(key) > keySizeBytesMax) {
    throw new S3Error("KeyTooLongError", {
      details: { Size: `${utf8Length(key)}`, MaxSizeAllowed: `${keySizeBytesMax}` },
    });
  }
  if (key.includes("\0")) {
    throw new S3Error("InvalidArgument", { message: "Object keys cannot contain NUL." });
  }
}

/** The bucket that a virtual-hosted request names in its host, if it does. */
function hostedBucket(host: string, domains: readonly string[]): string | undefined {
  const bracket = host.lastIndexOf("]");
  const colon = host.indexOf(":", Math.max(bracket, 0));
  const name = (colon < 0 ? host : host.slice(0, colon)).toLowerCase();
  for (const domain of domains) {
    if (name.length > domain.length + 1 && name.endsWith(domain)) {
      const dot = name.length - domain.length - 1;
      if (name[dot] === ".") return name.slice(0, dot);
    }
  }
  return undefined;
}

/**
 * Finds out what a request is about: path style, or virtual-hosted below one of `domains`.
 *
 * @param domains lower case, without port
 * @throws S3Error InvalidURI, InvalidBucketName, KeyTooLongError or InvalidArgument
 */
export function parseAddress(
  rawPath: string,
  host: string | undefined,
  domains: readonly string[],
): Address {
  const hosted = domains.length > 0 && host !== undefined ? hostedBucket(host, domains) : undefined;
  let bucket = hosted;
  let rawKey = rawPath.slice(1);
  if (bucket === undefined) {
    if (rawKey === "") return { scope: "service" };
    const end = rawKey.indexOf("/");
    bucket = uriDecode(end < 0 ? rawKey : rawKey.slice(0, end));
    rawKey = end < 0 ? "" : rawKey.slice(end + 1);
  }
  if (!isBucketName(bucket)) {
    throw new S3Error("InvalidBucketName", { details: { BucketName: bucket } });
  }
  const isHosted = hosted !== undefined;
  if (rawKey === "") return { scope: "bucket", bucket, isHosted };
  const key = uriDecode(rawKey);
  checkKey(key);
  return { scope: "object", bucket, key, isHosted };
}
