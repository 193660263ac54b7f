import { open } from "node:fs/promises";

// The head of an LMDB data file: two meta pages, written in turn. Offsets are from liblmdb's
// MDB_page_header and MDB_meta.
const pageHeaderSizeBytes = 24;
const metaSizeBytes = 144;
const magic = 0xbeefc0de;
const dataVersion = 2;
const at = { version: 4, pageSize: 24, freeRoot: 64, mainRoot: 112, lastPage: 120, txnId: 128 };
const noRoot = 0xffff_ffff_ffff_ffffn;

/** What the head says of the file. */
export type LmdbHeader =
  | { kind: "damaged"; reason: string }
  /** `isWhole`: the file reaches as far as the pages it says it has; the last may be free ones. */
  | { kind: "plausible"; isWhole: boolean };

/**
 * Looks at the head of an LMDB data file. LMDB itself trusts it, and dies of one that is wrong.
 *
 * @throws what `node:fs` throws when the file cannot be read
 */
export async function readLmdbHeader(file: string): Promise<LmdbHeader> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    // Two of the largest pages there may be.
    const head = new Uint8Array(Math.min(size, 2 * 65_536));
    await handle.read(head, 0, head.length, 0);
    return headerOf(new DataView(head.buffer), size);
  } finally {
    await handle.close();
  }
}

function headerOf(head: DataView, fileSizeBytes: number): LmdbHeader {
  if (head.byteLength < 2 * 4096) return { kind: "damaged", reason: "shorter than its head" };
  const pageSize = head.getUint32(pageHeaderSizeBytes + at.pageSize, true);
  const isPageSize = pageSize >= 4096 && pageSize <= 65_536 && (pageSize & (pageSize - 1)) === 0;
  if (!isPageSize || head.byteLength < 2 * pageSize) {
    return { kind: "damaged", reason: "no possible page size" };
  }
  let pagesNeeded = 0;
  for (const offset of [0, pageSize]) {
    const meta = new DataView(head.buffer, offset + pageHeaderSizeBytes, metaSizeBytes);
    const isLabelled =
      meta.getUint32(0, true) === magic &&
      (meta.getUint32(at.version, true) & 0xffff) === dataVersion;
    if (!isLabelled) return { kind: "damaged", reason: "no meta page of LMDB" };
    const lastPage = meta.getBigUint64(at.lastPage, true);
    const txnId = meta.getBigUint64(at.txnId, true);
    if (txnId === 0n) continue;
    const roots = [meta.getBigUint64(at.freeRoot, true), meta.getBigUint64(at.mainRoot, true)];
    const isInside = roots.every((root) => root === noRoot || (root >= 2n && root <= lastPage));
    const isSamePageSize = meta.getUint32(at.pageSize, true) === pageSize;
    if (!isInside || !isSamePageSize || lastPage > 2n ** 40n) {
      return { kind: "damaged", reason: "a meta page that contradicts itself" };
    }
    pagesNeeded = Math.max(pagesNeeded, Number(lastPage) + 1);
  }
  return { kind: "plausible", isWhole: fileSizeBytes >= pagesNeeded * pageSize };
}
