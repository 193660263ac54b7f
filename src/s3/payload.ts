import { concatBytes, equalBytes, fromBase64, gib, toHex } from "#base/bytes.ts";
import type { ChecksumAlgorithm } from "#format/index.ts";
import type { Compute, DigestAlgorithm, RunningDigest } from "#ports/index.ts";
import type { Authenticated } from "./authenticate.ts";
import {
  checksumAlgorithms,
  type ExpectedChecksum,
  expectedChecksum,
  parseChecksumValue,
} from "./checksum.ts";
import { ChunkedBody } from "./chunked-body.ts";
import { headerValue } from "./headers.ts";
import type { HttpHeaders } from "./http.ts";
import { S3Error } from "./s3-error.ts";

/** A single PUT or part is at most 5 GiB; AWS's limit. */
export const putSizeBytesMax: number = 5 * gib;

/** What a body was found to be once all of it was read and found right. */
export interface PayloadDigest {
  readonly md5: Uint8Array;
  readonly checksum:
    | { readonly algorithm: ChecksumAlgorithm; readonly value: Uint8Array }
    | undefined;
}

/** What a payload is opened with. */
export interface PayloadRequest {
  readonly headers: HttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  readonly authenticated: Authenticated;
  readonly compute: Compute;
  readonly sizeBytesMax: number;
  /** The checksum to compute where the client gives none. */
  readonly defaultChecksum?: ChecksumAlgorithm | undefined;
  /** The checksum fields are of something else than the body: of the object that comes of it. */
  readonly ignoresChecksums?: boolean;
}

const sizeForm = /^\d{1,15}$/;

function parseSize(text: string, name: string): number {
  if (sizeForm.test(text)) return Number(text);
  throw new S3Error("InvalidArgument", {
    message: `The ${name} header is not a number.`,
    details: { ArgumentName: name, ArgumentValue: text },
  });
}

/** How many bytes the object itself has, as the headers declare it. */
function declaredSize(headers: HttpHeaders, isChunked: boolean): number {
  const name = isChunked ? "x-amz-decoded-content-length" : "content-length";
  const text = headerValue(headers, name);
  if (text === undefined) throw new S3Error("MissingContentLength");
  return parseSize(text, name);
}

/** The MD5 in `content-md5`. */
function expectedMd5(headers: HttpHeaders): Uint8Array | undefined {
  const text = headerValue(headers, "content-md5");
  if (text === undefined) return undefined;
  const md5 = fromBase64(text.trim());
  if (md5 === undefined || md5.length !== 16) {
    throw new S3Error("InvalidDigest", { details: { "Content-MD5": text } });
  }
  return md5;
}

/**
 * A request's body on its way in: decoded, counted and hashed as it is pulled, and held against
 * what the client signed and declared when it ends. Nothing may be made of its bytes before
 * `finish` resolved.
 */
export class Payload {
  /** The body's length without any coding, as declared. */
  readonly sizeBytes: number;
  /** The algorithm whose checksum `finish` gives. */
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #chunked: ChunkedBody | undefined;
  readonly #digest: RunningDigest;
  readonly #expected: ExpectedChecksum | undefined;
  readonly #md5: Uint8Array | undefined;
  readonly #sha256Hex: string | undefined;
  #countBytes = 0;
  #isOver = false;
  #isDigestOpen = true;

  /**
   * Reads what the headers declare. The body is not touched yet.
   *
   * @throws S3Error MissingContentLength, EntityTooLarge, InvalidDigest, InvalidRequest...
   */
  constructor(request: PayloadRequest) {
    const { headers, body, authenticated, compute, sizeBytesMax } = request;
    const { payload } = authenticated;
    this.sizeBytes = declaredSize(headers, payload.kind === "chunked");
    if (this.sizeBytes > sizeBytesMax) {
      throw new S3Error("EntityTooLarge", {
        details: { ProposedSize: `${this.sizeBytes}`, MaxSizeAllowed: `${sizeBytesMax}` },
      });
    }
    this.#md5 = expectedMd5(headers);
    this.#expected = request.ignoresChecksums === true ? undefined : expectedChecksum(headers);
    const hasTrailer = payload.kind === "chunked" && payload.trailer;
    if (this.#expected !== undefined && this.#expected.value === undefined && !hasTrailer) {
      throw new S3Error("InvalidRequest", {
        message: "x-amz-trailer needs an x-amz-content-sha256 that announces a trailer.",
      });
    }
    this.#sha256Hex = payload.kind === "hashed" ? payload.sha256Hex : undefined;
    this.checksumAlgorithm = this.#expected?.algorithm ?? request.defaultChecksum;
    this.#digest = compute.digest(this.#algorithms());
    if (payload.kind === "chunked") {
      const signing = payload.signed ? authenticated.signing : undefined;
      const options = { decodedSizeBytes: this.sizeBytes, signing, trailer: payload.trailer };
      this.#chunked = new ChunkedBody(body, options, compute);
    }
    this.#source = this.#chunked ?? body;
  }

  #algorithms(): DigestAlgorithm[] {
    const algorithms: DigestAlgorithm[] = ["md5"];
    const checksum = this.checksumAlgorithm;
    if (checksum !== undefined) algorithms.push(checksum);
    if (this.#sha256Hex !== undefined && checksum !== "sha256") algorithms.push("sha256");
    return algorithms;
  }

  /** Whether the request's body came to its end. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * The body's own bytes. To be iterated once, one pull at a time: a generator that pulls from
   * another would make every small body wait several times as often.
   *
   * @throws S3Error where the body is longer or shorter than declared or its coding is broken
   */
  bytes(): AsyncIterableIterator<Uint8Array> {
    const source = this.#source[Symbol.asyncIterator]();
    return {
      next: () => this.#next(source),
      return: async () => {
        await source.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async #next(source: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array, undefined>> {
    const { done, value: piece } = await source.next();
    if (done === true) {
      this.#isOver = true;
      if (this.#countBytes !== this.sizeBytes) throw new S3Error("IncompleteBody");
      return { done, value: undefined };
    }
    try {
      this.#countBytes += piece.length;
      if (this.#countBytes > this.sizeBytes) throw new S3Error("IncompleteBody");
      await this.#digest.update(piece);
    } catch (error) {
      await source.return?.();
      throw error;
    }
    return { done: false, value: piece };
  }

  /**
   * Holds what came against what was declared. To be called once all of `bytes` has been pulled.
   *
   * @throws S3Error BadDigest, XAmzContentSHA256Mismatch, MalformedTrailerError
   */
  async finish(): Promise<PayloadDigest> {
    this.#isDigestOpen = false;
    const digests = await this.#digest.finish();
    const digestOf = (algorithm: DigestAlgorithm): Uint8Array => {
      const value = digests.get(algorithm);
      if (value === undefined) throw new S3Error("InternalError");
      return value;
    };
    if (this.#sha256Hex !== undefined) {
      const computed = toHex(digestOf("sha256"));
      if (computed !== this.#sha256Hex) {
        throw new S3Error("XAmzContentSHA256Mismatch", {
          details: {
            ClientComputedContentSHA256: this.#sha256Hex,
            S3ComputedContentSHA256: computed,
          },
        });
      }
    }
    const md5 = digestOf("md5");
    if (this.#md5 !== undefined && !equalBytes(this.#md5, md5)) throw new S3Error("BadDigest");
    const algorithm = this.checksumAlgorithm;
    if (algorithm === undefined) return { md5, checksum: undefined };
    const value = digestOf(algorithm);
    const expected = this.#expectedValue();
    if (expected !== undefined && !equalBytes(expected, value)) {
      throw new S3Error("BadDigest", {
        message:
          `The ${checksumAlgorithms[algorithm].text} you specified did not match the calculated ` +
          "checksum.",
      });
    }
    return { md5, checksum: { algorithm, value } };
  }

  /** The checksum the client gave, in a header or behind the body. */
  #expectedValue(): Uint8Array | undefined {
    if (this.#expected === undefined) return undefined;
    const { algorithm, value } = this.#expected;
    if (value !== undefined) return value;
    const text = this.#chunked?.trailer?.get(checksumAlgorithms[algorithm].header);
    if (text === undefined) throw new S3Error("MalformedTrailerError");
    return parseChecksumValue(algorithm, text);
  }

  /** Lets go of what is held for a payload that came to no good end. */
  release(): void {
    if (this.#isDigestOpen) this.#digest.abandon();
    this.#isDigestOpen = false;
  }
}

/** The whole of a small body, once it has been found right. */
export async function readWhole(payload: Payload): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of payload.bytes()) pieces.push(piece.slice());
  await payload.finish();
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : concatBytes(pieces);
}
