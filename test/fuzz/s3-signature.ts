// Signed requests, in the header and in the query: one that passes is signed, all of what counts
// in it, with the right key, for now and for here.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { authenticate } from "#s3/authenticate.ts";
import { SigningKeys } from "#s3/sigv4.ts";
import { parseTarget } from "#s3/target.ts";
import { outcomeOf, reading } from "./s3-refusal.ts";
import {
  headersOf,
  pairsOf,
  requestOf,
  signatureOf,
  textOfRequest,
  type TextRequest,
} from "./s3-request-text.ts";
import { bytesOf, type FuzzTarget, latin1Of } from "./target.ts";

const accessKeyId = "AKIDEXAMPLE";
const secret = "secret/example";
const region = "us-east-1";
const nowUnixMs = Date.UTC(2013, 4, 24, 0, 10);
const amzDate = "20130524T000000Z";
const scope = `20130524/${region}/s3/aws4_request`;
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const targets = fc.constantFrom(
  "/",
  "/bucket?list-type=2&prefix=a%2Fb&delimiter=%2F",
  "/bucket/a key/%F0%9F%90%B9//..%2f./x+y",
  "/bucket/key?uploadId=0123&partNumber=7",
  "/bucket/key?versionId=null&response-content-type=text%2Fplain%3B%20charset%3Dutf-8",
  "http://host/bucket?delete=",
);

const extraFields = fc.subarray([
  ["x-amz-meta-color", "  deep   blue "],
  ["x-amz-meta-name", "caf\u00c3\u00a9"],
  ["x-amz-acl", "private"],
  ["content-type", "text/plain"],
  ["range", "bytes=0-9"],
] as const);

const methods = fc.constantFrom("GET", "PUT", "HEAD", "POST", "DELETE");
const hashes = fc.constantFrom(emptyHash, "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");

/** A request that is signed in its Authorization field. */
const signedByHeader = fc
  .record({ method: methods, target: targets, payloadHash: hashes, extra: extraFields })
  .map(({ method, target, payloadHash, extra }): TextRequest => {
    const fields = [
      ["host", "host"],
      ["x-amz-content-sha256", payloadHash],
      ["x-amz-date", amzDate],
      ...extra,
    ] as const;
    const signedHeaders = fields
      .map(([name]) => name)
      .sort()
      .join(";");
    const request = { method, target, fields };
    const signature = signatureOf(request, { secret, amzDate, scope, signedHeaders, payloadHash });
    const authorization =
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, ` +
      `SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return { method, target, fields: [...fields, ["authorization", authorization]] };
  });

/** A presigned request. */
const signedByQuery = fc
  .record({ method: methods, target: targets, expires: fc.constantFrom(1, 601, 604_800) })
  .map(({ method, target, expires }): TextRequest => {
    const presigned =
      `${target}${target.includes("?") ? "&" : "?"}X-Amz-Algorithm=AWS4-HMAC-SHA256` +
      `&X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}&X-Amz-Date=${amzDate}` +
      `&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host`;
    const request: TextRequest = { method, target: presigned, fields: [["host", "host"]] };
    const how = { secret, amzDate, scope, signedHeaders: "host", payloadHash: "UNSIGNED-PAYLOAD" };
    return { ...request, target: `${presigned}&X-Amz-Signature=${signatureOf(request, how)}` };
  });

/** What a request says of its signature, read a second time; empty where it says nothing. */
function claimOf(request: TextRequest): Record<string, string> {
  const field = (name: string): string | undefined => {
    const values = request.fields.filter(([given]) => given === name);
    return values.length === 0 ? undefined : values.map(([, value]) => value).join(", ");
  };
  const authorization = field("authorization")?.trim() ?? "";
  if (authorization === "") {
    const query = new Map(pairsOf(request.target).reverse());
    return {
      credential: query.get("X-Amz-Credential") ?? "",
      signedHeaders: query.get("X-Amz-SignedHeaders") ?? "",
      signature: query.get("X-Amz-Signature") ?? "",
      signedAt: query.get("X-Amz-Date") ?? "",
      expires: query.get("X-Amz-Expires") ?? "",
      payloadHash:
        field("x-amz-content-sha256") ?? query.get("X-Amz-Content-Sha256") ?? "UNSIGNED-PAYLOAD",
    };
  }
  if (!authorization.startsWith("AWS4-HMAC-SHA256 ")) return {};
  const parts = new Map<string, string>();
  for (const part of authorization.replace(/^AWS4-HMAC-SHA256/, "").split(",")) {
    const [name = "", ...value] = part.trim().split("=");
    parts.set(name, value.join("="));
  }
  return {
    credential: parts.get("Credential") ?? "",
    signedHeaders: parts.get("SignedHeaders") ?? "",
    signature: parts.get("Signature") ?? "",
    signedAt: field("x-amz-date") ?? field("date") ?? "",
    payloadHash: field("x-amz-content-sha256") ?? "",
  };
}

/** Whether a request may pass. */
function mayPass(request: TextRequest): boolean {
  const claim = claimOf(request);
  const { credential = "", signedHeaders = "", signature = "", signedAt = "" } = claim;
  const instant = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(signedAt);
  const [year = 0, month = 0, ...rest] = instant?.slice(1).map(Number) ?? [];
  const [day = 0, hour = 0, minute = 0, second = 0] = rest;
  const signedUnixMs =
    instant === null ? Date.parse(signedAt) : Date.UTC(year, month - 1, day, hour, minute, second);
  const time = new Date(signedUnixMs);
  if (Number.isNaN(time.getTime())) return false;
  const amzDate = time.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${amzDate.slice(0, 8)}/${region}/s3/aws4_request`;
  const lateMs = nowUnixMs - signedUnixMs;
  const expires = claim["expires"];
  const isInTime =
    expires === undefined
      ? Math.abs(lateMs) <= 900_000
      : lateMs >= -900_000 && lateMs < Number(expires) * 1000 && Number(expires) <= 604_800;
  const mustBeSigned = ["host", ...request.fields.map(([name]) => name)].filter(
    (name) => name === "host" || name.startsWith("x-amz-"),
  );
  const isAllSigned = mustBeSigned.every((name) => signedHeaders.split(";").includes(name));
  const payloadHash = claim["payloadHash"] ?? "";
  const how = { secret, amzDate, scope, signedHeaders, payloadHash };
  return (
    isInTime &&
    isAllSigned &&
    credential === `${accessKeyId}/${scope}` &&
    signature === signatureOf(request, how)
  );
}

export const s3Signature: FuzzTarget = {
  name: "s3-signature",
  seeds: fc.oneof(signedByHeader, signedByQuery).map((request) => bytesOf(textOfRequest(request))),
  words: [
    "X-Amz-Signature=",
    "&X-Amz-Expires=",
    "&X-Amz-SignedHeaders=host",
    "\nx-amz-date: 20130524T001500Z",
    "\nx-amz-meta-color: red",
    "\nx-amz-security-token: t",
    "\nhost: other",
    "x-amz-content-sha256",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "\nauthorization: AWS AKIDEXAMPLE:c2ln",
    "?AWSAccessKeyId=AKIDEXAMPLE&Signature=c2ln&Expires=1369354800",
    ";",
    "%2F",
    "%00",
    "/../",
  ],
  check(input) {
    const request = requestOf(latin1Of(input));
    const headers = headersOf(request);
    const result = reading(() => {
      const { rawPath, query } = parseTarget(request.target);
      const { method } = request;
      return authenticate(
        { method, rawPath, query, headers, hostedBucket: undefined },
        {
          region,
          nowUnixMs,
          signingKeys: new SigningKeys(),
          credential: (id) =>
            id === accessKeyId ? { secretAccessKey: secret, account: "account" } : undefined,
        },
      );
    });
    if (result.kind === "read" && result.value.account === "") {
      assert.ok(!claimsAny(request), "G2: nobody's is what claims to be nobody's");
    } else if (result.kind === "read") {
      assert.ok(mayPass(request), "G2: what passes as somebody's is signed");
    } else if (result.code !== "InvalidURI") {
      assert.ok(!isHonest(request), "who signs right passes");
    }
    return outcomeOf(result);
  },
};

/** Whether a request says anything of who signed it. */
function claimsAny({ fields, target }: TextRequest): boolean {
  const isClaim = /^(AWSAccessKeyId|X-Amz-(Algorithm|Credential|Signature))$/;
  return (
    fields.some(([name, value]) => name === "authorization" && value.trim() !== "") ||
    pairsOf(target).some(([name]) => isClaim.test(name))
  );
}

/** Whether a request is signed right and says nothing else that could be refused. */
function isHonest(request: TextRequest): boolean {
  const hasOther = /AWSAccessKeyId|x-amz-security-token|X-Amz-Security-Token/.test(
    textOfRequest(request),
  );
  const claims =
    request.fields.filter(([name]) => name === "authorization").length +
    pairsOf(request.target).filter(([name]) => /^X-Amz-(Signature|Algorithm)$/.test(name)).length;
  const isModeKnown = /^([0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-UNSIGNED-PAYLOAD-TRAILER)$/;
  return (
    !hasOther &&
    claims === 1 &&
    isModeKnown.test(claimOf(request)["payloadHash"] ?? "") &&
    mayPass(request)
  );
}
