import { concatBytes, equalBytes, fromHex, mib, toHex } from "#base/bytes.ts";
import type { Checksum, CompletedUpload, Part, Upload } from "#format/index.ts";
import { partNumberMax, partsOf, partSizeBytesMin } from "#metadata/index.ts";
import { completeUpload } from "#objects/index.ts";
import type { Compute, DigestAlgorithm } from "#ports/index.ts";
import { type Answer, xmlAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { checksumAlgorithms, checksumText, parseChecksumValue } from "./checksum.ts";
import { writeConditions } from "./conditions.ts";
import { combineCrcs } from "./crc-combine.ts";
import { checksumElements, checksumTypeText } from "./object-answer.ts";
import { S3Error } from "./s3-error.ts";
import { bucketToChange, type Services, valueOf } from "./services.ts";
import { foundUpload, type UploadName, uploadText } from "./upload-operations.ts";
import { versionHeaders } from "./version-text.ts";
import { childText, type XmlElement } from "./xml-reader.ts";
import { element, xmlDocument } from "./xml-writer.ts";

/** Ten thousand parts, each with a number, an ETag and a SHA-256, are 3 MiB. */
const documentSizeBytesMax = 4 * mib;

/** A part as the client names it. */
interface NamedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  readonly element: XmlElement;
}

function namedPart(part: XmlElement): NamedPart {
  const numberText = childText(part, "PartNumber")?.trim() ?? "";
  const etagText = childText(part, "ETag")?.trim() ?? "";
  const etag =
    etagText.startsWith('"') && etagText.endsWith('"') ? etagText.slice(1, -1) : etagText;
  if (etag === "" || !/^-?\d{1,10}$/.test(numberText)) throw new S3Error("MalformedXML");
  const number = Number(numberText);
  if (number < 1 || number > partNumberMax) {
    throw new S3Error("InvalidArgument", {
      message: `PartNumber must be an integer between 1 and ${partNumberMax}, inclusive`,
      details: { ArgumentName: "partNumber", ArgumentValue: numberText },
    });
  }
  return { number, etag, element: part };
}

function parseParts(document: XmlElement | undefined): NamedPart[] {
  // An empty body too: a document is what was asked for.
  if (document?.name !== "CompleteMultipartUpload") throw new S3Error("MalformedXML");
  const parts = document.children.filter(({ name }) => name === "Part").map(namedPart);
  if (parts.length === 0 || parts.length > partNumberMax) throw new S3Error("MalformedXML");
  for (const [i, { number }] of parts.entries()) {
    if (number <= (parts[i - 1]?.number ?? 0)) throw new S3Error("InvalidPartOrder");
  }
  return parts;
}

function invalidPart(name: UploadName, { number, etag }: NamedPart): S3Error {
  return new S3Error("InvalidPart", {
    details: { UploadId: uploadText(name.uploadId), PartNumber: `${number}`, ETag: etag },
  });
}

/** A part as it was named and as it is stored. */
interface MatchedPart {
  readonly named: NamedPart;
  readonly part: Part;
}

/** Whether the checksums that the client names for a part are those it has. */
function hasNamedChecksums({ named, part }: MatchedPart): boolean {
  return part.checksums.every(({ algorithm, value }) => {
    const text = childText(named.element, checksumAlgorithms[algorithm].element);
    return text === undefined || equalBytes(parseChecksumValue(algorithm, text), value);
  });
}

/** Of a composite checksum each part's own must be named: only so the client has checked it. */
function checkNamed(upload: Upload, { number, element }: NamedPart): void {
  const { checksumAlgorithm: algorithm, checksumType } = upload;
  if (algorithm === undefined || checksumType !== "composite") return;
  if (childText(element, checksumAlgorithms[algorithm].element) !== undefined) return;
  throw new S3Error("InvalidRequest", {
    message:
      `The upload was created using a ${algorithm} checksum. The complete request must include ` +
      `the checksum for each part. It was missing for part ${number} in the request.`,
  });
}

/** Finds the parts that were named, and checks what can be checked before the commit. */
function matchParts(
  services: Services,
  name: UploadName,
  named: readonly NamedPart[],
): MatchedPart[] {
  const stored = new Map<number, Part>();
  for (const { partNumber, part } of partsOf(services.objects.replica.reader, name)) {
    stored.set(partNumber, part);
  }
  const matched = named.map((one): MatchedPart => {
    const part = stored.get(one.number);
    if (part === undefined || part.etag !== one.etag) throw invalidPart(name, one);
    if (!hasNamedChecksums({ named: one, part })) throw invalidPart(name, one);
    return { named: one, part };
  });
  for (const { named: one, part } of matched.slice(0, -1)) {
    if (part.sizeBytes >= partSizeBytesMin) continue;
    throw new S3Error("EntityTooSmall", {
      details: {
        ProposedSize: `${part.sizeBytes}`,
        MinSizeAllowed: `${partSizeBytesMin}`,
        PartNumber: `${one.number}`,
        ETag: one.etag,
      },
    });
  }
  return matched;
}

async function digestOf(
  compute: Compute,
  algorithm: DigestAlgorithm,
  pieces: readonly Uint8Array[],
): Promise<Uint8Array> {
  const digest = compute.digest([algorithm]);
  await digest.update(concatBytes(pieces));
  const value = (await digest.finish()).get(algorithm);
  if (value === undefined) throw new S3Error("InternalError");
  return value;
}

/** The ETag of an object of parts: the MD5 of their MD5s, and how many they are. */
async function compositeEtag(compute: Compute, parts: readonly MatchedPart[]): Promise<string> {
  const hashes = parts.map(({ part }) => {
    const md5 = fromHex(part.etag);
    if (md5 === undefined) throw new S3Error("InternalError");
    return md5;
  });
  return `${toHex(await digestOf(compute, "md5", hashes))}-${parts.length}`;
}

/** The checksum the upload was begun with, over the whole or over the parts' own. */
async function objectChecksums(
  compute: Compute,
  { checksumAlgorithm: algorithm, checksumType: type }: Upload,
  parts: readonly MatchedPart[],
): Promise<Checksum[]> {
  if (algorithm === undefined) return [];
  const checked = [];
  for (const { part } of parts) {
    const found = part.checksums.find((checksum) => checksum.algorithm === algorithm);
    if (found === undefined) return [];
    checked.push({ value: found.value, sizeBytes: part.sizeBytes });
  }
  if (type === "composite") {
    const values = checked.map(({ value }) => value);
    return [{ algorithm, type, value: await digestOf(compute, algorithm, values) }];
  }
  if (algorithm === "sha1" || algorithm === "sha256") return [];
  return [{ algorithm, type, value: combineCrcs(algorithm, checked) }];
}

/** Holds what the client says of the whole object against what it came to. */
function checkWhole(call: Call, parts: readonly MatchedPart[], checksums: Checksum[]): void {
  const sizeText = call.header("x-amz-mp-object-size");
  const sizeBytes = parts.reduce((sum, { part }) => sum + part.sizeBytes, 0);
  if (sizeText !== undefined && sizeText !== `${sizeBytes}`) {
    throw new S3Error("InvalidRequest", {
      message:
        `The provided 'x-amz-mp-object-size' header value ${sizeText} does not match what was ` +
        `computed: ${sizeBytes}`,
    });
  }
  const typeText = call.header("x-amz-checksum-type");
  for (const { algorithm, type, value } of checksums) {
    if (typeText !== undefined && typeText.toUpperCase() !== checksumTypeText(type)) {
      throw new S3Error("InvalidRequest", {
        message: `The upload was created using the ${checksumTypeText(type)} checksum mode.`,
      });
    }
    const text = call.header(checksumAlgorithms[algorithm].header);
    if (text === undefined) continue;
    const computed = checksumText(value, type === "composite" ? parts.length : 0);
    if (text !== computed && text !== checksumText(value)) {
      throw new S3Error("BadDigest", {
        message:
          `The ${checksumAlgorithms[algorithm].text} you specified did not match the calculated ` +
          "checksum.",
      });
    }
  }
}

type Completed = Pick<
  CompletedUpload,
  "versionId" | "isNull" | "versioning" | "etag" | "checksums"
>;

function completedAnswer(call: Call, completed: Completed): Answer {
  const { versionId, isNull, versioning, etag, checksums } = completed;
  const partCount = Number(etag.slice(etag.lastIndexOf("-") + 1));
  const { host } = call;
  const path = `/${call.bucket}/${call.key}`;
  const content =
    element("Location", `http://${host}${path}`) +
    element("Bucket", call.bucket) +
    element("Key", call.key) +
    element("ETag", `"${etag}"`) +
    checksumElements(checksums, partCount);
  return xmlAnswer(
    xmlDocument("CompleteMultipartUploadResult", content),
    versionHeaders(versionId, isNull, versioning),
  );
}

export async function completeMultipartUpload(call: Call, services: Services): Promise<Answer> {
  await bucketToChange(call, services);
  const conditions = writeConditions(call.headers);
  const named = parseParts(await call.document(documentSizeBytesMax, { ignoresChecksums: true }));
  const { name, upload } = await foundUpload(call, services);
  // The answer to the first attempt may have been lost on its way.
  if (upload.completed !== undefined) return completedAnswer(call, upload.completed);
  for (const part of named) checkNamed(upload, part);
  const matched = matchParts(services, name, named);
  const { compute } = services.ports;
  const checksums = await objectChecksums(compute, upload, matched);
  checkWhole(call, matched, checksums);
  const outcome = await completeUpload(services.objects, {
    ...name,
    parts: named.map(({ number, etag }) => ({ number, etag })),
    etag: await compositeEtag(compute, matched),
    checksums,
    conditions,
  });
  return completedAnswer(call, valueOf(outcome));
}
