// What a gateway must not be taken in by: AWS's error code, and nothing stored.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { toHex, utf8 } from "#base/bytes.ts";
import { sha256 } from "#base/hash.ts";
import { simulate } from "../../sim/index.ts";
import {
  codeOf,
  collect,
  type GatewayRig,
  headersOf,
  heldBytes,
  host,
  presignedTarget,
  presignedV2Target,
  send,
  sendRaw,
  startGateway,
  stopGateway,
  type TestRequest,
  type TestResponse,
} from "./rig.ts";

async function withBucket(use: (rig: GatewayRig) => Promise<void>): Promise<void> {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await send(rig, { method: "PUT", target: "/bucket" });
    await use(rig);
    await stopGateway(rig);
  });
}

const hello: TestRequest = { method: "PUT", target: "/bucket/key", body: "hello" };

/** Sends what must be refused, and checks that nothing came of it. */
async function refused(
  rig: GatewayRig,
  test: TestRequest,
  expected: { code: string; status: number },
): Promise<TestResponse> {
  const response = await send(rig, test);
  assert.deepEqual({ code: codeOf(response), status: response.status }, expected);
  await nothingStored(rig);
  return response;
}

async function nothingStored(rig: GatewayRig): Promise<void> {
  const read = await send(rig, { method: "GET", target: "/bucket?list-type=2" });
  assert.match(read.text, /<KeyCount>0<\/KeyCount>/, "G2: nothing was stored");
  assert.equal(heldBytes(rig), 0, "G2: no bytes are held");
}

test("G2 a wrong signature is refused", async () => {
  await withBucket(async (rig) => {
    const wrong = { code: "SignatureDoesNotMatch", status: 403 };
    await refused(rig, { ...hello, secretAccessKey: "guess" }, wrong);
    await refused(
      rig,
      { ...hello, tampered: { "x-amz-date": "20240101T000000Z" } },
      {
        code: "AuthorizationHeaderMalformed",
        status: 400,
      },
    );
    await refused(rig, { ...hello, tampered: { host: "other.test" } }, wrong);
    const meta = { ...hello, headers: { "x-amz-meta-a": "1" } };
    await refused(rig, { ...meta, tampered: { "x-amz-meta-a": "2" } }, wrong);
  });
});

test("G2 a missing or unreadable signature is refused", async () => {
  await withBucket(async (rig) => {
    const denied = { code: "AccessDenied", status: 403 };
    await refused(rig, { ...hello, tampered: { authorization: "" } }, denied);
    await refused(rig, { ...hello, tampered: { "x-amz-date": "" } }, denied);
    await refused(rig, { ...hello, tampered: { "x-amz-date": "yesterday" } }, denied);
    await refused(
      rig,
      { ...hello, tampered: { "x-amz-content-sha256": "" } },
      {
        code: "InvalidRequest",
        status: 400,
      },
    );
    const malformed = { code: "AuthorizationHeaderMalformed", status: 400 };
    for (const authorization of [
      "AWS4-HMAC-SHA256 ",
      "AWS4-HMAC-SHA256 Credential=a/b",
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240101/us-east-1/s3/aws4_request",
    ]) {
      await refused(rig, { ...hello, tampered: { authorization } }, malformed);
    }
    const foreign = { ...hello, tampered: { authorization: "Basic YWxhZGRpbjo=" } };
    await refused(rig, foreign, { code: "InvalidArgument", status: 400 });
    const older = { ...hello, tampered: { authorization: "AWS AKIDEXAMPLE:c2lnbmF0dXJl" } };
    await refused(rig, older, { code: "InvalidRequest", status: 400 });
  });
});

test("G2 an unknown access key, a foreign region and an unsigned field are refused", async () => {
  await withBucket(async (rig) => {
    await refused(
      rig,
      { ...hello, accessKeyId: "NOBODY" },
      {
        code: "InvalidAccessKeyId",
        status: 403,
      },
    );
    await refused(
      rig,
      { ...hello, scopeRegion: "eu-west-1" },
      {
        code: "AuthorizationHeaderMalformed",
        status: 400,
      },
    );
    const response = await refused(
      rig,
      { ...hello, tampered: { "x-amz-meta-added": "later" } },
      { code: "AccessDenied", status: 403 },
    );
    assert.match(response.text, /<HeadersNotSigned>x-amz-meta-added<\/HeadersNotSigned>/);
    const token = { ...hello, headers: { "x-amz-security-token": "session" } };
    await refused(rig, token, { code: "InvalidToken", status: 400 });
  });
});

test("G2 a request signed by a clock that is off by more than 15 minutes is refused", async () => {
  await withBucket(async (rig) => {
    const skewed = { code: "RequestTimeTooSkewed", status: 403 };
    await refused(rig, { ...hello, skewMs: 15 * 60_000 + 2000 }, skewed);
    await refused(rig, { ...hello, skewMs: -15 * 60_000 - 2000 }, skewed);
    assert.equal((await send(rig, { ...hello, skewMs: 14 * 60_000 })).status, 200);
  });
});

test("G2 a presigned request that has expired, is not valid yet or was altered is refused", async () => {
  await withBucket(async (rig) => {
    const method = "PUT";
    const use = async (target: string): Promise<TestResponse> =>
      collect(
        await sendRaw(rig, {
          method,
          target,
          headers: headersOf({ host, "content-length": "5" }),
          body: [utf8("hello")],
        }),
      );
    const sign = (expiresSeconds: string, skewMs = 0): string =>
      presignedTarget(rig.ports, { method, target: "/bucket/key", expiresSeconds, skewMs });
    assert.equal(codeOf(await use(sign("60", -61_000))), "AccessDenied");
    assert.equal(codeOf(await use(sign("60", 16 * 60_000))), "AccessDenied");
    assert.equal(codeOf(await use(sign("604801"))), "AuthorizationQueryParametersError");
    assert.equal(codeOf(await use(sign("-1"))), "AuthorizationQueryParametersError");
    assert.equal(codeOf(await use(sign("soon"))), "AuthorizationQueryParametersError");
    const good = sign("60");
    assert.equal(codeOf(await use(good.replace("/key", "/yek"))), "SignatureDoesNotMatch");
    assert.equal(
      codeOf(await use(good.replace("Expires=60", "Expires=600"))),
      "SignatureDoesNotMatch",
    );
    const cut = good.replace(/&X-Amz-Date=[^&]*/, "");
    assert.equal(codeOf(await use(cut)), "AuthorizationQueryParametersError");
    await nothingStored(rig);
    assert.equal((await use(good)).status, 200);
  });
});

test("G2 a request presigned the older way is held to its signature and its time", async () => {
  await withBucket(async (rig) => {
    const use = async (target: string): Promise<TestResponse> =>
      collect(
        await sendRaw(rig, {
          method: "PUT",
          target,
          headers: headersOf({ host, "content-length": "5" }),
          body: [utf8("hello")],
        }),
      );
    const sign = (inSeconds: number): string =>
      presignedV2Target(rig.ports, { method: "PUT", target: "/bucket/key", inSeconds });
    assert.equal(codeOf(await use(sign(-1))), "AccessDenied");
    assert.equal(codeOf(await use(sign(60).replace("/key", "/yek"))), "SignatureDoesNotMatch");
    assert.equal(codeOf(await use(sign(60).replace(/&Signature=[^&]*/, ""))), "AccessDenied");
    await nothingStored(rig);
    assert.equal((await use(sign(60))).status, 200);
  });
});

test("G2 a body that is not the one that was signed is refused", async () => {
  await withBucket(async (rig) => {
    await refused(
      rig,
      { ...hello, payloadHash: toHex(sha256(utf8("olleh"))) },
      {
        code: "XAmzContentSHA256Mismatch",
        status: 400,
      },
    );
    await refused(
      rig,
      { ...hello, payloadHash: "not-a-hash" },
      {
        code: "InvalidArgument",
        status: 400,
      },
    );
  });
});

test("G2 a body with a wrong checksum is refused", async () => {
  await withBucket(async (rig) => {
    const md5 = createHash("md5").update("olleh").digest("base64");
    await refused(
      rig,
      { ...hello, headers: { "content-md5": md5 } },
      {
        code: "BadDigest",
        status: 400,
      },
    );
    for (const value of ["short", "!!!!", "AAAA"]) {
      const headers = { "content-md5": value };
      await refused(rig, { ...hello, headers }, { code: "InvalidDigest", status: 400 });
    }
    for (const [name, size] of [
      ["crc32", 4],
      ["crc32c", 4],
      ["crc64nvme", 8],
      ["sha1", 20],
      ["sha256", 32],
    ] as const) {
      const wrong = Buffer.alloc(size, 7).toString("base64");
      const headers = { [`x-amz-checksum-${name}`]: wrong };
      await refused(rig, { ...hello, headers }, { code: "BadDigest", status: 400 });
      const unreadable = { [`x-amz-checksum-${name}`]: "AA==" };
      await refused(
        rig,
        { ...hello, headers: unreadable },
        { code: "InvalidRequest", status: 400 },
      );
    }
  });
});

test("G2 checksum fields that contradict each other are refused", async () => {
  await withBucket(async (rig) => {
    const crc32 = "NhCmhg==";
    const invalid = { code: "InvalidRequest", status: 400 };
    const sha1 = createHash("sha1").update("hello").digest("base64");
    for (const headers of [
      { "x-amz-checksum-crc32": crc32, "x-amz-checksum-sha1": sha1 },
      { "x-amz-checksum-crc32": crc32, "x-amz-sdk-checksum-algorithm": "SHA256" },
      { "x-amz-sdk-checksum-algorithm": "CRC32" },
      { "x-amz-sdk-checksum-algorithm": "CRC33" },
      { "x-amz-trailer": "x-amz-checksum-crc32" },
      { "x-amz-trailer": "x-amz-meta-late" },
    ]) {
      await refused(rig, { ...hello, headers }, invalid);
    }
    const agreed = { "x-amz-checksum-crc32": crc32, "x-amz-sdk-checksum-algorithm": "CRC32" };
    assert.equal((await send(rig, { ...hello, headers: agreed })).status, 200);
  });
});

test("G2 a body shorter or longer than declared is refused", async () => {
  await withBucket(async (rig) => {
    const incomplete = { code: "IncompleteBody", status: 400 };
    const unsigned = { ...hello, payloadHash: "UNSIGNED-PAYLOAD" };
    await refused(rig, { ...unsigned, headers: { "content-length": "6" } }, incomplete);
    await refused(rig, { ...unsigned, headers: { "content-length": "4" } }, incomplete);
    await refused(
      rig,
      { ...unsigned, tampered: { "content-length": "" } },
      {
        code: "MissingContentLength",
        status: 411,
      },
    );
    await refused(
      rig,
      { ...unsigned, headers: { "content-length": "-1" } },
      {
        code: "InvalidArgument",
        status: 400,
      },
    );
  });
});

test("G3 a client that goes away in mid-body leaves nothing", async () => {
  await withBucket(async (rig) => {
    const controller = new AbortController();
    const gone = async function* (): AsyncGenerator<Uint8Array, void, void> {
      for (let i = 0; i < 20; i++) yield new Uint8Array(65_536);
      controller.abort(new Error("the client went away"));
      throw new Error("the client went away");
    };
    const response = await send(rig, {
      method: "PUT",
      target: "/bucket/key",
      headers: { "content-length": "5000000" },
      body: gone(),
      signal: controller.signal,
    });
    assert.equal(response.status, 400);
    assert.equal(response.requestBody, "unread");
    await nothingStored(rig);
  });
});

test("G2 a PUT of more than 5 GiB is refused before a byte of it is read", async () => {
  await withBucket(async (rig) => {
    let pulled = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array, void, void> {
      pulled += 1;
      yield new Uint8Array(1);
    };
    const response = await refused(
      rig,
      { ...hello, body: endless(), headers: { "content-length": `${6 * 2 ** 30}` } },
      { code: "EntityTooLarge", status: 400 },
    );
    assert.equal(pulled, 0);
    assert.equal(response.requestBody, "unread");
  });
});

test("G2 names that no bucket and no key can have are refused", async () => {
  await withBucket(async (rig) => {
    for (const name of [
      "ab",
      "a".repeat(64),
      "Upper",
      "under_score",
      "-a-",
      "a..b",
      "a.-b",
      "1.2.3.4",
      "xn--abc",
      "abc-s3alias",
      "%2e%2e%2e",
    ]) {
      const response = await send(rig, { method: "PUT", target: `/${name}` });
      assert.equal(codeOf(response), "InvalidBucketName", name);
      assert.equal(response.status, 400);
    }
    await refused(
      rig,
      { ...hello, target: "/bucket/a%00b" },
      {
        code: "InvalidArgument",
        status: 400,
      },
    );
    await refused(
      rig,
      { ...hello, target: `/bucket/${"k".repeat(1025)}` },
      {
        code: "KeyTooLongError",
        status: 400,
      },
    );
    const wide = encodeURIComponent("é".repeat(513));
    await refused(
      rig,
      { ...hello, target: `/bucket/${wide}` },
      {
        code: "KeyTooLongError",
        status: 400,
      },
    );
  });
});

test("G2 targets that are not well encoded are refused", async () => {
  await withBucket(async (rig) => {
    for (const target of ["/bucket/%", "/bucket/%zz", "/bucket/%ff", "/bucket/k?a=%"]) {
      const headers = headersOf({ host });
      const response = await collect(await sendRaw(rig, { method: "PUT", target, headers }));
      assert.equal(codeOf(response), "InvalidURI", target);
    }
    await nothingStored(rig);
  });
});

test("G2 metadata over 2 KiB, unknown classes and what cannot be given are refused", async () => {
  await withBucket(async (rig) => {
    await refused(
      rig,
      { ...hello, headers: { "x-amz-meta-a": "v".repeat(2048) } },
      {
        code: "MetadataTooLarge",
        status: 400,
      },
    );
    await refused(
      rig,
      { ...hello, headers: { "x-amz-storage-class": "GLACIER" } },
      {
        code: "InvalidStorageClass",
        status: 400,
      },
    );
    await refused(
      rig,
      { ...hello, headers: { "x-amz-acl": "public-read" } },
      {
        code: "AccessControlListNotSupported",
        status: 400,
      },
    );
    await refused(
      rig,
      { ...hello, headers: { "x-amz-server-side-encryption": "AES256" } },
      {
        code: "NotImplemented",
        status: 501,
      },
    );
    await refused(
      rig,
      { ...hello, target: "/bucket/key?partNumber=1" },
      {
        code: "InvalidArgument",
        status: 400,
      },
    );
  });
});

test("G2 a conditional PUT whose condition does not hold changes nothing", async () => {
  await withBucket(async (rig) => {
    await refused(
      rig,
      { ...hello, headers: { "if-match": '"etag"' } },
      {
        code: "NoSuchKey",
        status: 404,
      },
    );
    await send(rig, hello);
    const again = { ...hello, body: "other" };
    const failed = await send(rig, { ...again, headers: { "if-none-match": "*" } });
    assert.equal(codeOf(failed), "PreconditionFailed");
    assert.equal(failed.status, 412);
    const other = await send(rig, { ...again, headers: { "if-match": '"etag"' } });
    assert.equal(codeOf(other), "PreconditionFailed");
    const etag = other.headers["etag"] ?? '"5d41402abc4b2a76b9719d911017c592"';
    const same = await send(rig, { ...again, headers: { "if-none-match": etag } });
    assert.equal(codeOf(same), "PreconditionFailed");
    assert.equal((await send(rig, { method: "GET", target: "/bucket/key" })).text, "hello");
  });
});
