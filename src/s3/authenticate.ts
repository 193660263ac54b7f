import { formatIsoDate, formatAmzDate, parseAmzDate, parseHttpDate } from "./date.ts";
import { headerValue } from "./headers.ts";
import type { HttpHeaders } from "./http.ts";
import { parsePayloadHash, type PayloadHash } from "./payload-hash.ts";
import { checkPresignedV2, presignedV2KeyId } from "./presigned-v2.ts";
import { S3Error } from "./s3-error.ts";
import { parseClaim, type SignedClaim } from "./signed-claim.ts";
import {
  canonicalRequest,
  isSameSignature,
  requestSignature,
  type Signer,
  type SigningKeys,
} from "./sigv4.ts";
import { type QueryParameter, queryValue } from "./target.ts";

/** Who a request is from, once its signature has been found right. */
export interface Authenticated {
  readonly accessKeyId: string;
  /** The canonical id of the account the access key acts for; empty where nobody signed. */
  readonly account: string;
  readonly payload: PayloadHash;
  /** For the chunks of a body that is signed chunk by chunk. */
  readonly signing: { readonly signer: Signer; readonly seedHex: string } | undefined;
}

/** What is known of an access key. */
export interface Credential {
  readonly secretAccessKey: string;
  readonly account: string;
}

/** What a request is held against. */
export interface Authority {
  readonly region: string;
  readonly nowUnixMs: number;
  readonly signingKeys: SigningKeys;
  readonly credential: (accessKeyId: string) => Credential | undefined;
}

/** What of a request is authenticated. */
export interface UntrustedRequest {
  readonly method: string;
  readonly rawPath: string;
  readonly query: readonly QueryParameter[];
  readonly headers: HttpHeaders;
  /** The bucket that the host names and the path does not. */
  readonly hostedBucket: string | undefined;
}

/** How far a client's clock may be off, either way; AWS's limit. */
const skewMsMax = 15 * 60_000;

/** What of a claim its credential's scope is. */
type ScopeClaim = Pick<SignedClaim, "by" | "date" | "region" | "service" | "terminator">;

/** The error for a credential whose scope is not this endpoint's. */
function malformed(claim: ScopeClaim, message: string, details = {}): S3Error {
  return claim.by === "header"
    ? new S3Error("AuthorizationHeaderMalformed", {
        message: `The authorization header is malformed; ${message}`,
        details,
      })
    : new S3Error("AuthorizationQueryParametersError", {
        message: `Error parsing the X-Amz-Credential parameter; ${message}`,
        details,
      });
}

/** Checks that a credential is for this day, region and service. */
export function checkScope(claim: ScopeClaim, amzDate: string, region: string): void {
  if (claim.date !== amzDate.slice(0, 8)) {
    throw malformed(
      claim,
      `Invalid credential date "${claim.date}". This date is not the same as X-Amz-Date: ` +
        `"${amzDate.slice(0, 8)}".`,
    );
  }
  if (claim.region !== region) {
    throw malformed(claim, `the region '${claim.region}' is wrong; expecting '${region}'`, {
      Region: region,
    });
  }
  if (claim.service !== "s3") {
    throw malformed(claim, `incorrect service "${claim.service}". This endpoint belongs to "s3".`);
  }
  if (claim.terminator !== "aws4_request") {
    throw malformed(
      claim,
      `incorrect terminator "${claim.terminator}". This endpoint uses "aws4_request".`,
    );
  }
}

/** Checks the time of signing against this node's clock. */
function checkTime(claim: SignedClaim, signedUnixMs: number, nowUnixMs: number): void {
  const aheadMs = signedUnixMs - nowUnixMs;
  if (claim.expiresSeconds !== undefined) {
    if (aheadMs > skewMsMax) {
      throw new S3Error("AccessDenied", { message: "Request is not valid yet" });
    }
    const expiresUnixMs = signedUnixMs + claim.expiresSeconds * 1000;
    if (expiresUnixMs > nowUnixMs) return;
    throw new S3Error("AccessDenied", {
      message: "Request has expired",
      details: {
        "X-Amz-Expires": `${claim.expiresSeconds}`,
        Expires: formatIsoDate(expiresUnixMs),
        ServerTime: formatIsoDate(nowUnixMs),
      },
    });
  }
  if (Math.abs(aheadMs) > skewMsMax) {
    throw new S3Error("RequestTimeTooSkewed", {
      details: {
        RequestTime: claim.signedAt,
        ServerTime: formatIsoDate(nowUnixMs),
        MaxAllowedSkewMilliseconds: `${skewMsMax}`,
      },
    });
  }
}

/** Checks that the host and everything that S3 acts on is signed. */
function checkSignedHeaders(claim: SignedClaim, headers: HttpHeaders): void {
  const unsigned: string[] = [];
  if (!claim.signedHeaders.includes("host")) unsigned.push("host");
  for (const name in headers) {
    if (name.startsWith("x-amz-") && !claim.signedHeaders.includes(name)) unsigned.push(name);
  }
  if (unsigned.length === 0) return;
  throw new S3Error("AccessDenied", {
    message: "There were headers present in the request which were not signed",
    details: { HeadersNotSigned: unsigned.join(", ") },
  });
}

/** The time of signing; a date that cannot be read is answered as one that is missing. */
function signedUnixMsOf(claim: SignedClaim): number {
  const unixMs = parseAmzDate(claim.signedAt) ?? parseHttpDate(claim.signedAt);
  if (unixMs !== undefined) return unixMs;
  if (claim.by === "header") {
    throw new S3Error("AccessDenied", {
      message: "AWS authentication requires a valid Date or x-amz-date header",
    });
  }
  throw new S3Error("AuthorizationQueryParametersError", {
    message: "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
  });
}

function payloadHashText(claim: SignedClaim, request: UntrustedRequest): string {
  const sent = headerValue(request.headers, "x-amz-content-sha256");
  if (sent !== undefined) return sent;
  if (claim.by === "query") {
    return queryValue(request.query, "X-Amz-Content-Sha256") ?? "UNSIGNED-PAYLOAD";
  }
  throw new S3Error("InvalidRequest", {
    message: "Missing required header for this request: x-amz-content-sha256",
  });
}

/**
 * Finds out who a request is from. Nothing of its body has been read yet: what the signature says
 * of it is handed on in `payload`.
 *
 * @throws S3Error as AWS answers requests that it does not trust
 */
export function authenticate(request: UntrustedRequest, authority: Authority): Authenticated {
  checkToken(request);
  if (!isSigned(request)) return anonymous(request);
  const olderKeyId = request.query.length > 0 ? presignedV2KeyId(request.query) : undefined;
  if (olderKeyId !== undefined && headerValue(request.headers, "authorization") === undefined) {
    return authenticateV2(request, authority, olderKeyId);
  }
  const claim = parseClaim(request.headers, request.query);
  const signedUnixMs = signedUnixMsOf(claim);
  const amzDate = formatAmzDate(signedUnixMs);
  checkScope(claim, amzDate, authority.region);
  const credential = credentialOf(claim.accessKeyId, authority);
  checkTime(claim, signedUnixMs, authority.nowUnixMs);
  checkSignedHeaders(claim, request.headers);
  const payloadHash = payloadHashText(claim, request);
  const payload = parsePayloadHash(payloadHash);
  const scope = { date: claim.date, region: claim.region };
  const key = authority.signingKeys.of(claim.accessKeyId, credential.secretAccessKey, scope);
  const signer: Signer = { key, amzDate, scope };
  const { signedHeaders, signatureHex } = claim;
  const canonical = canonicalRequest({ ...request, signedHeaders, payloadHash });
  if (!isSameSignature(signatureHex, requestSignature(signer, canonical))) {
    throw new S3Error("SignatureDoesNotMatch", {
      details: {
        AWSAccessKeyId: claim.accessKeyId,
        SignatureProvided: signatureHex,
        CanonicalRequest: canonical,
      },
    });
  }
  const { accessKeyId } = claim;
  const signing = { signer, seedHex: signatureHex };
  return { accessKeyId, account: credential.account, payload, signing };
}

/** @throws S3Error InvalidAccessKeyId */
export function credentialOf(accessKeyId: string, authority: Authority): Credential {
  const credential = authority.credential(accessKeyId);
  if (credential !== undefined) return credential;
  throw new S3Error("InvalidAccessKeyId", { details: { AWSAccessKeyId: accessKeyId } });
}

/** Whether a request claims to be from somebody. */
function isSigned({ headers, query }: UntrustedRequest): boolean {
  if (headers["authorization"] !== undefined) return true;
  return query.some(({ name }) => signatureParameters.has(name));
}

const signatureParameters: ReadonlySet<string> = new Set([
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Signature",
  "AWSAccessKeyId",
  "Signature",
]);

/** Nobody in particular, who may do what a bucket lets everyone do. */
function anonymous({ headers }: UntrustedRequest): Authenticated {
  const payload = parsePayloadHash(
    headerValue(headers, "x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD",
  );
  if (payload.kind === "chunked" && payload.signed) throw new S3Error("AccessDenied");
  return { accessKeyId: "", account: "", payload, signing: undefined };
}

/**
 * The holder of a URL that was presigned with the older signature, which says nothing of the body.
 */
function authenticateV2(
  request: UntrustedRequest,
  authority: Authority,
  accessKeyId: string,
): Authenticated {
  const { secretAccessKey, account } = credentialOf(accessKeyId, authority);
  const { rawPath, hostedBucket } = request;
  const resource = hostedBucket === undefined ? rawPath : `/${hostedBucket}${rawPath}`;
  checkPresignedV2({ ...request, resource }, secretAccessKey, authority.nowUnixMs);
  const payload = parsePayloadHash(
    headerValue(request.headers, "x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD",
  );
  if (payload.kind === "chunked" && payload.signed) {
    throw new S3Error("InvalidRequest", {
      message: "Chunks can only be signed where the request is, with AWS4-HMAC-SHA256.",
    });
  }
  return { accessKeyId, account, payload, signing: undefined };
}

/** There are no temporary credentials here, so that no session token can be a good one. */
function checkToken(request: UntrustedRequest): void {
  const token =
    headerValue(request.headers, "x-amz-security-token") ??
    queryValue(request.query, "X-Amz-Security-Token");
  if (token !== undefined && token !== "") throw new S3Error("InvalidToken");
}
