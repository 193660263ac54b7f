/*
 * Chunked bodies as an honest client makes them, and as a dishonest one changes them: for tests.
 */
import { concatBytes, utf8 } from "#base/bytes.ts";
import { sha256 } from "#base/hash.ts";
import { chunkSignature, type Signer, trailerSignature } from "./sigv4.ts";

/** What is changed of an honest body. */
export interface ChunkChanges {
  readonly flipByteOfChunk?: number;
  readonly swapChunks?: readonly [number, number];
  readonly repeatChunk?: number;
  readonly dropChunk?: number;
  readonly dropSignatures?: boolean;
  readonly dropTrailer?: boolean;
  readonly alterTrailer?: string;
  /** So many bytes are missing from the end. */
  readonly cutBytes?: number;
  readonly append?: Uint8Array;
  readonly declaredSizeBytes?: number;
}

/** An honest body's parts. */
export interface ChunkedContent {
  readonly chunks: readonly Uint8Array[];
  readonly trailer?: { readonly name: string; readonly value: string } | undefined;
  /** With which the chunks are signed; without it they are not. */
  readonly signing: { readonly signer: Signer; readonly seedHex: string } | undefined;
}

function framed(data: Uint8Array, signatureHex: string | undefined): Uint8Array {
  const extension = signatureHex === undefined ? "" : `;chunk-signature=${signatureHex}`;
  const head = utf8(`${data.length.toString(16)}${extension}\r\n`);
  return concatBytes(data.length === 0 ? [head] : [head, data, utf8("\r\n")]);
}

/** The body as it goes over the wire. */
export function encodeChunks(content: ChunkedContent, changes: ChunkChanges): Uint8Array {
  const { signing, trailer } = content;
  let previous = signing?.seedHex ?? "";
  const sign = (data: Uint8Array): string | undefined => {
    if (signing === undefined) return undefined;
    previous = chunkSignature(signing.signer, previous, sha256(data));
    return changes.dropSignatures === true ? undefined : previous;
  };
  const frames = content.chunks.map((data, i) => {
    const signature = sign(data);
    const sent = changes.flipByteOfChunk === i ? data.map((byte) => byte ^ 1) : data;
    return framed(sent, signature);
  });
  const end = framed(new Uint8Array(0), sign(new Uint8Array(0)));
  const [a, b] = changes.swapChunks ?? [0, 0];
  const first = frames[a];
  const second = frames[b];
  if (first !== undefined && second !== undefined) [frames[a], frames[b]] = [second, first];
  const repeated = frames[changes.repeatChunk ?? -1];
  if (repeated !== undefined) frames.splice(1, 0, repeated);
  if (changes.dropChunk !== undefined) frames.splice(changes.dropChunk, 1);
  let tail = "";
  if (trailer !== undefined && changes.dropTrailer !== true) {
    tail += `${trailer.name}:${changes.alterTrailer ?? trailer.value}\r\n`;
  }
  if (trailer !== undefined && signing !== undefined) {
    const text = changes.dropTrailer === true ? "" : `${trailer.name}:${trailer.value}\n`;
    const signature = trailerSignature(signing.signer, previous, text);
    tail += `x-amz-trailer-signature:${signature}\r\n`;
  }
  const whole = concatBytes([...frames, end, utf8(`${tail}\r\n`)]);
  const cut = whole.subarray(0, whole.length - (changes.cutBytes ?? 0));
  return changes.append === undefined ? cut : concatBytes([cut, changes.append]);
}
