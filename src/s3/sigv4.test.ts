import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hmacSha256, sha256 } from "#base/hash.ts";
import { toHex, utf8 } from "#base/bytes.ts";
import type { HttpHeaders } from "./http.ts";
import {
  canonicalRequest,
  chunkSignature,
  requestSignature,
  SigningKey,
  type Signer,
  signingKey,
  trailerSignature,
} from "./sigv4.ts";
import { parseTarget } from "./target.ts";

// The examples of AWS's documentation of S3 signatures, with its example credentials.
const scope = { date: "20130524", region: "us-east-1" };
const signer: Signer = {
  key: signingKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope),
  amzDate: "20130524T000000Z",
  scope,
};
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function signatureOf(
  method: string,
  target: string,
  fields: Record<string, string>,
  payloadHash: string,
): string {
  const headers: HttpHeaders = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, [value]]),
  );
  const canonical = canonicalRequest({
    method,
    ...parseTarget(target),
    headers,
    signedHeaders: Object.keys(fields).sort(),
    payloadHash,
  });
  return requestSignature(signer, canonical);
}

const host = "examplebucket.s3.amazonaws.com";
const amzDate = "20130524T000000Z";

test("AWS's example: GET Object", () => {
  const fields = {
    host,
    range: "bytes=0-9",
    "x-amz-content-sha256": emptyHash,
    "x-amz-date": amzDate,
  };
  assert.equal(
    signatureOf("GET", "/test.txt", fields, emptyHash),
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
});

test("AWS's example: PUT Object, with a dollar sign in its key", () => {
  const hash = toHex(sha256(utf8("Welcome to Amazon S3.")));
  const fields = {
    date: "Fri, 24 May 2013 00:00:00 GMT",
    host,
    "x-amz-content-sha256": hash,
    "x-amz-date": amzDate,
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
  };
  const expected = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
  assert.equal(signatureOf("PUT", "/test$file.text", fields, hash), expected);
  assert.equal(signatureOf("PUT", "/test%24file.text", fields, hash), expected);
});

test("AWS's example: GET Bucket lifecycle", () => {
  const fields = { host, "x-amz-content-sha256": emptyHash, "x-amz-date": amzDate };
  assert.equal(
    signatureOf("GET", "/?lifecycle", fields, emptyHash),
    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  );
});

test("AWS's example: GET Bucket (List Objects)", () => {
  const fields = { host, "x-amz-content-sha256": emptyHash, "x-amz-date": amzDate };
  assert.equal(
    signatureOf("GET", "/?max-keys=2&prefix=J", fields, emptyHash),
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  );
});

test("AWS's example: a presigned URL", () => {
  const target =
    "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256" +
    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
  assert.equal(
    signatureOf("GET", target, { host }, "UNSIGNED-PAYLOAD"),
    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
  );
});

test("AWS's example: a chunked upload, its seed and its three chunks", () => {
  const payloadHash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  const fields = {
    "content-encoding": "aws-chunked",
    "content-length": "66824",
    host: "s3.amazonaws.com",
    "x-amz-content-sha256": payloadHash,
    "x-amz-date": amzDate,
    "x-amz-decoded-content-length": "66560",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
  };
  const seed = signatureOf("PUT", "/examplebucket/chunkObject.txt", fields, payloadHash);
  assert.equal(seed, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
  const sizes = [65_536, 1024, 0];
  const expected = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
  ];
  let previous = seed;
  for (const [i, size] of sizes.entries()) {
    previous = chunkSignature(signer, previous, sha256(new Uint8Array(size).fill(0x61)));
    assert.equal(previous, expected[i]);
  }
});

test("AWS's example: a chunked upload with a trailing checksum", () => {
  const payloadHash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
  const fields = {
    "content-encoding": "aws-chunked",
    host: "s3.amazonaws.com",
    "x-amz-content-sha256": payloadHash,
    "x-amz-date": amzDate,
    "x-amz-decoded-content-length": "66560",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
    "x-amz-trailer": "x-amz-checksum-crc32c",
  };
  const seed = signatureOf("PUT", "/examplebucket/chunkObject.txt", fields, payloadHash);
  assert.equal(seed, "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
  const expected = [
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
  ];
  let previous = seed;
  for (const [i, size] of [65_536, 1024, 0].entries()) {
    previous = chunkSignature(signer, previous, sha256(new Uint8Array(size).fill(0x61)));
    assert.equal(previous, expected[i]);
  }
  assert.equal(
    trailerSignature(signer, previous, "x-amz-checksum-crc32c:sOO8/Q==\n"),
    "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
  );
});

test("a prepared key signs as HMAC-SHA-256 does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), (key, text) => {
      assert.equal(new SigningKey(key).sign(text), toHex(hmacSha256(key, utf8(text))));
    }),
    { numRuns: 300 },
  );
});
