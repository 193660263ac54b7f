import { createHash } from "node:crypto";
import { seededPrng } from "#base/prng.ts";

/** A prime, so that no block of the store's begins where one of these does. */
const blockSizeBytes = 4093;

/** A body that can be made anew from its number and size. */
export interface Content {
  number: number;
  sizeBytes: number;
  /** MD5 in hexadecimal: the ETag of a simple PUT, and what tells contents apart. */
  md5: string;
}

/** Bodies from their numbers, with what reads are held against. */
export class Contents {
  readonly #byMd5 = new Map<string, Content>();

  /** The content of a number, known from now on. */
  make(number: number, sizeBytes: number): Content {
    const md5 = createHash("md5").update(bytesOf(number, sizeBytes)).digest("hex");
    const content = { number, sizeBytes, md5 };
    this.#byMd5.set(md5, content);
    return content;
  }

  /** The content with this MD5, or undefined where none was ever made. */
  find(md5: string): Content | undefined {
    return this.#byMd5.get(md5);
  }

  /** Whether one that was made satisfies `isWanted`. */
  some(isWanted: (content: Content) => boolean): boolean {
    return this.#byMd5.values().some(isWanted);
  }
}

/** The bytes of a content; empty and very short ones are not all different. */
export function bytesOf(number: number, sizeBytes: number): Uint8Array<ArrayBuffer> {
  // A block drawn once and varied is told from any other as well as bytes all drawn would be.
  const prng = seededPrng(number);
  const block = Uint8Array.from({ length: Math.min(sizeBytes, blockSizeBytes) }, () =>
    prng.below(256),
  );
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += block.length) {
    const part = block.subarray(0, sizeBytes - at);
    part[0] = (part[0] ?? 0) + 1;
    if (part[0] === 0) part[1] = (part[1] ?? 0) + 1;
    bytes.set(part, at);
  }
  return bytes;
}
