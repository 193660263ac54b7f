import assert from "node:assert/strict";
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

async function withBucket(use: (rig: GatewayRig) => Promise<void>): Promise<void> {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await send(rig, { method: "PUT", target: "/bucket" });
    await use(rig);
    await stopGateway(rig);
  });
}

type Tags = readonly (readonly [key: string, value: string])[];

function documentOf(tags: Tags): string {
  const set = tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`);
  return `<Tagging><TagSet>${set.join("")}</TagSet></Tagging>`;
}

function manyTags(count: number): Tags {
  return Array.from({ length: count }, (_, i) => [`k${i}`, `v${i}`] as const);
}

function tagsOf(response: TestResponse): Tags {
  assert.equal(response.status, 200, response.text);
  const values = textsOf(response, "Value");
  return textsOf(response, "Key").map((key, i) => [key, values[i] ?? ""] as const);
}

const ask = (rig: GatewayRig, method: string, target: string, body?: string) =>
  send(rig, { method, target, ...(body === undefined ? {} : { body }) });

test("a story: an object's tags are put, counted, replaced and taken away", async () => {
  await withBucket(async (rig) => {
    const headers = { "x-amz-tagging": "color=gr%C3%BCn+1&bare" };
    await send(rig, { method: "PUT", target: "/bucket/key", headers, body: "x" });
    const given = [
      ["color", "grün 1"],
      ["bare", ""],
    ] as const;
    assert.deepEqual(tagsOf(await ask(rig, "GET", "/bucket/key?tagging")), given);
    for (const method of ["GET", "HEAD"]) {
      const read = await ask(rig, method, "/bucket/key");
      assert.equal(read.headers["x-amz-tagging-count"], "2");
    }
    const put = await ask(rig, "PUT", "/bucket/key?tagging", documentOf(manyTags(10)));
    assert.equal(put.status, 200);
    assert.deepEqual(tagsOf(await ask(rig, "GET", "/bucket/key?tagging")), manyTags(10));
    assert.equal((await ask(rig, "DELETE", "/bucket/key?tagging")).status, 204);
    assert.deepEqual(tagsOf(await ask(rig, "GET", "/bucket/key?tagging")), []);
    assert.equal((await ask(rig, "HEAD", "/bucket/key")).headers["x-amz-tagging-count"], undefined);
    await ask(rig, "PUT", "/bucket/key?tagging", documentOf(manyTags(1)));
    await ask(rig, "PUT", "/bucket/key", "another object");
    assert.deepEqual(tagsOf(await ask(rig, "GET", "/bucket/key?tagging")), []);
  });
});

test("each version has tags of its own, and answers say which it is", async () => {
  await withBucket(async (rig) => {
    const enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await ask(rig, "PUT", "/bucket?versioning", enabled);
    const older = (await ask(rig, "PUT", "/bucket/key", "1")).headers["x-amz-version-id"];
    const newer = (await ask(rig, "PUT", "/bucket/key", "2")).headers["x-amz-version-id"];
    const put = await ask(
      rig,
      "PUT",
      `/bucket/key?tagging&versionId=${older}`,
      documentOf(manyTags(1)),
    );
    assert.equal(put.headers["x-amz-version-id"], older);
    const current = await ask(rig, "PUT", "/bucket/key?tagging", documentOf(manyTags(2)));
    assert.equal(current.headers["x-amz-version-id"], newer);
    const read = await ask(rig, "GET", `/bucket/key?tagging&versionId=${older}`);
    assert.deepEqual(tagsOf(read), manyTags(1));
    assert.equal(read.headers["x-amz-version-id"], older);
    const gone = await ask(rig, "DELETE", `/bucket/key?tagging&versionId=${older}`);
    assert.equal(gone.headers["x-amz-version-id"], older);
    assert.deepEqual(tagsOf(await ask(rig, "GET", "/bucket/key?tagging")), manyTags(2));
    await ask(rig, "DELETE", "/bucket/key");
    assert.equal(codeOf(await ask(rig, "GET", "/bucket/key?tagging")), "NoSuchKey");
    const marker = await ask(rig, "PUT", "/bucket/key?tagging", documentOf(manyTags(1)));
    assert.equal(codeOf(marker), "NoSuchKey");
  });
});

test("a copy takes the source's tags, or the request's; an upload's are its object's", async () => {
  await withBucket(async (rig) => {
    const copy = async (headers: Record<string, string>): Promise<Tags> => {
      const source = { "x-amz-copy-source": "bucket/key", ...headers };
      const copied = await send(rig, { method: "PUT", target: "/bucket/copy", headers: source });
      assert.equal(copied.status, 200, copied.text);
      return tagsOf(await ask(rig, "GET", "/bucket/copy?tagging"));
    };
    const headers = { "x-amz-tagging": "a=1" };
    await send(rig, { method: "PUT", target: "/bucket/key", headers, body: "x" });
    assert.deepEqual(await copy({}), [["a", "1"]]);
    assert.deepEqual(await copy({ "x-amz-tagging": "b=2" }), [["a", "1"]]);
    const replace = { "x-amz-tagging-directive": "REPLACE" };
    assert.deepEqual(await copy({ ...replace, "x-amz-tagging": "b=2" }), [["b", "2"]]);
    assert.deepEqual(await copy(replace), []);
    const wrong = { "x-amz-copy-source": "bucket/key", "x-amz-tagging-directive": "OTHER" };
    const refused = await send(rig, { method: "PUT", target: "/bucket/copy", headers: wrong });
    assert.equal(codeOf(refused), "InvalidArgument");

    const begun = await send(rig, { method: "POST", target: "/bucket/parts?uploads", headers });
    const uploadId = textsOf(begun, "UploadId")[0] ?? "";
    const part = await ask(rig, "PUT", `/bucket/parts?partNumber=1&uploadId=${uploadId}`, "x");
    const named = `<Part><PartNumber>1</PartNumber><ETag>${part.headers["etag"]}</ETag></Part>`;
    const document = `<CompleteMultipartUpload>${named}</CompleteMultipartUpload>`;
    await ask(rig, "POST", `/bucket/parts?uploadId=${uploadId}`, document);
    assert.deepEqual(tagsOf(await ask(rig, "GET", "/bucket/parts?tagging")), [["a", "1"]]);
  });
});

test("a bucket's tags are put, replaced and taken away, and may come with it", async () => {
  await withBucket(async (rig) => {
    assert.equal(codeOf(await ask(rig, "GET", "/bucket?tagging")), "NoSuchTagSet");
    const put = await ask(rig, "PUT", "/bucket?tagging", documentOf(manyTags(50)));
    assert.equal(put.status, 204);
    assert.deepEqual(tagsOf(await ask(rig, "GET", "/bucket?tagging")), manyTags(50));
    assert.equal((await ask(rig, "DELETE", "/bucket?tagging")).status, 204);
    assert.equal(codeOf(await ask(rig, "GET", "/bucket?tagging")), "NoSuchTagSet");
    const configuration =
      "<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>1</Value></Tag></Tags>" +
      "</CreateBucketConfiguration>";
    await ask(rig, "PUT", "/tagged", configuration);
    assert.deepEqual(tagsOf(await ask(rig, "GET", "/tagged?tagging")), [["a", "1"]]);
    assert.equal(codeOf(await ask(rig, "PUT", "/missing?tagging", documentOf([]))), "NoSuchBucket");
  });
});

test("tags that S3 does not take are refused, and change nothing", async () => {
  await withBucket(async (rig) => {
    await ask(rig, "PUT", "/bucket/key", "x");
    await ask(rig, "PUT", "/bucket/key?tagging", documentOf(manyTags(1)));
    await ask(rig, "PUT", "/bucket?tagging", documentOf(manyTags(1)));
    const wrong: readonly (readonly [document: string, code: string])[] = [
      [documentOf(manyTags(51)), "InvalidTag"],
      [documentOf([["k".repeat(129), ""]]), "InvalidTag"],
      [documentOf([["k", "v".repeat(257)]]), "InvalidTag"],
      [documentOf([["", "v"]]), "InvalidTag"],
      [documentOf([["a", "?"]]), "InvalidTag"],
      [documentOf([["aws:a", "b"]]), "InvalidTag"],
      [documentOf([...manyTags(1), ...manyTags(1)]), "InvalidTag"],
      ["<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>", "MalformedXML"],
      ["<Tagging><TagSet><Other/></TagSet></Tagging>", "MalformedXML"],
      ["<Tagging/>", "MalformedXML"],
      ["<Other/>", "MalformedXML"],
      ["", "MissingRequestBodyError"],
    ];
    for (const [document, code] of wrong) {
      for (const target of ["/bucket/key?tagging", "/bucket?tagging"]) {
        assert.equal(codeOf(await ask(rig, "PUT", target, document)), code, document);
      }
    }
    const eleven = await ask(rig, "PUT", "/bucket/key?tagging", documentOf(manyTags(11)));
    assert.equal(codeOf(eleven), "InvalidTag");
    for (const [text, code] of [
      ["a=1&a=2", "InvalidTag"],
      ["a=%", "InvalidArgument"],
      [`${"k".repeat(129)}=1`, "InvalidTag"],
    ] as const) {
      const headers = { "x-amz-tagging": text };
      const put = await send(rig, { method: "PUT", target: "/bucket/key", headers, body: "y" });
      assert.equal(codeOf(put), code, text);
    }
    for (const target of ["/bucket/key?tagging", "/bucket?tagging"]) {
      assert.deepEqual(tagsOf(await ask(rig, "GET", target)), manyTags(1));
    }
    assert.equal((await ask(rig, "GET", "/bucket/key")).text, "x");
  });
});
