import { createHash } from "node:crypto";
import { concatBytes, fromHex } from "#base/bytes.ts";
import { seededPrng } from "#base/prng.ts";

/** A prime, so that no block of the store's begins where one of these does. */
const blockSizeBytes = 4093;

/** A body that can be made anew, and what an object of it is known by. */
export interface Content {
  sizeBytes: number;
  /** Without quotes; tells contents apart. */
  etag: string;
  bytes(): Uint8Array;
}

/** Bodies that were made so far, with what reads are held against. */
export class Contents {
  readonly #byEtag = new Map<string, Content>();
  #count = 0;

  /** A body that differs from all others, unless it is very short; known from now on. */
  make(sizeBytes: number): Content {
    const number = ++this.#count;
    return this.#add(sizeBytes, () => bytesOf(number, sizeBytes));
  }

  /** A stretch of another. */
  slice(whole: Content, { first, last }: { first: number; last: number }): Content {
    return this.#add(last + 1 - first, () => whole.bytes().subarray(first, last + 1));
  }

  /** What these are when they were uploaded as parts of one object. */
  join(parts: readonly Content[]): Content {
    const sums = parts.map(({ etag }) => fromHex(etag) ?? new Uint8Array(0));
    const etag = `${md5Of(concatBytes(sums))}-${parts.length}`;
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    const bytes = (): Uint8Array => concatBytes(parts.map((part) => part.bytes()));
    const content = { sizeBytes, etag, bytes };
    this.#byEtag.set(etag, content);
    return content;
  }

  /** The content with this ETag, or undefined where none was ever made. */
  find(etag: string): Content | undefined {
    return this.#byEtag.get(etag);
  }

  /** Whether one that was made satisfies `isWanted`. */
  some(isWanted: (content: Content) => boolean): boolean {
    return this.#byEtag.values().some(isWanted);
  }

  #add(sizeBytes: number, bytes: () => Uint8Array): Content {
    const content = { sizeBytes, etag: md5Of(bytes()), bytes };
    this.#byEtag.set(content.etag, content);
    return content;
  }
}

function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** The bytes of a content; empty and very short ones are not all different. */
export function bytesOf(number: number, sizeBytes: number): Uint8Array<ArrayBuffer> {
  // A block drawn once and varied is told from any other as well as bytes all drawn would be.
  const prng = seededPrng(number);
  const block = new Uint8Array(Math.min(sizeBytes, blockSizeBytes));
  for (let at = 0; at < block.length; at++) block[at] = prng.below(256);
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += block.length) {
    const part = block.subarray(0, sizeBytes - at);
    part[0] = (part[0] ?? 0) + 1;
    if (part[0] === 0) part[1] = (part[1] ?? 0) + 1;
    bytes.set(part, at);
  }
  return bytes;
}
