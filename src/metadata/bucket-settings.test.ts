import assert from "node:assert/strict";
import { test } from "node:test";
import type { CorsRule } from "#format/index.ts";
import { bucketOf } from "./queries.ts";
import { expectDone, refusalOf, Rig } from "./rig.ts";

const bucket = "bucket-a";

const rule: CorsRule = {
  id: "",
  allowedOrigins: ["*"],
  allowedMethods: ["GET"],
  allowedHeaders: [],
  exposeHeaders: [],
};

test("what a bucket says of browsers and of the public is set and taken away, and nothing else", () => {
  const rig = new Rig();
  rig.createBucket(bucket, true);
  const before = bucketOf(rig.state, bucket);
  const cors = { rules: [rule] };
  const publicAccessBlock = {
    blockPublicAcls: true,
    ignorePublicAcls: false,
    blockPublicPolicy: true,
    restrictPublicBuckets: false,
  };
  expectDone(rig.apply({ kind: "setBucketCors", value: { bucket, cors } }));
  expectDone(rig.apply({ kind: "setPublicAccessBlock", value: { bucket, publicAccessBlock } }));
  expectDone(rig.apply({ kind: "setBucketPolicy", value: { bucket, policy: "{}" } }));
  assert.deepEqual(bucketOf(rig.state, bucket), {
    ...before,
    cors,
    publicAccessBlock,
    policy: "{}",
  });
  expectDone(rig.apply({ kind: "setBucketCors", value: { bucket, cors: { rules: [] } } }));
  expectDone(rig.apply({ kind: "setPublicAccessBlock", value: { bucket } }));
  expectDone(rig.apply({ kind: "setBucketPolicy", value: { bucket } }));
  assert.deepEqual(bucketOf(rig.state, bucket), before);
});

test("M2 settings of a bucket that is not there, and too many rules, are refused", () => {
  const rig = new Rig();
  rig.createBucket(bucket);
  const before = bucketOf(rig.state, bucket);
  const cors = { rules: Array.from({ length: 101 }, () => rule) };
  const many = rig.apply({ kind: "setBucketCors", value: { bucket, cors } });
  assert.equal(refusalOf(many).code, "invalid-command");
  for (const policy of ["", "x".repeat(20_481)]) {
    const wrong = rig.apply({ kind: "setBucketPolicy", value: { bucket, policy } });
    assert.equal(refusalOf(wrong).code, "invalid-command");
  }
  assert.deepEqual(bucketOf(rig.state, bucket), before);
  for (const kind of ["setBucketCors", "setPublicAccessBlock", "setBucketPolicy"] as const) {
    const nowhere = rig.apply({ kind, value: { bucket: "other" } });
    assert.equal(refusalOf(nowhere).code, "no-such-bucket");
  }
});
