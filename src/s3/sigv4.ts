// Signature Version 4: what is signed and with which key. Whether a request may pass is decided in
// authenticate.ts. Source:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
import { kib, toHex, utf8 } from "#base/bytes.ts";
import { hmacSha256, sha256, sha256Hex } from "#base/hash.ts";
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
export const emptySha256Hex: string = sha256Hex(new Uint8Array(0));

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

const encoder = new TextEncoder();
const scratch = new Uint8Array(16 * kib);

/** The bytes of text in which a character stands for a byte. Good until the next call. */
export function bytesOfLatin1(text: string): Uint8Array<ArrayBuffer> {
  if (text.length * 2 > scratch.length) return exactBytes(text);
  const { written } = encoder.encodeInto(text, scratch);
  return written === text.length ? scratch.subarray(0, written) : exactBytes(text);
}

function exactBytes(text: string): Uint8Array<ArrayBuffer> {
  const exact = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) exact[i] = text.charCodeAt(i);
  return exact;
}

/** The block of SHA-256, to which HMAC fills up its key, in bytes. */
const blockSizeBytes = 64;
const hashSizeBytes = 32;

/**
 * A key that is used many times: HMAC-SHA-256 (RFC 2104) with both pads made ready, for which two
 * plain hashes do. A request costs less than half of what an HMAC object of the runtime does.
 */
export class SigningKey {
  readonly #innerPad: Uint8Array = new Uint8Array(blockSizeBytes).fill(0x36);
  readonly #outer: Uint8Array = new Uint8Array(blockSizeBytes + hashSizeBytes).fill(0x5c);

  /** @param key a derived signing key, shorter than a block */
  constructor(key: Uint8Array) {
    for (const [i, byte] of key.entries()) {
      this.#innerPad[i] = 0x36 ^ byte;
      this.#outer[i] = 0x5c ^ byte;
    }
  }

  /** The HMAC of text in ASCII, in lower-case hexadecimal. */
  sign(text: string): string {
    const innerSizeBytes = blockSizeBytes + text.length;
    const inner = innerSizeBytes > scratch.length ? new Uint8Array(innerSizeBytes) : scratch;
    inner.set(this.#innerPad);
    encoder.encodeInto(text, inner.subarray(blockSizeBytes));
    this.#outer.set(sha256(inner.subarray(0, innerSizeBytes)), blockSizeBytes);
    return sha256Hex(this.#outer);
  }
}

/** A key with the time and scope it signs for. */
export interface Signer {
  readonly key: SigningKey;
  /** `20130524T000000Z`. */
  readonly amzDate: string;
  readonly scope: CredentialScope;
}

/** Whether two signatures in hexadecimal are one, in a time that depends on their lengths only. */
export function isSameSignature(given: string, expected: string): boolean {
  if (given.length !== expected.length) return false;
  let difference = 0;
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i);
  }
  return difference === 0;
}

/** The signature of a canonical request, in hexadecimal. */
export function requestSignature(signer: Signer, canonical: string): string {
  const hash = sha256Hex(bytesOfLatin1(canonical));
  const scope = scopeText(signer.scope);
  return signer.key.sign(`AWS4-HMAC-SHA256\n${signer.amzDate}\n${scope}\n${hash}`);
}

/**
 * The signature of one chunk of a signed aws-chunked body, in hexadecimal.
 *
 * @param previousHex the signature before it: the request's, or the last chunk's
 * @param dataHash the SHA-256 of the chunk's data
 */
export function chunkSignature(signer: Signer, previousHex: string, dataHash: Uint8Array): string {
  const scope = scopeText(signer.scope);
  const head = `AWS4-HMAC-SHA256-PAYLOAD\n${signer.amzDate}\n${scope}\n${previousHex}`;
  return signer.key.sign(`${head}\n${emptySha256Hex}\n${toHex(dataHash)}`);
}

/**
 * The signature of the trailer of a signed aws-chunked body, in hexadecimal.
 *
 * @param trailer `name:value\n` for each field, as sent
 */
export function trailerSignature(signer: Signer, previousHex: string, trailer: string): string {
  const scope = scopeText(signer.scope);
  const hash = sha256Hex(bytesOfLatin1(trailer));
  const head = `AWS4-HMAC-SHA256-TRAILER\n${signer.amzDate}\n${scope}\n${previousHex}`;
  return signer.key.sign(`${head}\n${hash}`);
}

/** Derives the key that signs in one scope from a secret access key. */
export function signingKey(secretAccessKey: string, scope: CredentialScope): SigningKey {
  const dateKey = hmacSha256(utf8(`AWS4${secretAccessKey}`), utf8(scope.date));
  const regionKey = hmacSha256(dateKey, utf8(scope.region));
  return new SigningKey(hmacSha256(hmacSha256(regionKey, utf8("s3")), utf8("aws4_request")));
}

/** Keys that are kept: a few hundred access keys on the two days a clock's skew may span. */
const signingKeysMax = 1024;

/** Signing keys by access key and scope, so that a request costs one HMAC instead of five. */
export class SigningKeys {
  readonly #keys = new Map<string, { secret: string; key: SigningKey }>();

  /** The signing key for a credential whose secret is known. */
  of(accessKeyId: string, secretAccessKey: string, scope: CredentialScope): SigningKey {
    const name = `${accessKeyId}/${scope.date}/${scope.region}`;
    const kept = this.#keys.get(name);
    if (kept !== undefined && kept.secret === secretAccessKey) return kept.key;
    if (this.#keys.size >= signingKeysMax) this.#keys.clear();
    const key = signingKey(secretAccessKey, scope);
    this.#keys.set(name, { secret: secretAccessKey, key });
    return key;
  }
}
