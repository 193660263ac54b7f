import { bucketsOf, type NamedBucket } from "#metadata/index.ts";
import { type Answer, emptyAnswer, xmlAnswer } from "./answer.ts";
import { type Call, configurationSizeBytesMax } from "./call.ts";
import { formatIsoDate } from "./date.ts";
import { ownerElement } from "./owner.ts";
import { invalidArgument, S3Error } from "./s3-error.ts";
import { commit, usableBucket, type Services } from "./services.ts";
import { tagsOfConfiguration } from "./tags.ts";
import { makeToken, readToken } from "./token.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { childText, type XmlElement } from "./xml-reader.ts";
import { element, optionalElement, xmlDocument } from "./xml-writer.ts";

/** Buckets on one page of ListBuckets; AWS's limit. */
const bucketsPerPageMax = 10_000;

export async function listBuckets(call: Call, services: Services): Promise<Answer> {
  const limit =
    call.numberParameter("max-buckets", { from: 1, to: bucketsPerPageMax }) ?? bucketsPerPageMax;
  const token = call.parameter("continuation-token");
  const prefix = call.parameter("prefix") ?? "";
  const region = call.parameter("bucket-region") ?? services.region;
  const after = token === undefined ? "" : readToken(token);
  const { replica } = services.objects;
  await replica.readBarrier({ signal: call.signal });
  const page: NamedBucket[] = [];
  let isTruncated = false;
  if (region === services.region) {
    for (const named of bucketsOf(replica.reader, { prefix, after })) {
      if (named.bucket.owner !== call.account) continue;
      isTruncated = page.length === limit;
      if (isTruncated) break;
      page.push(named);
    }
  }
  let content = "";
  for (const { name, bucket } of page) {
    const created = element("CreationDate", formatIsoDate(bucket.createdUnixMs));
    const place = element("BucketRegion", services.region);
    content += `<Bucket>${element("Name", name)}${created}${place}</Bucket>`;
  }
  const last = isTruncated ? page.at(-1)?.name : undefined;
  return xmlAnswer(
    xmlDocument(
      "ListAllMyBucketsResult",
      `${ownerElement(call.account)}<Buckets>${content}</Buckets>` +
        optionalElement("ContinuationToken", last === undefined ? undefined : makeToken(last)) +
        (prefix === "" ? "" : element("Prefix", prefix)),
    ),
  );
}

/** Regions look so; anything else is no location at all. */
const regionForm = /^(?:EU|[a-z]{2}(?:-[a-z]+)+-\d)$/;

/** Checks the region that a new bucket is to be in: there is only this one. */
function checkLocation(document: XmlElement | undefined, region: string): void {
  if (document === undefined) return;
  if (document.name !== "CreateBucketConfiguration") throw new S3Error("MalformedXML");
  const location = childText(document, "LocationConstraint") ?? "";
  if (location === "" || location === region) return;
  if (!regionForm.test(location)) throw new S3Error("InvalidLocationConstraint");
  throw new S3Error("IllegalLocationConstraintException", {
    message:
      `The ${location} location constraint is incompatible for the region specific endpoint ` +
      "this request was sent to.",
  });
}

export async function createBucket(call: Call, services: Services): Promise<Answer> {
  refuseUnsupported(call.headers);
  const lockText = call.header("x-amz-bucket-object-lock-enabled")?.toLowerCase() ?? "false";
  if (lockText !== "true" && lockText !== "false") {
    throw invalidArgument("x-amz-bucket-object-lock-enabled", lockText, "Invalid Argument");
  }
  const ownership = call.header("x-amz-object-ownership") ?? "BucketOwnerEnforced";
  if (ownership !== "BucketOwnerEnforced") {
    throw new S3Error("NotImplemented", { details: { Header: "x-amz-object-ownership" } });
  }
  const configuration = await call.document(configurationSizeBytesMax);
  checkLocation(configuration, services.region);
  const tags = tagsOfConfiguration(configuration);
  const { bucket, account: owner } = call;
  try {
    const value = { bucket, owner, lockEnabled: lockText === "true", tags };
    await commit(services, { kind: "createBucket", value });
  } catch (error) {
    // In this one region AWS says yes again to who has the bucket already.
    const isOwn = error instanceof S3Error && error.code === "BucketAlreadyOwnedByYou";
    if (!isOwn || services.region !== "us-east-1") throw error;
  }
  return emptyAnswer(200, { location: `/${bucket}` });
}

export async function headBucket(call: Call, services: Services): Promise<Answer> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  usableBucket(call, services);
  return emptyAnswer(200, {
    "x-amz-bucket-region": services.region,
    "x-amz-access-point-alias": "false",
    "content-type": "application/xml",
  });
}

export async function deleteBucket(call: Call, services: Services): Promise<Answer> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  usableBucket(call, services);
  await commit(services, { kind: "deleteBucket", value: { bucket: call.bucket } });
  return emptyAnswer(204);
}

export async function getBucketLocation(call: Call, services: Services): Promise<Answer> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  usableBucket(call, services);
  // The oldest region has no name here, and clients count on that.
  const region = services.region === "us-east-1" ? "" : services.region;
  return xmlAnswer(xmlDocument("LocationConstraint", region));
}
