// Claims that are anything at all, and what a signature covers.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { authenticate, type Authority, type UntrustedRequest } from "./authenticate.ts";
import type { HttpRequest } from "./http.ts";
import { host, presignedTarget, region, signedRequest } from "./rig.ts";
import { S3Error } from "./s3-error.ts";
import { SigningKeys } from "./sigv4.ts";
import { parseTarget } from "./target.ts";

/** Characters of all kinds, half of them ASCII: control characters and lone surrogates too. */
const character = fc
  .oneof(fc.nat(0x7f), fc.nat(0x10ffff))
  .map((codePoint) => String.fromCodePoint(codePoint));
const anyText = (maxLength = 20) => fc.string({ unit: character, maxLength });

const nowUnixMs = Date.UTC(2026, 0, 1, 12);
const ports = {
  clock: { unixMs: () => nowUnixMs, monotonicMs: () => 0, sleep: () => Promise.resolve() },
};
const authority: Authority = {
  region,
  nowUnixMs,
  signingKeys: new SigningKeys(),
  credential: (accessKeyId) =>
    accessKeyId === "AKIDEXAMPLE"
      ? { secretAccessKey: "secret/example", account: "account" }
      : undefined,
};

function untrusted({ method, target, headers }: HttpRequest): UntrustedRequest {
  return { method, ...parseTarget(target), headers, hostedBucket: undefined };
}

test("an honest request passes, whatever its key, query and metadata", () => {
  const requests = fc.record({
    key: anyText(30).map((key) => key.toWellFormed()),
    parameters: fc.dictionary(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), {
      maxKeys: 4,
    }),
    meta: fc.string({ maxLength: 30 }),
  });
  fc.assert(
    fc.property(requests, ({ key, parameters, meta }) => {
      const query = Object.entries(parameters)
        .map((pair) => pair.map(encodeURIComponent).join("="))
        .join("&");
      const target = `/bucket/${encodeURIComponent(key)}?${query}`;
      const headers = { "x-amz-meta-note": meta };
      const request = signedRequest(ports, { method: "PUT", target, headers, body: "hello" });
      // A field that is empty is not sent at all by the rig.
      if (meta === "") return;
      const { account, payload } = authenticate(untrusted(request), authority);
      assert.equal(account, "account");
      assert.equal(payload.kind, "hashed");
    }),
    { numRuns: 500 },
  );
});

test("a signature that was made in one order of parameters passes in another", () => {
  const { headers } = signedRequest(ports, { method: "GET", target: "/b?x=1&a=2&x=0" });
  const shuffled = { method: "GET", ...parseTarget("/b?a=2&x=0&x=1"), headers };
  assert.ok(authenticate({ ...shuffled, hostedBucket: undefined }, authority));
});

test("any other character in the claim of a header is refused with a code of S3", () => {
  const request = untrusted(signedRequest(ports, { method: "GET", target: "/bucket/key" }));
  const claim = request.headers["authorization"]?.[0] ?? "";
  fc.assert(
    fc.property(fc.nat(claim.length - 1), fc.string({ maxLength: 3 }), (at, text) => {
      const changed = claim.slice(0, at) + text + claim.slice(at + 1);
      if (changed.trim() === claim || /[ ,]/.test(claim[at] ?? "")) return;
      const headers = { ...request.headers, authorization: [changed] };
      assert.throws(() => authenticate({ ...request, headers }, authority), S3Error);
    }),
    { numRuns: 1000 },
  );
});

test("any other character in a presigned query is refused with a code of S3", () => {
  const target = presignedTarget(ports, { method: "GET", target: "/b/k", expiresSeconds: "60" });
  const mark = target.indexOf("?") + 1;
  fc.assert(
    fc.property(
      fc.integer({ min: mark, max: target.length - 1 }),
      fc.string({ maxLength: 2 }),
      (at, text) => {
        const changed = target.slice(0, at) + text + target.slice(at + 1);
        try {
          const parsed = parseTarget(changed);
          if (JSON.stringify(parsed) === JSON.stringify(parseTarget(target))) return;
          authenticate(
            { method: "GET", ...parsed, headers: { host: [host] }, hostedBucket: undefined },
            authority,
          );
          assert.fail(changed);
        } catch (error) {
          assert.ok(error instanceof S3Error, String(error));
        }
      },
    ),
    { numRuns: 1000 },
  );
});
