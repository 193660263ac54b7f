// Runs in a process of its own: walks the store in the directory given, and tells by its exit code.
import { compareBytes, emptyBytes } from "#base/bytes.ts";
import { crc32c } from "#base/hash.ts";
import { openLmdb, storedRange } from "./lmdb.ts";
import { inspectionExitCodes } from "./store-inspection.ts";

/** The clock is looked at once in so many pairs. */
const pairsPerLook = 1000;

const [directory = "", budgetMs = "0", isChecked = "false"] = process.argv.slice(2);

// Nobody waits for the answer any more.
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
const isSound = isIntact(Number(budgetMs));
process.exit(isSound ? inspectionExitCodes.intact : inspectionExitCodes.damaged);

/** Whether keys are in order, values can be read, and there are as many as there should be. */
function isIntact(budgetMs: number): boolean {
  const deadline = performance.now() + budgetMs;
  try {
    const db = openLmdb(directory);
    const { entryCount } = db.getStats() as { entryCount: number };
    let count = 0;
    let last: Uint8Array | undefined;
    const pairs = storedRange(db, { start: emptyBytes }, undefined);
    for (let next = pairs.next(); next.done !== true; next = pairs.next()) {
      const { key, value } = next.value;
      if (last !== undefined && compareBytes(last, key) >= 0) return false;
      if (isChecked === "true" && !hasChecksum(key, value)) return false;
      last = key;
      count++;
      if (count % pairsPerLook === 0 && performance.now() > deadline) return true;
    }
    return count === entryCount;
  } catch {
    return false;
  }
}

/** Whether a value ends in the CRC32C of key and value, as CheckedStore (`#storage`) writes it. */
function hasChecksum(key: Uint8Array, stored: Uint8Array): boolean {
  const end = stored.length - 4;
  if (end < 0) return false;
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
  return view.getUint32(end, true) === crc32c(stored.subarray(0, end), crc32c(key));
}
