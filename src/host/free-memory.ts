import { kib } from "#base/bytes.ts";

/** Shorter arrays are left to the collector, which has little to do for them. */
const freedSizeBytesMin: number = 8 * kib;

/**
 * Gives the memory of an array back that nobody uses any more, where it has its buffer for itself.
 * The collector learns late of memory outside its heap, and then looks through all of the heap:
 * left to it, a large upload costs a quarter more processor time, and a download twice as much.
 */
export function freeMemory(bytes: Uint8Array): void {
  const { buffer } = bytes;
  const isAlone = buffer.byteLength === bytes.byteLength && bytes.byteLength >= freedSizeBytesMin;
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
