import { DiskError } from "#base/disk-error.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";

/** LMDB's codes for files that are no store, or not one that can be read. */
const damageCodes: ReadonlySet<unknown> = new Set([
  -30797, // MDB_PAGE_NOTFOUND
  -30796, // MDB_CORRUPTED
  -30795, // MDB_PANIC
  -30794, // MDB_VERSION_MISMATCH
  -30793, // MDB_INVALID
  -30779, // MDB_PROBLEM
]);

const mapFullCode = -30792;
const noSpaceErrno = 28;

/** What a failure of LMDB means: a damaged store, or a disk that is full or broken. */
export async function lmdbErrorOf(store: string, error: unknown): Promise<Error> {
  const cause = await causeOf(error);
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const text = typeof message === "string" ? message : String(cause);
  if (damageCodes.has(code)) return new StoreDamagedError(store, text, { cause });
  const isFull = code === noSpaceErrno || code === mapFullCode;
  return new DiskError(isFull ? "full" : "io", store, text, { cause });
}

/** A failed commit gives its reason by a promise that rejects. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !("commitError" in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (reason) {
    return reason;
  }
}
