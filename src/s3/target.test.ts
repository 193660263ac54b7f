import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isBucketName, parseAddress } from "./address.ts";
import { S3Error } from "./s3-error.ts";
import { parseTarget, uriDecode, uriEncode, uriEncodePath } from "./target.ts";
import { makeToken, readToken } from "./token.ts";

/** Characters of all kinds, half of them ASCII: control characters and lone surrogates too. */
const character = fc
  .oneof(fc.nat(0x7f), fc.nat(0x10ffff))
  .map((codePoint) => String.fromCodePoint(codePoint));
const anyText = (maxLength = 20) => fc.string({ unit: character, maxLength });

test("encoding leaves what RFC 3986 leaves, and decoding is its inverse", () => {
  assert.equal(
    uriEncode("a-b_c.d~e/f g!'()*+%é\u{1f439}"),
    "a-b_c.d~e%2Ff%20g%21%27%28%29%2A%2B%25%C3%A9%F0%9F%90%B9",
  );
  assert.equal(uriEncodePath("a/b c"), "a/b%20c");
  fc.assert(
    fc.property(anyText(), (text) => {
      assert.equal(uriDecode(uriEncode(text)), text.toWellFormed());
    }),
    { numRuns: 1000 },
  );
});

test("bare bytes in a target count as the UTF-8 they are", () => {
  assert.equal(uriDecode("caf\u00c3\u00a9"), "café");
  assert.throws(() => uriDecode("caf\u00e9"), S3Error);
});

test("a query keeps repeated and empty parameters; a bare plus is a space there alone", () => {
  const { rawPath, query } = parseTarget("/b/a+b?a=1&a=2&empty=&bare&&p=x+y&q=%2B&=v");
  assert.equal(rawPath, "/b/a+b");
  assert.deepEqual(query, [
    { name: "a", value: "1" },
    { name: "a", value: "2" },
    { name: "empty", value: "" },
    { name: "bare", value: "" },
    { name: "p", value: "x y" },
    { name: "q", value: "+" },
    { name: "", value: "v" },
  ]);
  assert.equal(parseTarget("http://host:9000/b/k?x").rawPath, "/b/k");
  assert.equal(parseTarget("http://host?x").rawPath, "/");
  assert.throws(() => parseTarget("*"), S3Error);
});

test("a target that is anything at all is split, or InvalidURI", () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      try {
        const { rawPath } = parseTarget(`/${text}`);
        parseAddress(rawPath, "host", []);
      } catch (error) {
        assert.ok(error instanceof S3Error, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test("an address is read from the path, or from the host below a domain", () => {
  const domains = ["s3.test", "s3.example.com"];
  const of = (path: string, host: string) => parseAddress(path, host, domains);
  assert.deepEqual(of("/", "s3.test"), { scope: "service" });
  assert.deepEqual(of("/bucket", "s3.test:9000"), {
    scope: "bucket",
    bucket: "bucket",
    isHosted: false,
  });
  assert.deepEqual(of("/bucket/", "10.0.0.1"), {
    scope: "bucket",
    bucket: "bucket",
    isHosted: false,
  });
  assert.deepEqual(of("/bucket//a/", "[::1]:9000"), {
    scope: "object",
    bucket: "bucket",
    key: "/a/",
    isHosted: false,
  });
  assert.deepEqual(of("/", "my.bucket.S3.test:9000"), {
    scope: "bucket",
    bucket: "my.bucket",
    isHosted: true,
  });
  assert.deepEqual(of("//a%2Fb", "bucket.s3.example.com"), {
    scope: "object",
    bucket: "bucket",
    key: "/a/b",
    isHosted: true,
  });
  assert.deepEqual(of("/bucket/k", "nots3.test"), {
    scope: "object",
    bucket: "bucket",
    key: "k",
    isHosted: false,
  });
});

test("bucket names follow AWS's rules", () => {
  for (const name of ["abc", "a-b.c1", "1ab", "a".repeat(63), "192.168.1.1a"]) {
    assert.ok(isBucketName(name), name);
  }
  for (const name of [
    "",
    "ab",
    "a".repeat(64),
    "aB1",
    "a_b",
    "-ab",
    "ab-",
    ".ab",
    "a..b",
    "a.-b",
  ]) {
    assert.ok(!isBucketName(name), name);
  }
});

test("a continuation token is read back, and one that was made up is not", () => {
  fc.assert(
    fc.property(anyText(), (name) => {
      assert.equal(readToken(makeToken(name)), name.toWellFormed());
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.oneof(fc.base64String(), fc.string()), (text) => {
      assert.throws(() => readToken(text), S3Error);
    }),
    { numRuns: 1000 },
  );
});
