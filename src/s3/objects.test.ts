// What can be asked of one object: conditions, ranges, overrides, checksums, copies.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { simulate } from "../../sim/index.ts";
import {
  codeOf,
  type GatewayRig,
  send,
  startGateway,
  stopGateway,
  type TestResponse,
  textsOf,
} from "./rig.ts";

const crc32OfHello = "NhCmhg==";

async function withBucket(use: (rig: GatewayRig) => Promise<void>): Promise<void> {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await send(rig, { method: "PUT", target: "/bucket" });
    await use(rig);
    await stopGateway(rig);
  });
}

type Fields = Readonly<Record<string, string>>;

const put = (rig: GatewayRig, key: string, body: string, headers: Fields = {}) =>
  send(rig, { method: "PUT", target: `/bucket/${key}`, body, headers });
const get = (rig: GatewayRig, key: string, headers: Fields = {}) =>
  send(rig, { method: "GET", target: `/bucket/${key}`, headers });
const copy = (rig: GatewayRig, source: string, key: string, headers: Fields = {}) =>
  send(rig, {
    method: "PUT",
    target: `/bucket/${key}`,
    headers: { "x-amz-copy-source": source, ...headers },
  });

test("system and user metadata come back as they were sent", async () => {
  await withBucket(async (rig) => {
    const headers = {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-cache",
      "content-disposition": 'attachment; filename="a b"',
      "content-encoding": "gzip,aws-chunked",
      "content-language": "de",
      expires: "Thu, 01 Dec 1994 16:00:00 GMT",
      "x-amz-meta-name": "v\u00c3\u00a4lue",
      "x-amz-storage-class": "STANDARD_IA",
    };
    await put(rig, "key", "hello", headers);
    const read = await get(rig, "key");
    for (const [name, value] of Object.entries(headers)) {
      const expected = name === "content-encoding" ? "gzip" : value;
      assert.equal(read.headers[name], expected, name);
    }
    await put(rig, "plain", "");
    assert.equal((await get(rig, "plain")).headers["content-type"], "binary/octet-stream");
    assert.equal((await get(rig, "plain")).headers["x-amz-storage-class"], undefined);
  });
});

test("a read's conditions are those of RFC 9110, an ETag before a date", async () => {
  await withBucket(async (rig) => {
    const etag = (await put(rig, "key", "hello")).headers["etag"] ?? "";
    const modified = (await get(rig, "key")).headers["last-modified"] ?? "";
    const past = "Thu, 01 Dec 1994 16:00:00 GMT";
    const cases: [headers: Fields, status: number][] = [
      [{ "if-match": etag }, 200],
      [{ "if-match": "*" }, 200],
      [{ "if-match": `"other", ${etag}` }, 200],
      [{ "if-match": '"other"' }, 412],
      [{ "if-none-match": etag }, 304],
      [{ "if-none-match": `W/${etag}` }, 304],
      [{ "if-none-match": "*" }, 304],
      [{ "if-none-match": '"other"' }, 200],
      [{ "if-modified-since": modified }, 304],
      [{ "if-modified-since": past }, 200],
      [{ "if-modified-since": "whenever" }, 200],
      [{ "if-unmodified-since": modified }, 200],
      [{ "if-unmodified-since": past }, 412],
      [{ "if-match": etag, "if-unmodified-since": past }, 200],
      [{ "if-none-match": '"other"', "if-modified-since": modified }, 200],
      [{ "if-none-match": etag, "if-modified-since": past }, 304],
    ];
    for (const [headers, status] of cases) {
      for (const method of ["GET", "HEAD"]) {
        const response = await send(rig, { method, target: "/bucket/key", headers });
        assert.equal(response.status, status, `${method} ${JSON.stringify(headers)}`);
        if (status === 304) {
          assert.equal(response.body.length, 0);
          assert.equal(response.headers["etag"], etag);
        }
      }
    }
  });
});

test("a range is sent as 206, several and senseless ones as the whole, those outside as 416", async () => {
  await withBucket(async (rig) => {
    const etag = (await put(rig, "key", "0123456789")).headers["etag"] ?? "";
    const cases: [headers: Fields, status: number, text: string][] = [
      [{ range: "bytes=2-4" }, 206, "234"],
      [{ range: "bytes=7-" }, 206, "789"],
      [{ range: "bytes=-2" }, 206, "89"],
      [{ range: "bytes=0-1,4-5" }, 200, "0123456789"],
      [{ range: "bytes=5-4" }, 200, "0123456789"],
      [{ range: "bytes=2-4", "if-range": etag }, 206, "234"],
      [{ range: "bytes=2-4", "if-range": '"other"' }, 200, "0123456789"],
    ];
    for (const [headers, status, text] of cases) {
      const read = await get(rig, "key", headers);
      assert.deepEqual([read.status, read.text], [status, text], JSON.stringify(headers));
      assert.equal(read.headers["content-length"], `${text.length}`);
    }
    const outside = await get(rig, "key", { range: "bytes=10-" });
    assert.equal(outside.status, 416);
    assert.equal(codeOf(outside), "InvalidRange");
    assert.equal(outside.headers["content-range"], "bytes */10");
    await put(rig, "empty", "");
    assert.equal(codeOf(await get(rig, "empty", { range: "bytes=0-" })), "InvalidRange");
    assert.equal((await get(rig, "key?partNumber=1")).text, "0123456789");
    assert.equal(codeOf(await get(rig, "key?partNumber=2")), "InvalidPartNumber");
    assert.equal(codeOf(await get(rig, "key?partNumber=0")), "InvalidArgument");
    const both = await get(rig, "key?partNumber=1", { range: "bytes=0-" });
    assert.equal(codeOf(both), "InvalidRequest");
  });
});

test("a query's response- parameters replace fields, and cannot add any", async () => {
  await withBucket(async (rig) => {
    await put(rig, "key", "hello", { "content-type": "text/plain" });
    const read = await get(
      rig,
      "key?response-content-type=image%2Fpng&response-cache-control=no-store" +
        "&response-content-disposition=attachment%3B%20filename%3D%22%C3%A9%22" +
        "&response-content-language=fr&response-content-encoding=br&response-expires=0",
    );
    assert.equal(read.headers["content-type"], "image/png");
    assert.equal(read.headers["cache-control"], "no-store");
    assert.equal(read.headers["content-disposition"], 'attachment; filename="\u00e9"');
    assert.equal(read.headers["content-language"], "fr");
    assert.equal(read.headers["content-encoding"], "br");
    assert.equal(read.headers["expires"], "0");
    const split = await get(rig, "key?response-expires=0%0D%0Aset-cookie%3A%20a");
    assert.equal(codeOf(split), "InvalidArgument");
  });
});

test("a checksum is kept and given back to who asks, with whole objects only", async () => {
  await withBucket(async (rig) => {
    await put(rig, "key", "hello", { "x-amz-checksum-crc32": crc32OfHello });
    const mode = { "x-amz-checksum-mode": "ENABLED" };
    const read = await get(rig, "key", mode);
    assert.equal(read.headers["x-amz-checksum-crc32"], crc32OfHello);
    assert.equal(read.headers["x-amz-checksum-type"], "FULL_OBJECT");
    assert.equal((await get(rig, "key")).headers["x-amz-checksum-crc32"], undefined);
    const part = await get(rig, "key", { ...mode, range: "bytes=0-1" });
    assert.equal(part.headers["x-amz-checksum-crc32"], undefined);
    const attributes = await get(rig, "key?attributes", {
      "x-amz-object-attributes": "ETag,Checksum,ObjectSize,StorageClass,ObjectParts",
    });
    assert.deepEqual(textsOf(attributes, "ChecksumCRC32"), [crc32OfHello]);
    assert.deepEqual(textsOf(attributes, "ObjectSize"), ["5"]);
    assert.deepEqual(textsOf(attributes, "StorageClass"), ["STANDARD"]);
    const wrong = await get(rig, "key?attributes", { "x-amz-object-attributes": "Everything" });
    assert.equal(codeOf(wrong), "InvalidArgument");
  });
});

test("a copy takes the source's metadata, or the request's, and no bytes", async () => {
  await withBucket(async (rig) => {
    await put(rig, "a%20%2B", "hello", { "content-type": "text/plain", "x-amz-meta-a": "1" });
    const before = rig.shelf.usage().packs.liveBytes;
    const copied = await copy(rig, "/bucket/a%20%2B", "b");
    assert.equal(copied.status, 200);
    assert.equal(textsOf(copied, "ETag")[0], "&quot;5d41402abc4b2a76b9719d911017c592&quot;");
    const kept = await get(rig, "b");
    assert.equal(kept.text, "hello");
    assert.equal(kept.headers["content-type"], "text/plain");
    assert.equal(kept.headers["x-amz-meta-a"], "1");
    await copy(rig, "bucket/b", "c", {
      "x-amz-metadata-directive": "REPLACE",
      "content-type": "image/png",
      "x-amz-meta-b": "2",
    });
    const replaced = await get(rig, "c");
    assert.equal(replaced.headers["content-type"], "image/png");
    assert.equal(replaced.headers["x-amz-meta-a"], undefined);
    assert.equal(replaced.headers["x-amz-meta-b"], "2");
    await copy(rig, "bucket/b", "b", { "x-amz-metadata-directive": "REPLACE" });
    assert.equal((await get(rig, "b")).headers["x-amz-meta-a"], undefined);
    assert.equal(rig.shelf.usage().packs.liveBytes, before);
  });
});

test("a copy with another checksum algorithm has that checksum", async () => {
  await withBucket(async (rig) => {
    await put(rig, "a", "hello");
    const copied = await copy(rig, "bucket/a", "b", { "x-amz-checksum-algorithm": "CRC32" });
    assert.deepEqual(textsOf(copied, "ChecksumCRC32"), [crc32OfHello]);
    const read = await get(rig, "b", { "x-amz-checksum-mode": "ENABLED" });
    assert.equal(read.headers["x-amz-checksum-crc32"], crc32OfHello);
  });
});

test("a copy that cannot be made is refused, and changes nothing", async () => {
  await withBucket(async (rig) => {
    const etag = (await put(rig, "a", "hello")).headers["etag"] ?? "";
    const refusals: [response: Promise<TestResponse>, code: string][] = [
      [copy(rig, "bucket/missing", "b"), "NoSuchKey"],
      [copy(rig, "elsewhere/a", "b"), "NoSuchBucket"],
      [copy(rig, "bucket", "b"), "InvalidArgument"],
      [copy(rig, "bucket/", "b"), "InvalidArgument"],
      [copy(rig, "bucket/%zz", "b"), "InvalidURI"],
      [copy(rig, "bucket/a?versionId=x", "b"), "InvalidArgument"],
      [copy(rig, "bucket/a", "a"), "InvalidRequest"],
      [copy(rig, "bucket/a", "b", { "x-amz-metadata-directive": "KEEP" }), "InvalidArgument"],
      [copy(rig, "bucket/a", "b", { "x-amz-copy-source-if-match": '"x"' }), "PreconditionFailed"],
      [
        copy(rig, "bucket/a", "b", { "x-amz-copy-source-if-none-match": etag }),
        "PreconditionFailed",
      ],
      [copy(rig, "bucket/a", "b", { "if-match": etag }), "NoSuchKey"],
      [copy(rig, "bucket/a", "b", { "x-amz-checksum-algorithm": "MD4" }), "InvalidArgument"],
    ];
    for (const [response, code] of refusals) assert.equal(codeOf(await response), code);
    assert.equal(codeOf(await get(rig, "b")), "NoSuchKey");
    const held = await copy(rig, "bucket/a", "b", { "x-amz-copy-source-if-match": etag });
    assert.equal(held.status, 200);
  });
});

test("a conditional delete removes what it names and nothing else", async () => {
  await withBucket(async (rig) => {
    const etag = (await put(rig, "key", "hello")).headers["etag"] ?? "";
    const del = (headers: Fields) =>
      send(rig, { method: "DELETE", target: "/bucket/key", headers });
    assert.equal(codeOf(await del({ "if-match": '"other"' })), "PreconditionFailed");
    assert.equal(codeOf(await del({ "x-amz-if-match-size": "6" })), "PreconditionFailed");
    assert.equal(codeOf(await del({ "x-amz-if-match-size": "six" })), "InvalidArgument");
    assert.equal((await get(rig, "key")).status, 200);
    assert.equal((await del({ "if-match": etag, "x-amz-if-match-size": "5" })).status, 204);
    assert.equal(codeOf(await get(rig, "key")), "NoSuchKey");
  });
});

test("many keys are deleted at once, each with an outcome of its own", async () => {
  await withBucket(async (rig) => {
    const etag = (await put(rig, "a", "hello")).headers["etag"] ?? "";
    await put(rig, "b", "hello");
    await put(rig, "c%0D", "hello");
    const post = (body: string, headers: Fields) =>
      send(rig, { method: "POST", target: "/bucket?delete", body, headers });
    const object = (key: string, more = "") => `<Object><Key>${key}</Key>${more}</Object>`;
    const body =
      `<Delete>${object("a", `<ETag>${etag.replaceAll('"', "&quot;")}</ETag>`)}` +
      `${object("b", "<ETag>other</ETag>")}${object("c&#13;")}${object("never")}` +
      `${object("d".repeat(1025))}${object("a", "<VersionId>odd</VersionId>")}</Delete>`;
    const md5 = (text: string): Fields => ({
      "content-md5": createHash("md5").update(text).digest("base64"),
    });
    const done = await post(body, md5(body));
    assert.equal(done.status, 200, done.text);
    assert.deepEqual(textsOf(done, "Code"), [
      "PreconditionFailed",
      "KeyTooLongError",
      "InvalidArgument",
    ]);
    assert.equal(done.text.match(/<Deleted>/g)?.length, 3);
    const listed = await send(rig, { method: "GET", target: "/bucket?list-type=2" });
    assert.deepEqual(textsOf(listed, "Key"), ["b"]);
    const quiet = `<Delete><Quiet>true</Quiet>${object("b")}</Delete>`;
    assert.doesNotMatch((await post(quiet, md5(quiet))).text, /Deleted/);

    const tooMany = `<Delete>${object("k").repeat(1001)}</Delete>`;
    assert.equal(codeOf(await post(tooMany, md5(tooMany))), "MalformedXML");
    for (const bad of ["<Delete></Delete>", "<Delete><Object/></Delete>", "<Other/>", "<Delete>"]) {
      assert.equal(codeOf(await post(bad, md5(bad))), "MalformedXML", bad);
    }
    assert.equal(codeOf(await post(quiet, {})), "InvalidRequest");
    assert.equal(codeOf(await post(quiet, md5("other"))), "BadDigest");
    const huge = `<Delete>${" ".repeat(2 ** 21)}</Delete>`;
    assert.equal(codeOf(await post(huge, md5(huge))), "MaxMessageLengthExceeded");
  });
});
