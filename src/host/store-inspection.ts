import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The child says what it found by its exit code; any other end was brought about by damage. */
export const inspectionExitCodes = { intact: 0, damaged: 10 } as const;

/** On top of the budget: starting the child takes some time, and so does one slow page. */
const graceMs = 5_000;

/**
 * Walks a closed store in a process of its own, so that a file that makes LMDB abort or read
 * outside the map kills only that process. A child that does not come back is stuck in damage.
 *
 * @param directory the store's directory
 * @param options.budgetMs after about this long it stops, and says `intact` if it found nothing
 * @param options.isChecked whether a CheckedStore wrote the values: their checksums are checked too
 */
export function inspectInChild(
  directory: string,
  options: { budgetMs: number; isChecked: boolean },
): Promise<"intact" | "damaged"> {
  const { budgetMs, isChecked } = options;
  return new Promise((resolve, reject) => {
    const child = fork(
      fileURLToPath(import.meta.resolve("./store-inspection-worker.ts")),
      [directory, String(budgetMs), String(isChecked)],
      { stdio: ["ignore", "ignore", "ignore", "ipc"] },
    );
    const timer = setTimeout(() => child.kill("SIGKILL"), budgetMs + graceMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      resolve(code === inspectionExitCodes.intact ? "intact" : "damaged");
    });
  });
}
