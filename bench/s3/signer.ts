import { createHash, createHmac } from "node:crypto";

/** Access keys and the region they are used in. */
export interface Signer {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

export interface RequestLine {
  method: string;
  /** Path and query as they stand in the request line, percent-encoded, query sorted by name. */
  target: string;
  host: string;
  /** Bytes of the body; what is hashed and signed where `signBody` is set. */
  body?: Uint8Array | undefined;
  /** Sign the body's SHA-256, as SDKs do over plain HTTP; otherwise UNSIGNED-PAYLOAD. */
  signBody?: boolean | undefined;
  /** More fields, which are signed: `x-amz-` and lower case. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * The head of a signed HTTP/1.1 request.
 *
 * Source: AWS, "Signature Calculations for the Authorization Header".
 */
export function signedHead(signer: Signer, request: RequestLine, now: Date = new Date()): Buffer {
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const scope = `${stamp.slice(0, 8)}/${signer.region}/s3/aws4_request`;
  const hash = request.signBody === false ? "UNSIGNED-PAYLOAD" : sha256(request.body ?? "");
  const [path = "", query = ""] = request.target.split("?");
  const fields: [name: string, value: string][] = Object.entries({
    ...request.headers,
    host: request.host,
    "x-amz-content-sha256": hash,
    "x-amz-date": stamp,
  }).sort(([a], [b]) => (a < b ? -1 : 1));
  const headers = fields.map(([name, value]) => `${name}:${value}\n`).join("");
  const names = fields.map(([name]) => name).join(";");
  const canonical = [request.method, path, query, headers, names, hash].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", stamp, scope, sha256(canonical)].join("\n");
  const signature = createHmac("sha256", signingKey(signer, stamp.slice(0, 8)))
    .update(toSign)
    .digest("hex");
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${signer.accessKeyId}/${scope},` +
    `SignedHeaders=${names},Signature=${signature}`;
  const lines = [
    `${request.method} ${request.target} HTTP/1.1`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
    `authorization: ${authorization}`,
  ];
  if (request.body !== undefined) lines.push(`content-length: ${request.body.length}`);
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

function signingKey(signer: Signer, day: string): Buffer {
  let key: Buffer = Buffer.from(`AWS4${signer.secretAccessKey}`);
  for (const part of [day, signer.region, "s3", "aws4_request"]) {
    key = createHmac("sha256", key).update(part).digest();
  }
  return key;
}
