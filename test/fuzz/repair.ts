// An input's first byte says whether checksums are made right before it is read. As they are, they
// prove that no damage passes; made right, that what is behind them is checked for itself.
import { crc32c } from "#base/hash.ts";

/** Splits an input into that choice and the bytes to be read, which are its own. */
export function partsOf(input: Uint8Array): { isRepaired: boolean; bytes: Uint8Array } {
  return { isRepaired: ((input[0] ?? 0) & 1) === 1, bytes: input.slice(1) };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Puts at `at` the CRC32C of `covered`, after that of `before`, where it fits. */
export function putCrc(
  bytes: Uint8Array,
  at: number,
  covered: Uint8Array,
  before?: Uint8Array,
): void {
  if (at + 4 > bytes.length) return;
  const crc = crc32c(covered, before === undefined ? 0 : crc32c(before));
  viewOf(bytes).setUint32(at, crc, true);
}
