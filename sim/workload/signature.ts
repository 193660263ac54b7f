import { createHash, createHmac } from "node:crypto";

/** What a simulated client signs with. */
export interface ClientCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/** A request as far as it is signed. */
interface Signable {
  method: string;
  /** Path and query, encoded, the query's pairs in order of their names. */
  target: string;
  headers: Record<string, readonly string[]>;
}

/**
 * The `authorization` header of a request, after Signature Version 4, from `x-amz-date`,
 * `x-amz-content-sha256` and every other header it has. An implementation apart from the gateway's.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function authorizationOf(request: Signable, credentials: ClientCredentials): string {
  const names = Object.keys(request.headers).sort();
  const timestamp = request.headers["x-amz-date"]?.[0] ?? "";
  const scope = `${timestamp.slice(0, 8)}/${credentials.region}/s3/aws4_request`;
  const [path = "", query = ""] = request.target.split("?");
  const canonical = [
    request.method,
    path,
    query,
    ...names.map((name) => `${name}:${(request.headers[name] ?? []).join(",")}`),
    "",
    names.join(";"),
    request.headers["x-amz-content-sha256"]?.[0] ?? "",
  ].join("\n");
  const digest = createHash("sha256").update(canonical).digest("hex");
  const text = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${digest}`;
  const key = signingKeyOf(credentials.secretAccessKey, scope);
  const signature = createHmac("sha256", key).update(text).digest("hex");
  const credential = `Credential=${credentials.accessKeyId}/${scope}`;
  return `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
}

/** By secret and scope: a run signs thousands of requests on a few days. */
const signingKeys = new Map<string, Uint8Array>();

function signingKeyOf(secret: string, scope: string): Uint8Array {
  return signingKeys.getOrInsertComputed(`${secret} ${scope}`, () => {
    let key: Uint8Array | string = `AWS4${secret}`;
    for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
    return key as Uint8Array;
  });
}

/** `20260101T000000Z` */
export function timestampOf(unixMs: number): string {
  return new Date(unixMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
