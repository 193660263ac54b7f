// Settings of a bucket for browsers and for what is public.
import type { Bucket } from "#format/index.ts";
import { type Answer, emptyAnswer, xmlAnswer } from "./answer.ts";
import { type Call, configurationSizeBytesMax } from "./call.ts";
import { corsDocument, corsRulesOf } from "./cors-document.ts";
import { S3Error } from "./s3-error.ts";
import { commit, usableBucket, type Services } from "./services.ts";
import { childText, type XmlElement } from "./xml-reader.ts";
import { element, xmlDocument } from "./xml-writer.ts";

async function currentBucket(call: Call, services: Services): Promise<Bucket> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  return usableBucket(call, services);
}

/** The root of the request's document. */
async function documentNamed(call: Call, name: string): Promise<XmlElement> {
  const document = await call.document(configurationSizeBytesMax);
  if (document === undefined) throw new S3Error("MissingRequestBodyError");
  if (document.name !== name) throw new S3Error("MalformedXML");
  return document;
}

export async function putBucketCors(call: Call, services: Services): Promise<Answer> {
  await currentBucket(call, services);
  const rules = corsRulesOf(await documentNamed(call, "CORSConfiguration"));
  const value = { bucket: call.bucket, cors: { rules } };
  await commit(services, { kind: "setBucketCors", value });
  return emptyAnswer(200);
}

export async function getBucketCors(call: Call, services: Services): Promise<Answer> {
  const { cors } = await currentBucket(call, services);
  if (cors !== undefined) return xmlAnswer(corsDocument(cors.rules));
  throw new S3Error("NoSuchCORSConfiguration", { details: { BucketName: call.bucket } });
}

export async function deleteBucketCors(call: Call, services: Services): Promise<Answer> {
  await currentBucket(call, services);
  await commit(services, { kind: "setBucketCors", value: { bucket: call.bucket } });
  return emptyAnswer(204);
}

function isSet(document: XmlElement, name: string): boolean {
  const text = childText(document, name)?.trim().toLowerCase() ?? "false";
  if (text !== "true" && text !== "false") throw new S3Error("MalformedXML");
  return text === "true";
}

export async function putPublicAccessBlock(call: Call, services: Services): Promise<Answer> {
  await currentBucket(call, services);
  const document = await documentNamed(call, "PublicAccessBlockConfiguration");
  const publicAccessBlock = {
    blockPublicAcls: isSet(document, "BlockPublicAcls"),
    ignorePublicAcls: isSet(document, "IgnorePublicAcls"),
    blockPublicPolicy: isSet(document, "BlockPublicPolicy"),
    restrictPublicBuckets: isSet(document, "RestrictPublicBuckets"),
  };
  const value = { bucket: call.bucket, publicAccessBlock };
  await commit(services, { kind: "setPublicAccessBlock", value });
  return emptyAnswer(200);
}

export async function getPublicAccessBlock(call: Call, services: Services): Promise<Answer> {
  const { publicAccessBlock: block } = await currentBucket(call, services);
  if (block === undefined) {
    throw new S3Error("NoSuchPublicAccessBlockConfiguration", {
      details: { BucketName: call.bucket },
    });
  }
  const content =
    element("BlockPublicAcls", block.blockPublicAcls) +
    element("IgnorePublicAcls", block.ignorePublicAcls) +
    element("BlockPublicPolicy", block.blockPublicPolicy) +
    element("RestrictPublicBuckets", block.restrictPublicBuckets);
  return xmlAnswer(xmlDocument("PublicAccessBlockConfiguration", content));
}

export async function deletePublicAccessBlock(call: Call, services: Services): Promise<Answer> {
  await currentBucket(call, services);
  await commit(services, { kind: "setPublicAccessBlock", value: { bucket: call.bucket } });
  return emptyAnswer(204);
}
