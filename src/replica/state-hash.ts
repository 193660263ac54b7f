import { Blake3 } from "#base/hash.ts";
import type { KeyValueReader } from "#ports/index.ts";

/** So many bytes of rows are hashed in one synchronous stretch: some 100 us. */
const pieceBytes = 64 * 1024;

/** What a stretch of rows comes to. */
export interface StateHash {
  /** BLAKE3 over each row's lengths, key and value. */
  hash: Uint8Array;
  sizeBytes: number;
  /** Where the next stretch begins; undefined where this one went up to the last row. */
  next: Uint8Array | undefined;
}

/**
 * Hashes rows from a key on, until they are as many bytes as asked for.
 *
 * @param pause is waited for between pieces; what it throws ends the work
 */
export async function hashState(
  reader: KeyValueReader,
  { firstKey, bytesMin }: { firstKey: Uint8Array; bytesMin: number },
  pause: () => Promise<void>,
): Promise<StateHash> {
  const hasher = new Blake3();
  const lengths = new Uint8Array(8);
  const view = new DataView(lengths.buffer);
  let sizeBytes = 0;
  let pausedBytes = 0;
  for (const [key, value] of reader.scan({ start: firstKey })) {
    view.setUint32(0, key.length, true);
    view.setUint32(4, value.length, true);
    hasher.update(lengths).update(key).update(value);
    sizeBytes += key.length + value.length;
    if (sizeBytes >= bytesMin) return { hash: hasher.digest(), sizeBytes, next: behind(key) };
    if (sizeBytes - pausedBytes < pieceBytes) continue;
    pausedBytes = sizeBytes;
    await pause();
  }
  return { hash: hasher.digest(), sizeBytes, next: undefined };
}

/** The first key that can sort behind this one. */
function behind(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
