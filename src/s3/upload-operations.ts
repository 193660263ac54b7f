// The life of a multipart upload but its completion: begun, filled, looked at, given up.
import { fromHex, toHex } from "#base/bytes.ts";
import type { ChecksumAlgorithm, ChecksumType, Upload } from "#format/index.ts";
import { partNumberMax, uploadOf } from "#metadata/index.ts";
import { abortUpload, createUpload, putPart, versionIdSizeBytes } from "#objects/index.ts";
import { type Answer, emptyAnswer, xmlAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { checksumAlgorithmOf, checksumAlgorithms } from "./checksum.ts";
import { lockOf } from "./lock-headers.ts";
import { checksumHeaders, checksumTypeText } from "./object-answer.ts";
import { objectHeadersOf } from "./object-headers.ts";
import { factsOf } from "./object-write.ts";
import { invalidArgument, S3Error } from "./s3-error.ts";
import { bucketToChange, usableBucket, type Services, valueOf } from "./services.ts";
import { tagsOfHeaders } from "./tags.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { element, xmlDocument } from "./xml-writer.ts";

/** What names an upload. */
export interface UploadName {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: Uint8Array;
}

/** An upload's id as clients see it. */
export function uploadText(uploadId: Uint8Array): string {
  return toHex(uploadId);
}

/** The upload id that text stands for, or undefined where it can be none. */
export function parseUploadId(text: string): Uint8Array | undefined {
  const uploadId = fromHex(text);
  return uploadId?.length === versionIdSizeBytes ? uploadId : undefined;
}

/**
 * The upload that a request names.
 *
 * @throws S3Error NoSuchUpload where it cannot be an upload's id
 */
export function uploadNamed(call: Call): UploadName {
  const uploadId = parseUploadId(call.parameter("uploadId") ?? "");
  if (uploadId === undefined) throw noSuchUpload(call);
  return { bucket: call.bucket, key: call.key, uploadId };
}

function noSuchUpload(call: Call): S3Error {
  return new S3Error("NoSuchUpload", { details: { UploadId: call.parameter("uploadId") ?? "" } });
}

/**
 * The upload that a request names, as of now. One that was completed is still there for a day.
 *
 * @throws S3Error NoSuchUpload, NoSuchBucket, AccessDenied
 */
export async function foundUpload(
  call: Call,
  services: Services,
): Promise<{ name: UploadName; upload: Upload }> {
  const { replica } = services.objects;
  await replica.readBarrier({ signal: call.signal });
  usableBucket(call, services);
  const name = uploadNamed(call);
  const upload = uploadOf(replica.reader, name);
  if (upload === undefined) throw noSuchUpload(call);
  return { name, upload };
}

/** `foundUpload` of one that is not completed. */
export async function openUpload(
  call: Call,
  services: Services,
): Promise<{ name: UploadName; upload: Upload }> {
  const found = await foundUpload(call, services);
  if (found.upload.completed !== undefined) throw noSuchUpload(call);
  return found;
}

/** The checksum an upload is to have, and whether over its bytes or over its parts' checksums. */
interface UploadChecksum {
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: ChecksumType;
}

function checksumOfUpload(call: Call): UploadChecksum {
  const text = call.header("x-amz-checksum-algorithm");
  const typeText = call.header("x-amz-checksum-type")?.toUpperCase();
  if (text === undefined) {
    if (typeText === undefined) return { checksumAlgorithm: undefined, checksumType: "composite" };
    throw new S3Error("InvalidRequest", {
      message:
        "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
    });
  }
  const checksumAlgorithm = checksumAlgorithmOf(text);
  if (checksumAlgorithm === undefined) {
    throw invalidArgument(
      "x-amz-checksum-algorithm",
      text,
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: " +
        "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    );
  }
  const own: ChecksumType = checksumAlgorithm === "crc64nvme" ? "full-object" : "composite";
  if (typeText === undefined) return { checksumAlgorithm, checksumType: own };
  if (typeText !== "COMPOSITE" && typeText !== "FULL_OBJECT") {
    throw invalidArgument(
      "x-amz-checksum-type",
      typeText,
      "Value for x-amz-checksum-type is invalid.",
    );
  }
  const checksumType: ChecksumType = typeText === "COMPOSITE" ? "composite" : "full-object";
  // A CRC of the whole follows from those of its parts, another hash does not; and CRC64NVME is
  // kept for wholes alone.
  const isKnown = checksumAlgorithm === "crc32" || checksumAlgorithm === "crc32c";
  if (isKnown || checksumType === own) return { checksumAlgorithm, checksumType };
  throw new S3Error("InvalidRequest", {
    message:
      `The ${typeText} checksum type cannot be used with the ` +
      `${checksumAlgorithm} checksum algorithm.`,
  });
}

export async function createMultipartUpload(call: Call, services: Services): Promise<Answer> {
  refuseUnsupported(call.headers);
  const row = await bucketToChange(call, services);
  const lock = lockOf(call, row, services.ports.clock.unixMs());
  const { bucket, key, account: owner } = call;
  const { checksumAlgorithm, checksumType } = checksumOfUpload(call);
  const headers = objectHeadersOf(call.headers);
  const tags = tagsOfHeaders(call.headers);
  const request = { bucket, key, headers, owner, checksumAlgorithm, checksumType, lock, tags };
  const { uploadId } = valueOf(await createUpload(services.objects, request));
  const content =
    element("Bucket", bucket) + element("Key", key) + element("UploadId", uploadText(uploadId));
  return xmlAnswer(
    xmlDocument("InitiateMultipartUploadResult", content),
    checksumAlgorithm === undefined
      ? {}
      : {
          "x-amz-checksum-algorithm": checksumAlgorithms[checksumAlgorithm].text,
          "x-amz-checksum-type": checksumTypeText(checksumType),
        },
  );
}

/**
 * The number of the part that a request brings.
 *
 * @throws S3Error InvalidArgument
 */
export function partNumberOf(call: Call): number {
  const text = call.parameter("partNumber") ?? "";
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= partNumberMax) return number;
  throw invalidArgument(
    "partNumber",
    text,
    `Part number must be an integer between 1 and ${partNumberMax}, inclusive`,
  );
}

/** Parts of an upload have the checksum it was begun with. */
export function checkPartAlgorithm(upload: Upload, actual: ChecksumAlgorithm | undefined): void {
  const expected = upload.checksumAlgorithm;
  if (expected === undefined || expected === actual) return;
  throw new S3Error("InvalidRequest", {
    message:
      `Checksum Type mismatch occurred, expected checksum Type: ${expected}, ` +
      `actual checksum Type: ${actual ?? "null"}`,
  });
}

export async function uploadPart(call: Call, services: Services): Promise<Answer> {
  refuseUnsupported(call.headers);
  const partNumber = partNumberOf(call);
  const { name, upload } = await openUpload(call, services);
  const payload = call.payload({ defaultChecksum: upload.checksumAlgorithm });
  checkPartAlgorithm(upload, payload.checksumAlgorithm);
  let headers: Record<string, string> = {};
  const outcome = await putPart(services.objects, {
    ...name,
    partNumber,
    sizeBytes: payload.sizeBytes,
    body: payload.bytes(),
    finish: async () => {
      const facts = await factsOf(payload);
      headers = { etag: `"${facts.etag}"`, ...checksumHeaders(facts.checksums, 0) };
      delete headers["x-amz-checksum-type"];
      return facts;
    },
    signal: call.signal,
  });
  valueOf(outcome);
  return emptyAnswer(200, headers);
}

export async function abortMultipartUpload(call: Call, services: Services): Promise<Answer> {
  const { name } = await openUpload(call, services);
  valueOf(await abortUpload(services.objects, name));
  return emptyAnswer(204);
}
