// The operations on tags, of buckets and of versions.
import type { Bucket, Tag, TagSet } from "#format/index.ts";
import { type Answer, emptyAnswer, xmlAnswer } from "./answer.ts";
import { type Call, configurationSizeBytesMax } from "./call.ts";
import { locateObject, namedObject } from "./object-read.ts";
import { S3Error } from "./s3-error.ts";
import { commit, usableBucket, type Services } from "./services.ts";
import { checkTags, tagsOfBucket, tagsOfObject, tagsOfTagging } from "./tags.ts";
import { versionHeaders } from "./version-text.ts";
import { element, xmlDocument } from "./xml-writer.ts";

/** The tags in the request's document. */
async function sentTags(call: Call): Promise<Tag[]> {
  const document = await call.document(configurationSizeBytesMax);
  if (document === undefined) throw new S3Error("MissingRequestBodyError");
  return tagsOfTagging(document);
}

function tagsDocument(tags: readonly Tag[]): Uint8Array {
  let content = "";
  for (const { key, value } of tags) {
    content += `<Tag>${element("Key", key)}${element("Value", value)}</Tag>`;
  }
  return xmlDocument("Tagging", `<TagSet>${content}</TagSet>`);
}

async function currentBucket(call: Call, services: Services): Promise<Bucket> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  return usableBucket(call, services);
}

export async function getBucketTagging(call: Call, services: Services): Promise<Answer> {
  const { tags } = await currentBucket(call, services);
  if (tags !== undefined) return xmlAnswer(tagsDocument(tags.tags));
  throw new S3Error("NoSuchTagSet", { details: { BucketName: call.bucket } });
}

export async function putBucketTagging(call: Call, services: Services): Promise<Answer> {
  await currentBucket(call, services);
  const tags = await sentTags(call);
  checkTags(tags, tagsOfBucket);
  const value = { bucket: call.bucket, tags: { tags } };
  await commit(services, { kind: "setBucketTags", value });
  return emptyAnswer(204);
}

export async function deleteBucketTagging(call: Call, services: Services): Promise<Answer> {
  await currentBucket(call, services);
  await commit(services, { kind: "setBucketTags", value: { bucket: call.bucket } });
  return emptyAnswer(204);
}

export async function getObjectTagging(call: Call, services: Services): Promise<Answer> {
  const { found, bucket } = await locateObject(call, services, namedObject(call));
  const { tags, isNull } = found.version;
  return xmlAnswer(
    tagsDocument(tags?.tags ?? []),
    versionHeaders(found.versionId, isNull, bucket.versioning),
  );
}

/** Sets the tags of the version that the request names, and tells which that is. */
async function setTags(
  call: Call,
  services: Services,
  tags: TagSet | undefined,
): Promise<Record<string, string>> {
  const value = { ...namedObject(call), tags };
  const outcome = await commit(services, { kind: "setVersionTags", value });
  if (outcome.kind !== "versionTagged") throw new S3Error("InternalError");
  const { versionId, isNull, versioning } = outcome.value;
  return versionHeaders(versionId, isNull, versioning);
}

export async function putObjectTagging(call: Call, services: Services): Promise<Answer> {
  await locateObject(call, services, namedObject(call));
  const tags = await sentTags(call);
  checkTags(tags, tagsOfObject);
  return emptyAnswer(200, await setTags(call, services, { tags }));
}

export async function deleteObjectTagging(call: Call, services: Services): Promise<Answer> {
  await locateObject(call, services, namedObject(call));
  return emptyAnswer(204, await setTags(call, services, undefined));
}
