import { toHex } from "#base/bytes.ts";
import type { ChecksumAlgorithm } from "#format/index.ts";
import {
  type BodyFacts,
  copyPart,
  putPart,
  type PutPartOutcome,
  readObject,
} from "#objects/index.ts";
import { type Answer, xmlAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import {
  algorithmsOf,
  copyAttemptsMax,
  type CopySource,
  digestObject,
  findCopySource,
  sourceVersionHeaders,
} from "./copy-source.ts";
import { formatIsoDate } from "./date.ts";
import { partChecksumElements } from "./object-answer.ts";
import { putSizeBytesMax } from "./payload.ts";
import { type ByteRange, invalidRange } from "./range.ts";
import { invalidArgument, S3Error } from "./s3-error.ts";
import { type Services, valueOf } from "./services.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { openUpload, partNumberOf, type UploadName } from "./upload-operations.ts";
import { element, xmlDocument } from "./xml-writer.ts";

const rangeForm = /^bytes=(\d{1,15})-(\d{1,15})$/;

/** The bytes of the source that are to be copied: unlike a GET's range, they must all be there. */
function rangeOfCopy(call: Call, sizeBytes: number): ByteRange {
  const text = call.header("x-amz-copy-source-range");
  if (text === undefined) return { offsetBytes: 0, lengthBytes: sizeBytes };
  const match = rangeForm.exec(text);
  const [first, last] = match === null ? [1, 0] : [Number(match[1]), Number(match[2])];
  if (last < first) {
    throw invalidArgument(
      "x-amz-copy-source-range",
      text,
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and " +
        "last are the zero-based offsets of the first and last bytes to copy",
    );
  }
  if (last >= sizeBytes) throw invalidRange(text, sizeBytes);
  return { offsetBytes: first, lengthBytes: last - first + 1 };
}

/** Whether an ETag is the MD5 of its object's bytes. */
const md5Form = /^[0-9a-f]{32}$/;

/** A range of an object, on its way into a part. */
interface Copy {
  readonly source: CopySource;
  readonly range: ByteRange;
  /** The checksum that the upload's parts have. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly signal: AbortSignal;
}

/** The range's hashes: the source's own where it is copied whole and has them, else read for. */
async function factsOf(services: Services, copy: Copy): Promise<BodyFacts> {
  const { source, range, algorithm, signal } = copy;
  const { object } = source.found;
  if (range.lengthBytes === object.sizeBytes && md5Form.test(object.etag)) {
    const kept = object.checksums.filter(
      (checksum) => checksum.algorithm === algorithm && checksum.type === "full-object",
    );
    if (algorithm === undefined || kept.length > 0) {
      return { etag: object.etag, checksums: kept };
    }
  }
  const algorithms = algorithmsOf("md5", algorithm);
  const digestOf = await digestObject(services, source.found, { range, algorithms, signal });
  const etag = toHex(digestOf("md5"));
  if (algorithm === undefined) return { etag, checksums: [] };
  return { etag, checksums: [{ algorithm, type: "full-object", value: digestOf(algorithm) }] };
}

type PartName = UploadName & { readonly partNumber: number };

/**
 * Makes a part of the range: by reference, or anew where it is cut into too many runs to be shared.
 */
async function makePart(
  services: Services,
  part: PartName,
  copy: Copy,
  facts: BodyFacts,
): Promise<PutPartOutcome> {
  const { source, range, signal } = copy;
  const outcome = await copyPart(services.objects, {
    sourceBucket: source.name.bucket,
    sourceKey: source.name.key,
    sourceVersionId: source.found.versionId,
    ...range,
    ...part,
    etag: facts.etag,
    checksums: facts.checksums,
  });
  if (outcome.kind !== "refused" || outcome.refusal.code !== "rewrite-needed") return outcome;
  const bytes = await readObject(services.objects, source.found, { range, signal });
  return putPart(services.objects, {
    ...part,
    sizeBytes: range.lengthBytes,
    body: bytes instanceof Uint8Array ? oneChunk(bytes) : bytes,
    finish: () => Promise.resolve(facts),
    signal,
  });
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

export async function uploadPartCopy(call: Call, services: Services): Promise<Answer> {
  refuseUnsupported(call.headers);
  const partNumber = partNumberOf(call);
  const { name, upload } = await openUpload(call, services);
  const { signal } = call;
  for (let attempt = 1; ; attempt++) {
    const source = await findCopySource(call, services);
    const { found } = source;
    const range = rangeOfCopy(call, found.object.sizeBytes);
    if (range.lengthBytes > putSizeBytesMax) throw new S3Error("EntityTooLarge");
    const copy: Copy = { source, range, algorithm: upload.checksumAlgorithm, signal };
    const facts = await factsOf(services, copy);
    const outcome = await makePart(services, { ...name, partNumber }, copy, facts);
    // The source was replaced meanwhile: what stands there now is to be copied, if anything does.
    if (outcome.kind === "refused" && outcome.refusal.code === "no-such-key") {
      if (attempt < copyAttemptsMax) continue;
      throw new S3Error("OperationAborted");
    }
    const { modifiedUnixMs } = valueOf(outcome);
    const content =
      element("LastModified", formatIsoDate(modifiedUnixMs)) +
      element("ETag", `"${facts.etag}"`) +
      partChecksumElements(facts.checksums);
    return xmlAnswer(xmlDocument("CopyPartResult", content), sourceVersionHeaders(source));
  }
}
