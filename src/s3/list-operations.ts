import type { Listing } from "#format/index.ts";
import { type ListedObject, listObjects as objectsPage, type ObjectPage } from "#metadata/index.ts";
import { type Answer, xmlAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { checksumAlgorithms } from "./checksum.ts";
import { formatIsoDate } from "./date.ts";
import { checksumTypeText } from "./object-answer.ts";
import { ownerElement } from "./owner.ts";
import { invalidArgument } from "./s3-error.ts";
import { usableBucket, type Services } from "./services.ts";
import { uriEncodePath } from "./target.ts";
import { makeToken, readToken } from "./token.ts";
import { element, escapeXml, xmlDocument } from "./xml-writer.ts";

/** Entries on a page of any listing; AWS's limit. More may be asked for, and no more are given. */
export const pageEntriesMax = 1000;

/** What every listing of a bucket is asked. */
export interface ListParameters {
  readonly prefix: string;
  readonly delimiter: string;
  readonly limit: number;
  /** As the client said it. */
  readonly encodingType: string | undefined;
  /** Text as the client wants it: as it is, or percent-encoded. */
  readonly encode: (text: string) => string;
}

/**
 * Reads what listings have in common.
 *
 * @param limitName `max-keys` or `max-uploads`
 * @throws S3Error InvalidArgument
 */
export function listParameters(call: Call, limitName: string): ListParameters {
  const encodingType = call.parameter("encoding-type");
  if (encodingType !== undefined && encodingType !== "url") {
    throw invalidArgument(
      "encoding-type",
      encodingType,
      "Invalid Encoding Method specified in Request",
    );
  }
  const given = call.parameter(limitName);
  // An empty value asks for nothing.
  const asked =
    given === "" ? undefined : call.numberParameter(limitName, { from: 0, to: 2_147_483_647 });
  return {
    prefix: call.parameter("prefix") ?? "",
    delimiter: call.parameter("delimiter") ?? "",
    limit: Math.min(asked ?? pageEntriesMax, pageEntriesMax),
    encodingType,
    encode: encodingType === "url" ? uriEncodePath : (text) => text,
  };
}

/** An element that is there only where it says something. */
export function elementUnlessEmpty(name: string, text: string): string {
  return text === "" ? "" : element(name, text);
}

/** `<CommonPrefixes>` of a rolled-up prefix. */
export function commonPrefixElement(prefix: string, { encode }: ListParameters): string {
  return `<CommonPrefixes>${element("Prefix", encode(prefix))}</CommonPrefixes>`;
}

function checksumElements(listing: Listing): string {
  let content = "";
  for (const algorithm of listing.checksumAlgorithms) {
    content += element("ChecksumAlgorithm", checksumAlgorithms[algorithm].text);
  }
  return content === ""
    ? ""
    : content + element("ChecksumType", checksumTypeText(listing.checksumType));
}

function objectElement(
  { key, listing }: ListedObject,
  { encode }: ListParameters,
  owner: string,
): string {
  const storageClass = listing.storageClass === "" ? "STANDARD" : listing.storageClass;
  return (
    `<Contents><Key>${escapeXml(encode(key))}</Key>` +
    `<LastModified>${formatIsoDate(listing.modifiedUnixMs)}</LastModified>` +
    `<ETag>&quot;${listing.etag}&quot;</ETag>${checksumElements(listing)}` +
    `<Size>${listing.sizeBytes}</Size>${owner}` +
    `<StorageClass>${storageClass}</StorageClass></Contents>`
  );
}

function pageElements(page: ObjectPage, parameters: ListParameters, owner: string): string {
  let contents = "";
  let prefixes = "";
  for (const entry of page.entries) {
    if (entry.kind === "prefix") prefixes += commonPrefixElement(entry.prefix, parameters);
    else contents += objectElement(entry, parameters, owner);
  }
  return contents + prefixes;
}

/** What both listings of objects begin with. */
function headElements(call: Call, parameters: ListParameters): string {
  const { prefix, delimiter, encode, encodingType } = parameters;
  return (
    element("Name", call.bucket) +
    element("Prefix", encode(prefix)) +
    element("MaxKeys", parameters.limit) +
    elementUnlessEmpty("Delimiter", encode(delimiter)) +
    elementUnlessEmpty("EncodingType", encodingType ?? "")
  );
}

/** A page of objects, linearizable. */
async function pageOf(
  call: Call,
  services: Services,
  parameters: ListParameters,
  after: string,
): Promise<{ page: ObjectPage; owner: string }> {
  const { replica } = services.objects;
  await replica.readBarrier({ signal: call.signal });
  const { owner } = usableBucket(call, services);
  const { prefix, delimiter, limit } = parameters;
  const { bucket } = call;
  return { page: objectsPage(replica.reader, { bucket, prefix, delimiter, after, limit }), owner };
}

export async function listObjects(call: Call, services: Services): Promise<Answer> {
  const parameters = listParameters(call, "max-keys");
  const marker = call.parameter("marker") ?? "";
  const { page, owner } = await pageOf(call, services, parameters, marker);
  const { encode, delimiter } = parameters;
  const next = page.next ?? "";
  const content =
    headElements(call, parameters) +
    element("Marker", encode(marker)) +
    element("IsTruncated", page.next !== undefined) +
    // Without a delimiter the last key is the next marker, and S3 leaves it at that.
    (delimiter === "" ? "" : elementUnlessEmpty("NextMarker", encode(next))) +
    pageElements(page, parameters, ownerElement(owner));
  return xmlAnswer(xmlDocument("ListBucketResult", content));
}

export async function listObjectsV2(call: Call, services: Services): Promise<Answer> {
  const parameters = listParameters(call, "max-keys");
  const token = call.parameter("continuation-token");
  const startAfter = call.parameter("start-after") ?? "";
  // An empty token is the beginning.
  const after = token === undefined || token === "" ? startAfter : readToken(token);
  const { page, owner } = await pageOf(call, services, parameters, after);
  const { encode } = parameters;
  const shown = call.parameter("fetch-owner") === "true" ? ownerElement(owner) : "";
  const content =
    headElements(call, parameters) +
    element("KeyCount", page.entries.length) +
    element("IsTruncated", page.next !== undefined) +
    (token === undefined ? "" : element("ContinuationToken", token)) +
    (page.next === undefined ? "" : element("NextContinuationToken", makeToken(page.next))) +
    elementUnlessEmpty("StartAfter", encode(startAfter)) +
    pageElements(page, parameters, shown);
  return xmlAnswer(xmlDocument("ListBucketResult", content));
}
