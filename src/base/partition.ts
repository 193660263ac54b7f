import { crc32c } from "./hash.ts";

/** How many partitions the units of a cluster fall into. Fixed for ever: placement rests on it. */
export const partitionCount = 4096;

const partitionBits = 12;
const idSizeBytes = 20;
const idBytes = new Uint8Array(idSizeBytes);
const idView = new DataView(idBytes.buffer);

/**
 * The partition of a unit: a hash of its id, the same on every machine.
 *
 * @returns a whole number from 0 to `partitionCount` - 1
 */
export function partitionOf(unit: { epoch: number; session: number; number: number }): number {
  idView.setUint32(0, unit.epoch);
  idView.setUint32(4, Math.floor(unit.session / 2 ** 32));
  idView.setUint32(8, unit.session >>> 0);
  idView.setUint32(12, Math.floor(unit.number / 2 ** 32));
  idView.setUint32(16, unit.number >>> 0);
  return scatter(crc32c(idBytes)) >>> (32 - partitionBits);
}

// A CRC is linear, so that ids in a row, which differ in few bits, may fall unevenly: mix it once
// more. Source: Appleby, MurmurHash3, the 32-bit finalizer.
function scatter(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
