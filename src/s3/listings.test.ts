// Listings of buckets and objects, held against a plain filter over all keys.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { compareBytes, utf8 } from "#base/bytes.ts";
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

async function withGateway(use: (rig: GatewayRig) => Promise<void>): Promise<void> {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await use(rig);
    await stopGateway(rig);
  });
}

const get = (rig: GatewayRig, target: string) => send(rig, { method: "GET", target });

async function fill(rig: GatewayRig, keys: readonly string[]): Promise<void> {
  await send(rig, { method: "PUT", target: "/bucket" });
  for (const key of keys) {
    const target = `/bucket/${encodeURIComponent(key)}`;
    const put = await send(rig, { method: "PUT", target, body: key });
    assert.equal(put.status, 200);
  }
}

/** What a listing shows, prefixes and keys in one order. */
function entriesOf(page: TestResponse): string[] {
  const inCommon = [...page.text.matchAll(/<CommonPrefixes><Prefix>([^<]*)</g)];
  const entries = [...textsOf(page, "Key"), ...inCommon.map((match) => match[1] ?? "")];
  return entries.map(decodeURIComponent).toSorted((a, b) => compareBytes(utf8(a), utf8(b)));
}

/** All there is to list, as S3's documentation describes it. */
function expectedEntries(keys: readonly string[], prefix: string, delimiter: string): string[] {
  const entries = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      return at < 0 ? key : key.slice(0, at + delimiter.length);
    });
  return [...new Set(entries)].toSorted((a, b) => compareBytes(utf8(a), utf8(b)));
}

interface Walk {
  prefix: string;
  delimiter: string;
  limit: number;
}

async function walk(
  rig: GatewayRig,
  { prefix, delimiter, limit }: Walk,
  version: 1 | 2,
): Promise<string[]> {
  const entries: string[] = [];
  let next = "";
  for (let page = 0; page < 100; page++) {
    const place = version === 2 ? "&list-type=2" : "";
    const listed = await get(
      rig,
      `/bucket?encoding-type=url&max-keys=${limit}&prefix=${encodeURIComponent(prefix)}` +
        `&delimiter=${encodeURIComponent(delimiter)}${place}${next}`,
    );
    assert.equal(listed.status, 200, listed.text);
    const shown = entriesOf(listed);
    entries.push(...shown);
    assert.ok(shown.length <= limit);
    if (version === 2) assert.deepEqual(textsOf(listed, "KeyCount"), [`${shown.length}`]);
    if (textsOf(listed, "IsTruncated")[0] === "false") return entries;
    const token = textsOf(listed, "NextContinuationToken")[0] ?? "";
    const marker = textsOf(listed, "NextMarker")[0] ?? textsOf(listed, "Key").at(-1) ?? "";
    next = version === 2 ? `&continuation-token=${encodeURIComponent(token)}` : `&marker=${marker}`;
  }
  throw new Error("the listing does not end");
}

test("both listings show every key once and in byte order, whatever the page size", async () => {
  const keys = ["a", "a/", "a/b", "a/b/c", "a+b", "b//c", "b/\u{1f439}", "b/\uffee", "é", "z/y/x"];
  await withGateway(async (rig) => {
    await fill(rig, keys);
    const walks = fc.record({
      prefix: fc.constantFrom("", "a", "a/", "b/", "z", "nothing"),
      delimiter: fc.constantFrom("", "/", "b", "//"),
      limit: fc.integer({ min: 1, max: 12 }),
    });
    for (const one of fc.sample(walks, { numRuns: 80, seed: 3 })) {
      const expected = expectedEntries(keys, one.prefix, one.delimiter);
      assert.deepEqual(await walk(rig, one, 2), expected, JSON.stringify(one));
      assert.deepEqual(await walk(rig, one, 1), expected, JSON.stringify(one));
    }
  });
});

test("a listing begins behind start-after, and shows owners to who asks", async () => {
  await withGateway(async (rig) => {
    await fill(rig, ["a", "b", "c"]);
    const after = await get(rig, "/bucket?list-type=2&start-after=a&fetch-owner=true");
    assert.deepEqual(textsOf(after, "Key"), ["b", "c"]);
    assert.deepEqual(textsOf(after, "StartAfter"), ["a"]);
    assert.deepEqual(textsOf(after, "DisplayName"), ["account", "account"]);
    assert.deepEqual(textsOf(await get(rig, "/bucket?list-type=2"), "DisplayName"), []);
    assert.equal(textsOf(await get(rig, "/bucket"), "DisplayName").length, 3);
    const start = await get(rig, "/bucket?list-type=2&continuation-token=");
    assert.deepEqual(textsOf(start, "Key"), ["a", "b", "c"]);
    const none = await get(rig, "/bucket?list-type=2&max-keys=0");
    assert.deepEqual(textsOf(none, "IsTruncated"), ["false"]);
    assert.deepEqual(textsOf(none, "Key"), []);
    const many = await get(rig, "/bucket?list-type=2&max-keys=5000");
    assert.deepEqual(textsOf(many, "MaxKeys"), ["1000"]);
  });
});

test("listings that make no sense are refused", async () => {
  await withGateway(async (rig) => {
    await fill(rig, ["a"]);
    for (const query of [
      "list-type=2&continuation-token=made-up",
      "list-type=2&max-keys=-1",
      "list-type=2&max-keys=blah",
      "max-keys=99999999999",
      "encoding-type=base64",
      "uploads&max-uploads=x",
      "uploads&key-marker=a&upload-id-marker=b",
    ]) {
      assert.equal(codeOf(await get(rig, `/bucket?${query}`)), "InvalidArgument", query);
    }
    for (const query of ["", "list-type=2", "uploads", "location", "acl", "policy"]) {
      assert.equal(codeOf(await get(rig, `/missing-bucket?${query}`)), "NoSuchBucket", query);
    }
  });
});

test("control characters are shown as references, or encoded for who asks", async () => {
  await withGateway(async (rig) => {
    await fill(rig, ["\u0001&<\r\n"]);
    const plain = await get(rig, "/bucket?list-type=2");
    assert.match(plain.text, /<Key>&#x1;&amp;&lt;&#xd;&#xa;<\/Key>/);
    const encoded = await get(rig, "/bucket?list-type=2&encoding-type=url");
    assert.deepEqual(textsOf(encoded, "Key"), ["%01%26%3C%0D%0A"]);
  });
});

test("buckets are listed by pages, by prefix and by region", async () => {
  await withGateway(async (rig) => {
    for (const name of ["beta-1", "alpha-1", "alpha-2"]) {
      await send(rig, { method: "PUT", target: `/${name}` });
    }
    assert.deepEqual(textsOf(await get(rig, "/"), "Name"), ["alpha-1", "alpha-2", "beta-1"]);
    assert.deepEqual(textsOf(await get(rig, "/?prefix=beta"), "Name"), ["beta-1"]);
    assert.deepEqual(textsOf(await get(rig, "/?bucket-region=eu-west-1"), "Name"), []);
    const first = await get(rig, "/?max-buckets=2");
    assert.deepEqual(textsOf(first, "Name"), ["alpha-1", "alpha-2"]);
    const token = encodeURIComponent(textsOf(first, "ContinuationToken")[0] ?? "");
    const second = await get(rig, `/?max-buckets=2&continuation-token=${token}`);
    assert.deepEqual(textsOf(second, "Name"), ["beta-1"]);
    assert.deepEqual(textsOf(second, "ContinuationToken"), []);
    assert.equal(codeOf(await get(rig, "/?max-buckets=0")), "InvalidArgument");
    assert.equal(codeOf(await get(rig, "/?continuation-token=x")), "InvalidArgument");
  });
});

test("a bucket is made once, in the one region there is", async () => {
  await withGateway(async (rig) => {
    const make = (body = "", name = "bucket") =>
      send(rig, { method: "PUT", target: `/${name}`, body });
    const located = (text: string): string =>
      `<CreateBucketConfiguration><LocationConstraint>${text}</LocationConstraint>` +
      "</CreateBucketConfiguration>";
    assert.equal(codeOf(await make(located("eu-west-1"))), "IllegalLocationConstraintException");
    assert.equal(codeOf(await make(located("nowhere"))), "InvalidLocationConstraint");
    assert.equal(codeOf(await make("<Other/>")), "MalformedXML");
    assert.equal(codeOf(await make("<Create")), "MalformedXML");
    assert.deepEqual(textsOf(await get(rig, "/"), "Name"), []);
    const made = await make(located("us-east-1"));
    assert.equal(made.status, 200);
    assert.equal(made.headers["location"], "/bucket");
    assert.equal((await make()).status, 200, "in us-east-1 the owner may say it again");
    assert.match((await get(rig, "/bucket?location")).text, /<LocationConstraint[^>]*><\//);
    const head = await send(rig, { method: "HEAD", target: "/bucket" });
    assert.equal(head.headers["x-amz-bucket-region"], "us-east-1");
  });
});

test("questions about a bucket that nobody has configured get AWS's answers", async () => {
  await withGateway(async (rig) => {
    await fill(rig, ["key"]);
    const answers: [target: string, expected: string][] = [
      ["/bucket?versioning", "VersioningConfiguration"],
      ["/bucket?acl", "FULL_CONTROL"],
      ["/bucket/key?acl", "FULL_CONTROL"],
      ["/bucket?policy", "NoSuchBucketPolicy"],
      ["/bucket?tagging", "NoSuchTagSet"],
      ["/bucket/key?tagging", "TagSet"],
      ["/bucket?cors", "NoSuchCORSConfiguration"],
      ["/bucket?lifecycle", "NoSuchLifecycleConfiguration"],
      ["/bucket?encryption", "ServerSideEncryptionConfigurationNotFoundError"],
      ["/bucket?object-lock", "ObjectLockConfigurationNotFoundError"],
      ["/bucket?website", "NoSuchWebsiteConfiguration"],
      ["/bucket?ownershipControls", "BucketOwnerEnforced"],
      ["/bucket/missing?acl", "NoSuchKey"],
    ];
    for (const [target, expected] of answers) {
      assert.ok((await get(rig, target)).text.includes(expected), target);
    }
    const acl = (await get(rig, "/bucket?acl")).body;
    const again = await send(rig, { method: "PUT", target: "/bucket?acl", body: acl });
    assert.equal(again.status, 200);
    const open = await send(rig, {
      method: "PUT",
      target: "/bucket?acl",
      headers: { "x-amz-acl": "public-read" },
    });
    assert.equal(codeOf(open), "AccessControlListNotSupported");
  });
});
