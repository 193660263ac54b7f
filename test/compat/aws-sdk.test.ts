import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { Readable } from "node:stream";
import { test } from "node:test";
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  NoSuchKey,
  paginateListObjectsV2,
  PutBucketCorsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { mib } from "#base/bytes.ts";
import { randomBytes } from "./clients.ts";
import { testCredentials } from "../e2e/server.ts";
import { type Target, withTarget } from "./target.ts";

const Bucket = "bucket";

async function withClient(use: (client: S3Client, target: Target) => Promise<void>): Promise<void> {
  await withTarget(async (target) => {
    const client = target.client();
    await client.send(new CreateBucketCommand({ Bucket }));
    await use(client, target);
    client.destroy();
  });
}

async function read(client: S3Client, Key: string): Promise<Uint8Array> {
  const answer = await client.send(new GetObjectCommand({ Bucket, Key }));
  return (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
}

test("aws-sdk: objects, their metadata and their default checksums", async () => {
  await withClient(async (client) => {
    const Body = randomBytes(100_000);
    const Metadata = { note: "a note" };
    const put = await client.send(
      new PutObjectCommand({ Bucket, Key: "a b/ü+%", Body, Metadata, ContentType: "image/png" }),
    );
    assert.equal(put.ETag, `"${createHash("md5").update(Body).digest("hex")}"`);
    assert.ok(put.ChecksumCRC32 !== undefined);
    assert.deepEqual(await read(client, "a b/ü+%"), Body);
    const head = await client.send(
      new HeadObjectCommand({ Bucket, Key: "a b/ü+%", ChecksumMode: "ENABLED" }),
    );
    assert.deepEqual(head.Metadata, Metadata);
    assert.equal(head.ContentType, "image/png");
    assert.equal(head.ChecksumCRC32, put.ChecksumCRC32);
    for (const ChecksumAlgorithm of ["CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const) {
      await client.send(new PutObjectCommand({ Bucket, Key: "sum", Body, ChecksumAlgorithm }));
      assert.deepEqual(await read(client, "sum"), Body);
      const kept = await client.send(
        new GetObjectAttributesCommand({ Bucket, Key: "sum", ObjectAttributes: ["Checksum"] }),
      );
      assert.ok(kept.Checksum?.[`Checksum${ChecksumAlgorithm}`] !== undefined);
    }
  });
});

test("aws-sdk: a stream of unknown digest goes up in chunks with a trailer", async () => {
  await withClient(async (client) => {
    const bytes = randomBytes(3 * mib + 7);
    const Body = Readable.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]);
    const ContentLength = bytes.length;
    await client.send(new PutObjectCommand({ Bucket, Key: "streamed", Body, ContentLength }));
    assert.deepEqual(await read(client, "streamed"), bytes);
  });
});

test("aws-sdk: the multipart uploader stores and aborts", async () => {
  await withClient(async (client) => {
    const bytes = randomBytes(23 * mib);
    const upload = new Upload({
      client,
      params: { Bucket, Key: "large", Body: Readable.from([bytes]) },
      partSize: 5 * mib,
    });
    const done = await upload.done();
    assert.match(done.ETag ?? "", /-5"$/);
    assert.deepEqual(await read(client, "large"), bytes);
    const part = await client.send(
      new GetObjectCommand({ Bucket, Key: "large", PartNumber: 5, ChecksumMode: "ENABLED" }),
    );
    assert.equal(part.PartsCount, 5);
    assert.deepEqual(await part.Body?.transformToByteArray(), bytes.slice(20 * mib));
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key: "other" }),
    );
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: "other", UploadId }));
    const open = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    assert.equal(open.Uploads, undefined);
  });
});

test("aws-sdk: pages, copies and many deletions", async () => {
  await withClient(async (client) => {
    const keys = Array.from(
      { length: 25 },
      (_, i) => `k/${String(i).padStart(3, "0")} &<\u{1f439}`,
    );
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    const listed: (string | undefined)[] = [];
    const pages = paginateListObjectsV2({ client, pageSize: 10 }, { Bucket, Prefix: "k/" });
    for await (const page of pages) listed.push(...(page.Contents ?? []).map(({ Key }) => Key));
    assert.deepEqual(listed, keys);
    const CopySource = `${Bucket}/${encodeURIComponent(keys[0] ?? "")}`;
    const copied = await client.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource }));
    assert.ok(copied.CopyObjectResult?.ETag !== undefined);
    assert.equal(new TextDecoder().decode(await read(client, "copy")), keys[0]);
    const Objects = keys.map((Key) => ({ Key }));
    const gone = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    assert.equal(gone.Deleted?.length, keys.length);
    assert.equal(gone.Errors, undefined);
    await assert.rejects(read(client, keys[0] ?? ""), NoSuchKey);
  });
});

test("aws-sdk: errors arrive as what they are", async () => {
  await withClient(async (client) => {
    const put = new PutObjectCommand({ Bucket, Key: "key", Body: "1", IfNoneMatch: "*" });
    await client.send(put);
    const failure = await client.send(put).catch((error: unknown) => error);
    assert.ok(failure instanceof S3ServiceException);
    assert.equal(failure.name, "PreconditionFailed");
    assert.equal(failure.$metadata.httpStatusCode, 412);
    assert.match(failure.$metadata.requestId ?? "", /^[0-9A-F]{16}$/);
    const missing = new HeadObjectCommand({ Bucket, Key: "missing" });
    const absent = await client.send(missing).catch((error: unknown) => error);
    assert.ok(absent instanceof S3ServiceException);
    assert.equal(absent.name, "NotFound");
  });
});

test("aws-sdk: tags, given with an object and later", async () => {
  await withClient(async (client) => {
    await client.send(
      new PutObjectCommand({ Bucket, Key: "key", Body: "1", Tagging: "color=gr%C3%BCn&bare" }),
    );
    const read = (): Promise<unknown> =>
      client.send(new GetObjectTaggingCommand({ Bucket, Key: "key" })).then(({ TagSet }) => TagSet);
    const given = [
      { Key: "color", Value: "grün" },
      { Key: "bare", Value: "" },
    ];
    assert.deepEqual(await read(), given);
    const TagSet = [{ Key: "a b", Value: "1" }];
    await client.send(new PutObjectTaggingCommand({ Bucket, Key: "key", Tagging: { TagSet } }));
    assert.deepEqual(await read(), TagSet);
  });
});

test("a form as fetch sends it, for a page that the bucket's rules name", async () => {
  await withClient(async (client, { endpoint }) => {
    const page = "https://app.test";
    const CORSRules = [{ AllowedMethods: ["POST"], AllowedOrigins: [page] }];
    const cors = { Bucket, CORSConfiguration: { CORSRules } };
    await client.send(new PutBucketCorsCommand(cors));
    const conditions = [{ bucket: Bucket }, ["starts-with", "$key", "photos/"]];
    const document = { expiration: "2100-01-01T00:00:00Z", conditions };
    const policy = Buffer.from(JSON.stringify(document)).toString("base64");
    const { accessKeyId, secretAccessKey } = testCredentials;
    const signature = createHmac("sha1", secretAccessKey).update(policy).digest("base64");
    const bytes = randomBytes(3 * mib + 1);
    const form = new FormData();
    const fields = { key: "photos/${filename}", AWSAccessKeyId: accessKeyId, policy, signature };
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set("file", new Blob([new Uint8Array(bytes)]), "1.png");
    const headers = { origin: page };
    const url = `${endpoint}/${Bucket}`;
    const posted = await fetch(url, { method: "POST", body: form, headers });
    assert.equal(posted.status, 204, await posted.text());
    assert.equal(posted.headers.get("access-control-allow-origin"), page);
    assert.deepEqual(await read(client, "photos/1.png"), bytes);
  });
});
