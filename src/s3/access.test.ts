// What a bucket's policy lets others do, and nobody.
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "../../sim/index.ts";
import { toBase64, utf8 } from "#base/bytes.ts";
import { sha256 } from "#base/hash.ts";
import { endpoints } from "./endpoints.ts";
import {
  codeOf,
  collect,
  type GatewayRig,
  headersOf,
  host,
  send,
  sendRaw,
  startGateway,
  stopGateway,
  type TestResponse,
} from "./rig.ts";

async function unsigned(
  rig: GatewayRig,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<TestResponse> {
  const length = body === undefined ? {} : { "content-length": `${body.length}` };
  const fields = headersOf({ host, ...length, ...headers });
  const pieces = body === undefined ? [] : [utf8(body)];
  return collect(await sendRaw(rig, { method, target, headers: fields, body: pieces }));
}

function statement(effect: string, action: string | string[], resource: string): object {
  return {
    Effect: effect,
    Principal: "*",
    Action: action,
    Resource: `arn:aws:s3:::${resource}`,
  };
}

function setPolicy(rig: GatewayRig, ...statements: readonly object[]): Promise<TestResponse> {
  const body = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  return send(rig, { method: "PUT", target: "/bucket?policy", body });
}

async function withBucket(use: (rig: GatewayRig) => Promise<void>): Promise<void> {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await send(rig, { method: "PUT", target: "/bucket" });
    await send(rig, { method: "PUT", target: "/bucket/public/a", body: "hello" });
    await send(rig, { method: "PUT", target: "/bucket/secret", body: "hidden" });
    await use(rig);
    await stopGateway(rig);
  });
}

test("G2 who does not sign may do nothing, in any operation, that no policy lets everyone do", async () => {
  await withBucket(async (rig) => {
    const paths = { service: "/", bucket: "/bucket", object: "/bucket/secret" };
    for (const [operation, method, scope, query = "", header = ""] of endpoints) {
      // A form has its signature in itself, a preflight needs none; deletions fail one by one.
      if (["PostObject", "Preflight", "DeleteObjects"].includes(operation)) continue;
      const asked = query.replace("partNumber", "partNumber=1");
      const target = `${paths[scope]}${asked === "" ? "" : `?${asked}`}`;
      const [name = "", value = "bucket/secret"] = header.split("=");
      const answer = await unsigned(rig, method, target, {
        "content-length": "0",
        "x-amz-object-attributes": "ETag",
        ...(name === "" ? {} : { [name]: value }),
      });
      assert.equal(answer.status, 403, operation);
      if (method !== "HEAD") assert.equal(codeOf(answer), "AccessDenied", operation);
    }
    const kept = await send(rig, { method: "GET", target: "/bucket/secret" });
    assert.equal(kept.text, "hidden");
  });
});

test("a policy lets everyone read what is below a prefix, and nothing else", async () => {
  await withBucket(async (rig) => {
    const set = await setPolicy(rig, statement("Allow", "s3:GetObject", "bucket/public/*"));
    assert.equal(set.status, 204, set.text);
    assert.equal((await unsigned(rig, "GET", "/bucket/public/a")).text, "hello");
    assert.equal((await unsigned(rig, "HEAD", "/bucket/public/a")).status, 200);
    const part = await unsigned(rig, "GET", "/bucket/public/a", { range: "bytes=1-2" });
    assert.equal(part.text, "el");
    for (const [method, target] of [
      ["GET", "/bucket/secret"],
      ["GET", "/bucket"],
      ["GET", "/bucket/public/a?acl"],
      ["GET", "/bucket/public/a?tagging"],
      ["GET", "/bucket/public/a?versionId=null"],
      ["PUT", "/bucket/public/a"],
      ["DELETE", "/bucket/public/a"],
      // Who may not list is not told what is there.
      ["GET", "/bucket/public/missing"],
    ] as const) {
      const answer = await unsigned(rig, method, target, { "content-length": "0" });
      assert.equal(codeOf(answer), "AccessDenied", `${method} ${target}`);
    }
    const page = await unsigned(rig, "GET", "/bucket/public/a?response-content-type=text/html");
    assert.equal(codeOf(page), "InvalidRequest");
    const status = await send(rig, { method: "GET", target: "/bucket?policyStatus" });
    assert.match(status.text, /<IsPublic>true</);
  });
});

test("a policy lets everyone list and write; what they write is the owner's", async () => {
  await withBucket(async (rig) => {
    await setPolicy(
      rig,
      statement("Allow", "s3:ListBucket", "bucket"),
      statement("Allow", ["s3:PutObject", "s3:DeleteObject"], "bucket/public/*"),
    );
    const listed = await unsigned(rig, "GET", "/bucket");
    assert.match(listed.text, /<Key>secret<[^]*<ID>account</);
    assert.equal((await unsigned(rig, "PUT", "/bucket/public/b", {}, "theirs")).status, 200);
    const read = await send(rig, { method: "GET", target: "/bucket/public/b" });
    assert.equal(read.text, "theirs");
    // What goes with an object is an action of its own.
    const tagged = await unsigned(rig, "PUT", "/bucket/public/b", { "x-amz-tagging": "a=b" }, "x");
    assert.equal(codeOf(tagged), "AccessDenied");
    const copied = { "x-amz-copy-source": "bucket/secret", "content-length": "0" };
    const copy = await unsigned(rig, "PUT", "/bucket/public/copy", copied);
    assert.equal(codeOf(copy), "AccessDenied");
    const keys = ["public/a", "secret"].map((key) => `<Object><Key>${key}</Key></Object>`);
    const body = `<Delete>${keys.join("")}</Delete>`;
    const sum = { "x-amz-checksum-crc32": "AAAAAA==" };
    const wrong = await unsigned(rig, "POST", "/bucket?delete", sum, body);
    assert.equal(codeOf(wrong), "BadDigest");
    const right = { "x-amz-checksum-sha256": toBase64(sha256(utf8(body))) };
    const deleted = await unsigned(rig, "POST", "/bucket?delete", right, body);
    assert.match(deleted.text, /<Deleted><Key>public\/a<[^]*<Error><Key>secret<[^]*AccessDenied/);
    assert.equal((await send(rig, { method: "GET", target: "/bucket/secret" })).text, "hidden");
  });
});

test("a policy denies the owner too, who can still take it back", async () => {
  await withBucket(async (rig) => {
    await setPolicy(rig, statement("Deny", "s3:*", "bucket*"));
    for (const target of ["/bucket/secret", "/bucket", "/bucket?policyStatus"]) {
      assert.equal(codeOf(await send(rig, { method: "GET", target })), "AccessDenied", target);
    }
    const shown = await send(rig, { method: "GET", target: "/bucket?policy" });
    assert.match(shown.text, /"Deny"/);
    assert.equal((await send(rig, { method: "DELETE", target: "/bucket?policy" })).status, 204);
    assert.equal((await send(rig, { method: "GET", target: "/bucket/secret" })).text, "hidden");
    const gone = await send(rig, { method: "GET", target: "/bucket?policy" });
    assert.equal(codeOf(gone), "NoSuchBucketPolicy");
  });
});

test("governance is passed by whom a policy lets pass it, and only they", async () => {
  await withBucket(async (rig) => {
    await setPolicy(rig, statement("Deny", "s3:BypassGovernanceRetention", "bucket/*"));
    const bypass = { "x-amz-bypass-governance-retention": "true" };
    const target = "/bucket/secret";
    const passed = await send(rig, { method: "DELETE", target, headers: bypass });
    assert.equal(codeOf(passed), "AccessDenied");
    assert.equal((await send(rig, { method: "DELETE", target })).status, 204);
  });
});

test("blocks of public access refuse public policies, or keep them from acting", async () => {
  await withBucket(async (rig) => {
    const block = (name: string): Promise<TestResponse> =>
      send(rig, {
        method: "PUT",
        target: "/bucket?publicAccessBlock",
        body: `<PublicAccessBlockConfiguration><${name}>true</${name}></PublicAccessBlockConfiguration>`,
      });
    await block("BlockPublicPolicy");
    const read = statement("Allow", "s3:GetObject", "bucket/*");
    assert.equal(codeOf(await setPolicy(rig, read)), "AccessDenied");
    const near = { IpAddress: { "aws:SourceIp": "127.0.0.1" } };
    assert.equal((await setPolicy(rig, { ...read, Condition: near })).status, 204);
    assert.equal((await unsigned(rig, "GET", "/bucket/secret")).text, "hidden");
    await block("RestrictPublicBuckets");
    assert.equal((await setPolicy(rig, read)).status, 204);
    assert.equal(codeOf(await unsigned(rig, "GET", "/bucket/secret")), "AccessDenied");
    assert.equal((await send(rig, { method: "GET", target: "/bucket/secret" })).text, "hidden");
  });
});

test("another account does what a policy lets it do", async () => {
  await withBucket(async (rig) => {
    const credential = { secretAccessKey: "other secret", account: "other", createdUnixMs: 1 };
    const value = { accessKeyId: "OTHER", credential };
    await rig.replica.propose({ kind: "putCredential", value });
    const key = { accessKeyId: "OTHER", secretAccessKey: "other secret" };
    const read = { ...statement("Allow", "s3:GetObject", "bucket/*"), Principal: { AWS: "other" } };
    await setPolicy(rig, read);
    const target = "/bucket/secret";
    assert.equal((await send(rig, { method: "GET", target, ...key })).text, "hidden");
    assert.equal(codeOf(await send(rig, { method: "DELETE", target, ...key })), "AccessDenied");
    assert.equal(codeOf(await unsigned(rig, "GET", target)), "AccessDenied");
  });
});

test("a policy that is too long, or no policy, is refused and changes nothing", async () => {
  await withBucket(async (rig) => {
    for (const body of ["x", `{"a":"${"x".repeat(20_480)}"}`]) {
      const refused = await send(rig, { method: "PUT", target: "/bucket?policy", body });
      assert.equal(codeOf(refused), "MalformedPolicy");
    }
    const none = await send(rig, { method: "GET", target: "/bucket?policyStatus" });
    assert.equal(codeOf(none), "NoSuchBucketPolicy");
  });
});
