// Signature Version 4: what is signed and with which key. Whether a request may pass is decided in
// authenticate.ts. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
import { toHex, utf8 } from "#base/bytes.ts";
import { hmacSha256, sha256 } from "#base/hash.ts";
import { canonicalHeaderValue } from "./headers.ts";
import type { HttpHeaders } from "./http.ts";
import { type QueryParameter, uriDecode, uriEncode, uriEncodePath } from "./target.ts";

/** For which day, region and service a signing key is. */
export interface CredentialScope {
  /** `20130524`. */
  readonly date: string;
  readonly region: string;
}

/** `20130524/us-east-1/s3/aws4_request`. */
export function scopeText(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/s3/aws4_request`;
}

/** The SHA-256 of no bytes, in hexadecimal. */
export const emptySha256Hex: string = toHex(sha256(new Uint8Array(0)));

/** What of a request is signed. */
export interface SignedRequest {
  readonly method: string;
  readonly rawPath: string;
  readonly query: readonly QueryParameter[];
  readonly headers: HttpHeaders;
  /** Lower-case names in the order the client lists them. */
  readonly signedHeaders: readonly string[];
  /** The value of `x-amz-content-sha256`, or what stands for it. */
  readonly payloadHash: string;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function canonicalQuery(query: readonly QueryParameter[]): string {
  if (query.length === 0) return "";
  const pairs: [name: string, value: string][] = [];
  for (const { name, value } of query) {
    if (name !== "X-Amz-Signature") pairs.push([uriEncode(name), uriEncode(value)]);
  }
  if (pairs.length > 1) {
    pairs.sort((a, b) => compareText(a[0], b[0]) || compareText(a[1], b[1]));
  }
  let text = "";
  for (const [name, value] of pairs) text += `${text === "" ? "" : "&"}${name}=${value}`;
  return text;
}

/**
 * The canonical request. Path and query are decoded and encoded anew, so that it does not matter
 * which characters the client chose to escape; nothing else about them is changed.
 *
 * @returns text in which a character stands for a byte
 * @throws S3Error InvalidURI where the path is not well encoded
 */
export function canonicalRequest(request: SignedRequest): string {
  const path = uriEncodePath(uriDecode(request.rawPath));
  let headers = "";
  for (const name of request.signedHeaders) {
    headers += `${name}:${canonicalHeaderValue(request.headers, name) ?? ""}\n`;
  }
  const names = request.signedHeaders.join(";");
  const query = canonicalQuery(request.query);
  return `${request.method}\n${path}\n${query}\n${headers}\n${names}\n${request.payloadHash}`;
}

/** The bytes of text in which a character stands for a byte. */
export function bytesOfLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = utf8(text);
  if (bytes.length === text.length) return bytes;
  const exact = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) exact[i] = text.charCodeAt(i);
  return exact;
}

/** A key with the time and scope it signs for. */
export interface Signer {
  readonly key: Uint8Array;
  /** `20130524T000000Z`. */
  readonly amzDate: string;
  readonly scope: CredentialScope;
}

/** The signature of a canonical request. */
export function requestSignature(signer: Signer, canonical: string): Uint8Array<ArrayBuffer> {
  const hash = toHex(sha256(bytesOfLatin1(canonical)));
  const scope = scopeText(signer.scope);
  return hmacSha256(signer.key, utf8(`AWS4-HMAC-SHA256\n${signer.amzDate}\n${scope}\n${hash}`));
}

/**
 * The signature of one chunk of a signed aws-chunked body.
 *
 * @param previousHex the signature before it: the request's, or the last chunk's
 * @param dataHash the SHA-256 of the chunk's data
 */
export function chunkSignature(
  signer: Signer,
  previousHex: string,
  dataHash: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const scope = scopeText(signer.scope);
  const hash = `${emptySha256Hex}\n${toHex(dataHash)}`;
  const head = `AWS4-HMAC-SHA256-PAYLOAD\n${signer.amzDate}\n${scope}\n${previousHex}`;
  return hmacSha256(signer.key, utf8(`${head}\n${hash}`));
}

/**
 * The signature of the trailer of a signed aws-chunked body.
 *
 * @param trailer `name:value\n` for each field, as sent
 */
export function trailerSignature(
  signer: Signer,
  previousHex: string,
  trailer: string,
): Uint8Array<ArrayBuffer> {
  const scope = scopeText(signer.scope);
  const hash = toHex(sha256(bytesOfLatin1(trailer)));
  const head = `AWS4-HMAC-SHA256-TRAILER\n${signer.amzDate}\n${scope}\n${previousHex}`;
  return hmacSha256(signer.key, utf8(`${head}\n${hash}`));
}

/** Derives the key that signs in one scope from a secret access key. */
export function signingKey(
  secretAccessKey: string,
  scope: CredentialScope,
): Uint8Array<ArrayBuffer> {
  const dateKey = hmacSha256(utf8(`AWS4${secretAccessKey}`), utf8(scope.date));
  const regionKey = hmacSha256(dateKey, utf8(scope.region));
  return hmacSha256(hmacSha256(regionKey, utf8("s3")), utf8("aws4_request"));
}

/** Keys that are kept: a few hundred access keys on the two days a clock's skew may span. */
const signingKeysMax = 1024;

/** Signing keys by access key and scope, so that a request costs one HMAC instead of five. */
export class SigningKeys {
  readonly #keys = new Map<string, { secret: string; key: Uint8Array }>();

  /** The signing key for a credential whose secret is known. */
  of(accessKeyId: string, secretAccessKey: string, scope: CredentialScope): Uint8Array {
    const name = `${accessKeyId}/${scope.date}/${scope.region}`;
    const kept = this.#keys.get(name);
    if (kept !== undefined && kept.secret === secretAccessKey) return kept.key;
    if (this.#keys.size >= signingKeysMax) this.#keys.clear();
    const key = signingKey(secretAccessKey, scope);
    this.#keys.set(name, { secret: secretAccessKey, key });
    return key;
  }
}
