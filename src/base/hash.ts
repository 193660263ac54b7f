// Synchronous hashing of what is small or already at hand. Bodies go to the Compute port instead.
import { hash, createHmac } from "node:crypto";
import { Blake3Hasher, blake3 as nativeBlake3 } from "@napi-rs/blake-hash";
import { crc32c as nativeCrc32c } from "@node-rs/crc32";

/** Length of a BLAKE3 or SHA-256 digest, in bytes. */
export const hashSizeBytes = 32;

/**
 * CRC32C (Castagnoli), as in RFC 3720 appendix B.4.
 *
 * @param bytes what to sum
 * @param seed the CRC of the bytes before these: `crc32c(b, crc32c(a))` is that of `a` and then `b`
 * @returns the CRC, an unsigned 32-bit number
 */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  return nativeCrc32c(bytes, seed);
}

/** The 256-bit BLAKE3 hash of `bytes`, as an array of its own. */
export function blake3(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(nativeBlake3(bytes));
}

/** A running 256-bit BLAKE3 hash, for input that comes in pieces. */
export class Blake3 {
  readonly #hasher = new Blake3Hasher();

  /** Adds bytes; they may be changed afterwards. */
  update(bytes: Uint8Array): this {
    this.#hasher.update(bytes);
    return this;
  }

  /** The hash of all that was added so far. */
  digest(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#hasher.digestBuffer());
  }
}

/** SHA-256, for input of at most a few KiB. */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash("sha256", bytes, "buffer"));
}

/** MD5, for S3's ETags and Content-MD5 of input of at most a few KiB. Not for security. */
export function md5(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash("md5", bytes, "buffer"));
}

/** HMAC-SHA-256 (RFC 2104), for input of at most a few KiB. */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHmac("sha256", key).update(bytes).digest());
}
