// Whole nodes that code units anew, while they crash.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { contentOf } from "#objects/rig.ts";
import { Member } from "./cluster-rig.ts";
import { simulate, type World } from "./index.ts";
import { pathOf } from "./workload/client.ts";

const sizes = [1, 5000, 100_000, 300_000, 2_000_000];

/** A node by itself that has objects of all kinds, and what they hold. */
async function loneNode(world: World): Promise<{ a: Member; objects: Map<string, Uint8Array> }> {
  const a = new Member(world, "a");
  await a.start();
  const headers = { "x-amz-bucket-object-lock-enabled": "true" };
  await a.succeed({ method: "PUT", path: pathOf("bucket"), headers });
  const objects = new Map<string, Uint8Array>();
  for (const size of sizes) {
    objects.set(`key-${size}`, contentOf(size, size));
    await a.put(`key-${size}`, contentOf(size, size));
  }
  const hold = utf8("<LegalHold><Status>ON</Status></LegalHold>");
  const path = pathOf("bucket", "key-5000");
  await a.succeed({ method: "PUT", path, query: { "legal-hold": "" }, body: hold });
  objects.set("parts", await putInParts(a, "parts"));
  return { a, objects };
}

/** Puts an object as an upload of two parts. */
async function putInParts(member: Member, key: string): Promise<Uint8Array> {
  const path = pathOf("bucket", key);
  const begun = await member.succeed({ method: "POST", path, query: { uploads: "" } });
  const [, uploadId = ""] = /<UploadId>(.*)<\/UploadId>/.exec(textOf(begun.body)) ?? [];
  const parts = [contentOf(5 * 1024 * 1024, 1), contentOf(70_000, 2)];
  const etags: string[] = [];
  for (const [i, body] of parts.entries()) {
    const query = { partNumber: String(i + 1), uploadId };
    etags.push((await member.succeed({ method: "PUT", path, query, body })).headers["etag"] ?? "");
  }
  const named = etags.map(
    (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
  );
  const body = utf8(`<CompleteMultipartUpload>${named.join("")}</CompleteMultipartUpload>`);
  await member.succeed({ method: "POST", path, query: { uploadId }, body });
  return Buffer.concat(parts);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function readAll(member: Member, objects: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [key, content] of objects) await member.get(key, content);
}

test("U4 what a lone node has is copied, unasked, once there is a second", async () => {
  for (const dead of ["a", "b"]) {
    await simulate(11, async (world) => {
      const { a, objects } = await loneNode(world);
      const [b, c] = [new Member(world, "b"), new Member(world, "c")];
      for (const joiner of [b, c]) await joiner.start(await a.token());
      await a.until("any node may fail", ({ tolerances }) => {
        const [nodes] = tolerances;
        return nodes !== undefined && nodes.reads >= 1 && nodes.decisions === 1;
      });
      const [lost, left] = dead === "a" ? [a, b] : [b, a];
      await lost.machine.crash();
      for (const member of [left, c]) await readAll(member, objects);
    });
  }
});

test("U4 a crash at any step of the copying leaves everything to be read", async () => {
  let cutCount = 0;
  for (let seed = 1; seed <= 6; seed++) {
    await simulate(seed, async (world) => {
      const { a, objects } = await loneNode(world);
      const [b, c] = [new Member(world, "b"), new Member(world, "c")];
      await b.start(await a.token());
      const victim = seed % 2 === 0 ? a : b;
      const step = victim.machine.stepCount + 1 + world.prng.below(400);
      victim.machine.crashAt({ step, when: "after", remains: "some" });
      await Promise.race([victim.machine.died.then(() => void cutCount++), world.sleep(60_000)]);
      victim.machine.crashAt(undefined);
      if (!victim.machine.isUp) await victim.start();
      await readAll(a, objects);
      await c.start(await a.token());
      await a.until("all is copied", ({ tolerances }) => (tolerances[0]?.reads ?? 0) >= 1);
      await readAll(b, objects);
    });
  }
  assert.ok(cutCount >= 2, `${cutCount} of 6 were cut`);
});
