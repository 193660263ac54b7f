// Runs in a process of its own: walks the store in the directory given, and tells by its exit code.
import { compareBytes, emptyBytes } from "#base/bytes.ts";
import { CheckedStore } from "#storage/index.ts";
import { LmdbStore } from "./lmdb-store.ts";
import { openLmdb } from "./lmdb.ts";
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
    const plain = new LmdbStore({ name: directory, db, file: "", onClosed: () => undefined });
    const store = isChecked === "true" ? new CheckedStore(plain, directory) : plain;
    let count = 0;
    let last: Uint8Array | undefined;
    for (const [key] of store.scan({ start: emptyBytes })) {
      if (last !== undefined && compareBytes(last, key) >= 0) return false;
      last = key;
      count++;
      if (count % pairsPerLook === 0 && performance.now() > deadline) return true;
    }
    return count === entryCount;
  } catch {
    return false;
  }
}
