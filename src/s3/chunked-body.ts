/*
 * The aws-chunked coding, which SDKs lay over a body to sign it piece by piece or to send its
 * checksum behind it:
 *
 *   400;chunk-signature=<64 hex>\r\n  <0x400 bytes>  \r\n
 *   0;chunk-signature=<64 hex>\r\n
 *   x-amz-checksum-crc32c:sOO8/Q==\r\n
 *   x-amz-trailer-signature:<64 hex>\r\n
 *   \r\n
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { emptyBytes, kib } from "#base/bytes.ts";
import type { Compute } from "#ports/index.ts";
import { S3Error } from "./s3-error.ts";
import { chunkSignature, isSameSignature, type Signer, trailerSignature } from "./sigv4.ts";

/** A line is a size and a signature, or one checksum: some hundred bytes. */
const lineSizeBytesMax = 1 * kib;
/** One checksum and one signature are what SDKs send, and an empty line behind each. */
const trailerLinesMax = 16;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** What the decoder is to expect. */
export interface ChunkedOptions {
  /** `x-amz-decoded-content-length`. */
  readonly decodedSizeBytes: number;
  /** Given where the chunks are signed, with the signature of the request itself. */
  readonly signing: { readonly signer: Signer; readonly seedHex: string } | undefined;
  /** Whether the end of the body is followed by fields. */
  readonly trailer: boolean;
}

/** Pieces of a stream, taken by lines and by counts, without copying what is only passed on. */
class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = emptyBytes;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#pieces = source[Symbol.asyncIterator]();
  }

  /** Fills up when nothing is left; false at the end of the stream. */
  async #fill(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const next = await this.#pieces.next();
      if (next.done === true) return false;
      this.#piece = next.value;
    }
    return true;
  }

  /** Up to and without the next line feed (and a carriage return before it). */
  async line(): Promise<string> {
    let text = "";
    for (;;) {
      if (!(await this.#fill())) throw new S3Error("IncompleteBody");
      const end = this.#piece.indexOf(lineFeed);
      const part = end < 0 ? this.#piece : this.#piece.subarray(0, end);
      if (text.length + part.length > lineSizeBytesMax) throw badChunk("a line is too long");
      for (const byte of part) text += String.fromCharCode(byte);
      this.#piece = this.#piece.subarray(part.length + (end < 0 ? 0 : 1));
      if (end >= 0) return text.endsWith("\r") ? text.slice(0, -1) : text;
    }
  }

  /** At least one and at most `count` of the next bytes. */
  async take(count: number): Promise<Uint8Array> {
    if (!(await this.#fill())) throw new S3Error("IncompleteBody");
    const part = this.#piece.subarray(0, count);
    this.#piece = this.#piece.subarray(part.length);
    return part;
  }

  async #byte(): Promise<number | undefined> {
    return (await this.take(1))[0];
  }

  /** The line end behind a chunk's data. */
  async expectLineEnd(): Promise<void> {
    if ((await this.#byte()) !== carriageReturn || (await this.#byte()) !== lineFeed) {
      throw badChunk("a chunk does not end where it says");
    }
  }

  /** Whether the stream is over. */
  async isOver(): Promise<boolean> {
    return !(await this.#fill());
  }

  /** Ends the stream below. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

function badTrailer(detail: string): S3Error {
  return new S3Error("MalformedTrailerError", { details: { Reason: detail } });
}

function badChunk(detail: string): S3Error {
  return new S3Error("InvalidRequest", {
    message: `The aws-chunked body is malformed: ${detail}.`,
  });
}

const chunkHeadForm = /^([0-9a-fA-F]{1,13})(?:;chunk-signature=([0-9a-f]{64}))?$/;

interface ChunkHead {
  sizeBytes: number;
  signatureHex: string;
}

function parseChunkHead(line: string, isSigned: boolean): ChunkHead {
  const match = chunkHeadForm.exec(line);
  if (match === null) throw badChunk("a chunk's size cannot be read");
  const [, size = "", signatureHex = ""] = match;
  if (isSigned && signatureHex === "") throw badChunk("a chunk's signature is missing");
  return { sizeBytes: Number.parseInt(size, 16), signatureHex };
}

/**
 * Takes the aws-chunked coding off a body. Chunks are handed on as they come and their signatures
 * checked at their ends: what came out counts only once `trailer` can be read.
 */
export class ChunkedBody implements AsyncIterable<Uint8Array> {
  readonly #reader: PieceReader;
  readonly #options: ChunkedOptions;
  readonly #compute: Compute;
  #trailer: ReadonlyMap<string, string> | undefined;
  #previousHex: string;

  constructor(source: AsyncIterable<Uint8Array>, options: ChunkedOptions, compute: Compute) {
    this.#reader = new PieceReader(source);
    this.#options = options;
    this.#compute = compute;
    this.#previousHex = options.signing?.seedHex ?? "";
  }

  /** The fields behind the body, lower-case names; undefined until all of it has been read. */
  get trailer(): ReadonlyMap<string, string> | undefined {
    return this.#trailer;
  }

  /**
   * The bytes inside the chunks.
   *
   * @throws S3Error SignatureDoesNotMatch, IncompleteBody or InvalidRequest
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    const { decodedSizeBytes, signing } = this.#options;
    let left = decodedSizeBytes;
    try {
      for (;;) {
        const head = parseChunkHead(await this.#reader.line(), signing !== undefined);
        if (head.sizeBytes > left) throw new S3Error("IncompleteBody");
        left -= head.sizeBytes;
        yield* this.#chunk(head);
        if (head.sizeBytes === 0) break;
        await this.#reader.expectLineEnd();
      }
      if (left > 0) throw new S3Error("IncompleteBody");
      this.#trailer = await this.#readTrailer();
    } finally {
      await this.#reader.close();
    }
  }

  /** One chunk's data; its signature is checked behind it. */
  async *#chunk(head: ChunkHead): AsyncGenerator<Uint8Array, void, void> {
    const { signing } = this.#options;
    const digest = signing === undefined ? undefined : this.#compute.digest(["sha256"]);
    let finished = false;
    try {
      for (let left = head.sizeBytes; left > 0;) {
        const piece = await this.#reader.take(left);
        left -= piece.length;
        await digest?.update(piece);
        yield piece;
      }
      finished = true;
    } finally {
      if (!finished) digest?.abandon();
    }
    if (digest === undefined || signing === undefined) return;
    const hash = (await digest.finish()).get("sha256") ?? emptyBytes;
    const expected = chunkSignature(signing.signer, this.#previousHex, hash);
    this.#advance(expected, head.signatureHex);
  }

  #advance(expectedHex: string, givenHex: string): void {
    if (!isSameSignature(givenHex, expectedHex)) throw new S3Error("SignatureDoesNotMatch");
    this.#previousHex = expectedHex;
  }

  /**
   * Reads to the end of the stream. Empty lines end the body, and some clients put them between the
   * trailer's fields too.
   */
  async #readTrailer(): Promise<ReadonlyMap<string, string>> {
    const fields = new Map<string, string>();
    let signedText = "";
    for (let lines = 0; !(await this.#reader.isOver()); lines++) {
      if (lines === trailerLinesMax) throw badTrailer("it has too many lines");
      const line = await this.#reader.line();
      if (line === "") continue;
      if (!this.#options.trailer) throw badTrailer("it was not announced");
      const colon = line.indexOf(":");
      if (colon < 1) throw badTrailer("a line cannot be read");
      const name = line.slice(0, colon).trim().toLowerCase();
      const value = line.slice(colon + 1).trim();
      if (fields.has(name)) throw badTrailer("a field is repeated");
      if (name !== "x-amz-trailer-signature") signedText += `${name}:${value}\n`;
      fields.set(name, value);
    }
    const { signing, trailer } = this.#options;
    if (signing !== undefined && trailer) {
      const given = fields.get("x-amz-trailer-signature");
      if (given === undefined) throw badTrailer("it is not signed");
      this.#advance(trailerSignature(signing.signer, this.#previousHex, signedText), given);
    }
    return fields;
  }
}
