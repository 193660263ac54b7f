// Settings of a bucket for browsers and for what is public.
import type { Bucket, CorsRule } from "#format/index.ts";
import { corsRulesMax } from "#metadata/index.ts";
import { type Answer, emptyAnswer, xmlAnswer } from "./answer.ts";
import { type Call, configurationSizeBytesMax } from "./call.ts";
import { isCorsMethod } from "./cors.ts";
import { headerText } from "./object-headers.ts";
import { S3Error } from "./s3-error.ts";
import { commit, ownBucket, type Services } from "./services.ts";
import { childText, type XmlElement } from "./xml-reader.ts";
import { element, optionalElement, xmlDocument } from "./xml-writer.ts";

async function currentBucket(call: Call, services: Services): Promise<Bucket> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  return ownBucket(call, services);
}

/** The root of the request's document. */
async function documentNamed(call: Call, name: string): Promise<XmlElement> {
  const document = await call.document(configurationSizeBytesMax);
  if (document === undefined) throw new S3Error("MissingRequestBodyError");
  if (document.name !== name) throw new S3Error("MalformedXML");
  return document;
}

/** The texts of all elements `name` within another. */
function textsOf(parent: XmlElement, name: string): string[] {
  return parent.children.filter((one) => one.name === name).map(({ text }) => headerText(text));
}

function invalid(message: string): S3Error {
  return new S3Error("InvalidRequest", { message });
}

function checkWildcards(name: string, patterns: readonly string[]): void {
  const wrong = patterns.find((pattern) => pattern.split("*").length > 2);
  if (wrong === undefined) return;
  throw invalid(`${name} "${wrong}" can not have more than one wildcard.`);
}

/** The longest a rule's name may be; AWS's limit. */
const ruleIdLengthMax = 255;

function maxAgeOf(rule: XmlElement): number | undefined {
  const text = childText(rule, "MaxAgeSeconds")?.trim();
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new S3Error("MalformedXML");
  return Number(text);
}

function ruleOf(element: XmlElement): CorsRule {
  const id = childText(element, "ID") ?? "";
  const allowedOrigins = textsOf(element, "AllowedOrigin");
  const allowedMethods = textsOf(element, "AllowedMethod");
  const allowedHeaders = textsOf(element, "AllowedHeader");
  const exposeHeaders = textsOf(element, "ExposeHeader");
  const isWhole = allowedOrigins.length > 0 && allowedMethods.length > 0;
  if (element.name !== "CORSRule" || !isWhole) throw new S3Error("MalformedXML");
  if (id.length > ruleIdLengthMax) throw invalid("The ID of a rule is too long.");
  const method = allowedMethods.find((one) => !isCorsMethod(one));
  if (method !== undefined) {
    throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
  }
  checkWildcards("AllowedOrigin", allowedOrigins);
  checkWildcards("AllowedHeader", allowedHeaders);
  const exposed = exposeHeaders.find((one) => one.includes("*"));
  if (exposed !== undefined) {
    throw invalid(
      `ExposeHeader "${exposed}" contains wildcard. We currently do not support wildcard for ` +
        "ExposeHeader.",
    );
  }
  const maxAgeSeconds = maxAgeOf(element);
  return { id, allowedOrigins, allowedMethods, allowedHeaders, exposeHeaders, maxAgeSeconds };
}

export async function putBucketCors(call: Call, services: Services): Promise<Answer> {
  await currentBucket(call, services);
  const { children } = await documentNamed(call, "CORSConfiguration");
  if (children.length === 0 || children.length > corsRulesMax) throw new S3Error("MalformedXML");
  const rules = children.map(ruleOf);
  const value = { bucket: call.bucket, cors: { rules } };
  await commit(services, { kind: "setBucketCors", value });
  return emptyAnswer(200);
}

function elements(name: string, texts: readonly string[]): string {
  return texts.map((text) => element(name, text)).join("");
}

function ruleElement(rule: CorsRule): string {
  const content =
    optionalElement("ID", rule.id === "" ? undefined : rule.id) +
    elements("AllowedHeader", rule.allowedHeaders) +
    elements("AllowedMethod", rule.allowedMethods) +
    elements("AllowedOrigin", rule.allowedOrigins) +
    elements("ExposeHeader", rule.exposeHeaders) +
    optionalElement("MaxAgeSeconds", rule.maxAgeSeconds);
  return `<CORSRule>${content}</CORSRule>`;
}

export async function getBucketCors(call: Call, services: Services): Promise<Answer> {
  const { cors } = await currentBucket(call, services);
  if (cors !== undefined) {
    return xmlAnswer(xmlDocument("CORSConfiguration", cors.rules.map(ruleElement).join("")));
  }
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
