/*
 * The CRC of two runs of bytes from the CRCs of each: the first one's is multiplied by x to the
 * power of the second one's length in bits, modulo the CRC's polynomial. All three CRCs are
 * reflected: bit 0 of the high word is the highest power. A value is two 32-bit words; a CRC of 32
 * bits uses the high one.
 *
 * Source: Adler, zlib's crc32_combine; Knuth, TAOCP 4.6.3 for the powers.
 */
import type { ChecksumAlgorithm } from "#format/index.ts";

/** A polynomial over GF(2), its first 32 coefficients in `high`. */
interface Polynomial {
  readonly high: number;
  readonly low: number;
}

interface Field {
  /** The CRC's polynomial without its highest power. */
  readonly polynomial: Polynomial;
  readonly sizeBytes: 4 | 8;
}

/** Checksums of a whole that can be made of those of its parts. */
export type CombinableAlgorithm = Extract<ChecksumAlgorithm, "crc32" | "crc32c" | "crc64nvme">;

const fields: Readonly<Record<CombinableAlgorithm, Field>> = {
  crc32: { polynomial: { high: 0xedb88320, low: 0 }, sizeBytes: 4 },
  crc32c: { polynomial: { high: 0x82f63b78, low: 0 }, sizeBytes: 4 },
  crc64nvme: { polynomial: { high: 0x9a6c9329, low: 0xac4bc9b5 }, sizeBytes: 8 },
};

const zero: Polynomial = { high: 0, low: 0 };
/** The constant 1: its coefficient is the highest bit. */
const one: Polynomial = { high: 0x80000000, low: 0 };

function add(a: Polynomial, b: Polynomial): Polynomial {
  return { high: (a.high ^ b.high) >>> 0, low: (a.low ^ b.low) >>> 0 };
}

/** Multiplies by x, modulo the field's polynomial. */
function timesX(a: Polynomial, { polynomial, sizeBytes }: Field): Polynomial {
  const carries = ((sizeBytes === 8 ? a.low : a.high) & 1) === 1;
  const shifted =
    sizeBytes === 8
      ? { high: a.high >>> 1, low: ((a.low >>> 1) | (a.high << 31)) >>> 0 }
      : { high: a.high >>> 1, low: 0 };
  return carries ? add(shifted, polynomial) : shifted;
}

function multiply(a: Polynomial, b: Polynomial, field: Field): Polynomial {
  let product = zero;
  let shifted = b;
  for (let bit = 0; bit < field.sizeBytes * 8; bit++) {
    const word = bit < 32 ? a.high : a.low;
    if (((word >>> (31 - (bit % 32))) & 1) === 1) product = add(product, shifted);
    shifted = timesX(shifted, field);
  }
  return product;
}

/** x to the power of `byteCount` bytes, by squaring. */
function powerOf(byteCount: number, field: Field): Polynomial {
  let square = one;
  for (let i = 0; i < 8; i++) square = timesX(square, field);
  let result = one;
  for (let left = byteCount; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = multiply(result, square, field);
    square = multiply(square, square, field);
  }
  return result;
}

function polynomialOf(value: Uint8Array, { sizeBytes }: Field): Polynomial {
  const view = new DataView(value.buffer, value.byteOffset, sizeBytes);
  return { high: view.getUint32(0), low: sizeBytes === 8 ? view.getUint32(4) : 0 };
}

/** One part of a whole: its CRC, big-endian, and its length. */
export interface CheckedPart {
  readonly value: Uint8Array;
  readonly sizeBytes: number;
}

/** The CRC of parts that follow each other, big-endian. */
export function combineCrcs(
  algorithm: CombinableAlgorithm,
  parts: readonly CheckedPart[],
): Uint8Array<ArrayBuffer> {
  const field = fields[algorithm];
  // Parts of an upload are mostly of one length, whose power is found once.
  const powers = new Map<number, Polynomial>();
  let combined = zero;
  for (const { value, sizeBytes } of parts) {
    let power = powers.get(sizeBytes);
    if (power === undefined) {
      power = powerOf(sizeBytes, field);
      powers.set(sizeBytes, power);
    }
    combined = add(multiply(combined, power, field), polynomialOf(value, field));
  }
  const bytes = new Uint8Array(field.sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, combined.high);
  if (field.sizeBytes === 8) view.setUint32(4, combined.low);
  return bytes;
}
