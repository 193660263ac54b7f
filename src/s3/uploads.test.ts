// Objects in parts: the whole life of an upload, and what must not pass.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { mib, concatBytes } from "#base/bytes.ts";
import { simulate } from "../../sim/index.ts";
import {
  codeOf,
  type GatewayRig,
  heldBytes,
  send,
  startGateway,
  stopGateway,
  type TestResponse,
  textsOf,
} from "./rig.ts";

type Fields = Readonly<Record<string, string>>;

async function withBucket(use: (rig: GatewayRig) => Promise<void>): Promise<void> {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await send(rig, { method: "PUT", target: "/bucket" });
    await use(rig);
    await stopGateway(rig);
  });
}

/** Large enough for a part that is not the last. */
const large = new Uint8Array(5 * mib).map((_, i) => i * 7);
const small = new Uint8Array(1000).map((_, i) => i * 3);

const md5 = (bytes: Uint8Array): Buffer => createHash("md5").update(bytes).digest();

async function begin(rig: GatewayRig, headers: Fields = {}): Promise<string> {
  const begun = await send(rig, { method: "POST", target: "/bucket/big?uploads", headers });
  assert.equal(begun.status, 200, begun.text);
  return textsOf(begun, "UploadId")[0] ?? "";
}

const putPart = (
  rig: GatewayRig,
  upload: string,
  number: number | string,
  body: Uint8Array,
  headers: Fields = {},
): Promise<TestResponse> =>
  send(rig, {
    method: "PUT",
    target: `/bucket/big?partNumber=${number}&uploadId=${upload}`,
    body,
    headers,
  });

/** @param parts with an element that holds the part's checksum, or without */
function documentOf(
  parts: readonly [number: number | string, etag: string, checksum?: string][],
): string {
  const elements = parts.map(
    ([number, etag, checksum = ""]) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replaceAll('"', "&quot;")}</ETag>` +
      `${checksum}</Part>`,
  );
  return `<CompleteMultipartUpload>${elements.join("")}</CompleteMultipartUpload>`;
}

const complete = (
  rig: GatewayRig,
  upload: string,
  parts: readonly [number: number | string, etag: string, checksum?: string][] | string,
  headers: Fields = {},
): Promise<TestResponse> =>
  send(rig, {
    method: "POST",
    target: `/bucket/big?uploadId=${upload}`,
    body: typeof parts === "string" ? parts : documentOf(parts),
    headers,
  });

test("a story: an upload is begun, filled out of order, listed, completed, and asked again", async () => {
  await withBucket(async (rig) => {
    const upload = await begin(rig, { "content-type": "video/mp4", "x-amz-meta-a": "1" });
    const second = (await putPart(rig, upload, 7, small)).headers["etag"] ?? "";
    await putPart(rig, upload, 2, small);
    const first = (await putPart(rig, upload, 2, large)).headers["etag"] ?? "";
    await putPart(rig, upload, 9, small);
    const list = await send(rig, { method: "GET", target: "/bucket?uploads" });
    assert.deepEqual(textsOf(list, "UploadId"), [upload]);
    const page = await send(rig, {
      method: "GET",
      target: `/bucket/big?uploadId=${upload}&max-parts=2`,
    });
    assert.deepEqual(textsOf(page, "PartNumber"), ["2", "7"]);
    assert.deepEqual(textsOf(page, "NextPartNumberMarker"), ["7"]);
    assert.deepEqual(textsOf(page, "IsTruncated"), ["true"]);
    const rest = await send(rig, {
      method: "GET",
      target: `/bucket/big?uploadId=${upload}&part-number-marker=7`,
    });
    assert.deepEqual(textsOf(rest, "PartNumber"), ["9"]);

    const parts: [number, string][] = [
      [2, first],
      [7, second],
    ];
    const done = await complete(rig, upload, parts);
    assert.equal(done.status, 200, done.text);
    const etag = createHash("md5").update(md5(large)).update(md5(small)).digest("hex");
    assert.deepEqual(textsOf(done, "ETag"), [`&quot;${etag}-2&quot;`]);
    const read = await send(rig, { method: "GET", target: "/bucket/big" });
    assert.deepEqual(read.body, concatBytes([large, small]));
    assert.equal(read.headers["etag"], `"${etag}-2"`);
    assert.equal(read.headers["content-type"], "video/mp4");
    assert.equal(read.headers["x-amz-meta-a"], "1");
    const part = await send(rig, { method: "GET", target: "/bucket/big?partNumber=7" });
    assert.equal(part.status, 206);
    assert.deepEqual(part.body, small);
    assert.equal(part.headers["x-amz-mp-parts-count"], "2");
    assert.equal(
      part.headers["content-range"],
      `bytes ${large.length}-${large.length + 999}/${large.length + 1000}`,
    );

    const again = await complete(rig, upload, parts);
    assert.deepEqual(textsOf(again, "ETag"), textsOf(done, "ETag"));
    assert.equal(codeOf(await putPart(rig, upload, 1, small)), "NoSuchUpload");
    const abort = await send(rig, { method: "DELETE", target: `/bucket/big?uploadId=${upload}` });
    assert.equal(codeOf(abort), "NoSuchUpload");
    assert.deepEqual(
      textsOf(await send(rig, { method: "GET", target: "/bucket?uploads" }), "UploadId"),
      [],
    );
  });
});

test("parts that are unknown, out of order or too small do not make an object", async () => {
  await withBucket(async (rig) => {
    const upload = await begin(rig);
    const first = (await putPart(rig, upload, 1, small)).headers["etag"] ?? "";
    const second = (await putPart(rig, upload, 2, small.subarray(1))).headers["etag"] ?? "";
    const cases: [parts: Parameters<typeof complete>[2], code: string][] = [
      [[[1, second]], "InvalidPart"],
      [[[3, first]], "InvalidPart"],
      [[[1, '"abc"']], "InvalidPart"],
      [
        [
          [2, second],
          [1, first],
        ],
        "InvalidPartOrder",
      ],
      [
        [
          [1, first],
          [1, first],
        ],
        "InvalidPartOrder",
      ],
      [
        [
          [1, first],
          [2, second],
        ],
        "EntityTooSmall",
      ],
      [[[0, first]], "InvalidArgument"],
      [[[10_001, first]], "InvalidArgument"],
      [[["one", first]], "MalformedXML"],
      [[[1, ""]], "MalformedXML"],
      [[], "MalformedXML"],
      ["<Other/>", "MalformedXML"],
      ["<CompleteMultipartUpload>", "MalformedXML"],
      ["", "MalformedXML"],
    ];
    for (const [parts, code] of cases) {
      assert.equal(codeOf(await complete(rig, upload, parts)), code, JSON.stringify(parts));
    }
    const missing = await send(rig, { method: "GET", target: "/bucket/big" });
    assert.equal(codeOf(missing), "NoSuchKey");
    const wrongSize = await complete(rig, upload, [[1, first]], { "x-amz-mp-object-size": "1" });
    assert.equal(codeOf(wrongSize), "InvalidRequest");
    const existing = await complete(rig, upload, [[1, first]], { "if-match": "*" });
    assert.equal(codeOf(existing), "NoSuchKey");
    assert.equal((await complete(rig, upload, [[1, first]])).status, 200);
  });
});

test("uploads that never were, and part numbers there are not, are refused", async () => {
  await withBucket(async (rig) => {
    const never = "0".repeat(32);
    for (const id of [never, "short", ""]) {
      assert.equal(codeOf(await putPart(rig, id, 1, small)), "NoSuchUpload", id);
      assert.equal(codeOf(await complete(rig, id, [[1, '"a"']])), "NoSuchUpload", id);
      for (const method of ["GET", "DELETE"]) {
        const response = await send(rig, { method, target: `/bucket/big?uploadId=${id}` });
        assert.equal(codeOf(response), "NoSuchUpload", id);
      }
    }
    const upload = await begin(rig);
    for (const number of [0, 10_001, -1, "one", ""]) {
      const refused = await putPart(rig, upload, number, small);
      assert.equal(codeOf(refused), "InvalidArgument", `${number}`);
    }
    const elsewhere = await send(rig, {
      method: "PUT",
      target: `/bucket/other?partNumber=1&uploadId=${upload}`,
      body: small,
    });
    assert.equal(codeOf(elsewhere), "NoSuchUpload");
    assert.equal(heldBytes(rig), 0);
    const abort = await send(rig, { method: "DELETE", target: `/bucket/big?uploadId=${upload}` });
    assert.equal(abort.status, 204);
    assert.equal(codeOf(await putPart(rig, upload, 1, small)), "NoSuchUpload");
  });
});

test("the checksum of the whole is that of its parts' checksums, or of all its bytes", async () => {
  await withBucket(async (rig) => {
    const crcText = (bytes: Uint8Array): string => {
      const sum = Buffer.alloc(4);
      sum.writeUInt32BE(crc32(bytes));
      return sum.toString("base64");
    };
    const sums = Buffer.concat([large, small].map((part) => Buffer.from(crcText(part), "base64")));
    const expected = {
      COMPOSITE: `${crcText(sums)}-2`,
      FULL_OBJECT: crcText(concatBytes([large, small])),
    };
    for (const type of ["COMPOSITE", "FULL_OBJECT"] as const) {
      const upload = await begin(rig, {
        "x-amz-checksum-algorithm": "CRC32",
        "x-amz-checksum-type": type,
      });
      const first = await putPart(rig, upload, 1, large, {
        "x-amz-checksum-crc32": crcText(large),
      });
      assert.equal(first.headers["x-amz-checksum-crc32"], crcText(large));
      const second = await putPart(rig, upload, 2, small);
      assert.equal(second.headers["x-amz-checksum-crc32"], crcText(small));
      const etags = [first.headers["etag"] ?? "", second.headers["etag"] ?? ""] as const;
      const bare: [number, string][] = [
        [1, etags[0]],
        [2, etags[1]],
      ];
      const sumOf = (bytes: Uint8Array): string =>
        `<ChecksumCRC32>${crcText(bytes)}</ChecksumCRC32>`;
      const parts: [number, string, string][] = [
        [1, etags[0], sumOf(large)],
        [2, etags[1], sumOf(small)],
      ];
      if (type === "COMPOSITE") {
        assert.equal(codeOf(await complete(rig, upload, bare)), "InvalidRequest");
        const swapped: [number, string, string][] = [
          [1, etags[0], sumOf(small)],
          [2, etags[1], sumOf(large)],
        ];
        assert.equal(codeOf(await complete(rig, upload, swapped)), "InvalidPart");
      }
      const wrong = await complete(rig, upload, parts, { "x-amz-checksum-crc32": "AAAAAA==" });
      assert.equal(codeOf(wrong), "BadDigest");
      const headers = { "x-amz-checksum-crc32": expected[type], "x-amz-checksum-type": type };
      const done = await complete(rig, upload, parts, headers);
      assert.deepEqual(textsOf(done, "ChecksumCRC32"), [expected[type]], done.text);
      assert.deepEqual(textsOf(done, "ChecksumType"), [type]);
      const head = await send(rig, {
        method: "HEAD",
        target: "/bucket/big",
        headers: { "x-amz-checksum-mode": "ENABLED" },
      });
      assert.equal(head.headers["x-amz-checksum-crc32"], expected[type]);
      const part = await send(rig, {
        method: "HEAD",
        target: "/bucket/big?partNumber=2",
        headers: { "x-amz-checksum-mode": "ENABLED" },
      });
      assert.equal(part.headers["x-amz-checksum-crc32"], crcText(small));
      const attributes = await send(rig, {
        method: "GET",
        target: "/bucket/big?attributes",
        headers: { "x-amz-object-attributes": "ObjectParts,Checksum" },
      });
      assert.deepEqual(textsOf(attributes, "PartsCount"), ["2"]);
      assert.deepEqual(textsOf(attributes, "Size"), [`${large.length}`, `${small.length}`]);
    }
  });
});

test("an upload's checksum is one S3 has, and its parts keep to it", async () => {
  await withBucket(async (rig) => {
    const refusals: [headers: Fields, code: string][] = [
      [{ "x-amz-checksum-algorithm": "MD4" }, "InvalidArgument"],
      [{ "x-amz-checksum-type": "COMPOSITE" }, "InvalidRequest"],
      [
        { "x-amz-checksum-algorithm": "SHA1", "x-amz-checksum-type": "FULL_OBJECT" },
        "InvalidRequest",
      ],
      [
        { "x-amz-checksum-algorithm": "CRC64NVME", "x-amz-checksum-type": "COMPOSITE" },
        "InvalidRequest",
      ],
      [{ "x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "HALF" }, "InvalidArgument"],
    ];
    for (const [headers, code] of refusals) {
      const begun = await send(rig, { method: "POST", target: "/bucket/big?uploads", headers });
      assert.equal(codeOf(begun), code, JSON.stringify(headers));
    }
    const upload = await begin(rig, { "x-amz-checksum-algorithm": "CRC32" });
    const sha1 = createHash("sha1").update(small).digest("base64");
    const other = await putPart(rig, upload, 1, small, { "x-amz-checksum-sha1": sha1 });
    assert.equal(codeOf(other), "InvalidRequest");
    const wrong = await putPart(rig, upload, 1, small, { "x-amz-checksum-crc32": "AAAAAA==" });
    assert.equal(codeOf(wrong), "BadDigest");
    assert.equal(heldBytes(rig), 0);
  });
});

test("parts are copied from other objects, whole and in ranges, without their bytes moving", async () => {
  await withBucket(async (rig) => {
    await send(rig, { method: "PUT", target: "/bucket/source", body: large });
    const before = heldBytes(rig);
    const upload = await begin(rig);
    const copyPart = (number: number, headers: Fields = {}): Promise<TestResponse> =>
      send(rig, {
        method: "PUT",
        target: `/bucket/big?partNumber=${number}&uploadId=${upload}`,
        headers: { "x-amz-copy-source": "/bucket/source", ...headers },
      });
    const whole = await copyPart(1);
    const etag = (bytes: Uint8Array): string => `&quot;${md5(bytes).toString("hex")}&quot;`;
    assert.deepEqual(textsOf(whole, "ETag"), [etag(large)], whole.text);
    const range = await copyPart(2, { "x-amz-copy-source-range": "bytes=100-1099" });
    const middle = large.subarray(100, 1100);
    assert.deepEqual(textsOf(range, "ETag"), [etag(middle)], range.text);
    assert.equal(heldBytes(rig), before);
    for (const [text, code] of [
      ["bytes=0-", "InvalidArgument"],
      ["bytes=-5", "InvalidArgument"],
      ["bytes=5-4", "InvalidArgument"],
      ["0-5", "InvalidArgument"],
      [`bytes=0-${large.length}`, "InvalidRange"],
    ] as const) {
      const refused = await copyPart(3, { "x-amz-copy-source-range": text });
      assert.equal(codeOf(refused), code, text);
    }
    const unmet = await copyPart(3, { "x-amz-copy-source-if-match": '"x"' });
    assert.equal(codeOf(unmet), "PreconditionFailed");
    await complete(rig, upload, [
      [1, md5(large).toString("hex")],
      [2, md5(middle).toString("hex")],
    ]);
    await send(rig, { method: "DELETE", target: "/bucket/source" });
    const read = await send(rig, { method: "GET", target: "/bucket/big" });
    assert.deepEqual(read.body, concatBytes([large, middle]));
  });
});
