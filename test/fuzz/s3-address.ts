// Paths and hosts: the bucket and key they name are ones that S3 allows, are the same in the path
// as in the host, and are those that a copy source and a continuation token of that name name.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseAddress } from "#s3/address.ts";
import { parseCopySource } from "#s3/copy-source.ts";
import { parseTarget, uriEncode, uriEncodePath } from "#s3/target.ts";
import { makeToken, readToken } from "#s3/token.ts";
import { outcomeOf, reading } from "./s3-refusal.ts";
import { bytesOf, type FuzzTarget, latin1Of } from "./target.ts";

const domains = ["s3.test"];
const buckets = fc.constantFrom(
  "bucket",
  "my.bucket-1",
  "a".repeat(63),
  "abc",
  "127.0.0.1",
  "Ab_c",
);
const keys = fc.constantFrom(
  "",
  "/",
  "key",
  "a/b//c/./../d",
  "%E2%82%AC%20+%2B%25",
  "\u00f0\u009f\u0090\u00b9",
  "%00",
  "%ff",
  "%2F",
  "k".repeat(1024),
  "%C3%A9".repeat(512),
);

function assertAllowed(bucket: string, key: string | undefined): void {
  assert.match(bucket, /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/);
  assert.ok(!/\.\.|\.-|-\.|^(\d{1,3}\.){3}\d{1,3}$/.test(bucket), bucket);
  if (key === undefined) return;
  const sizeBytes = Buffer.byteLength(key, "utf8");
  assert.ok(sizeBytes >= 1 && sizeBytes <= 1024 && !key.includes("\0") && key.isWellFormed());
}

export const s3Address: FuzzTarget = {
  name: "s3-address",
  seeds: fc
    .tuple(buckets, keys, fc.constantFrom("", "?list-type=2", "?versionId=null"))
    .map(([bucket, key, query]) => bytesOf(`/${bucket}/${key}${query}`)),
  words: [
    "/",
    "//",
    ".",
    "..",
    "%",
    "%2e",
    "%2F",
    "%00",
    "%C0%80",
    "?",
    "&",
    "+",
    "#",
    "xn--",
    "-",
  ],
  check(input) {
    const text = latin1Of(input);
    const target = reading(() => parseTarget(text));
    if (target.kind === "refused") return outcomeOf(target);
    const { rawPath } = target.value;
    const result = reading(() => parseAddress(rawPath, "s3.test:9000", domains));
    if (result.kind === "refused") return outcomeOf(result);
    const address = result.value;
    if (address.scope === "service") return "service";
    const { bucket } = address;
    const key = address.scope === "object" ? address.key : undefined;
    assertAllowed(bucket, key);
    const rawKey = rawPath.slice(1).replace(/^[^/]*\/?/, "");
    const hosted = parseAddress(`/${rawKey}`, `${bucket}.s3.test`, domains);
    assert.deepEqual(hosted, { ...address, isHosted: true }, "the host names the same");
    if (key === undefined) return "bucket";
    const again = parseAddress(`/${bucket}/${uriEncodePath(key)}`, undefined, []);
    assert.deepEqual(again, address, "encoded anew it is the same");
    const source = parseCopySource(`/${bucket}/${uriEncode(key)}`);
    assert.deepEqual(source, { bucket, key, versionId: undefined });
    assert.equal(readToken(makeToken(key)), key);
    return "object";
  },
};
