// Rules for browsers: what is taken keeps S3's rules, is shown as it was taken, and allows what an
// independent reading of its patterns allows.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { CorsRule } from "#format/index.ts";
import { type CorsRequest, ruleFor } from "#s3/cors.ts";
import { corsDocument, corsRulesOf } from "#s3/cors-document.ts";
import { parseXml } from "#s3/xml-reader.ts";
import { reading } from "./s3-refusal.ts";
import { bytesOf, type FuzzTarget, latin1Of } from "./target.ts";

const requests = fc.constantFrom(
  "GET https://app.test",
  "PUT https://app.test x-amz-date content-type",
  "DELETE http://a.app.test x-other",
  "HEAD *",
  "get https://app.test",
);

const fields = fc.constantFrom(
  "<AllowedOrigin>*</AllowedOrigin>",
  "<AllowedOrigin>https://app.test</AllowedOrigin>",
  "<AllowedOrigin>http://*.test</AllowedOrigin>",
  "<AllowedOrigin>*a*</AllowedOrigin>",
  "<AllowedMethod>GET</AllowedMethod>",
  "<AllowedMethod>PUT</AllowedMethod>",
  "<AllowedMethod>PATCH</AllowedMethod>",
  "<AllowedHeader>x-amz-*</AllowedHeader>",
  "<AllowedHeader>*</AllowedHeader>",
  "<ExposeHeader>ETag</ExposeHeader>",
  "<MaxAgeSeconds>3000</MaxAgeSeconds>",
  "<ID>a &amp; b</ID>",
);

const rule = fc
  .array(fields, { maxLength: 6 })
  .map((list) => `<CORSRule><AllowedMethod>GET</AllowedMethod>${list.join("")}</CORSRule>`);

/** Whether a pattern, whose `*` is any text, is this text. */
function isLike(pattern: string, text: string): boolean {
  const parts = pattern
    .split("*")
    .map((part) =>
      part.replace(/[^\w]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16) ?? ""}}`),
    );
  return new RegExp(`^${parts.join("[^]*")}$`, "u").test(text);
}

function isAllowed(rules: readonly CorsRule[], request: CorsRequest): boolean {
  return rules.some(
    ({ allowedMethods, allowedOrigins, allowedHeaders }) =>
      allowedMethods.some((one) => one === request.method) &&
      allowedOrigins.some((pattern) => isLike(pattern, request.origin)) &&
      request.headers.every((name) =>
        allowedHeaders.some((pattern) => isLike(pattern.toLowerCase(), name)),
      ),
  );
}

function assertRuled(rules: readonly CorsRule[]): void {
  assert.ok(rules.length >= 1 && rules.length <= 100);
  for (const { allowedMethods, allowedOrigins, allowedHeaders, exposeHeaders } of rules) {
    assert.ok(allowedMethods.length > 0 && allowedOrigins.length > 0);
    for (const method of allowedMethods) assert.match(method, /^(GET|PUT|HEAD|POST|DELETE)$/);
    for (const one of [...allowedOrigins, ...allowedHeaders]) assert.ok(one.split("*").length <= 2);
    for (const one of exposeHeaders) assert.ok(!one.includes("*"));
  }
}

export const s3Cors: FuzzTarget = {
  name: "s3-cors",
  seeds: fc
    .tuple(requests, fc.array(rule, { maxLength: 3 }))
    .map(([request, rules]) =>
      bytesOf(`${request}\n<CORSConfiguration>${rules.join("")}</CORSConfiguration>`),
    ),
  words: [
    "<CORSRule>",
    "</CORSRule>",
    "<AllowedOrigin>",
    "</AllowedOrigin>",
    "<AllowedHeader>",
    "*",
    "&#10;",
    "-1",
  ],
  check(input) {
    const end = input.indexOf(0x0a);
    const line = latin1Of(input.subarray(0, Math.max(end, 0)));
    const [method = "", origin = "", ...names] = line.split(" ");
    const request = { method, origin, headers: names.map((name) => name.toLowerCase()) };
    const result = reading(() => corsRulesOf(parseXml(input.subarray(end + 1))));
    if (result.kind === "refused") {
      assert.ok(
        ["MalformedXML", "InvalidRequest", "InvalidArgument"].includes(result.code),
        result.code,
      );
      return result.code;
    }
    const rules = result.value;
    assertRuled(rules);
    const shown = corsDocument(rules);
    assert.deepEqual(corsRulesOf(parseXml(shown)), rules, "it is shown as it was taken");
    const found = ruleFor({ rules }, request);
    assert.equal(found !== undefined, isAllowed(rules, request));
    return found === undefined ? "forbidden" : "allowed";
  },
};
