// Buckets that keep versions: what each operation says of them, and how they are listed.
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

const get = (rig: GatewayRig, target: string) => send(rig, { method: "GET", target });
const put = (rig: GatewayRig, body: string) =>
  send(rig, { method: "PUT", target: "/bucket/key", body });
const del = (rig: GatewayRig, query = "") =>
  send(rig, { method: "DELETE", target: `/bucket/key${query}` });
const setVersioning = (rig: GatewayRig, status: string): Promise<TestResponse> =>
  send(rig, {
    method: "PUT",
    target: "/bucket?versioning",
    body: `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`,
  });

test("a story: versions pile up, a marker hides them, and each can be had and removed", async () => {
  await withBucket(async (rig) => {
    await put(rig, "null");
    assert.equal((await setVersioning(rig, "Enabled")).status, 200);
    assert.deepEqual(textsOf(await get(rig, "/bucket?versioning"), "Status"), ["Enabled"]);
    const first = (await put(rig, "first")).headers["x-amz-version-id"] ?? "";
    const second = (await put(rig, "second")).headers["x-amz-version-id"] ?? "";
    const deleted = await del(rig);
    assert.equal(deleted.headers["x-amz-delete-marker"], "true");
    const marker = deleted.headers["x-amz-version-id"] ?? "";

    const hidden = await get(rig, "/bucket/key");
    assert.equal(codeOf(hidden), "NoSuchKey");
    assert.equal(hidden.headers["x-amz-delete-marker"], "true");
    const itself = await get(rig, `/bucket/key?versionId=${marker}`);
    assert.equal(codeOf(itself), "MethodNotAllowed");
    assert.equal((await get(rig, `/bucket/key?versionId=${first}`)).text, "first");
    assert.equal((await get(rig, "/bucket/key?versionId=null")).text, "null");
    const missing = await get(rig, `/bucket/key?versionId=${"0".repeat(32)}`);
    assert.equal(codeOf(missing), "NoSuchVersion");
    assert.equal(codeOf(await get(rig, "/bucket/key?versionId=odd")), "InvalidArgument");

    const listed = await get(rig, "/bucket?versions");
    assert.deepEqual(
      textsOf(listed, "VersionId").toSorted(),
      [first, marker, "null", second].toSorted(),
    );
    assert.deepEqual(textsOf(listed, "IsLatest").toSorted(), ["false", "false", "false", "true"]);
    assert.match(listed.text, /<DeleteMarker><Key>key<\/Key>/);
    assert.deepEqual(textsOf(await get(rig, "/bucket?list-type=2"), "Key"), []);

    await del(rig, `?versionId=${marker}`);
    assert.equal((await get(rig, "/bucket/key")).text, "second");
    for (const id of [first, second, "null"]) await del(rig, `?versionId=${id}`);
    assert.deepEqual(textsOf(await get(rig, "/bucket?versions"), "VersionId"), []);
    assert.equal((await send(rig, { method: "DELETE", target: "/bucket" })).status, 204);
  });
});

test("a listing of versions goes on where its page ended", async () => {
  await withBucket(async (rig) => {
    await put(rig, "null");
    await setVersioning(rig, "Enabled");
    for (const body of ["a", "b", "c"]) await put(rig, body);
    const whole = textsOf(await get(rig, "/bucket?versions"), "VersionId");
    assert.equal(whole.length, 4);
    const seen: string[] = [];
    let next = "";
    for (let page = 0; page < 10; page++) {
      const listed = await get(rig, `/bucket?versions&max-keys=1${next}`);
      seen.push(...textsOf(listed, "VersionId"));
      if (textsOf(listed, "IsTruncated")[0] === "false") break;
      const key = textsOf(listed, "NextKeyMarker")[0] ?? "";
      const id = textsOf(listed, "NextVersionIdMarker")[0] ?? "";
      next = `&key-marker=${key}&version-id-marker=${id}`;
    }
    assert.deepEqual(seen, whole);
    for (const query of ["version-id-marker=null", "key-marker=k&version-id-marker=odd"]) {
      assert.equal(codeOf(await get(rig, `/bucket?versions&${query}`)), "InvalidArgument", query);
    }
  });
});

test("versioning is enabled or suspended, and nothing else", async () => {
  await withBucket(async (rig) => {
    for (const status of ["Off", "", "enabled"]) {
      assert.equal(codeOf(await setVersioning(rig, status)), "MalformedXML", status);
    }
    await setVersioning(rig, "Enabled");
    const kept = (await put(rig, "kept")).headers["x-amz-version-id"] ?? "";
    await setVersioning(rig, "Suspended");
    assert.equal((await put(rig, "one")).headers["x-amz-version-id"], "null");
    assert.equal((await put(rig, "two")).headers["x-amz-version-id"], "null");
    assert.deepEqual(textsOf(await get(rig, "/bucket?versions"), "VersionId"), ["null", kept]);
  });
});
