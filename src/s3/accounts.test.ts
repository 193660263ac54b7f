// Two accounts on one cluster.
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "../../sim/index.ts";
import { codeOf, send, startGateway, stopGateway } from "./rig.ts";

test("G2 another account's key reaches nothing in the bucket, and learns nothing of it", async () => {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await send(rig, { method: "PUT", target: "/bucket" });
    await send(rig, { method: "PUT", target: "/bucket/key", body: "hello" });
    const credential = { secretAccessKey: "other secret", account: "other", createdUnixMs: 1 };
    const value = { accessKeyId: "OTHER", credential };
    await rig.replica.propose({ kind: "putCredential", value });
    const as = (method: string, target: string, headers: Record<string, string> = {}) =>
      send(rig, {
        method,
        target,
        headers,
        accessKeyId: "OTHER",
        secretAccessKey: "other secret",
      });
    for (const [method, target] of [
      ["GET", "/bucket/key"],
      ["GET", "/bucket/missing"],
      ["GET", "/bucket/key?attributes"],
      ["GET", "/bucket/key?acl"],
      ["PUT", "/bucket/key"],
      ["DELETE", "/bucket/key"],
      ["POST", "/bucket/key?uploads"],
      ["GET", "/bucket?list-type=2"],
      ["GET", "/bucket?versions"],
      ["GET", "/bucket?uploads"],
      ["GET", "/bucket?location"],
      ["DELETE", "/bucket"],
    ] as const) {
      const headers = { "content-length": "0", "x-amz-object-attributes": "ETag" };
      assert.equal(
        codeOf(await as(method, target, headers)),
        "AccessDenied",
        `${method} ${target}`,
      );
    }
    assert.equal(codeOf(await as("PUT", "/bucket")), "BucketAlreadyExists");
    await as("PUT", "/others");
    const copy = { "x-amz-copy-source": "bucket/key" };
    assert.equal(codeOf(await as("PUT", "/others/copy", copy)), "AccessDenied");
    assert.doesNotMatch((await as("GET", "/")).text, /<Name>bucket</);
    assert.equal((await send(rig, { method: "GET", target: "/bucket/key" })).text, "hello");
    const expected = { "x-amz-expected-bucket-owner": "other" };
    const wrong = await send(rig, { method: "GET", target: "/bucket/key", headers: expected });
    assert.equal(codeOf(wrong), "AccessDenied");
    await stopGateway(rig);
  });
});
