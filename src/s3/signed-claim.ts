// What a request says of its own signature, in its Authorization header or in its query.
import { type HttpHeaders } from "./http.ts";
import { headerValue } from "./headers.ts";
import { S3Error } from "./s3-error.ts";
import { type QueryParameter, queryValue } from "./target.ts";

/** What a request claims: who signed it, when, and what. */
export interface SignedClaim {
  readonly by: "header" | "query";
  readonly accessKeyId: string;
  /** The credential's scope, not yet checked. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  readonly signedHeaders: readonly string[];
  readonly signatureHex: string;
  /** The time of signing as sent: `20130524T000000Z` or an HTTP date. */
  readonly signedAt: string;
  /** For how long a presigned request may be used, in seconds. */
  readonly expiresSeconds: number | undefined;
}

/** The one algorithm of Signature Version 4 that there is here. */
export const algorithm = "AWS4-HMAC-SHA256";

/** A presigned request is good for at most a week; AWS's limit. */
export const expiresSecondsMax = 604_800;

type Part = Pick<SignedClaim, "accessKeyId" | "date" | "region" | "service" | "terminator">;

/** Takes `AKIA.../20130524/us-east-1/s3/aws4_request` apart; the access key may hold slashes. */
export function parseCredential(text: string): Part | undefined {
  const terminatorAt = text.lastIndexOf("/");
  const serviceAt = text.lastIndexOf("/", terminatorAt - 1);
  const regionAt = text.lastIndexOf("/", serviceAt - 1);
  const dateAt = text.lastIndexOf("/", regionAt - 1);
  // Each slash is found behind the one before it, and something stands before the first.
  const isWhole = dateAt > 0 && dateAt < regionAt && regionAt < serviceAt;
  if (!isWhole || serviceAt >= terminatorAt) return undefined;
  return {
    accessKeyId: text.slice(0, dateAt),
    date: text.slice(dateAt + 1, regionAt),
    region: text.slice(regionAt + 1, serviceAt),
    service: text.slice(serviceAt + 1, terminatorAt),
    terminator: text.slice(terminatorAt + 1),
  };
}

function malformedHeader(message: string): S3Error {
  return new S3Error("AuthorizationHeaderMalformed", {
    message: `The authorization header is malformed; ${message}`,
  });
}

function malformedQuery(message?: string): S3Error {
  return new S3Error("AuthorizationQueryParametersError", message === undefined ? {} : { message });
}

/**
 * The claim of an Authorization header.
 *
 * @throws S3Error AuthorizationHeaderMalformed, InvalidArgument or AccessDenied
 */
function claimOfHeader(authorization: string, headers: HttpHeaders): SignedClaim {
  if (authorization.split(" ", 1)[0] !== algorithm) throw unsupportedAuthorization(authorization);
  let credential: Part | undefined;
  let signedHeaders = "";
  let signatureHex = "";
  for (const piece of authorization.slice(algorithm.length).split(",")) {
    const field = piece.trim();
    const equals = field.indexOf("=");
    const value = field.slice(equals + 1);
    const name = equals < 0 ? "" : field.slice(0, equals);
    if (name === "Credential") credential = parseCredential(value);
    else if (name === "SignedHeaders") signedHeaders = value;
    else if (name === "Signature") signatureHex = value;
  }
  if (credential === undefined) {
    throw malformedHeader(
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  if (signedHeaders === "") throw malformedHeader("missing SignedHeaders.");
  if (signatureHex === "") throw malformedHeader("missing Signature.");
  const signedAt = headerValue(headers, "x-amz-date") ?? headerValue(headers, "date");
  if (signedAt === undefined) {
    throw new S3Error("AccessDenied", {
      message: "AWS authentication requires a valid Date or x-amz-date header",
    });
  }
  return {
    by: "header",
    ...credential,
    signedHeaders: signedHeaders.split(";"),
    signatureHex,
    signedAt,
    expiresSeconds: undefined,
  };
}

/** The error for an Authorization header that is not Signature Version 4's. */
function unsupportedAuthorization(authorization: string): S3Error {
  if (/^AWS [^:\s]+:\S+$/.test(authorization)) {
    return new S3Error("InvalidRequest", {
      message:
        "The authorization mechanism you have provided is not supported. " +
        `Please use ${algorithm}.`,
    });
  }
  return new S3Error("InvalidArgument", {
    message: "Unsupported Authorization Type",
    details: { ArgumentName: "Authorization" },
  });
}

function parseExpires(text: string): number {
  if (!/^-?\d+$/.test(text)) throw malformedQuery("X-Amz-Expires should be a number");
  const seconds = Number(text);
  if (seconds < 0) throw malformedQuery("X-Amz-Expires must be non-negative");
  if (seconds > expiresSecondsMax) {
    throw malformedQuery(
      "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires " +
        `must be less than ${expiresSecondsMax} seconds`,
    );
  }
  return seconds;
}

/**
 * The claim of a presigned request.
 *
 * @throws S3Error AuthorizationQueryParametersError
 */
function claimOfQuery(query: readonly QueryParameter[]): SignedClaim {
  const given = queryValue(query, "X-Amz-Algorithm");
  const credentialText = queryValue(query, "X-Amz-Credential");
  const signatureHex = queryValue(query, "X-Amz-Signature");
  const signedAt = queryValue(query, "X-Amz-Date");
  const signedHeaders = queryValue(query, "X-Amz-SignedHeaders");
  const expires = queryValue(query, "X-Amz-Expires");
  if (given === undefined || credentialText === undefined || signatureHex === undefined) {
    throw malformedQuery();
  }
  if (signedAt === undefined || signedHeaders === undefined || expires === undefined) {
    throw malformedQuery();
  }
  if (given !== algorithm) {
    throw malformedQuery(`X-Amz-Algorithm only supports "${algorithm}"`);
  }
  const credential = parseCredential(credentialText);
  if (credential === undefined) {
    throw malformedQuery(
      "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting " +
        '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  return {
    by: "query",
    ...credential,
    signedHeaders: signedHeaders.split(";"),
    signatureHex,
    signedAt,
    expiresSeconds: parseExpires(expires),
  };
}

/**
 * What a request says of its own signature.
 *
 * @throws S3Error AccessDenied where it says nothing, and the errors of AWS for claims that cannot
 * be read
 */
export function parseClaim(headers: HttpHeaders, query: readonly QueryParameter[]): SignedClaim {
  const authorization = headerValue(headers, "authorization")?.trim() ?? "";
  const isPresigned =
    query.length > 0 &&
    (queryValue(query, "X-Amz-Algorithm") ?? queryValue(query, "X-Amz-Signature")) !== undefined;
  if (authorization !== "" && isPresigned) {
    throw new S3Error("InvalidArgument", {
      message:
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature " +
        "query string parameter or the Authorization header should be specified",
      details: { ArgumentName: "Authorization" },
    });
  }
  if (authorization !== "") return claimOfHeader(authorization, headers);
  if (isPresigned) return claimOfQuery(query);
  throw new S3Error("AccessDenied");
}
