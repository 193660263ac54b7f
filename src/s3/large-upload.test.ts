// The largest upload there is: ten thousand parts, completed by one command.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { mib, toBase64 } from "#base/bytes.ts";
import { simulate } from "../../sim/index.ts";
import { heldBytes, send, startGateway, stopGateway, textsOf } from "./rig.ts";

const partCount = 10_000;

test("ten thousand parts become one object, and its bytes are not touched", async () => {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await send(rig, { method: "PUT", target: "/bucket" });
    const body = new Uint8Array(5 * mib);
    const digest = rig.ports.compute.digest(["crc64nvme"]);
    await digest.update(body);
    const checksum = (await digest.finish()).get("crc64nvme") ?? new Uint8Array(0);
    const headers = { "x-amz-checksum-crc64nvme": toBase64(checksum) };
    await send(rig, { method: "PUT", target: "/bucket/source", body, headers });
    const begun = await send(rig, {
      method: "POST",
      target: "/bucket/big?uploads",
      headers: { "x-amz-checksum-algorithm": "CRC64NVME" },
    });
    const upload = textsOf(begun, "UploadId")[0] ?? "";
    const held = heldBytes(rig);
    const copyPart = async (number: number): Promise<void> => {
      const copied = await send(rig, {
        method: "PUT",
        target: `/bucket/big?partNumber=${number}&uploadId=${upload}`,
        headers: { "x-amz-copy-source": "/bucket/source" },
      });
      assert.equal(copied.status, 200, copied.text);
    };
    for (let number = 1; number <= partCount; number += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => copyPart(number + i)));
    }
    const etag = createHash("md5").update(body).digest("hex");
    const parts = Array.from(
      { length: partCount },
      (_, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
    );
    const done = await send(rig, {
      method: "POST",
      target: `/bucket/big?uploadId=${upload}`,
      body: `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`,
    });
    assert.match(textsOf(done, "ETag")[0] ?? done.text, /-10000&quot;$/);
    assert.equal(heldBytes(rig), held);
    const head = await send(rig, { method: "HEAD", target: "/bucket/big" });
    assert.equal(head.headers["content-length"], `${partCount * body.length}`);
    const last = await send(rig, {
      method: "GET",
      target: "/bucket/big?partNumber=10000",
      headers: { range: "" },
    });
    assert.equal(last.body.length, body.length);
    await stopGateway(rig);
  });
});
