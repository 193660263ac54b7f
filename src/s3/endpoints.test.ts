import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { endpoints, operationOf, type RoutedRequest } from "./endpoints.ts";
import { fixedAnswers } from "./fixed-answers.ts";
import { operations } from "./operations.ts";
import { parseTarget } from "./target.ts";
import { unsupportedHeaders } from "./unsupported.ts";

const document = readFileSync(new URL("../../docs/S3.md", import.meta.url), "utf8");

function route(
  method: string,
  scope: RoutedRequest["scope"],
  query = "",
  fields: Readonly<Record<string, string>> = {},
) {
  const { query: parameters } = parseTarget(`/?${query}`);
  return operationOf({ method, scope, query: parameters, header: (name) => fields[name] });
}

test("docs/S3.md lists every operation once, with what is true of it", () => {
  const listed = [...document.matchAll(/^\| ([A-Z]\w+) \| (done|fixed|no) \|/gm)].map(
    ([, name = "", state = ""]) => ({ name, state }),
  );
  const expected = [...new Set(endpoints.map(([name]) => name))].map((name) => {
    // Answered before anything is signed, and so by no operation.
    if (name === "Preflight") return { name, state: "done" };
    if (operations[name] === undefined) return { name, state: "no" };
    return { name, state: fixedAnswers[name] === undefined ? "done" : "fixed" };
  });
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  assert.deepEqual(listed.toSorted(byName), expected.toSorted(byName));
});

test("docs/S3.md names every header that is refused", () => {
  for (const { name } of unsupportedHeaders) {
    const known = name.replace(/-?\*$/, "").replace("copy-source-server", "server");
    assert.ok(document.includes(known), name);
  }
});

test("every row of the table can be reached", () => {
  for (const [
    operation,
    method,
    scope,
    query = "",
    header = "",
  ] of endpoints as readonly (readonly [
    string,
    string,
    RoutedRequest["scope"],
    string?,
    string?,
  ])[]) {
    const [name = "", value = "any"] = header.split("=");
    assert.equal(route(method, scope, query, { [name]: value }), operation);
  }
});

test("a request comes to the operation that asks for the most of it", () => {
  assert.equal(route("GET", "bucket"), "ListObjects");
  assert.equal(route("GET", "bucket", "list-type=2&prefix=a"), "ListObjectsV2");
  assert.equal(route("GET", "bucket", "list-type=1"), "ListObjects");
  assert.equal(route("GET", "bucket", "unknown&x-id=ListBuckets"), "ListObjects");
  assert.equal(route("GET", "bucket", "analytics"), "ListBucketAnalyticsConfigurations");
  assert.equal(route("GET", "bucket", "analytics&id=1"), "GetBucketAnalyticsConfiguration");
  assert.equal(route("PUT", "object", "x-id=PutObject"), "PutObject");
  const copied = { "x-amz-copy-source": "a/b" };
  assert.equal(route("PUT", "object", "", copied), "CopyObject");
  assert.equal(route("PUT", "object", "partNumber=1&uploadId=a"), "UploadPart");
  assert.equal(route("PUT", "object", "partNumber=1&uploadId=a", copied), "UploadPartCopy");
  assert.equal(route("POST", "bucket"), undefined);
  assert.equal(route("PATCH", "object"), undefined);
  assert.equal(
    route("POST", "bucket", "", { "content-type": "multipart/form-data; boundary=x" }),
    "PostObject",
  );
});
