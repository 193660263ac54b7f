// The gateway on a whole simulated node: a story first, then what clients rely on.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { simulate, simulateTwice } from "../../sim/index.ts";
import { createGateway } from "./gateway.ts";
import {
  codeOf,
  collect,
  type GatewayRig,
  presignedTarget,
  send,
  signedRequest,
  startGateway,
  stopGateway,
  textsOf,
} from "./rig.ts";

async function withGateway(use: (rig: GatewayRig) => Promise<void>): Promise<void> {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await use(rig);
    await stopGateway(rig);
  });
}

const put = (rig: GatewayRig, target: string, body: Uint8Array | string, headers = {}) =>
  send(rig, { method: "PUT", target, body, headers });
const get = (rig: GatewayRig, target: string, headers = {}) =>
  send(rig, { method: "GET", target, headers });

test("a story: a bucket is made, an object put, read, listed and deleted, the bucket deleted", async () => {
  await simulateTwice(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    assert.equal((await put(rig, "/photos", "")).status, 200);
    const stored = await put(rig, "/photos/cats/tom.jpg", "meow", {
      "content-type": "image/jpeg",
      "x-amz-meta-mood": "calm",
    });
    assert.equal(stored.status, 200);
    const md5 = createHash("md5").update("meow").digest("hex");
    assert.equal(stored.headers["etag"], `"${md5}"`);

    const read = await get(rig, "/photos/cats/tom.jpg");
    assert.equal(read.status, 200);
    assert.equal(read.text, "meow");
    assert.equal(read.headers["content-type"], "image/jpeg");
    assert.equal(read.headers["content-length"], "4");
    assert.equal(read.headers["x-amz-meta-mood"], "calm");
    assert.match(read.headers["last-modified"] ?? "", / GMT$/);
    assert.match(read.headers["x-amz-request-id"] ?? "", /^[0-9A-F]{16}$/);

    const part = await get(rig, "/photos/cats/tom.jpg", { range: "bytes=1-2" });
    assert.equal(part.status, 206);
    assert.equal(part.text, "eo");
    assert.equal(part.headers["content-range"], "bytes 1-2/4");

    const head = await send(rig, { method: "HEAD", target: "/photos/cats/tom.jpg" });
    assert.equal(head.headers["content-length"], "4");
    assert.equal(head.body.length, 0);

    await put(rig, "/photos/dog.jpg", "woof");
    const listed = await get(rig, "/photos?list-type=2&delimiter=%2F");
    assert.deepEqual(textsOf(listed, "Key"), ["dog.jpg"]);
    assert.deepEqual(textsOf(listed, "Prefix"), ["", "cats/"]);
    assert.deepEqual(textsOf(listed, "KeyCount"), ["2"]);
    assert.deepEqual(textsOf(await get(rig, "/"), "Name"), ["photos"]);

    assert.equal(
      codeOf(await send(rig, { method: "DELETE", target: "/photos" })),
      "BucketNotEmpty",
    );
    for (const key of ["cats/tom.jpg", "dog.jpg", "never-there"]) {
      const deleted = await send(rig, { method: "DELETE", target: `/photos/${key}` });
      assert.equal(deleted.status, 204, key);
    }
    assert.equal(codeOf(await get(rig, "/photos/dog.jpg")), "NoSuchKey");
    assert.equal((await send(rig, { method: "DELETE", target: "/photos" })).status, 204);
    assert.equal(codeOf(await get(rig, "/photos?location")), "NoSuchBucket");
    await stopGateway(rig);
  });
});

test("objects of every size come back exactly, in chunks too", async () => {
  await withGateway(async (rig) => {
    await put(rig, "/sizes", "");
    for (const size of [0, 1, 4096, 65_537, 131_073, 1_500_000]) {
      const bytes = new Uint8Array(size).map((_, i) => (i * 31) >>> 3);
      assert.equal((await put(rig, `/sizes/${size}`, bytes)).status, 200);
      const read = await get(rig, `/sizes/${size}`);
      assert.deepEqual(read.body, bytes, `${size} bytes`);
    }
  });
});

test("what S3 has and this gateway has not is NotImplemented, and what nobody has is not allowed", async () => {
  await withGateway(async (rig) => {
    await put(rig, "/bucket", "");
    const torrent = await get(rig, "/bucket/key?torrent");
    assert.equal(torrent.status, 501);
    assert.equal(codeOf(torrent), "NotImplemented");
    const patch = await send(rig, { method: "PATCH", target: "/bucket/key" });
    assert.equal(patch.status, 405);
    assert.equal(codeOf(patch), "MethodNotAllowed");
  });
});

test("G4 an answer to HEAD has the error's status and no body", async () => {
  await withGateway(async (rig) => {
    const head = await send(rig, { method: "HEAD", target: "/nothing-here" });
    assert.equal(head.status, 404);
    assert.equal(head.body.length, 0);
    assert.match(head.headers["x-amz-request-id"] ?? "", /^[0-9A-F]{16}$/);
  });
});

test("keys are taken exactly as they are sent", async () => {
  await withGateway(async (rig) => {
    await put(rig, "/keys", "");
    const keys = [
      "a+b",
      "a b",
      "a//b",
      "/leading",
      "trailing/",
      ".",
      "..",
      "a/../b",
      "a/./b",
      "100%",
      "%2F",
      "ümläut",
      "\u{1f439}",
      "\u0001\u001f\r\n\t",
      "a&b<c>\"d'",
      "x".repeat(1024),
    ];
    for (const key of keys) {
      const target = `/keys/${encodeURIComponent(key).replaceAll("%2F", "/")}`;
      assert.equal((await put(rig, target, key)).status, 200, key);
    }
    for (const key of keys) {
      const target = `/keys/${encodeURIComponent(key).replaceAll("%2F", "/")}`;
      assert.equal((await get(rig, target)).text, key);
    }
    const listed = await get(rig, "/keys?list-type=2&encoding-type=url");
    const sorted = keys.toSorted((a, b) => Buffer.compare(utf8(a), utf8(b)));
    assert.deepEqual(textsOf(listed, "Key").map(decodeURIComponent), sorted);
  });
});

test("G1 whatever goes wrong below is an InternalError, with a line in the log", async () => {
  await withGateway(async (rig) => {
    await put(rig, "/bucket", "");
    const broken = createGateway({
      ...rig.services,
      objects: {
        ...rig.services.objects,
        get replica(): never {
          throw new TypeError("broken");
        },
      },
    });
    const response = await broken.handle(signedRequest(rig.ports, { method: "GET", target: "/" }));
    assert.equal(response.status, 500);
    assert.equal(codeOf(await collect(response)), "InternalError");
    const gibberish = signedRequest(rig.ports, { method: "GET", target: "/" });
    const answer = await rig.gateway.handle({ ...gibberish, method: "\u0000", target: "\u0000" });
    assert.equal(codeOf(await collect(answer)), "InvalidURI");
  });
});

test("G4 no secret and nothing of a presigned query reaches the log", async () => {
  const lines: string[] = [];
  await withGateway(async (rig) => {
    const target = presignedTarget(rig.ports, { method: "GET", target: "/b", expiresSeconds: "9" });
    const trace = {
      write: (_: string, event: string, fields?: object) => {
        lines.push(`${event} ${JSON.stringify(fields)}`);
      },
    };
    const gateway = createGateway({ ...rig.services, ports: { ...rig.ports, trace } });
    await gateway.handle({ ...signedRequest(rig.ports, { method: "GET", target: "/b" }), target });
    await gateway.handle(signedRequest(rig.ports, { method: "GET", target: "/b?prefix=p" }));
  });
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? "", /"target":"\/b\?presigned"/);
  assert.match(lines[1] ?? "", /"target":"\/b\?prefix=p"/);
  for (const line of lines) {
    assert.match(line, /"requestId":"[0-9A-F]{16}"/);
    assert.doesNotMatch(line, /secret|Signature|AWS4/);
  }
});

test("a bucket is named by the path, or by the host below a domain", async () => {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot(), { domains: ["s3.test"] });
    const hosted = { host: "my.bucket.s3.test:9000" };
    assert.equal((await put(rig, "/", "", hosted)).status, 200);
    assert.equal((await put(rig, "/a//b", "hello", hosted)).status, 200);
    assert.equal((await get(rig, "/my.bucket/a//b")).text, "hello");
    assert.deepEqual(textsOf(await get(rig, "/?list-type=2", hosted), "Key"), ["a//b"]);
    assert.deepEqual(textsOf(await get(rig, "/"), "Name"), ["my.bucket"]);
    await stopGateway(rig);
  });
});

test("in another region than the oldest, buckets have a place and are made once", async () => {
  await simulate(1, async (world) => {
    const scopeRegion = "eu-west-1";
    const rig = await startGateway(world.machine.boot(), { region: scopeRegion });
    const make = (body = "") => send(rig, { method: "PUT", target: "/bucket", body, scopeRegion });
    assert.equal((await make()).status, 200);
    assert.equal(codeOf(await make()), "BucketAlreadyOwnedByYou");
    const location = await send(rig, { method: "GET", target: "/bucket?location", scopeRegion });
    assert.match(location.text, />eu-west-1<\/LocationConstraint>/);
    const elsewhere = await get(rig, "/bucket?location");
    assert.equal(codeOf(elsewhere), "AuthorizationHeaderMalformed");
    assert.deepEqual(textsOf(elsewhere, "Region"), ["eu-west-1"]);
    await stopGateway(rig);
  });
});
