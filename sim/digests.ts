/** The CRCs that S3 knows, one byte at a time: plain, and slow enough only for simulated bodies. */

/** A running checksum. */
export interface RunningCrc {
  update(bytes: Uint8Array): void;
  /** Big-endian. */
  digest(): Uint8Array;
}

/** A reflected 32-bit CRC, all ones before and after. */
function crc32Of(polynomial: number): () => RunningCrc {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    table[i] = value;
  }
  return () => {
    let state = 0xffffffff;
    return {
      update(bytes) {
        for (const byte of bytes) state = (state >>> 8) ^ (table[(state ^ byte) & 0xff] ?? 0);
      },
      digest() {
        const result = new Uint8Array(4);
        new DataView(result.buffer).setUint32(0, ~state >>> 0);
        return result;
      },
    };
  };
}

/** CRC-32 as in ISO-HDLC (zlib). */
export const crc32: () => RunningCrc = crc32Of(0xedb88320);

/** CRC-32C (Castagnoli). */
export const crc32c: () => RunningCrc = crc32Of(0x82f63b78);

const crc64High = new Uint32Array(256);
const crc64Low = new Uint32Array(256);
for (let i = 0; i < 256; i++) {
  let high = 0;
  let low = i;
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (low & 1) === 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isOdd) {
      high ^= 0x9a6c9329;
      low ^= 0xac4bc9b5;
    }
  }
  crc64High[i] = high;
  crc64Low[i] = low;
}

/** CRC-64/NVME: reflected, all ones before and after. */
export function crc64nvme(): RunningCrc {
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(bytes) {
      for (const byte of bytes) {
        const index = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (crc64Low[index] ?? 0);
        high = (high >>> 8) ^ (crc64High[index] ?? 0);
      }
    },
    digest() {
      const result = new Uint8Array(8);
      const view = new DataView(result.buffer);
      view.setUint32(0, ~high >>> 0);
      view.setUint32(4, ~low >>> 0);
      return result;
    },
  };
}
