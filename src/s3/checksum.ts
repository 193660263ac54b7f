import { fromBase64, toBase64 } from "#base/bytes.ts";
import type { ChecksumAlgorithm } from "#format/index.ts";
import { headerValue } from "./headers.ts";
import type { HttpHeaders } from "./http.ts";
import { S3Error } from "./s3-error.ts";

interface AlgorithmShape {
  /** As S3 spells it in headers' values and XML. */
  readonly text: string;
  /** As S3 spells it in element names. */
  readonly element: string;
  readonly header: string;
  readonly sizeBytes: number;
}

/** The checksums S3 knows. */
export const checksumAlgorithms: Readonly<Record<ChecksumAlgorithm, AlgorithmShape>> = {
  crc32: {
    text: "CRC32",
    element: "ChecksumCRC32",
    header: "x-amz-checksum-crc32",
    sizeBytes: 4,
  },
  crc32c: {
    text: "CRC32C",
    element: "ChecksumCRC32C",
    header: "x-amz-checksum-crc32c",
    sizeBytes: 4,
  },
  crc64nvme: {
    text: "CRC64NVME",
    element: "ChecksumCRC64NVME",
    header: "x-amz-checksum-crc64nvme",
    sizeBytes: 8,
  },
  sha1: { text: "SHA1", element: "ChecksumSHA1", header: "x-amz-checksum-sha1", sizeBytes: 20 },
  sha256: {
    text: "SHA256",
    element: "ChecksumSHA256",
    header: "x-amz-checksum-sha256",
    sizeBytes: 32,
  },
};

const algorithmNames = Object.keys(checksumAlgorithms) as ChecksumAlgorithm[];

/** The algorithm that S3 writes as `text`, in either case; undefined where there is none. */
export function checksumAlgorithmOf(text: string): ChecksumAlgorithm | undefined {
  const name = text.toLowerCase();
  return algorithmNames.find((known) => known === name);
}

/** What a client says the checksum of its body is, or will say behind it. */
export interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined where it comes in the trailer. */
  readonly value: Uint8Array | undefined;
}

function invalidValue(header: string): S3Error {
  return new S3Error("InvalidRequest", { message: `Value for ${header} header is invalid.` });
}

/**
 * Reads a checksum's value.
 *
 * @throws S3Error InvalidRequest where it is not base64 of the algorithm's length
 */
export function parseChecksumValue(algorithm: ChecksumAlgorithm, text: string): Uint8Array {
  const { header, sizeBytes } = checksumAlgorithms[algorithm];
  const value = fromBase64(text.trim());
  if (value === undefined || value.length !== sizeBytes) throw invalidValue(header);
  return value;
}

/** A checksum as headers and XML have it; a composite one ends in the number of its parts. */
export function checksumText(value: Uint8Array, compositePartCount = 0): string {
  return compositePartCount > 0 ? `${toBase64(value)}-${compositePartCount}` : toBase64(value);
}

function expectedInHeaders(headers: HttpHeaders): ExpectedChecksum | undefined {
  let found: ExpectedChecksum | undefined;
  for (const algorithm of algorithmNames) {
    const text = headerValue(headers, checksumAlgorithms[algorithm].header);
    if (text === undefined) continue;
    if (found !== undefined) throw severalChecksums();
    found = { algorithm, value: parseChecksumValue(algorithm, text) };
  }
  return found;
}

function severalChecksums(): S3Error {
  return new S3Error("InvalidRequest", {
    message: "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
  });
}

/** The checksum that `x-amz-trailer` announces. */
function expectedInTrailer(headers: HttpHeaders): ExpectedChecksum | undefined {
  const announced = headerValue(headers, "x-amz-trailer");
  if (announced === undefined || announced.trim() === "") return undefined;
  const names = announced
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const algorithm = algorithmNames.find((name) => checksumAlgorithms[name].header === names[0]);
  if (algorithm === undefined || names.length > 1) {
    throw new S3Error("InvalidRequest", {
      message: "The value specified in the x-amz-trailer header is not supported",
    });
  }
  return { algorithm, value: undefined };
}

/**
 * The checksum that a request's headers give or announce.
 *
 * @throws S3Error InvalidRequest where they contradict each other or make no sense
 */
export function expectedChecksum(headers: HttpHeaders): ExpectedChecksum | undefined {
  const inHeaders = expectedInHeaders(headers);
  const inTrailer = expectedInTrailer(headers);
  if (inHeaders !== undefined && inTrailer !== undefined) throw severalChecksums();
  const expected = inHeaders ?? inTrailer;
  const named = headerValue(headers, "x-amz-sdk-checksum-algorithm");
  if (named === undefined) return expected;
  const algorithm = checksumAlgorithmOf(named);
  if (algorithm === undefined) throw invalidValue("x-amz-sdk-checksum-algorithm");
  if (expected === undefined) {
    throw new S3Error("InvalidRequest", {
      message:
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or " +
        "x-amz-trailer headers were found.",
    });
  }
  if (expected.algorithm !== algorithm) throw invalidValue("x-amz-sdk-checksum-algorithm");
  return expected;
}
