// Synchronous hashing of what is small or already at hand. Bodies go to the Compute port instead.
import { hash, createHmac } from "node:crypto";
import { Blake3Hasher, blake3 as nativeBlake3 } from "@napi-rs/blake-hash";
import { crc32c as nativeCrc32c } from "@node-rs/crc32";

/** Length of a BLAKE3 or SHA-256 digest, in bytes. */
export const hashSizeBytes = 32;

/** Up to this length a loop of our own takes less time than a call of native code (0.16 us). */
const shortBytesMax = 128;

/**
 * CRC32C (Castagnoli), as in RFC 3720 appendix B.4.
 *
 * @param bytes what to sum
 * @param seed the CRC of the bytes before these: `crc32c(b, crc32c(a))` is that of `a` and then `b`
 * @returns the CRC, an unsigned 32-bit number
 */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  return bytes.length <= shortBytesMax ? shortCrc32c(bytes, seed) : nativeCrc32c(bytes, seed);
}

/** The package's types name Buffer, which the core does not know; it takes any bytes. */
type NativeBytes = Parameters<typeof nativeBlake3>[0];

/** The 256-bit BLAKE3 hash of `bytes`, as an array of its own. */
export function blake3(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(nativeBlake3(bytes as NativeBytes));
}

/** A running 256-bit BLAKE3 hash, for input that comes in pieces. */
export class Blake3 {
  readonly #hasher = new Blake3Hasher();

  /** Adds bytes; they may be changed afterwards. */
  update(bytes: Uint8Array): this {
    this.#hasher.update(bytes as NativeBytes);
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

/** SHA-256 in lower-case hexadecimal, for input of at most a few KiB. */
export function sha256Hex(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex");
}

/** MD5, for S3's ETags and Content-MD5 of input of at most a few KiB. Not for security. */
export function md5(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash("md5", bytes, "buffer"));
}

/** HMAC-SHA-256 (RFC 2104), for input of at most a few KiB. */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHmac("sha256", key).update(bytes).digest());
}

/** HMAC-SHA-1 (RFC 2104), for old signatures that clients still make. For a few KiB at most. */
export function hmacSha1(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHmac("sha1", key).update(bytes).digest());
}

type Table = Uint32Array<ArrayBuffer>;

/** The CRCs of the bytes 0 to 255 with `zeros` zero bytes behind them. */
function crcTable(zeros: number): Table {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8 * (zeros + 1); bit++) {
      crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
    return crc;
  });
}

const [t0, t1, t2, t3] = [crcTable(0), crcTable(1), crcTable(2), crcTable(3)];
const [t4, t5, t6, t7] = [crcTable(4), crcTable(5), crcTable(6), crcTable(7)];

// Eight bytes a turn. Every index is within its array. Source: Kounavis and Berry, "A Systematic
// Approach to Building High Performance Software-based CRC Generators" (slicing by 8).
function shortCrc32c(bytes: Uint8Array, seed: number): number {
  let crc = ~seed;
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) {
    crc ^=
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    crc =
      (t7[crc & 0xff] as number) ^
      (t6[(crc >>> 8) & 0xff] as number) ^
      (t5[(crc >>> 16) & 0xff] as number) ^
      (t4[crc >>> 24] as number) ^
      (t3[bytes[i + 4] as number] as number) ^
      (t2[bytes[i + 5] as number] as number) ^
      (t1[bytes[i + 6] as number] as number) ^
      (t0[bytes[i + 7] as number] as number);
  }
  for (; i < bytes.length; i++) {
    crc = (t0[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
