// Signed requests of every kind with odd parameters: each gets an answer that S3 has, and none
// breaks what is stored.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { simulate } from "../../sim/index.ts";
import { endpoints } from "./endpoints.ts";
import { codeOf, send, startGateway, stopGateway } from "./rig.ts";
import { s3Errors } from "./s3-error.ts";

const oddities = fc.constantFrom(
  "",
  "0",
  "-1",
  "1",
  "10001",
  "99999999999999999999",
  "true",
  "url",
  "null",
  "%00",
  "%0D%0A",
  "%F0%9F%90%B9",
  "00000000000000000000000000000000",
  "bytes=0-1",
  "a".repeat(2000),
);

const parameterNames = [
  ...new Set(
    endpoints.flatMap(([, , , query = ""]) => query.split("&").map((text) => text.split("=")[0])),
  ),
  "prefix",
  "delimiter",
  "marker",
  "max-keys",
  "max-parts",
  "max-uploads",
  "part-number-marker",
  "key-marker",
  "upload-id-marker",
  "version-id-marker",
  "continuation-token",
  "start-after",
  "encoding-type",
  "versionId",
  "response-content-type",
];

const headerNames = [
  "range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "content-md5",
  "content-type",
  "x-amz-copy-source",
  "x-amz-copy-source-range",
  "x-amz-checksum-crc32",
  "x-amz-checksum-algorithm",
  "x-amz-checksum-type",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-trailer",
  "x-amz-object-attributes",
  "x-amz-metadata-directive",
  "x-amz-storage-class",
  "x-amz-acl",
  "x-amz-meta-a",
  "x-amz-mp-object-size",
  "x-amz-expected-bucket-owner",
];

const requests = fc.record({
  method: fc.constantFrom("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"),
  path: fc.constantFrom("/", "/other", "/bucket", "/bucket/", "/bucket/key", "/bucket/other", "//"),
  parameters: fc.array(fc.tuple(fc.constantFrom(...parameterNames), oddities), { maxLength: 3 }),
  headers: fc.dictionary(
    fc.constantFrom(...headerNames),
    oddities
      .filter((text) => text !== "")
      .map((text) => decodeURIComponent(text).replace(/[^ -~]/g, "?")),
    { maxKeys: 3 },
  ),
  body: fc.constantFrom("", "hello", "<Delete>", "<Delete><Object><Key>a</Key></Object></Delete>"),
});

test("G1 any signed request gets an answer that S3 has", async () => {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await send(rig, { method: "PUT", target: "/bucket" });
    await send(rig, { method: "PUT", target: "/bucket/kept", body: "kept" });
    const codes = new Set<string>();
    for (const one of fc.sample(requests, { numRuns: 3000, seed: 11 })) {
      const query = one.parameters.map(([name, value]) => `${name}=${value}`).join("&");
      const target = query === "" ? one.path : `${one.path}?${query}`;
      const { method, headers, body } = one;
      const response = await send(rig, { method, target, headers, body });
      const label = `${method} ${target} ${JSON.stringify(headers)} ${response.text}`;
      assert.ok(response.status < 500 || response.status === 501, label);
      assert.match(response.headers["x-amz-request-id"] ?? "", /^[0-9A-F]{16}$/);
      const code = codeOf(response);
      if (method === "HEAD") assert.equal(response.body.length, 0, label);
      else if (response.status >= 400) assert.ok(code in s3Errors, label);
      codes.add(code);
    }
    assert.ok(codes.size > 20, `many kinds of answers: ${[...codes].join(" ")}`);
    assert.equal((await send(rig, { method: "GET", target: "/bucket/kept" })).text, "kept");
    await stopGateway(rig);
  });
});
